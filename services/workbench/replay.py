"""A stored session written again into a scratch memory, to see what AWS itself makes of it, end to end.

The events keep their texts, roles, times, metadata, branches and order; blobs are left out, since no strategy
reads them. Then the records are listed until every strategy has answered or fallen silent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.chat.extraction_watch import ExtractionWatch
from services.clients import Clients
from services.endpoint_status import endpoint_status
from services.errors import Cancelled, InvalidValue
from services.extraction_jobs import list_extraction_jobs
from services.listing import Listing
from services.memory.memories import get_memory
from services.memory.namespaces import StrategyKindName
from services.records.memory_records import list_memory_records
from services.short_term.conversation_file import ConversationFile, EventDraft
from services.short_term.events import list_events, write_conversation
from services.workbench import scratch
from services.workbench.conversation import oldest_first
from services.workbench.scratch import LETTERS, Side
from services.workspace.store import Workspace

Row = dict[str, Any]
MOST_EVENTS = 500
CREATION_SECONDS = 600.0
EXTRACTION_SECONDS = 900.0
"""So long extraction is waited for; the scratch memory stays, and can be looked at later."""
QUIET_SECONDS = 10.0
"""Where the endpoint does not say that it is done, so long nothing new has to come."""
POLL_SECONDS = 2.0
_STEP = 0.1


@dataclass(frozen=True)
class ReplayRequest:
    """Which session is replayed with which strategies. `role_arn` is needed for instructions of one's own."""

    memory_id: str
    actor_id: str
    session_id: str
    kind: StrategyKindName
    sides: tuple[Side, ...]
    event_expiry_days: int
    role_arn: str | None = None

    @property
    def about(self) -> Row:
        """What is noted of the scratch memory: which session is replayed in it, and the sides."""
        return {
            "memoryId": self.memory_id,
            "actorId": self.actor_id,
            "sessionId": self.session_id,
            "kind": self.kind,
            "labels": [side.label for side in self.sides],
        }


@dataclass(frozen=True)
class SideResult:
    """What one side has made. `seconds`: the usual time from an event to a record, None where it was not
    watched or nothing came; `failures`: why extraction jobs failed."""

    letter: str
    label: str
    strategy: Row
    records: tuple[Row, ...]
    seconds: float | None = None
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Replayed:
    """A replay. `settled` False: it was stopped, or not waited for to the end; more may come.
    `complete` False: there are more records than were listed. `about`: which session was replayed, as it was
    noted (`ReplayRequest.about`); None where that is not known. `lacking`: so many of the session's events
    were not written, because the replay was stopped, or cut off with its process."""

    memory_id: str
    sides: tuple[SideResult, ...]
    settled: bool
    complete: bool = True
    about: Row | None = None
    lacking: int = 0

    def is_of(self, memory_id: str, actor_id: str, session_id: str, kind: StrategyKindName) -> bool:
        """Whether that session was replayed, for that kind of strategy."""
        there = {"memoryId": memory_id, "actorId": actor_id, "sessionId": session_id, "kind": kind}
        return self.about is not None and there.items() <= self.about.items()


def problems(request: ReplayRequest) -> list[str]:
    """What AWS would refuse of a replay, as sentences."""
    draft = scratch.draft(request.kind, request.sides, request.role_arn, request.event_expiry_days)
    return [scratch.in_words(problem, request.sides) for problem in draft.problems()]


def replay(
    clients: Clients,
    workspace: Workspace,
    request: ReplayRequest,
    stopping: Callable[[], bool] = lambda: False,
    tell: Callable[[str], object] = lambda told: None,
) -> Replayed:
    """Make a scratch memory, write the session into it, and wait for its records.

    Stopped while records are waited for, it tells what has come; stopped before, it tells no sides. The
    scratch memory stays, also after an error, and is listed by `scratch.existing`. Raises InvalidDraft,
    NotAuthorized, InvalidValue for a session without words or one that is too long, and what the calls raise.
    """
    conversation = _conversation(clients, request)
    draft = scratch.draft(request.kind, request.sides, request.role_arn, request.event_expiry_days)
    labels = [side.label for side in request.sides]
    about = request.about | {"events": len(conversation.events)}
    memory_id = scratch.create(clients, workspace, draft, about)["id"]
    tell("the memory is being created")
    work = _Work(clients, memory_id, stopping, tell)
    try:
        memory = work.active()
        work.write(memory, request, conversation)
    except Cancelled:
        return Replayed(memory_id, (), settled=False, about=about)
    settled, listing = work.wait()
    sides = _sides(clients, memory, labels, listing.rows, work.watch)
    return Replayed(memory_id, sides, settled, listing.complete, about)


def results(clients: Clients, memory_id: str, about: Row | None = None) -> Replayed:
    """What a scratch memory holds now, whoever filled it: after a crash, or for another look. `about` is what
    was noted of it, if anything.

    It is settled when the endpoint says that nothing is pending; where it says nothing of that, when the
    memory is older than a replay takes at most to be created and waited for.
    """
    pending = _pending(clients)  # asked first: what is written by then is in the listing
    memory = get_memory(clients, memory_id)
    listing = _records(clients, memory_id)
    longest = timedelta(seconds=CREATION_SECONDS + EXTRACTION_SECONDS)
    is_old = datetime.now(UTC) - memory["createdAt"] > longest
    settled = is_old if pending is None else pending == 0
    sides = _sides(clients, memory, (about or {}).get("labels", []), listing.rows)
    return Replayed(memory_id, sides, settled, listing.complete, about, _lacking(clients, memory_id, about))


def _lacking(clients: Clients, memory_id: str, about: Row | None) -> int:
    """How many of the events that were to be written are not there; 0 where their number was not noted."""
    if about is None or "events" not in about:
        return 0
    place = (memory_id, about["actorId"], about["sessionId"])
    written = list_events(clients, *place, limit=MOST_EVENTS, payloads=False)
    return max(0, int(about["events"]) - len(written.rows))


def _conversation(clients: Clients, request: ReplayRequest) -> ConversationFile:
    listing = list_events(clients, request.memory_id, request.actor_id, request.session_id, limit=MOST_EVENTS)
    if not listing.complete:
        raise InvalidValue(
            f"The session has more than {MOST_EVENTS} events. Choose a shorter one: a replay writes each."
        )
    drafts = [_draft(event) for event in oldest_first(listing.rows)]
    roots = {_root(draft) for draft in drafts}
    kept = tuple(draft for draft in drafts if draft.payload or draft.event_id in roots)
    if not {root for draft in kept if (root := _root(draft))} <= {draft.event_id for draft in kept}:
        raise InvalidValue(
            "A branch of this session begins at an event that was deleted: it cannot be written again. "
            "Choose another session."
        )
    if not any(draft.payload for draft in kept):
        raise InvalidValue("Nobody says anything in this session: there is nothing to extract.")
    return ConversationFile(kept)


def _root(draft: EventDraft) -> str | None:
    """The event that the draft's branch begins at, as it is stored."""
    root: str | None = (draft.branch or {}).get("rootEventId")
    return root


def _draft(event: Row) -> EventDraft:
    branch = event.get("branch") or {}
    return EventDraft(
        payload=tuple(element for element in event.get("payload", []) if "conversational" in element),
        timestamp=event["eventTimestamp"],
        metadata=event.get("metadata", {}),
        branch=None if branch.get("name", "main") == "main" else branch,
        event_id=event["eventId"],
    )


class _Work:
    """One replay under way: the memory that is made, the watch over its records, and who is told."""

    def __init__(
        self,
        clients: Clients,
        memory_id: str,
        stopping: Callable[[], bool],
        tell: Callable[[str], object],
    ) -> None:
        self.watch = ExtractionWatch()
        self._clients = clients
        self._memory_id = memory_id
        self._stopping = stopping
        self._tell = tell

    def active(self) -> Row:
        """The memory once it and its strategies are ACTIVE: only events after that are extracted."""
        deadline = time.monotonic() + CREATION_SECONDS
        while True:
            memory = get_memory(self._clients, self._memory_id)
            states = {memory["status"], *(strategy["status"] for strategy in memory.get("strategies", []))}
            if states == {"ACTIVE"}:
                return memory
            if "FAILED" in states or time.monotonic() > deadline:
                why = memory.get("failureReason", f"it is {memory['status']}")
                raise InvalidValue(f"The scratch memory {self._memory_id} did not become ACTIVE: {why}.")
            self._pause()

    def write(self, memory: Row, request: ReplayRequest, conversation: ConversationFile) -> None:
        """Write the events, and have each watched from when it was stored. Cancelled, InvalidValue."""
        stored_at = [time.time()]

        def stored(done: int, total: int) -> bool:
            stored_at.append(time.time())
            self._tell(f"{done} of {total} events are written")
            return not self._stopping()

        written = write_conversation(
            self._clients,
            self._memory_id,
            request.actor_id,
            request.session_id,
            conversation,
            progress=stored,
        )
        if written.fault is not None:
            raise InvalidValue(
                f"Only {len(written.event_ids)} of {written.total} events could be written: "
                f"{written.fault.title}. {written.fault.detail}"
            )
        if not written.complete:
            raise Cancelled
        self.watch.observe([], stored_at[0])
        for at, event_id in enumerate(written.event_ids):
            event = {"eventId": event_id, "payload": list(conversation.events[at].payload)}
            took = stored_at[at + 1] - stored_at[at]
            self.watch.event_stored(event, stored_at[at + 1], took, memory["strategies"])

    def wait(self) -> tuple[bool, Listing[Row]]:
        """Lists the records until all is done; whether it is, and the last listing."""
        deadline = time.monotonic() + EXTRACTION_SECONDS
        changed_at = time.monotonic()
        while True:
            is_idle = _pending(self._clients) == 0  # asked first: what is written by then is in the listing
            listing = _records(self._clients, self._memory_id)
            now = time.time()
            if self.watch.observe(listing.rows, now, listing.complete):
                changed_at = time.monotonic()
            self.watch.observe_failures(list_extraction_jobs(self._clients, self._memory_id).rows)
            if is_idle:
                self.watch.observe_idle(now)
            is_quiet = is_idle or time.monotonic() - changed_at > QUIET_SECONDS
            if is_quiet and not self.watch.extracting(now):
                return True, listing
            number = len(listing.rows)
            self._tell(f"extracting, {number:,} {'record' if number == 1 else 'records'}")
            try:
                self._pause()
            except Cancelled:
                return False, listing
            if time.monotonic() > deadline:
                return False, listing

    def _pause(self) -> None:
        """Waits for the next look; Cancelled as soon as nobody wants it any longer."""
        until = time.monotonic() + POLL_SECONDS
        while time.monotonic() < until:
            if self._stopping():
                raise Cancelled
            time.sleep(_STEP)


def _pending(clients: Clients) -> int | None:
    """How many extractions the endpoint says are pending; AWS says nothing of it."""
    url = clients.connection.endpoint_url
    status = endpoint_status(url) if url else None
    return status.pending_extractions if status is not None else None


def _records(clients: Clients, memory_id: str) -> Listing[Row]:
    return list_memory_records(clients, memory_id, namespace_path="/")


def _sides(
    clients: Clients,
    memory: Row,
    labels: Sequence[str],
    records: Sequence[Row],
    watch: ExtractionWatch | None = None,
) -> tuple[SideResult, ...]:
    """What each strategy of a scratch memory has made."""
    jobs = list_extraction_jobs(clients, memory["id"]).rows
    names = dict(zip(LETTERS, labels, strict=False))
    found = []
    for letter, strategy in sorted(scratch.strategies_by_side(memory).items()):
        strategy_id = strategy["strategyId"]
        failed = [job for job in jobs if job.get("strategyId") == strategy_id]
        side = SideResult(
            letter=letter,
            label=names.get(letter, f"Side {letter}"),
            strategy=strategy,
            records=tuple(row for row in records if row.get("memoryStrategyId") == strategy_id),
            seconds=watch.usual_seconds(strategy_id) if watch else None,
            failures=tuple(dict.fromkeys(job.get("failureReason") or "no reason given" for job in failed)),
        )
        found.append(side)
    return tuple(found)
