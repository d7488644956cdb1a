"""Counting what is in an account and region, at a pace that leaves the quotas to others.

AgentCore counts nothing, so counting is listing: records, actors, their sessions, and the events of each.
The count can be looked at while it runs. It goes on as long as somebody looks, and pauses where it is
otherwise; a new process, or the same one after a fault, goes on where it was kept. What AWS does not let us
list is a fault there and never a zero.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services import extraction_jobs, listing
from services.call_log import in_background
from services.clients import Clients
from services.faults import CALL_ERRORS, Fault, FaultKind, explain
from services.inventory.document import Progress
from services.inventory.ledger import Ledger, NotOurs
from services.inventory.snapshot import Count, MemoryInventory, Row, SessionSeen, Snapshot, Thing
from services.memory import memories
from services.memory.namespace_counts import NamespaceCounts, all_counted, can_count, namespaces_of
from services.memory.namespaces import root_paths
from services.pacing import Pace

log = logging.getLogger(__name__)

ByNamespace = Callable[[str, NamespaceCounts], None]
"""Takes a memory's id and how many records each of its namespaces holds, once all are listed."""
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


class _Stopped(Exception):
    """Nobody wants the count any more."""


class _Ended(Exception):
    """Counting on makes no sense for now."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.title)
        self.fault = fault


class Inventory:
    """One count of a connection, in a thread of its own from the first look on.

    `unreviewed` makes, for a memory's id, what tells how many of its records nobody has reviewed. `ledger`:
    where the count is kept, claimed by this process. `begun`: a count that goes on here. `by_namespace` is
    told of each memory whose records are counted.
    """

    def __init__(
        self,
        clients: Clients,
        pace: Pace,
        unreviewed: Callable[[str], Unreviewed] | None = None,
        ledger: Ledger | None = None,
        begun: Progress | None = None,
        *,
        by_namespace: ByNamespace | None = None,
    ) -> None:
        self._unreviewed = unreviewed
        self._by_namespace = by_namespace
        self._clients = clients
        self._pace = pace
        self._ledger = ledger
        self._lock = threading.Lock()
        self._looked = threading.Event()
        self._looked_at = time.monotonic()
        self._stopped = threading.Event()
        self._met: Counter[FaultKind] = Counter()
        self._snapshot = replace(begun.snapshot, as_of=None, fault=None) if begun else _nothing_yet()
        self._counted_to = dict(begun.counted_to) if begun else {}
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

    @property
    def is_lost(self) -> bool:
        """Whether it has ended without an end: it was stopped, or another process has taken over."""
        return self._stopped.is_set()

    @property
    def progress(self) -> Progress:
        """Where the count can go on, once it has ended."""
        return Progress(self._snapshot, dict(self._counted_to))

    def _run(self) -> None:
        in_background.set(True)
        try:
            self._count_to_its_end()
        except _Stopped:
            return
        except NotOurs:
            self._stopped.set()

    def _count_to_its_end(self) -> None:
        try:
            self._count()
        except (_Stopped, NotOurs):
            raise
        except _Ended as end:
            fault = end.fault
            self._change(lambda now: replace(now, fault=fault))
        except Exception as error:  # a count that ends unfinished has to say so
            log.exception("The count ended early")
            fault = explain(error)
            self._change(lambda now: replace(now, fault=fault))
        ended = replace(self._snapshot, as_of=datetime.now(UTC))
        if self._ledger:  # kept before anybody sees that it ended
            self._ledger.save(Progress(ended, {} if ended.is_whole else self._counted_to))
            self._ledger.release()
        self._snapshot = ended

    def _count(self) -> None:
        try:
            self._turn("ListMemories")
            found = memories.list_memories(self._clients, limit=None)
        except CALL_ERRORS as error:
            fault = explain(error)
            self._change(lambda now: replace(now, fault=fault))
            return
        begun = {each.memory_id: each for each in self._snapshot.memories}
        known = tuple(begun.get(row["id"]) or MemoryInventory(row["id"]) for row in found.rows)
        self._change(lambda now: replace(now, memories=known, listed=True))
        for each in known:
            self._read_memory(each.memory_id)
        self._settle(at_once=True)
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
            self._change_memory(memory_id, lambda now: replace(now, memory=memory, fault=None))

    def _count_memory(self, memory_id: str) -> list[str]:
        """Counts the actors, records and failed jobs of a memory; returns the actors' ids, which a count that
        goes on has to read again."""
        actors: list[Row] = []
        with self._counting(memory_id, "actors"):
            for rows in self._pages("list_actors", "actorSummaries", memory_id):
                actors += rows
                more = max(len(actors), self._of(memory_id).count("actors").number)
                self._set(memory_id, "actors", Count(more))
            self._set(memory_id, "actors", Count(len(actors)))
        if not self._of(memory_id).count("records").complete:
            self._count_records(memory_id, actors)
        if not self._of(memory_id).count("failed jobs").complete:
            self._set(memory_id, "failed jobs", Count())
            with self._counting(memory_id, "failed jobs"):
                for rows in self._pages("list_memory_extraction_jobs", "jobs", memory_id):
                    self._add(memory_id, "failed jobs", len(rows))
        self._settle(at_once=True)
        return sorted(row["actorId"] for row in actors)

    def _count_records(self, memory_id: str, actors: list[Row]) -> None:
        unreviewed = self._unreviewed(memory_id) if self._unreviewed else None
        self._set(memory_id, "records", Count())
        memory, namespaces = self._of(memory_id).memory or {}, Counter[str]()
        with self._counting(memory_id, "records"):
            for path in root_paths(memory, actors):
                for rows in self._pages(
                    "list_memory_records", "memoryRecordSummaries", memory_id, namespacePath=path
                ):
                    self._add(memory_id, "records", len(rows))
                    namespaces.update(namespaces_of(rows))
                    if unreviewed:
                        self._set(memory_id, "unreviewed", Count(unreviewed(rows)))
        read = self._of(memory_id).count("records")
        if self._by_namespace and read.complete and can_count(memory):
            self._by_namespace(memory_id, all_counted(namespaces, read.number))
        if unreviewed:
            self._set(memory_id, "unreviewed", replace(read, number=unreviewed([])))

    def _count_conversations(self, memory_id: str, actor_ids: list[str]) -> None:
        """Counts the sessions of each actor with the events of each, actor by actor in the order of ids.

        The two calls have quotas of their own, so taking turns costs no time; and behind any actor the count
        can go on."""
        unknown = self._of(memory_id).count("actors").fault
        if unknown:
            self._end(memory_id, "sessions", unknown)
            self._end(memory_id, "events", unknown)
            return
        done = self._conversations_done(memory_id)
        behind = self._of(memory_id)
        try:
            for actor_id in actor_ids:
                if actor_id > done:
                    self._count_actor(memory_id, actor_id)
                    self._counted_to[memory_id] = actor_id
                    behind = self._of(memory_id)
                    self._settle()
        except CALL_ERRORS as error:
            fault = explain(error)
            for thing in ("sessions", "events"):  # half an actor could not be gone on with
                self._set(memory_id, thing, replace(behind.count(thing), fault=fault))
            self._weigh(fault)
            return
        self._end(memory_id, "sessions", None)
        if not self._of(memory_id).count("events").fault:
            self._end(memory_id, "events", None)

    def _conversations_done(self, memory_id: str) -> str:
        """The last actor whose conversations are counted already; where sessions were counted without their
        events, all begins anew."""
        now = self._of(memory_id)
        without_events = now.count("events").fault != now.count("sessions").fault
        for thing in ("sessions", "events"):
            self._set(memory_id, thing, Count(0 if without_events else now.count(thing).number))
        return "" if without_events else self._counted_to.get(memory_id, "")

    def _count_actor(self, memory_id: str, actor_id: str) -> None:
        seen: list[SessionSeen] = []
        for rows in self._pages("list_sessions", "sessionSummaries", memory_id, actorId=actor_id):
            seen += [SessionSeen(memory_id, actor_id, row["sessionId"], row["createdAt"]) for row in rows]
            self._add(memory_id, "sessions", len(rows))
        self._count_events(memory_id, seen)
        self._remember(seen)

    def _count_events(self, memory_id: str, sessions: list[SessionSeen]) -> None:
        """Counts the events of sessions; not any more once events have turned out not to be readable."""
        if self._of(memory_id).count("events").fault:
            return
        try:
            for session in sessions:
                where = {"actorId": session.actor_id, "sessionId": session.session_id}
                for rows in self._pages("list_events", "events", memory_id, includePayloads=False, **where):
                    self._add(memory_id, "events", len(rows))
        except CALL_ERRORS as error:
            fault = explain(error)
            if fault.kind in _ENDS_THE_COUNT:
                raise
            self._end(memory_id, "events", fault)

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
        if self._ledger:
            self._ledger.beat()

    def _settle(self, *, at_once: bool = False) -> None:
        """What is counted now can be gone on with."""
        if self._ledger and not self._stopped.is_set():
            self._ledger.save(self.progress, at_once=at_once)

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


def _nothing_yet() -> Snapshot:
    return Snapshot((), False, (), datetime.now(UTC), None)
