"""What a count knows: of each memory what it holds, which sessions began last, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from services.faults import Fault

Row = dict[str, Any]
Thing = Literal["records", "unreviewed", "actors", "sessions", "events", "failed jobs"]


@dataclass(frozen=True)
class Count:
    """So many; `complete` False: at least so many. `fault`: why it could not be counted to the end."""

    number: int = 0
    complete: bool = False
    fault: Fault | None = None


@dataclass(frozen=True)
class SessionSeen:
    """A session and when it began."""

    memory_id: str
    actor_id: str
    session_id: str
    created_at: datetime


@dataclass(frozen=True)
class MemoryInventory:
    """What one memory holds. `memory` is GetMemory's dict, None while unread or where `fault` says why."""

    memory_id: str
    memory: Row | None = None
    fault: Fault | None = None
    counts: dict[Thing, Count] = field(default_factory=dict)

    def count(self, thing: Thing) -> Count:
        return self.counts.get(thing, Count())


@dataclass(frozen=True)
class Snapshot:
    """The inventory now. `listed`: all memories are known. `fault`: why the count ended early. `as_of`: when
    it ended, None while it runs. `sessions` are those that began last, newest first.
    """

    memories: tuple[MemoryInventory, ...]
    listed: bool
    sessions: tuple[SessionSeen, ...]
    started: datetime
    as_of: datetime | None
    fault: Fault | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it ended by itself; what AWS does not let us list may be missing in it, and says so."""
        return self.as_of is not None and self.fault is None

    def total(self, thing: Thing) -> Count:
        """The sum over all memories; complete when each is, with the first fault among them."""
        counts = [each.count(thing) for each in self.memories]
        return Count(
            sum(each.number for each in counts),
            self.listed and all(each.complete for each in counts),
            self.fault or next((each.fault for each in counts if each.fault), None),
        )

    def faults(self) -> list[tuple[Fault, list[str]]]:
        """What could not be read, each fault once, with what it kept from being counted."""
        found: dict[tuple[str | None, str], tuple[Fault, list[str]]] = {}
        for each in self.memories:
            met = [("its configuration", each.fault)] if each.fault else []
            met += [(thing, count.fault) for thing, count in each.counts.items() if count.fault]
            for what, fault in met:
                _, things = found.setdefault((fault.operation, fault.title), (fault, []))
                things.append(what)
        return list(found.values())

    def expiring(self, within: timedelta, now: datetime) -> list[SessionSeen]:
        """Sessions whose first events expire within that time. Estimated: what counts for an event is the
        expiry that the memory had when it was written."""
        kept = {each.memory_id: (each.memory or {}).get("eventExpiryDuration", 0) for each in self.memories}
        return [
            seen
            for seen in self.sessions
            if now <= seen.created_at + timedelta(days=kept[seen.memory_id]) <= now + within
        ]
