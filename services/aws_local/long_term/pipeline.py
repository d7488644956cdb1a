"""Extraction in the background: one thread that turns queued events into records.

A session's events are extracted together once it has been quiet for the delay, or has waited several
delays. Several groups are taken at a time so that their statements are embedded in one batch, which is
where the time goes. Summaries are the longest texts, are rewritten as their session grows, and are not
compared with each other: they are embedded last, when nothing else is due. Groups whose extractor waits
for a model server have threads of their own (`remote_lane`).

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

from services.aws_local.clock import now_ms
from services.aws_local.extractors.choice import Extractors
from services.aws_local.extractors.interface import ExtractionFailed, Found
from services.aws_local.failures import where
from services.aws_local.long_term import consolidation, extraction_queue, group_reading, inferred_metadata
from services.aws_local.long_term.consolidation import Outdated, Work
from services.aws_local.long_term.extraction_queue import Group
from services.aws_local.long_term.remote_lane import RemoteLane
from services.aws_local.memory import upkeep
from services.aws_local.retrieval.encoding import Encoder
from services.aws_local.retrieval.search import Search
from services.aws_local.storage.store import Store
from services.aws_local.storage.store_errors import StoreClosed, StoreError

log = logging.getLogger(__name__)

EPISODE_QUIET = 10
"""Times the delay: so long an episode without an end may go on (reference: "it will take longer")."""

_GROUPS_AT_ONCE = 16
_LONGEST_PAUSE, _SHORTEST_PAUSE = 0.25, 0.05  # seconds after being woken: 4 to 20 looks at the queue a second
_UPKEEP_SECONDS = 30.0
_AFTER_ERROR_SECONDS = 1.0
_IN_HAND_MS = 600_000  # how long a group in the remote lane does not come due again
_LOCKS = 64  # groups of one namespace are consolidated one after the other


class Pipeline:
    """The worker. `start` it once, `wake` it when something was queued, `close` it before the store."""

    def __init__(
        self, store: Store, search: Search, encoder: Encoder, delay_seconds: float, extractors: Extractors
    ) -> None:
        self._store = store
        self._search = search
        self._encoder = encoder
        self._extractors = extractors
        self._delay_ms = round(delay_seconds * 1000)
        self._quiet_ms = EPISODE_QUIET * self._delay_ms
        # What was just queued is due after the delay at the earliest.
        self._pause = min(max(delay_seconds / 4, _SHORTEST_PAUSE), _LONGEST_PAUSE)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._next_upkeep = 0.0
        self._released = False
        self._paused: Exception | None = None
        self._locks = [threading.Lock() for _ in range(_LOCKS)]
        self._remote = RemoteLane(self._extract_remotely, self._left_remote_lane)
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

    def paused_by(self) -> str | None:
        """Why nothing is extracted at the moment although something may wait; None when all is well."""
        error = self._paused
        if error is None:
            return None
        told = isinstance(error, (apsw.Error, StoreError))  # theirs speak of the disk, not of what was said
        return f"{type(error).__name__}: {error}" if told else type(error).__name__

    def close(self) -> None:
        """Stop after the group in hand; what is queued stays queued."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._remote.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._step()
                self._paused = None
            except StoreClosed:
                return
            except Exception as error:  # the queue keeps everything, and the thread must live
                # Once: a full disk may stay full for hours, and logs take room too.
                if self._paused is None or str(error) != str(self._paused):
                    seconds = _AFTER_ERROR_SECONDS
                    log.error("Extraction is paused; it is tried every %s s: %s", seconds, where(error))
                self._paused = error
                self._stop.wait(_AFTER_ERROR_SECONDS)

    def _step(self) -> None:
        """Extract what is due, or tidy up and sleep until something is."""
        if not self._released:  # what was in the hands of a process that is no more
            self._store.write(extraction_queue.release)
            self._released = True
        groups = self._store.read(lambda db: extraction_queue.due(db, self._delay_ms, _GROUPS_AT_ONCE))
        if groups:
            self._extract(groups)
        elif not upkeep.embed_missing(self._store, self._search, self._encoder):
            self._sleep()
        if time.monotonic() >= self._next_upkeep:
            more = upkeep.erase_expired(self._store, self._search)
            self._next_upkeep = time.monotonic() + (0 if more else _UPKEEP_SECONDS)

    def _sleep(self) -> None:
        next_ms = self._store.read(lambda db: extraction_queue.next_due_ms(db, self._delay_ms))
        timeout = self._next_upkeep - time.monotonic()
        if next_ms is not None:
            timeout = min(timeout, (next_ms - now_ms()) / 1000)
        if timeout <= 0:
            return
        self._paused = None  # everything is done: the health must not wait for the end of the sleep
        if self._wake.wait(timeout):
            self._wake.clear()
            self._stop.wait(self._pause)

    def _extract(self, groups: list[Group]) -> None:
        works = [work for group in groups if (work := self._read(group)) is not None]
        done = [extracted for work in works if (extracted := self._extracted_here(work)) is not None]
        self._embed_together(done)
        for work in done:
            if self._stop.is_set():
                return
            self._consolidate(work)

    def _read(self, group: Group) -> Work | None:
        """The group with its messages; None when another change emptied it meanwhile."""
        return self._store.read(lambda db: group_reading.read(db, group, self._quiet_ms))

    def _extracted_here(self, work: Work) -> Work | None:
        """The group with its candidates; None when it has none yet, or the remote lane has it."""
        if not self._extractors.of(work.strategy).remote:
            return self._extracted(work)
        self._put_off(work, now_ms() + _IN_HAND_MS)
        self._remote.take(work.group)
        return None

    def _extract_remotely(self, group: Group) -> None:
        """The whole way of one group, in a thread of the remote lane."""
        work = self._read(group)
        extracted = None if work is None or self._stop.is_set() else self._extracted(work)
        if extracted is not None and not self._stop.is_set():
            self._consolidate(extracted)

    def _left_remote_lane(self, group: Group, asked_again: bool) -> None:
        """`asked_again`: it came due meanwhile and was put off again."""
        if asked_again:
            self._store.write(lambda db: extraction_queue.release(db, group))
        self.wake()

    def _extracted(self, work: Work) -> Work | None:
        extractor = self._extractors.of(work.strategy)
        work = replace(work, extractor=extractor.name)
        try:
            found = extractor.extract(work)
        except Exception as error:  # whatever an extractor trips over is that group's failure alone
            self._failed(work, error)
            return None
        return self._finished(work, found)

    def _finished(self, work: Work, found: Found) -> Work | None:
        """The group without what goes on; that waits until the session was quiet for longer."""
        ended = [each for each in work.queued if each["event_id"] not in found.unfinished]
        if found.unfinished:
            last = max(each["arrived_ms"] for each in work.queued)
            self._put_off(work, last + self._quiet_ms)
        return replace(work, queued=ended, extracted=found.extracted) if ended else None

    def _put_off(self, work: Work, until_ms: int) -> None:
        """Look at the group again then; at once, when something came to it that the work does not have."""
        self._store.write(lambda db: extraction_queue.put_off(db, work.group, until_ms, work.queued))

    def _embed_together(self, works: list[Work]) -> None:
        """Embed the statements of all groups in one batch; each group then finds its own remembered."""
        texts = [new.embed_text for work in works if not work.is_summary for new in work.extracted]
        try:
            self._encoder.vectors(texts)
        except ValueError as error:
            log.error("A batch could not be embedded; its groups are embedded one by one: %s", where(error))

    def _consolidate(self, work: Work) -> None:
        try:
            with self._lock(work):
                changed = self._carry_out(work)
        except StoreError:  # not the group's failure: the disk is full, or the endpoint stops
            raise
        except Outdated as error:
            log.info("%s Its group is extracted again.", error)
            self._store.write(lambda db: extraction_queue.release(db, work.group))
            return
        except Exception as error:
            self._failed(work, error)
            return
        self._search.changed(work.memory_no, changed)
        told = (work.strategy.strategy_id, len(work.extracted), len(changed), work.extractor)
        log.info("%s: %d candidates, %d records written by %s", *told)

    def _lock(self, work: Work) -> threading.Lock:
        """Groups that are compared with the same records take the same lock."""
        place = (work.group.strategy_no, "" if work.is_episodic else work.namespace)
        return self._locks[hash(place) % _LOCKS]

    def _carry_out(self, work: Work) -> list[int]:
        found = self._store.read(lambda db: consolidation.stored(db, work))
        extractor = self._extractors.of(work.strategy)
        made = extractor.plan(work, found, self._encoder)
        if extractor.remote and self._stop.is_set():
            raise StoreClosed("The endpoint stops; the group stays queued.")
        filled = inferred_metadata.filled(work, made)
        embedder = self._encoder.name
        return self._store.write(lambda db: consolidation.carry_out(db, work, filled, embedder))

    def _failed(self, work: Work, error: Exception) -> None:
        """Count the attempt; after the last one, or when another is no use, the group is a failed job."""
        reason, lasting = f"{work.extractor}: {type(error).__name__}: {error}", False
        cause = where(error)
        if isinstance(error, ExtractionFailed):
            reason, lasting, cause = error.code, error.lasting, str(error)
        log.warning("Extraction for %s failed: %s", work.strategy.strategy_id, cause)
        messages = _places(work)
        self._store.write(
            lambda db: extraction_queue.fail(db, work.queued, reason, messages, lasting=lasting)
        )


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
