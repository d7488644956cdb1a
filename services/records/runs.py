"""Carrying out an act on records: claim them, read them, keep what they are, send, note what became of each.

Whatever happens, every record of the act ends as done, as failed with the reason, or as unknown (its call
was sent and no answer came). A killed process leaves the records that it had not sent as planned and those
of its last call as sent; `services.records.history` settles them.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from services.auditing import audited
from services.authorization import authorize, current_role
from services.clients import Clients
from services.errors import Cancelled
from services.faults import CALL_ERRORS, Fault, explain
from services.records import calls as record_calls
from services.records import late_metadata
from services.records import reading as record_reading
from services.records.calls import OPERATIONS, BatchFailed, Item
from services.records.drafts import RecordDraft, RecordUpdate, fingerprint
from services.workspace import record_claims, record_versions
from services.workspace.record_versions import Act, ActKind, Outcome, Version
from services.workspace.store import Workspace, to_json

Row = dict[str, Any]
Progress = Callable[[int, int], bool | None]
"""Called with (records settled, records in all) after every call; returning False cancels what is left."""

BATCH = 100
FEW = 10
"""The lot for records read one by one: little time shall pass between reading and sending."""
BATCH_BYTES = 4_000_000
LEASE_SECONDS = 120.0
ALIVE_SECONDS = 60.0
"""An act that shows no sign of life for so long is not being carried out any more."""
_BEAT_SECONDS = 5.0
_CLAIM_SECONDS = 5.0

# Codes of ours for records that were not changed; a number is AWS's.
NOT_SENT = "NotSent"
NOT_DONE = "NotDone"
CHANGED = "ChangedMeanwhile"
BUSY = "BeingChanged"
GONE = "NotFound"
INVALID = "InvalidRecord"
EMPTIED = "TextRemoved"
STOPPED = "It was stopped before this record; nothing was sent."
_SENTENCES = {
    NOT_SENT: STOPPED,
    NOT_DONE: "It was sent, but not carried out.",
    CHANGED: "Somebody else has changed this record since it was looked at; it was left as it is.",
    BUSY: "Another change of this record is under way; it was left as it is.",
    GONE: "The record does not exist any more.",
    EMPTIED: "Its text was removed here for good, so nobody knows any more what was to be written.",
}


def carry_out(
    clients: Clients,
    workspace: Workspace,
    act_id: str,
    *,
    progress: Progress | None = None,
    keep_versions: bool = True,
    path: str = "/",
) -> Fault | None:
    """Do what is planned of an act; the fault that kept it from going on, or None.

    `path` is where most of its records are.
    """
    act = record_versions.act(workspace, act_id)
    if act is None:
        raise LookupError(act_id)
    run = _Run(clients, workspace, act, progress or (lambda _done, _total: None), keep_versions)
    fault: Fault | None = None
    code, reason = NOT_SENT, _SENTENCES[NOT_SENT]
    try:
        authorize(current_role(), OPERATIONS[act.kind])
        run.creates() if act.kind == "create" else run.changes(path)
    except Cancelled:
        pass
    except BatchFailed as failed:
        fault = failed.fault
    except CALL_ERRORS as error:
        fault = explain(error)
    except Exception as error:
        reason = f"{type(error).__name__}; nothing was sent."
        raise
    finally:
        if fault is not None:
            reason = f"Nothing was sent, after: {fault.detail}"
        left = record_versions.numbers(workspace, act_id, "planned")
        unsent = [Outcome(number, "failed", id_, code, reason) for number, id_ in left.items()]
        record_versions.finish(workspace, act_id, unsent)
        record_claims.end(workspace, act_id, "stopped" if left else "ended")
    return fault


@dataclass
class _Run:
    """One act while it is carried out."""

    clients: Clients
    workspace: Workspace
    act: Act
    progress: Progress
    keep: bool
    one_by_one: bool = False
    settled: int = 0
    total: int = 0
    beaten: float = 0.0

    def creates(self) -> None:
        """Create the planned records, in batches of one expiry each."""
        numbers = list(record_versions.numbers(self.workspace, self.act.act_id, "planned"))
        self.total = len(numbers)
        for start in range(0, len(numbers), BATCH):
            some = self._versions(numbers[start : start + BATCH])
            self.settle([unchanged(each.number, None, EMPTIED) for each in some if each.request is None])
            drafts = [(each.number, RecordDraft.loads(each.request)) for each in some if each.request]
            wrong = [self._invalid(n, None, draft.problems()) for n, draft in drafts if draft.problems()]
            self.settle(wrong)
            bad = {outcome.number for outcome in wrong}
            ready = [
                (Item(number, draft.item(f"r{number}")), draft.expiry())
                for number, draft in drafts
                if number not in bad
            ]
            for items, expiry in _batches(ready):
                self._send(items, expiry, {item.number: None for item in items})

    def changes(self, path: str) -> None:
        """Update or delete the planned records: each is claimed and read right before."""
        planned = record_versions.numbers(self.workspace, self.act.act_id, "planned")
        numbers = {str(id_): number for number, id_ in planned.items()}
        self.total = len(numbers)
        mine = self._claim(list(numbers))
        self.settle([unchanged(numbers[id_], id_, BUSY) for id_ in numbers if id_ not in mine])
        ids = [id_ for id_ in numbers if id_ in mine]
        # Only a record that is read by itself tells its expiry, without which that could not be undone.
        single = len(ids) <= record_reading.ONE_BY_ONE or self._changes_expiry()
        size = FEW if single else BATCH
        read = record_reading.one_by_one if single else record_reading.records_now
        lot: list[tuple[int, Row]] = []
        for found in read(self.clients, self.act.memory_id, ids, self._turn, path):
            self.settle([unchanged(numbers[id_], id_, GONE) for id_, row in found.items() if row is None])
            lot += [(numbers[id_], row) for id_, row in found.items() if row is not None]
            while len(lot) >= size:
                self._change(lot[:size])
                lot = lot[size:]
        self._change(lot)

    def _changes_expiry(self) -> bool:
        """Whether the act sets when records expire."""
        if self.act.kind != "update":
            return False
        after = -1
        while some := record_versions.versions(
            self.workspace, self.act.act_id, ("planned",), after=after, limit=BATCH
        ):
            if any((version.request or {}).get("expiry", "keep") != "keep" for version in some):
                return True
            after = some[-1].number
        return False

    def _claim(self, record_ids: list[str]) -> set[str]:
        """The records that no other act is changing; those that one is, are waited for a little."""
        deadline = time.monotonic() + _CLAIM_SECONDS
        while True:
            mine = record_claims.claim(self.workspace, self.act.act_id, record_ids, LEASE_SECONDS)
            if len(mine) == len(record_ids) or time.monotonic() > deadline:
                return mine
            self._pause(0.1)

    def _change(self, lot: Sequence[tuple[int, Row]]) -> None:
        """Send what is still to be done of these records, as they were just read."""
        if not lot:
            return
        records = dict(lot)
        ready: list[tuple[Item, Row]] = []
        for version in self._versions(list(records)):
            record = records[version.number]
            id_ = str(version.record_id)
            if version.expected is not None and version.expected != fingerprint(record):
                self.settle([unchanged(version.number, id_, CHANGED)])
            elif self.act.kind == "delete":
                ready.append((Item(version.number, {"memoryRecordId": id_} | _place(record)), {}))
            elif version.request is None:
                self.settle([unchanged(version.number, id_, EMPTIED)])
            else:
                update = RecordUpdate.loads(id_, version.request)
                if update.problems():
                    self.settle([self._invalid(version.number, id_, update.problems())])
                else:
                    ready.append((Item(version.number, update.item(record)), update.specification()))
        for items, expiry in _batches(ready):
            self._send(items, expiry, {item.number: records[item.number] for item in items})

    def _send(self, items: list[Item], more: Row, before: dict[int, Row | None]) -> None:
        """One batch, its versions kept before; where AWS refuses it for one bad record, the others go on."""
        record_versions.mark_sent(self.workspace, self.act.act_id, before, self.keep)
        if self.one_by_one:
            self._delete_each(items, before)
            return
        try:
            outcomes = self._call(items, more, self.act.kind)
        except BatchFailed as failed:
            if failed.fault.kind == "denied" and self.act.kind == "delete":
                self.one_by_one = True
                self._delete_each(items, before)
                return
            if failed.fault.kind == "invalid" and len(items) > 1 and not failed.uncertain:
                self._send_halves(items, more, before)
                return
            self.settle([_failed(item, self.act, failed) for item in items])
            if failed.fault.kind != "invalid":
                raise
            return
        except Cancelled:
            unsent = [unchanged(item.number, _id_of(item, self.act), NOT_SENT) for item in items]
            record_versions.finish(self.workspace, self.act.act_id, unsent)
            raise
        # Known before anything else is sent: stopping in between must not lose the ids of new records.
        again = {item.number for item in late_metadata.left_to_write(items, outcomes)}
        so_far = [late_metadata.unseen(each) if each.number in again else each for each in outcomes]
        record_versions.finish(self.workspace, self.act.act_id, so_far)
        self.settle(self._with_metadata(items, outcomes))

    def _send_halves(self, items: list[Item], more: Row, before: dict[int, Row | None]) -> None:
        """The batch again in two, the second of which is not sent where the first ends the act."""
        half = len(items) // 2
        first, second = items[:half], items[half:]
        try:
            self._send(first, more, {item.number: before[item.number] for item in first})
        except (Cancelled, BatchFailed):
            unsent = [unchanged(item.number, _id_of(item, self.act), NOT_SENT) for item in second]
            record_versions.finish(self.workspace, self.act.act_id, unsent)
            raise
        self._send(second, more, {item.number: before[item.number] for item in second})

    def _delete_each(self, items: list[Item], before: dict[int, Row | None]) -> None:
        """Delete by single calls, for who may not delete in batches.

        Only DeleteMemoryRecord can be allowed for some namespaces alone (service authorization reference), so
        the policy for curators has no BatchDeleteMemoryRecords.
        """
        left = list(items)
        try:
            while left:
                outcome = self._delete_one(left[0], before[left[0].number] or {})
                del left[0]
                self.settle([outcome])
        except Cancelled:
            unsent = [unchanged(item.number, item.named("delete"), NOT_SENT) for item in left]
            record_versions.finish(self.workspace, self.act.act_id, unsent)
            raise
        except BatchFailed as failed:
            certain = BatchFailed(failed.fault, failed.error, uncertain=False)  # those after it
            outcomes = [_failed(item, self.act, failed if item is left[0] else certain) for item in left]
            record_versions.finish(self.workspace, self.act.act_id, outcomes)
            raise

    def _delete_one(self, item: Item, record: Row) -> Outcome:
        record_id, memory_id = item.named("delete"), self.act.memory_id
        self._turn("DeleteMemoryRecord")
        about = {"recordAct": self.act.act_id, "title": self.act.title}
        try:
            with audited(
                self.clients, self.workspace, "DeleteMemoryRecord", f"{memory_id}/{record_id}", about
            ):
                self.clients.data.delete_memory_record(
                    memoryId=memory_id, memoryRecordId=record_id, **_place(record)
                )
        except CALL_ERRORS as error:
            fault = explain(error)
            if fault.kind != "not_found":  # it was there a moment ago: a repeated call finds nothing
                uncertain = record_calls.may_have_arrived(fault, error)
                raise BatchFailed(fault, error, uncertain=uncertain) from error
        return Outcome(item.number, "done", record_id)

    def _with_metadata(self, items: list[Item], outcomes: list[Outcome]) -> list[Outcome]:
        """Write metadata again that was written along with a strategy (`late_metadata`). What fails here is
        told with the record."""
        again = late_metadata.left_to_write(items, outcomes)
        if not again:
            return outcomes
        try:
            found = {each.number: each for each in self._call(again, {}, "update")}
        except BatchFailed as failed:
            found = {item.number: _failed(item, self.act, failed) for item in again}
        return [late_metadata.told(each, found.get(each.number)) for each in outcomes]

    def _call(self, items: list[Item], more: Row, kind: ActKind) -> list[Outcome]:
        """One batch; each attempt has audit rows of its own."""
        memory_id = self.act.memory_id
        ids = [item.sent["memoryRecordId"] for item in items if "memoryRecordId" in item.sent]
        before = {"recordAct": self.act.act_id, "title": self.act.title, "records": ids or len(items)}
        token = {"clientToken": str(uuid.uuid4())} if kind == "create" else {}

        def attempt() -> Row:
            with audited(self.clients, self.workspace, OPERATIONS[kind], memory_id, before) as after:
                answer = record_calls.call(self.clients, kind, memory_id, items, more | token)
                for name in ("successfulRecords", "failedRecords"):
                    after[name] = [each["memoryRecordId"] for each in answer[name]]
            return answer

        return record_calls.send(kind, items, attempt, lambda: self._turn(OPERATIONS[kind]), self._pause)

    def _versions(self, numbers: Sequence[int]) -> list[Version]:
        return record_versions.versions(self.workspace, self.act.act_id, only=numbers)

    def _invalid(self, number: int, record_id: str | None, problems: list[str]) -> Outcome:
        return Outcome(number, "failed", record_id, INVALID, " ".join(problems))

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Note how records ended, and tell; what is left is cancelled when whoever looks says so."""
        if not outcomes:
            return
        record_versions.finish(self.workspace, self.act.act_id, outcomes)
        self.settled += len(outcomes)
        self._tell()

    def _tell(self) -> None:
        if self.progress(self.settled, self.total) is False:
            raise Cancelled

    def _turn(self, operation: str) -> None:
        self._pause(self.clients.pace.seconds_until(operation))

    def _pause(self, seconds: float) -> None:
        """Wait, showing signs of life, and asking every half second whether to go on."""
        until = time.monotonic() + seconds
        while True:
            if time.monotonic() - self.beaten > _BEAT_SECONDS:
                if not record_claims.beat(self.workspace, self.act.act_id, LEASE_SECONDS):
                    raise Cancelled
                self.beaten = time.monotonic()
            self._tell()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.5))


def _batches(ready: list[tuple[Item, Row]]) -> Iterator[tuple[list[Item], Row]]:
    """Items of one expiry together, never more than a request may hold."""
    for _, same in groupby(
        sorted(ready, key=lambda each: to_json(each[1])), key=lambda each: to_json(each[1])
    ):
        batch: list[Item] = []
        size = 0
        expiry: Row = {}
        for item, expiry in same:
            length = len(to_json(item.sent))
            if batch and (len(batch) == BATCH or size + length > BATCH_BYTES):
                yield batch, _expiry(expiry)
                batch, size = [], 0
            batch.append(item)
            size += length
        if batch:
            yield batch, _expiry(expiry)


def _expiry(specification: Row) -> Row:
    return {"recordExpirySpecification": specification} if specification else {}


def unchanged(number: int, record_id: str | None, code: str) -> Outcome:
    """A record that was not changed, for one of the reasons above."""
    return Outcome(number, "failed", record_id, code, _SENTENCES[code])


def _place(record: Row) -> Row:
    """The namespace that a deletion names, for policies that allow some namespaces only."""
    namespaces = record.get("namespaces", [])
    return {"namespace": namespaces[0]} if namespaces else {}


def _id_of(item: Item, act: Act) -> str | None:
    return None if act.kind == "create" else item.named(act.kind)


def _failed(item: Item, act: Act, failed: BatchFailed) -> Outcome:
    """An item of a batch that failed as a whole: unknown where it may have been carried out."""
    state = "sent" if failed.uncertain else "failed"
    code = record_calls.UNKNOWN if failed.uncertain else failed.fault.kind
    return Outcome(item.number, state, _id_of(item, act), code, failed.fault.detail)  # type: ignore[arg-type]
