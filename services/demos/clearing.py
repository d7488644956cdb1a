"""Back to the start: the events and records of a play, deleted.

A play has an actor of its own, so nothing else is touched. No copies are kept: the story can be played again.
"""

from __future__ import annotations

from collections.abc import Callable

from services.chat.places import places_to_read
from services.clients import Clients
from services.listing import pages
from services.memory.memories import get_memory
from services.short_term import events

BATCH = 100
"""As many records as BatchDeleteMemoryRecords takes."""


def clear(
    clients: Clients, memory_id: str, actor_id: str, progress: Callable[[int], None] | None = None
) -> int:
    """Delete what a play left behind; how many events and records that were.

    `progress` hears the number after each call. Each call is in the audit trail.
    """
    done = 0

    def counted(number: int) -> None:
        nonlocal done
        done += number
        if progress is not None:
            progress(done)

    for session in events.list_sessions(clients, memory_id, actor_id, limit=None).rows:
        place = {"memoryId": memory_id, "actorId": actor_id, "sessionId": session["sessionId"]}
        for page in list(pages(clients.data, "list_events", None, place | {"includePayloads": False})):
            for event in page["events"]:
                clients.data.delete_event(**place, eventId=event["eventId"])
                counted(1)
    record_ids = _record_ids(clients, memory_id, actor_id)
    for start in range(0, len(record_ids), BATCH):
        batch = [{"memoryRecordId": record_id} for record_id in record_ids[start : start + BATCH]]
        answer = clients.data.batch_delete_memory_records(memoryId=memory_id, records=batch)
        counted(len(answer["successfulRecords"]))
    return done


def _record_ids(clients: Clients, memory_id: str, actor_id: str) -> list[str]:
    """The records in the namespaces of the actor; none where a template does not name the actor."""
    strategies = get_memory(clients, memory_id).get("strategies", [])
    found: dict[str, None] = {}
    for place in places_to_read(strategies, actor_id, ""):
        if actor_id not in place.path.split("/"):
            continue
        params = {"memoryId": memory_id, **place.arguments()}
        for page in pages(clients.data, "list_memory_records", None, params):
            found |= dict.fromkeys(row["memoryRecordId"] for row in page["memoryRecordSummaries"])
    return list(found)
