"""All actors of a memory, however many: read on in the background and searched meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.background import Progress, Reading, Row
from services.clients import Clients
from services.pacing import Pace

MOST_ACTORS = 200_000
"""Where the reading stops by itself, and says so: about 20 MB of ids."""


@dataclass(frozen=True)
class Actors(Progress):
    """The actors read so far. While reading they are in the service's order, at the end sorted by id.

    `full`: the reading ended at `MOST_ACTORS`, there may be more.
    """

    ids: tuple[str, ...] = ()
    as_of: datetime | None = None
    full: bool = False

    @property
    def nobody(self) -> bool:
        """Whether it is certain that nobody wrote to the memory."""
        return self.complete and not self.ids

    def having(self, words: str) -> list[str]:
        """The ids that have every word of `words`, in any case."""
        wanted = words.lower().split()
        if not wanted:
            return list(self.ids)
        return [id_ for id_ in self.ids if all(word in id_.lower() for word in wanted)]


class ActorDirectory(Reading[Actors]):
    """The reading of one memory's actors."""

    def __init__(self, clients: Clients, pace: Pace, memory_id: str) -> None:
        self._memory_id = memory_id
        super().__init__(clients, pace, Actors())

    def _read(self) -> Iterator[str]:
        read: list[str] = []

        def take(rows: list[Row]) -> None:
            read.extend(row["actorId"] for row in rows)
            if rows:
                self._tell(replace(self._now, ids=tuple(read)))

        for operation in self._pages("list_actors", "actorSummaries", take, memoryId=self._memory_id):
            if len(read) >= MOST_ACTORS:
                break
            yield operation
        in_order = tuple(sorted(read, key=str.lower))
        self._tell(replace(self._now, ids=in_order, as_of=datetime.now(UTC), full=len(read) >= MOST_ACTORS))
