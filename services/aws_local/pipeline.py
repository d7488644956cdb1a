"""Extraction in the background: one thread that turns queued events into records.

A session's events are extracted together once it has been quiet for the delay, or has waited several
delays. Several groups are taken at a time so that their statements are embedded in one batch, which is
where the time goes. Summaries are the longest texts, are rewritten as their session grows, and are not
compared with each other: they are embedded last, when nothing else is due.

A group that fails is tried again, then becomes a failed job that ListMemoryExtractionJobs shows; it does
not hold up the others.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import replace
from typing import Any

import apsw

from services.aws_local import consolidation, events, extraction_queue, memories, upkeep
from services.aws_local.clock import now_ms
from services.aws_local.consolidation import Outdated, Work
from services.aws_local.encoding import Encoder
from services.aws_local.extraction import EXTRACTOR, extract
from services.aws_local.extraction.messages import Message, conversational_messages
from services.aws_local.extraction_queue import Group
from services.aws_local.metadata_filters import Condition
from services.aws_local.search import Search
from services.aws_local.store import Row, Store, StoreClosed

log = logging.getLogger(__name__)

_GROUPS_AT_ONCE = 16
_CONTEXT_EVENTS = 20  # earlier events that an extractor may read to understand the new ones
_SUMMARY_EVENTS = 2_000  # a longer session is summarised from its end; its older topics stay
_GATHER_SECONDS = 0.05  # after being woken: at most 20 looks at the queue a second
_UPKEEP_SECONDS = 30.0
_AFTER_ERROR_SECONDS = 1.0


class Pipeline:
    """The worker. `start` it once, `wake` it when something was queued, `close` it before the store."""

    def __init__(self, store: Store, search: Search, encoder: Encoder, delay_seconds: float) -> None:
        self._store = store
        self._search = search
        self._encoder = encoder
        self._delay_ms = round(delay_seconds * 1000)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._next_upkeep = 0.0
        self._thread = threading.Thread(target=self._run, name="extraction", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something was queued."""
        self._wake.set()

    def pending(self) -> int:
        """How much is still to be done: (event, strategy) pairs to extract, records to embed."""
        waiting = self._store.read(extraction_queue.pending)
        return waiting + (self._store.read(upkeep.unembedded_count) if self._encoder.name else 0)

    def close(self) -> None:
        """Stop after the group in hand; what is queued stays queued."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._step()
            except StoreClosed:
                return
            except Exception:  # the disk is full, say: the queue keeps everything, and the thread must live
                log.exception("Extraction is paused for %s s", _AFTER_ERROR_SECONDS)
                self._stop.wait(_AFTER_ERROR_SECONDS)

    def _step(self) -> None:
        """Extract what is due, or tidy up and sleep until something is."""
        groups = self._store.read(lambda db: extraction_queue.due(db, self._delay_ms, _GROUPS_AT_ONCE))
        if groups:
            self._extract(groups)
        elif not upkeep.embed_missing(self._store, self._search, self._encoder):
            self._sleep()
        if time.monotonic() >= self._next_upkeep:
            upkeep.erase_expired(self._store, self._search)
            self._next_upkeep = time.monotonic() + _UPKEEP_SECONDS

    def _sleep(self) -> None:
        next_ms = self._store.read(lambda db: extraction_queue.next_due_ms(db, self._delay_ms))
        timeout = self._next_upkeep - time.monotonic()
        if next_ms is not None:
            timeout = min(timeout, (next_ms - now_ms()) / 1000)
        if timeout > 0 and self._wake.wait(timeout):
            self._wake.clear()
            self._stop.wait(_GATHER_SECONDS)

    def _extract(self, groups: list[Group]) -> None:
        works = [work for group in groups if (work := self._read(group)) is not None]
        done = [extracted for work in works if (extracted := self._extracted(work)) is not None]
        self._embed_together(done)
        for work in done:
            if self._stop.is_set():
                return
            self._consolidate(work)

    def _read(self, group: Group) -> Work | None:
        """The group with its messages; None when another change emptied it meanwhile."""
        return self._store.read(lambda db: _work(db, group))

    def _extracted(self, work: Work) -> Work | None:
        try:
            messages, context = _messages(work.events), _messages(work.context)
            found = extract(work.strategy.extracts, messages, context)
        except Exception as error:  # whatever an extractor trips over is that group's failure alone
            self._failed(work, error)
            return None
        return replace(work, extracted=tuple(found))

    def _embed_together(self, works: list[Work]) -> None:
        """Embed the statements of all groups in one batch; each group then finds its own remembered."""
        texts = [new.embed_text for work in works if not work.is_summary for new in work.extracted]
        try:
            self._encoder.vectors(texts)
        except ValueError:
            log.exception("A batch could not be embedded; its groups are embedded one by one")

    def _consolidate(self, work: Work) -> None:
        try:
            changed = self._carry_out(work)
        except StoreClosed:
            raise
        except Outdated as error:
            log.info("%s Its group is extracted again.", error)
            return
        except Exception as error:
            self._failed(work, error)
            return
        self._search.changed(work.memory_no, changed)
        told = (work.strategy.strategy_id, len(work.extracted), len(changed), EXTRACTOR)
        log.info("%s: %d statements, %d records written by %s (no language model)", *told)

    def _carry_out(self, work: Work) -> list[int]:
        found = self._store.read(lambda db: consolidation.stored(db, work))
        if work.is_summary:
            made = consolidation.plan_summary(found, work)
        else:
            vectors = self._encoder.vectors([new.embed_text for new in work.extracted])
            made = consolidation.plan(found, work, vectors)
        embedder = self._encoder.name
        return self._store.write(lambda db: consolidation.carry_out(db, work, made, embedder))

    def _failed(self, work: Work, error: Exception) -> None:
        """Count the attempt; after the last one the group becomes a failed job."""
        log.warning("Extraction for %s failed", work.strategy.strategy_id, exc_info=error)
        reason = f"{EXTRACTOR}: {type(error).__name__}: {error}"
        messages = _places(work)
        self._store.write(lambda db: extraction_queue.fail(db, work.queued, reason, messages))


def _places(work: Work) -> list[list[Any]]:
    """[event id, index in the payload] of every message that waits for extraction."""
    waiting = {each["event_id"] for each in work.queued}
    return [
        [event["event_id"], index]
        for event in work.events
        if event["event_id"] in waiting
        for index, part in enumerate(json.loads(event["payload"]))
        if "conversational" in part
    ]


def _work(connection: apsw.Connection, group: Group) -> Work | None:
    queued = extraction_queue.queued(connection, group)
    owner = memories.strategy_by_number(connection, group.strategy_no)
    if not queued or owner is None:
        return None
    memory_no, strategy = owner
    if strategy.extracts == "SUMMARIZATION":
        spoken = _whole_session(connection, group, strategy.active_ms)
        whole = len(spoken) < _SUMMARY_EVENTS
        return Work(group, memory_no, strategy, queued, spoken, [], whole)
    found = [events.find(connection, group.session_no, each["event_id"]) for each in queued]
    new = [event for event in found if event is not None]
    context = _before(connection, group, queued[0])
    return Work(group, memory_no, strategy, queued, new, context)


def _whole_session(connection: apsw.Connection, group: Group, since_ms: int) -> list[Row]:
    """The session's events since the strategy became ACTIVE, oldest first."""
    wanted = [Condition("extractable AND arrived_ms >= ?", (since_ms,))]
    found = events.newest_first(connection, group.session_no, wanted, before=None, limit=_SUMMARY_EVENTS)
    return found[::-1]


def _before(connection: apsw.Connection, group: Group, first: Row) -> list[Row]:
    """The events just before the first new one, oldest first."""
    position = (first["timestamp_ms"], first["event_id"])
    wanted = [Condition("extractable")]
    found = events.newest_first(connection, group.session_no, wanted, before=position, limit=_CONTEXT_EVENTS)
    return found[::-1]


def _messages(found: list[Row]) -> list[Message]:
    return [message for event in found for message in conversational_messages(events.shown(event, {}, None))]
