"""Reviewing: the scan of a memory, which runs in the background, and the decisions in our own database."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import streamlit as st

from dashboard.live import calling, clients, connection, drop_refused, forgetter, source, workspace
from dashboard.resources.keeping import CONTENTS, Row, changing
from dashboard.resources.records import memory_record
from services.records.batches import ItemResult
from services.review import queue as queues
from services.review import reviews as review_service
from services.review.queue import Queue, QueueFilter
from services.review.reviews import Book, Done, Merge, Standing
from services.review.scan import RecordScan, Scan
from services.workspace import reviews as kept
from services.workspace.reviews import Decided, Outcome, Review, SavedFilter, Settings, Verdict

RESCAN_SECONDS = 1800.0
"""So long a scan is believed; Refresh and "Check again" begin a new one."""
FAULT_SECONDS = 3.0
FIRST_LOOK_SECONDS = 4.0


@dataclass
class _Scanned:
    """The scan of a memory that is current, since when, and the whole one before it."""

    scan: RecordScan | None = None
    generation: int = -1
    contents: int = -1
    since: float = 0.0
    failed_at: float | None = None
    before: Scan | None = None
    asked_again: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


@st.cache_resource(max_entries=8, show_spinner=False)
def _scanned(key: str, memory_id: str) -> _Scanned:
    return _Scanned()


def record_scan(memory: Row, wait_seconds: float = FIRST_LOOK_SECONDS) -> Scan:
    """All records of a memory with what may be wrong with them, as far as they are looked over by now.

    At first it waits for the first of them. While a new scan runs, the records of the last one are told. What
    other pages change of the memory begins a new one.
    """
    held = _scanned(connection().key, memory["id"])
    with held.lock:
        generation, contents = source().generation, source(CONTENTS, memory["id"]).generation
        if held.scan is None or held.contents != contents or _outdated(held, held.scan, generation):
            if held.scan is not None:
                last = held.scan.look()
                held.before = last if last.compared else held.before
                held.scan.stop()
            if held.contents != contents:  # changed elsewhere, perhaps erased: nothing old is shown
                held.before = None
            held.scan = RecordScan(clients(), clients().pace, memory)
            held.generation, held.contents = generation, contents
            held.since, held.failed_at = time.monotonic(), None
            held.asked_again = False
        scan, before = held.scan, held.before
    now = scan.look(wait_seconds if before is None else 0.0, lambda seen: seen.compared or bool(seen.records))
    drop_refused(now.fault)
    if before and not now.compared:
        return replace(before, ended=now.ended, complete=False, fault=now.fault, stopped=now.stopped)
    return now


def _outdated(held: _Scanned, scan: RecordScan, generation: int) -> bool:
    if held.asked_again or held.generation != generation:
        return True
    now = scan.look()
    if now.ended and now.fault and not now.compared:
        held.failed_at = held.failed_at or time.monotonic()
        return time.monotonic() - held.failed_at > FAULT_SECONDS
    return now.ended and time.monotonic() - held.since > RESCAN_SECONDS


def scan_again(memory_id: str) -> None:
    """The next look begins a new scan."""
    held = _scanned(connection().key, memory_id)
    with held.lock:
        held.asked_again = True


def _correct(memory_id: str, record_id: str, row: Row | None) -> None:
    """Has the present scan know what was done to a record."""
    held = _scanned(connection().key, memory_id)
    with held.lock:
        if held.scan is not None:
            held.scan.correct(record_id, row)
        if held.before is not None and row is None:
            left = {id_: seen for id_, seen in held.before.records.items() if id_ != record_id}
            held.before = replace(held.before, records=left)


def read_anew(memory_id: str) -> None:
    """From now on the memory is read anew, and no new scan begins: what was changed here, the present one is
    told of; what others changed meanwhile begins one all the same."""
    held = _scanned(connection().key, memory_id)
    with held.lock:
        forgetter(CONTENTS, memory_id)()
        held.contents += 1  # by so much does a source's generation grow when it is forgotten


@contextmanager
def _changing(memory_id: str) -> Iterator[None]:
    """Around a change that is made here and that the present scan is told of."""
    try:
        with calling():
            yield
    finally:
        read_anew(memory_id)


def record_changed(memory_id: str, row: Row) -> None:
    """Has the present scan look at a record anew, as it is now."""
    _correct(memory_id, row["memoryRecordId"], row)


def record_gone(memory_id: str, record_id: str) -> None:
    """Has the present scan forget a record that does not exist any more."""
    _correct(memory_id, record_id, None)


@dataclass
class _Held:
    book: Book
    lock: threading.Lock = field(default_factory=threading.Lock)


@st.cache_resource(max_entries=8, show_spinner=False)
def _book(key: str, memory_id: str) -> _Held:
    return _Held(Book(workspace(), review_service.home(clients(), memory_id)))


@st.cache_resource(max_entries=4, show_spinner=False)
def _queue(
    key: str, memory_id: str, marks: tuple[object, ...], wanted: QueueFilter, _scan: Scan, _book: Book
) -> Queue:
    return queues.queue(_scan.records, _book, wanted)


def review_queue(memory_id: str, scan: Scan, wanted: QueueFilter) -> Queue:
    """The records that wait for a decision, in order; others' decisions are read from the database."""
    key = connection().key
    held = _book(key, memory_id)
    with held.lock:
        latest = held.book.catch_up()
        marks = (scan.as_of, scan.version, len(scan.records), latest)
        return _queue(key, memory_id, marks, wanted, scan, held.book)


def review_standing(memory_id: str, record: Row, scan: Scan) -> Standing:
    """The state of a record as it is now."""
    held = _book(connection().key, memory_id)
    with held.lock:
        held.book.catch_up()
        fingerprint = review_service.content_fingerprint(record)
        return held.book.standing(record["memoryRecordId"], fingerprint, scan.records.keys())


def decided_today(memory_id: str) -> dict[str, int]:
    """How many decisions each person made about a memory's records since midnight (UTC)."""
    start = queues.midnight(datetime.now(UTC))
    return kept.counts(workspace(), review_service.home(clients(), memory_id), start)


def decide(memory_id: str, decided: Sequence[Decided]) -> Outcome:
    """Saves decisions about records; those that somebody else was faster with are told."""
    return review_service.decide(clients(), workspace(), memory_id, decided)


def undo_decisions(memory_id: str, sequences: Sequence[int]) -> list[Review]:
    """Takes decisions back; left out is what somebody has decided about since."""
    return review_service.undo(clients(), workspace(), memory_id, sequences)


def reject_for_good(memory_id: str, records: Sequence[Row]) -> Done:
    """Deletes records as they were seen; they can be restored."""
    with _changing(memory_id):
        done = review_service.delete(clients(), workspace(), memory_id, records, "Reject")
    _forget_deleted(memory_id, done)
    return done


def bring_back(memory_id: str, act_ids: Sequence[str]) -> Done:
    """Undoes what decisions did in AWS; deleted records return under new ids."""
    with _changing(memory_id):
        done = review_service.bring_back(clients(), workspace(), act_ids)
    _forget_deleted(memory_id, done)
    for each in done.results:
        if each.ok and each.record_id and not isinstance(each.request, str):
            record_changed(memory_id, memory_record(memory_id, each.record_id))
    return done


def take_back(memory_id: str, act_ids: Sequence[str]) -> Done:
    """Undoes acts of another page in AWS; deleted records return under new ids, written ones go.

    The scan does not know of those acts either, so it begins anew.
    """
    with changing((CONTENTS, memory_id)):
        return review_service.bring_back(clients(), workspace(), act_ids)


def merge_records(memory_id: str, planned: Merge) -> Done:
    """Makes one record of several; they can be restored."""
    with _changing(memory_id):
        done = review_service.carry_out_merge(clients(), workspace(), memory_id, planned)
    _forget_deleted(memory_id, done)
    return done


def _forget_deleted(memory_id: str, done: Done) -> None:
    """Has the scan know which records a merge, a rejection or an undo left, and as what."""
    for each in done.results:
        if each.ok and isinstance(each.request, str):
            record_gone(memory_id, each.request)


def mirror_review(memory_id: str, record: Row, verdict: Verdict) -> ItemResult:
    """Writes a state into the record's own metadata."""
    with _changing(memory_id):
        return review_service.mirror(clients(), workspace(), memory_id, record, verdict)


def review_settings(memory_id: str) -> Settings:
    """How a memory is reviewed."""
    return kept.settings(workspace(), review_service.home(clients(), memory_id))


def keep_review_settings(memory_id: str, chosen: Settings) -> None:
    """Keeps how a memory is reviewed."""
    review_service.keep_settings(clients(), workspace(), memory_id, chosen)


def review_filters(memory_id: str) -> list[SavedFilter]:
    """The saved filters of a memory by name."""
    return kept.filters(workspace(), review_service.home(clients(), memory_id))


def save_review_filter(memory_id: str, name: str, wanted: QueueFilter) -> str:
    """Keeps a filter under a name."""
    return review_service.save_filter(clients(), workspace(), memory_id, name, wanted.dumps())


def delete_review_filter(filter_id: str) -> None:
    """Removes a saved filter."""
    review_service.delete_filter(workspace(), filter_id)


def note_revealed(memory_id: str | None, record_id: str | None = None) -> None:
    """Writes into the audit trail that somebody had masked text shown."""
    review_service.note_revealed(clients(), workspace(), memory_id, record_id)
