"""What is in an account and region: counted in the background, at a pace that leaves the quotas to others.

AgentCore counts nothing, so counting is listing: records, actors, their sessions, and the events of each.
The count can be looked at while it runs. It goes on as long as somebody looks, and pauses where it is
otherwise. What AWS does not let us list is a fault there and never a zero.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from services import extraction_jobs, listing
from services.call_log import in_background
from services.clients import Clients
from services.faults import CALL_ERRORS, Fault, FaultKind, explain
from services.memory import memories
from services.memory.namespaces import root_paths
from services.pacing import Pace

log = logging.getLogger(__name__)

Row = dict[str, Any]
Thing = Literal["records", "unreviewed", "actors", "sessions", "events", "failed jobs"]
Unreviewed = Callable[[list[Row]], int]
"""Takes the records of a memory page by page, an empty one at the end; how many nobody has decided about."""
REMEMBERED_SESSIONS = 2_000
LOOKED_AT_SECONDS = 60.0
"""So long the count goes on after a look."""

_ENDS_THE_COUNT: dict[FaultKind, int] = {
    "throttled": 1,
    "credentials": 1,
    "clock": 1,
    "unreachable": 1,
    "timeout": 1,
    "service": 3,
    "incomplete": 3,
}
"""After so many faults of a kind the count ends: more calls would meet the same, or make it worse."""


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


class _Stopped(Exception):
    """Nobody wants the count any more."""


class _Ended(Exception):
    """Counting on makes no sense for now."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.title)
        self.fault = fault


class Inventory:
    """One count of a connection, in a thread of its own from the first look on.

    `unreviewed` makes, for a memory's id, what tells how many of its records nobody has reviewed.
    """

    def __init__(
        self, clients: Clients, pace: Pace, unreviewed: Callable[[str], Unreviewed] | None = None
    ) -> None:
        self._unreviewed = unreviewed
        self._clients = clients
        self._pace = pace
        self._lock = threading.Lock()
        self._looked = threading.Event()
        self._looked_at = time.monotonic()
        self._stopped = threading.Event()
        self._met: Counter[FaultKind] = Counter()
        self._snapshot = Snapshot((), False, (), datetime.now(UTC), None)
        self._thread = threading.Thread(target=self._run, name="inventory", daemon=True)

    def look(self) -> Snapshot:
        """What is known now; a count that has paused goes on."""
        with self._lock:
            self._looked_at = time.monotonic()
            if self._thread.ident is None:
                self._thread.start()
        self._looked.set()
        return self._snapshot

    def stop(self) -> None:
        """Count no further."""
        self._stopped.set()
        self._looked.set()

    def _run(self) -> None:
        in_background.set(True)
        try:
            self._count()
        except _Stopped:
            return
        except _Ended as end:
            fault = end.fault
            self._change(lambda now: replace(now, fault=fault))
        except Exception as error:  # a count that ends unfinished has to say so
            log.exception("The count ended early")
            fault = explain(error)
            self._change(lambda now: replace(now, fault=fault))
        self._change(lambda now: replace(now, as_of=datetime.now(UTC)))

    def _count(self) -> None:
        try:
            self._turn("ListMemories")
            found = memories.list_memories(self._clients, limit=None)
        except CALL_ERRORS as error:
            fault = explain(error)
            self._change(lambda now: replace(now, fault=fault))
            return
        known = tuple(MemoryInventory(row["id"]) for row in found.rows)
        self._change(lambda now: replace(now, memories=known, listed=True))
        for each in known:
            self._read_memory(each.memory_id)
        actors = {each.memory_id: self._count_memory(each.memory_id) for each in known}
        for memory_id, actor_ids in actors.items():
            self._count_conversations(memory_id, actor_ids)

    def _read_memory(self, memory_id: str) -> None:
        self._turn("GetMemory")
        try:
            memory = memories.get_memory(self._clients, memory_id)
        except CALL_ERRORS as error:
            fault = explain(error)
            self._change_memory(memory_id, lambda now: replace(now, fault=fault))
            self._weigh(fault)
        else:
            self._change_memory(memory_id, lambda now: replace(now, memory=memory))

    def _count_memory(self, memory_id: str) -> list[str]:
        """Counts the actors, records and failed jobs of a memory; returns the actors' ids."""
        actors: list[Row] = []
        unreviewed = self._unreviewed(memory_id) if self._unreviewed else None
        with self._counting(memory_id, "actors"):
            for rows in self._pages("list_actors", "actorSummaries", memory_id):
                self._add(memory_id, "actors", len(rows))
                actors += rows
        with self._counting(memory_id, "records"):
            for path in root_paths(self._of(memory_id).memory or {}, actors):
                for rows in self._pages(
                    "list_memory_records", "memoryRecordSummaries", memory_id, namespacePath=path
                ):
                    self._add(memory_id, "records", len(rows))
                    if unreviewed:
                        self._set(memory_id, "unreviewed", Count(unreviewed(rows)))
        if unreviewed:
            read = self._of(memory_id).count("records")
            self._set(memory_id, "unreviewed", replace(read, number=unreviewed([])))
        with self._counting(memory_id, "failed jobs"):
            for rows in self._pages("list_memory_extraction_jobs", "jobs", memory_id):
                self._add(memory_id, "failed jobs", len(rows))
        return [row["actorId"] for row in actors]

    def _count_conversations(self, memory_id: str, actor_ids: list[str]) -> None:
        """Counts the sessions of each actor, then the events of each session."""
        if not self._of(memory_id).count("actors").complete:
            unknown = self._of(memory_id).count("actors").fault
            for thing in ("sessions", "events"):
                self._end(memory_id, thing, unknown)
            return
        sessions: list[SessionSeen] = []
        with self._counting(memory_id, "sessions"):
            for actor_id in actor_ids:
                for rows in self._pages("list_sessions", "sessionSummaries", memory_id, actorId=actor_id):
                    seen = [
                        SessionSeen(memory_id, actor_id, row["sessionId"], row["createdAt"]) for row in rows
                    ]
                    sessions += seen
                    self._add(memory_id, "sessions", len(seen))
                    self._remember(seen)
        with self._counting(memory_id, "events"):
            for session in sessions:
                where = {"actorId": session.actor_id, "sessionId": session.session_id}
                for rows in self._pages("list_events", "events", memory_id, includePayloads=False, **where):
                    self._add(memory_id, "events", len(rows))

    def _pages(self, operation: str, member: str, memory_id: str, **params: Any) -> Iterator[list[Row]]:
        """The pages of a list operation, each asked for when its turn has come."""
        size = extraction_jobs.PAGE_SIZE if member == "jobs" else listing.PAGE_SIZE
        wanted = {"memoryId": memory_id, **params}
        found = iter(listing.pages(self._clients.data, operation, None, wanted, size))
        while True:
            self._turn("".join(word.title() for word in operation.split("_")))
            page = next(found, None)
            if page is None:
                return
            yield page[member]
            if not page.get("nextToken"):  # asking the paginator would wait for a turn that no call needs
                return

    def _turn(self, operation: str) -> None:
        """Waits for the next call's turn, and, while nobody looks, for the next look."""
        self._stopped.wait(self._pace.seconds_until(operation))
        while not self._stopped.is_set() and time.monotonic() - self._looked_at > LOOKED_AT_SECONDS:
            self._looked.clear()
            self._looked.wait()
        if self._stopped.is_set():
            raise _Stopped

    @contextmanager
    def _counting(self, memory_id: str, thing: Thing) -> Iterator[None]:
        """Around the counting of one thing: at its end it is complete, or has the fault that ended it."""
        fault = None
        try:
            yield
        except CALL_ERRORS as error:
            fault = explain(error)
        self._end(memory_id, thing, fault)
        if fault:
            self._weigh(fault)

    def _weigh(self, fault: Fault) -> None:
        """Ends the count where going on would only repeat the fault."""
        self._met[fault.kind] += 1
        if self._met[fault.kind] >= _ENDS_THE_COUNT.get(fault.kind, self._met[fault.kind] + 1):
            raise _Ended(fault)

    def _end(self, memory_id: str, thing: Thing, fault: Fault | None) -> None:
        self._change_count(memory_id, thing, lambda now: replace(now, complete=fault is None, fault=fault))

    def _add(self, memory_id: str, thing: Thing, number: int) -> None:
        self._change_count(memory_id, thing, lambda now: replace(now, number=now.number + number))

    def _set(self, memory_id: str, thing: Thing, count: Count) -> None:
        self._change_count(memory_id, thing, lambda _: count)

    def _remember(self, seen: list[SessionSeen]) -> None:
        def newest(now: Snapshot) -> Snapshot:
            found = sorted([*now.sessions, *seen], key=lambda session: session.created_at, reverse=True)
            return replace(now, sessions=tuple(found[:REMEMBERED_SESSIONS]))

        self._change(newest)

    def _change_count(self, memory_id: str, thing: Thing, change: Callable[[Count], Count]) -> None:
        self._change_memory(
            memory_id, lambda now: replace(now, counts={**now.counts, thing: change(now.count(thing))})
        )

    def _change_memory(self, memory_id: str, change: Callable[[MemoryInventory], MemoryInventory]) -> None:
        def changed(now: Snapshot) -> Snapshot:
            found = (change(each) if each.memory_id == memory_id else each for each in now.memories)
            return replace(now, memories=tuple(found))

        self._change(changed)

    def _change(self, change: Callable[[Snapshot], Snapshot]) -> None:
        """Only the counting thread changes the snapshot; others see whole ones."""
        self._snapshot = change(self._snapshot)

    def _of(self, memory_id: str) -> MemoryInventory:
        return next(each for each in self._snapshot.memories if each.memory_id == memory_id)
