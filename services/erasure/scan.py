"""What there is of a person: events, sessions, records and failed jobs, in one memory or several.

It only reads. It lists all records of a memory, since only then those of deleted strategies and those that
merely mention the person are found. Before each call it names it, so that whoever drives it keeps the pace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services import listing
from services.background import Progress, Reading
from services.clients import Clients
from services.erasure.agents import AgentMemory, AgentScanner, ClosedAlias
from services.erasure.subject import Subject
from services.extraction_jobs import PAGE_SIZE as JOBS_PAGE
from services.faults import CALL_ERRORS, Fault, explain
from services.memory import memories
from services.memory.namespaces import root_paths
from services.pacing import Pace
from services.workspace.traces import text_digest

Row = dict[str, Any]
MOST_GUESSES = 2_000
"""So many records that may be about the person are remembered of a memory; beyond, `more_guesses` counts."""
EXCERPT = 300


@dataclass(frozen=True)
class SessionFound:
    """A session of the person and how many events it has."""

    actor_id: str
    session_id: str
    events: int


@dataclass(frozen=True)
class RecordFound:
    """A record that is the person's. `namespace` is where it lies, '' for nowhere; `digest` stands for its
    text there (`forgetting.text_digest`)."""

    record_id: str
    namespace: str
    strategy_id: str
    digest: str


@dataclass(frozen=True)
class Guess(RecordFound):
    """A record that may be about the person: `reason` says why, `excerpt` is its text's beginning
    (untrusted)."""

    reason: str
    excerpt: str


@dataclass(frozen=True)
class MemoryScan:
    """What one memory holds of the person. `chosen`: records that somebody ticked, and that are there.
    `paths`: where records were listed. `fault`: why it could not be read to the end; what was found until
    then is there. `gone`: the fault is that there is no such memory."""

    memory_id: str
    sessions: tuple[SessionFound, ...] = ()
    records: tuple[RecordFound, ...] = ()
    chosen: tuple[RecordFound, ...] = ()
    guesses: tuple[Guess, ...] = ()
    more_guesses: int = 0
    jobs: int = 0
    look_alikes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    records_read: int = 0
    fault: Fault | None = None
    gone: bool = False

    @property
    def events(self) -> int:
        return sum(session.events for session in self.sessions)

    @property
    def live_sessions(self) -> list[SessionFound]:
        """Those that hold something. AWS lists an empty one for a day more; of it nothing can be deleted."""
        return [session for session in self.sessions if session.events]

    def counts(self) -> dict[str, int]:
        """How much there is, by what it is."""
        return {
            "sessions": len(self.live_sessions),
            "events": self.events,
            "records": len(self.records),
            "failedJobs": self.jobs,
        }


@dataclass(frozen=True)
class Found(Progress):
    """What was found so far: `scans` of the memories that were read, the last perhaps in part, and what
    `agents` of Bedrock Agents remember; `closed_agents`: those whose memory is switched off; `agents_fault`:
    why agents could not be asked."""

    scans: tuple[MemoryScan, ...] = ()
    reading: str | None = None
    total: int = 0
    agents: tuple[AgentMemory, ...] = ()
    closed_agents: tuple[ClosedAlias, ...] = ()
    agents_fault: Fault | None = None


class MemoryScanner:
    """Reads one memory. `now` is what is known; `steps` names each call before it makes it.

    `chosen` are the ids of records that somebody ticked: they are found whatever they say by now.
    """

    def __init__(
        self, clients: Clients, subject: Subject, memory_id: str, chosen: Collection[str] = ()
    ) -> None:
        self._clients = clients
        self._subject = subject
        self._wanted = frozenset(chosen)
        self._actors: list[str] = []
        self._records: list[RecordFound] = []
        self._chosen: list[RecordFound] = []
        self._guesses: list[Guess] = []
        self._seen: set[str] = set()
        self.now = MemoryScan(memory_id)
        self.memory: Row = {}

    @property
    def actors(self) -> list[str]:
        """The memory's actors, as far as they are read."""
        return list(self._actors)

    @property
    def present(self) -> frozenset[str]:
        """The ids of all of the memory's records, as far as they are read."""
        return frozenset(self._seen)

    def steps(self) -> Iterator[str]:
        """Raises what the calls raise. Only ResourceNotFound of the memory itself, which leaves `memory`
        empty, means that nothing is there."""
        yield "GetMemory"
        memory = self.memory = memories.get_memory(self._clients, self.now.memory_id)
        actors = self._actors.extend
        yield from self._pages("list_actors", "actorSummaries", lambda rows: actors(_ids(rows)), {})
        self.now = replace(self.now, look_alikes=tuple(self._subject.look_alikes(self._actors)))
        for actor_id in self._subject.actor_ids:
            yield from self._conversations(actor_id)
        yield from self._all_records(memory)
        for actor_id in self._subject.actor_ids:
            yield from self._failed_jobs(actor_id)

    def _conversations(self, actor_id: str) -> Iterator[str]:
        sessions: list[Row] = []
        yield from self._pages("list_sessions", "sessionSummaries", sessions.extend, {"actorId": actor_id})
        for session in sessions:
            place = {"actorId": actor_id, "sessionId": session["sessionId"], "includePayloads": False}
            events: list[Row] = []
            yield from self._pages("list_events", "events", events.extend, place)
            found = SessionFound(actor_id, session["sessionId"], len(events))
            self.now = replace(self.now, sessions=(*self.now.sessions, found))

    def _all_records(self, memory: Row) -> Iterator[str]:
        known = dict.fromkeys([*self._actors, *self._subject.actor_ids])
        paths = dict.fromkeys(root_paths(memory, [{"actorId": each} for each in known]))
        # A deleted strategy may have put records at a root of the person's own.
        paths |= dict.fromkeys(actor_id.split("/")[0] for actor_id in self._subject.actor_ids)
        for path in paths:
            self.now = replace(self.now, paths=(*self.now.paths, path))
            below = {"namespacePath": path}
            take = self._taker(memory)
            yield from self._pages("list_memory_records", "memoryRecordSummaries", take, below)

    def _taker(self, memory: Row) -> Callable[[list[Row]], None]:
        def take(rows: list[Row]) -> None:
            for row in rows:
                if row["memoryRecordId"] not in self._seen:
                    self._seen.add(row["memoryRecordId"])
                    self._look_at(memory, row)
            self.now = replace(
                self.now,
                records=tuple(self._records),
                chosen=tuple(self._chosen),
                guesses=tuple(self._guesses),
                records_read=len(self._seen),
            )

        return take

    def _look_at(self, memory: Row, row: Row) -> None:
        namespace = next(iter(row.get("namespaces") or ()), "")
        said = row["content"].get("text", "")
        digest = text_digest(namespace, said)
        place = (row["memoryRecordId"], namespace, row.get("memoryStrategyId") or "", digest)
        if self._subject.owns(memory, row, self._actors):
            self._records.append(RecordFound(*place))
            return
        if row["memoryRecordId"] in self._wanted:
            self._chosen.append(RecordFound(*place))
            return
        reason = self._subject.suspicion(row)
        if reason is None:
            return
        if len(self._guesses) < MOST_GUESSES:
            self._guesses.append(Guess(*place, reason, said[:EXCERPT]))
        else:
            self.now = replace(self.now, more_guesses=self.now.more_guesses + 1)

    def _failed_jobs(self, actor_id: str) -> Iterator[str]:
        def take(rows: list[Row]) -> None:
            self.now = replace(self.now, jobs=self.now.jobs + len(rows))

        wanted = {"filter": {"actorId": actor_id}}
        yield from self._pages("list_memory_extraction_jobs", "jobs", take, wanted, JOBS_PAGE)

    def _pages(
        self,
        operation: str,
        member: str,
        take: Callable[[list[Row]], None],
        params: Row,
        size: int = listing.PAGE_SIZE,
    ) -> Iterator[str]:
        """The pages of a list operation, each given to `take`."""
        name = "".join(word.title() for word in operation.split("_"))
        place = {"memoryId": self.now.memory_id}
        pages = iter(listing.pages(self._clients.data, operation, None, place | params, size))
        while True:
            yield name
            page = next(pages, None)
            if page is None:
                return
            take(page[member])
            if not page.get("nextToken"):
                return


def _ids(rows: Sequence[Row]) -> list[str]:
    return [row["actorId"] for row in rows]


@dataclass
class _Told:
    """The scans of the memories that were read before the present one."""

    done: list[MemoryScan] = field(default_factory=list)


class SubjectScan(Reading[Found]):
    """What there is of a person in several memories, read in the background as long as somebody looks.

    A memory that cannot be read has its fault; the others are read all the same. `agents`: Bedrock Agents
    are asked too.
    """

    def __init__(
        self, clients: Clients, pace: Pace, subject: Subject, memory_ids: Sequence[str], agents: bool = False
    ) -> None:
        self._subject = subject
        self._with_agents = agents
        self._memory_ids = list(dict.fromkeys(memory_ids))
        super().__init__(clients, pace, Found(total=len(self._memory_ids)))

    def _read(self) -> Iterator[str]:
        told = _Told()
        for memory_id in self._memory_ids:
            scanner = MemoryScanner(self._clients, self._subject, memory_id)
            try:
                for operation in scanner.steps():
                    scans = (*told.done, scanner.now)
                    self._tell(replace(self._now, scans=scans, reading=memory_id))
                    yield operation
            except CALL_ERRORS as error:
                fault = explain(error)
                gone = fault.kind == "not_found" and not scanner.memory
                scanner.now = replace(scanner.now, fault=fault, gone=gone)
            told.done.append(scanner.now)
        self._tell(replace(self._now, scans=tuple(told.done), reading=None))
        if self._with_agents:
            yield from self._agents()

    def _agents(self) -> Iterator[str]:
        scanner = AgentScanner(self._clients, self._subject)
        try:
            yield from scanner.steps()
        except CALL_ERRORS as error:
            self._tell(replace(self._now, agents_fault=explain(error)))
        found, closed = tuple(scanner.found), tuple(scanner.closed)
        self._tell(replace(self._now, agents=found, closed_agents=closed))
