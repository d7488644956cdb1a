"""What a new session starts with: the records that are known of the actor before a word is said in it."""

from __future__ import annotations

from collections.abc import Sequence

from services import concurrently
from services.chat.places import Place
from services.chat.turns import Row
from services.clients import Clients
from services.listing import Listing
from services.records.memory_records import list_memory_records

MOST_OF_A_PLACE = 100


def carried_over(
    clients: Clients, memory_id: str, readable: Sequence[Place], watched: Sequence[Place], known: Listing[Row]
) -> Listing[Row]:
    """The records of all `readable` places, newest first; `known` are those of the `watched` ones."""
    further = [place for place in readable if place not in watched]

    def listed(place: Place) -> Listing[Row]:
        return list_memory_records(
            clients,
            memory_id,
            namespace=place.path if place.exact else None,
            namespace_path=None if place.exact else place.path,
            limit=MOST_OF_A_PLACE,
        )

    listings = [known, *concurrently.each(listed, further)]
    found = {record["memoryRecordId"]: record for listing in listings for record in listing.rows}
    newest_first = sorted(found.values(), key=lambda record: record["createdAt"], reverse=True)
    return Listing(newest_first, all(listing.complete for listing in listings))
