"""Erasing one person: events, records, and what the dashboard kept of them; checked, and certified.

An erasure is written down before it begins. It lists what is there and deletes that, so going on after a
kill, a network fault or a stop is beginning again: what is gone is gone. Events go first, so that nothing new
is extracted. Afterwards everything is listed again, and once more later, since an extraction that was under
way may still write a record; only then is the erasure closed. No copy is kept for undo.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from services.acts import Act, opened
from services.auditing import audited
from services.authorization import ERASE_PERSON, authorize, current_role
from services.clients import Clients
from services.erasure import agents as agent_erasure
from services.erasure import certificates as erasure_certificates
from services.erasure.agents import AgentScanner
from services.erasure.plan import Plan, recheck_after
from services.erasure.scan import MemoryScan, MemoryScanner
from services.errors import Cancelled, HeldBack, InvalidValue
from services.faults import CALL_ERRORS, explain
from services.records.batches import delete_records
from services.records.runs import GONE
from services.snapshots import snapshots
from services.workspace import audit, erasures, forgetting
from services.workspace.directory import installation_id
from services.workspace.erasures import Erasure, NotOurs
from services.workspace.store import Workspace
from services.workspace.traces import Traces

__all__ = ["Plan", "begin", "carry_out", "recheck_after"]

Row = dict[str, Any]
ROUNDS = 3
"""So often deleting is repeated at once for what the first check finds again."""
PAGE = 100
PATIENCE = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)
"""Seconds between attempts while AWS asks to slow down."""
_BEAT_SECONDS = 5.0
_STALE_PAGES = 10


def begin(clients: Clients, workspace: Workspace, plan: Plan) -> str:
    """Write an erasure down; its id, for `carry_out`. Raises NotAuthorized."""
    authorize(current_role(), ERASE_PERSON)
    here = replace(plan, origin=installation_id(workspace.directory))
    return erasures.add(workspace, clients.actor, clients.connection.key, here.dumps())


def carry_out(
    clients: Clients, workspace: Workspace, erasure_id: str, stopped: Callable[[], bool] = lambda: False
) -> Erasure:
    """Do, or go on with, an erasure, whatever state it is in; how it is afterwards.

    Before its second check is due an erasure that waits is only checked again, and goes on waiting; so it
    does after a check that was stopped or met a fault. Raises InvalidValue for one that is closed, of another
    connection, or carried out by somebody else now. What a call raises is not raised but noted (state
    `failed`).
    """
    authorize(current_role(), ERASE_PERSON)
    found = erasures.get(workspace, erasure_id)
    if found.connection_key != clients.connection.key:
        raise InvalidValue(f"This erasure is of another connection: {found.connection_key}.")
    worker = erasures.take(workspace, erasure_id)
    cut_off = {"cutOff": True} if found.is_cut_off else {}
    run = _Run(clients, workspace, replace(found, progress=found.progress | cut_off), worker, stopped)
    is_check = found.state == "waiting"
    try:
        run.everything(only_check=is_check)
    except NotOurs:
        pass  # whoever took it over says how it ends
    except Cancelled:
        run.leave("waiting", found.due_at) if is_check else run.leave("stopped")
    except (*CALL_ERRORS, HeldBack) as error:
        run.progress["fault"] = asdict(explain(error))
        run.leave("waiting", found.due_at) if is_check else run.leave("failed")
    return erasures.get(workspace, erasure_id)


@dataclass
class _Run:
    """One erasure while it is carried out."""

    clients: Clients
    workspace: Workspace
    erasure: Erasure
    worker: str
    stopped: Callable[[], bool]
    memories: dict[str, Row] = field(default_factory=dict)
    actors: dict[str, list[str]] = field(default_factory=dict)
    present: dict[str, frozenset[str]] = field(default_factory=dict)
    beaten: float = 0.0

    @property
    def progress(self) -> Row:
        return self.erasure.progress

    def __post_init__(self) -> None:
        self.plan = Plan.loads(self.erasure.plan)
        self.progress.pop("fault", None)
        self.progress.setdefault("deleted", {})
        self.progress.setdefault("recordIds", {})
        self.progress.setdefault("digests", [])
        self.progress.setdefault("cleaned", {})
        self.progress.setdefault("agentSessions", [])
        self.progress.setdefault("startedAt", _now())

    def everything(self, *, only_check: bool) -> None:
        """Delete, clean up, check; and in the end, or later, check once more and close."""
        if not only_check:
            for _ in range(ROUNDS):
                for memory_id in self.plan.memory_ids:
                    self._erase_from(memory_id)
                self._erase_from_agents()
                self._clean()
                if not self._check("firstCheck"):
                    break
            if _remaining(self.progress["firstCheck"]):
                return self.leave("remains")
            self.progress.pop("secondCheck", None)
            return self.leave("waiting", datetime.now(UTC) + recheck_after())
        was_due = self.erasure.is_due  # a check that began too early is none, however long it took
        left = self._check("secondCheck")
        self._clean()  # after the check, which has read the templates that tell neighbours apart
        if left:
            return self.leave("remains")
        if not was_due:
            return self.leave("waiting", self.erasure.due_at)
        self._tell("closing")
        certificate = erasure_certificates.made(self.workspace, self.erasure, self.plan.subject)
        with audited(
            self.clients, self.workspace, ERASE_PERSON, self.erasure.erasure_id, before=None
        ) as after:
            after["certificate"] = certificate["hash"]
            erasures.close(self.workspace, self.erasure.erasure_id, self.worker, certificate)
        forgetting.fold(self.workspace)
        return None

    def leave(self, state: erasures.State, due_at: datetime | None = None) -> None:
        self.progress["phase"] = ""
        erasures.leave(self.workspace, self.erasure.erasure_id, self.worker, state, self.progress, due_at)

    def _erase_from(self, memory_id: str) -> None:
        self._tell("reading", memory_id)
        scan = self._scan(memory_id)
        for session in scan.live_sessions:
            self._tell("deleting events", memory_id)
            self._delete_events(memory_id, session.actor_id, session.session_id)
        found = [*scan.records, *scan.chosen]
        records = [each.record_id for each in found]
        if records:
            # Known before they are deleted, so that what is kept of them here is found after a kill too.
            known = self.progress["recordIds"].setdefault(memory_id, [])
            known += [record_id for record_id in records if record_id not in set(known)]
            digests = {*self.progress["digests"], *(each.digest for each in found)}
            self.progress["digests"] = sorted(digests)
            self._tell("deleting records", memory_id)
            self._delete_records(memory_id, records)

    def _erase_from_agents(self) -> None:
        if not self.plan.agents:
            return
        self._tell("asking Bedrock Agents")
        scanner, erasure_id, subject = self._agents_asked(), self.erasure.erasure_id, self.plan.subject
        known = agent_erasure.known_sessions(self.clients, self.workspace, subject) | scanner.sessions
        # Noted before they are gone from the address book, so that a kill does not lose them.
        self.progress["agentSessions"] = sorted({*self.progress["agentSessions"], *known})
        self._note()
        gone = agent_erasure.erase(self.clients, self.workspace, erasure_id, scanner.asked, subject)
        self.progress["agentSummaries"] = self.progress.get("agentSummaries", 0) + gone
        self._note()

    def _agents_asked(self) -> AgentScanner:
        scanner = AgentScanner(self.clients, self.plan.subject)
        for _ in scanner.steps():
            if not self._alive():
                raise Cancelled
        self.progress["agentsSwitchedOff"] = [asdict(each) for each in scanner.closed]
        return scanner

    def _scan(self, memory_id: str) -> MemoryScan:
        """What there is now in a memory; nothing in one that is gone."""
        scanner: MemoryScanner = self._patiently(lambda: self._read(memory_id))
        self.memories[memory_id], self.actors[memory_id] = scanner.memory, scanner.actors
        self.present[memory_id] = scanner.present
        return scanner.now

    def _read(self, memory_id: str) -> MemoryScanner:
        chosen = self.plan.chosen.get(memory_id, ())
        scanner = MemoryScanner(self.clients, self.plan.subject, memory_id, chosen)
        try:
            for _ in scanner.steps():
                if not self._alive():
                    raise Cancelled
        except ClientError as error:
            # The memory itself is asked for first. What is not found later says nothing about the rest of it.
            if scanner.memory or explain(error).kind != "not_found":
                raise
            scanner.now = MemoryScan(memory_id)
        return scanner

    def _delete_events(self, memory_id: str, actor_id: str, session_id: str) -> None:
        """Page after page from the front, until there is none. A list may lag behind what was deleted."""
        place = {"memoryId": memory_id, "actorId": actor_id, "sessionId": session_id}
        stale = 0
        while page := self._patiently(
            lambda: self.clients.data.list_events(**place, includePayloads=False, maxResults=PAGE)["events"]
        ):
            before = {"erasure": self.erasure.erasure_id, "events": [event["eventId"] for event in page]}
            deleted = 0
            with self._one_act(memory_id, before) as after:
                for event in page:
                    was_there = self._delete_event(place, event["eventId"])
                    deleted += was_there
                    self._add(memory_id, "events", was_there)
                after["deleted"] = deleted
            self._note()
            stale = 0 if deleted else stale + 1
            if stale == _STALE_PAGES:
                return  # the check will find them if they are really there
            if stale:
                self._wait(1.0)
        self._count(memory_id, "sessions", 1)

    @contextmanager
    def _one_act(self, memory_id: str, before: Row) -> Iterator[Row]:
        """A page of deletions as one act of the audit trail, which never learns whose events they were."""
        after: Row = {}
        connection = self.clients.connection.key
        names = {"who": self.clients.actor, "connection": connection, "action": "DeleteEvent"}
        act = _Page(self.workspace, **names, resource=memory_id, before=before)
        try:
            with opened(act):
                yield after
        except BaseException as error:
            act.fail(error, after or None)
            raise
        act.end(after)

    def _delete_event(self, place: Row, event_id: str) -> bool:
        """Whether it was there."""
        try:
            self._patiently(lambda: self.clients.data.delete_event(**place, eventId=event_id))
        except ClientError as error:
            if explain(error).kind != "not_found":
                raise
            return False
        return True

    def _delete_records(self, memory_id: str, record_ids: Sequence[str]) -> None:
        results = delete_records(
            self.clients,
            self.workspace,
            memory_id,
            record_ids,
            keep_versions=False,
            title=f"Erasure {self.erasure.erasure_id}",
            progress=lambda _done, _total: self._alive(),
        )
        self._count(memory_id, "records", sum(result.ok for result in results))
        failed = [each for each in results if not each.ok and each.error_code != GONE]
        if self.stopped():
            raise Cancelled
        if failed:
            reason = failed[0].error_message or failed[0].error_code
            raise InvalidValue(f"{len(failed)} records could not be deleted: {reason}")

    def _clean(self) -> None:
        """Take the person out of what the dashboard keeps."""
        self._tell("cleaning the dashboard's own data")
        ids = [record_id for known in self.progress["recordIds"].values() for record_id in known]
        plan = self.plan
        traces = Traces(
            plan.subject,
            self.erasure.connection_key,
            plan.memory_ids,
            frozenset(ids),
            plan.everywhere,
            frozenset(self.progress["digests"]),
            self.memories,
            self.actors,
            plan.agents,
            self.present,
            frozenset(plan.mentions),
            frozenset(self.progress["agentSessions"]),
        )
        traces = forgetting.widened(self.workspace, traces)
        cleaned = snapshots.forget(self.workspace, traces)
        self.progress["unreadableSnapshots"] = list(cleaned.unreadable)
        found = {"snapshotRows": cleaned.rows, "snapshotNotes": cleaned.notes}
        found["auditTexts"] = audit.erase_documents(
            self.workspace, traces.concerns, connection_key=traces.connection_key, about=self._is_about
        )
        found |= forgetting.forget(
            self.workspace, traces
        )  # last: the versions tell which records were theirs
        for name, number in found.items():
            self.progress["cleaned"][name] = self.progress["cleaned"].get(name, 0) + number
        self.progress["logFolded"] = forgetting.fold(self.workspace)

    def _is_about(self, resource: str) -> bool:
        """Whether an audited resource is in one of the chosen memories, or is an agent's (ten capitals)."""
        first = resource.split("/", 1)[0]
        of_agent = self.plan.agents and re.fullmatch(r"[0-9A-Z]{10}", first) is not None
        return self.plan.everywhere or first in self.plan.memory_ids or of_agent

    def _check(self, name: str) -> int:
        """List everything again; how much is still, or again, there."""
        found = {}
        for memory_id in self.plan.memory_ids:
            self._tell("checking", memory_id)
            scan = self._scan(memory_id)
            counts = scan.counts()
            counts["records"] += len(scan.chosen)
            found[memory_id] = {"counts": counts, "calls": erasure_certificates.calls(scan)}
        self.progress[name] = {"at": _now(), "by": self.clients.actor, "memories": found}
        if self.plan.agents:
            self._tell("checking Bedrock Agents")
            left = sum(each.summaries for each in self._agents_asked().asked)
            self.progress[name]["agentSummaries"] = left
        return _remaining(self.progress[name])

    def _count(self, memory_id: str, what: str, number: int) -> None:
        self._add(memory_id, what, number)
        self._note()

    def _add(self, memory_id: str, what: str, number: int) -> None:
        counts = self.progress["deleted"].setdefault(memory_id, {})
        counts[what] = counts.get(what, 0) + number

    def _tell(self, phase: str, memory_id: str = "") -> None:
        self.progress["phase"] = phase
        self.progress["memory"] = memory_id
        self._note()

    def _note(self) -> None:
        if self.stopped():
            raise Cancelled
        self.beaten = time.monotonic()
        erasures.note(self.workspace, self.erasure.erasure_id, self.worker, self.progress)

    def _alive(self) -> bool:
        """A sign of life now and then; False when it was stopped, for those that cannot be interrupted."""
        if self.stopped():
            return False
        if time.monotonic() - self.beaten > _BEAT_SECONDS:
            self._note()
        return True

    def _patiently(self, call: Callable[[], Any]) -> Any:
        """The call's result, tried again while AWS asks to slow down."""
        for pause in (*PATIENCE, None):
            if not self._alive():
                raise Cancelled
            try:
                return call()
            except (ClientError, HeldBack) as error:
                slow_down = isinstance(error, HeldBack) or explain(error).kind == "throttled"
                if not slow_down or pause is None:
                    raise
            self._wait(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self._alive():
                raise Cancelled
            time.sleep(min(0.5, max(0.0, until - time.monotonic())))


class _Page(Act):
    """An act of many calls."""

    def takes(self, operation: str) -> bool:
        return operation == self.action


def _remaining(check: Row) -> int:
    """How much a check has found; a failed job is gone with its events and cannot be deleted by itself."""
    counts = [found["counts"] for found in check["memories"].values()]
    found: int = check.get("agentSummaries", 0) + sum(each["events"] + each["records"] for each in counts)
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
