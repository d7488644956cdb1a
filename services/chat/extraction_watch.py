"""What the chat's live panel knows: which events were stored, and what became of them.

AWS tells nobody how far an extraction is, so this compares successive listings of the namespaces into which
the session's events are extracted. Pure bookkeeping: whoever uses it makes the calls and tells the time
(Unix seconds). Which event led to which record is a guess, by time and by shared words.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

from services.chat.extraction_guess import likely_reason

Row = dict[str, Any]

# How long a strategy is given before its silence counts as "nothing": the AWS guide speaks of a minute.
SETTLE_SECONDS = 60.0
SHORTEST_SETTLE_SECONDS = 6.0
LONGEST_SETTLE_SECONDS = 120.0
# Several times what the slowest extraction took so far.
SETTLE_FACTOR = 4.0

FASTEST_POLL_SECONDS = 1.0
SLOWEST_POLL_SECONDS = 5.0
STOP_AFTER_SECONDS = 180.0
# Once every strategy has answered, a late change is still waited for this long.
LINGER_SECONDS = 10.0
# After a listing that failed; twice as long after each further one.
MISSED_SECONDS = 4.0
LONGEST_MISSED_SECONDS = 30.0

# By so much a record may seem older than the event that it came from: clocks differ, and the estimate of the
# difference (`services.service_clock`) is good to a second.
CLOCK_SLACK_SECONDS = 2.0
# An endpoint that reports nothing pending this long after an event was stored is done with it.
IDLE_AFTER_SECONDS = 2.0
IDLE_REASON = "the endpoint reports nothing pending"
TOO_NEW = "too new, it was not ACTIVE yet when the event was stored"

_WORD = re.compile(r"\w{4,}")
# Words of the records' own manner of speaking.
_EMPTY_WORDS = frozenset({"user", "that", "this", "with", "they", "from", "have", "said", "context"})


@dataclass(frozen=True)
class RecordChange:
    """A record that appeared, changed or went away; `record` is its last known form, `before` the former.

    `seconds` is how long after the event it was written (added ones: by the service's own clock where it
    fits), None when no event of this chat came before it.
    """

    kind: Literal["added", "changed", "removed"]
    record: Row
    before: Row | None
    at: float
    seconds: float | None

    @property
    def record_id(self) -> str:
        return str(self.record["memoryRecordId"])

    @property
    def strategy_id(self) -> str:
        return str(self.record.get("memoryStrategyId", ""))


@dataclass(frozen=True)
class StrategyWork:
    """What one strategy makes of one event. `seconds`: taken if done, else waited for so far.

    `reason`: why it failed, is inactive, or is known to have found nothing; None for "nothing" after silence.
    """

    strategy: Row
    state: Literal["extracting", "done", "nothing", "failed", "inactive"]
    seconds: float
    usual_seconds: float | None
    reason: str | None = None


@dataclass(frozen=True)
class EventProgress:
    """One stored event and what came of it so far; `reason` guesses why nothing may come.

    `extracted` False: it was stored so that no strategy reads it (extractionMode SKIP).
    """

    event: Row
    stored_at: float
    store_seconds: float
    work: tuple[StrategyWork, ...]
    changes: tuple[RecordChange, ...]
    reason: str | None
    extracted: bool = True

    @property
    def extracting(self) -> bool:
        return any(work.state == "extracting" for work in self.work)


@dataclass
class _Watched:
    """An event under observation, with the strategies as they were when it was stored.

    `over`: the endpoint said that nothing more is to come.
    """

    event: Row
    stored_at: float
    store_seconds: float
    strategies: tuple[Row, ...]
    extracted: bool = True
    over: bool = False
    changes: list[RecordChange] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> set[str]:
        return _words(" ".join(text for _, text in spoken(self.event)))


class ExtractionWatch:
    """Compares listings over time. Not thread-safe; times are Unix seconds, given by the caller."""

    def __init__(self) -> None:
        self._events: list[_Watched] = []
        self._records: dict[str, Row] | None = None
        self._unasked: list[RecordChange] = []
        self._delays: dict[str, list[float]] = {}
        self._active_at: float | None = None
        self._polled_at: float | None = None
        self._missed = 0
        self._complete = True
        self._clock_ahead = 0.0

    def event_stored(
        self,
        event: Row,
        at: float,
        seconds: float,
        strategies: Sequence[Row],
        clock_ahead: float = 0.0,
        *,
        extracted: bool = True,
    ) -> None:
        """An event was stored at `at`, taking `seconds`, in a memory with these strategies.

        `clock_ahead`: by how many seconds the service's clock, and so a record's createdAt, is ahead of ours.
        `extracted` False: the strategies were told to skip it.
        """
        self._clock_ahead = clock_ahead
        if any(watched.event["eventId"] == event["eventId"] for watched in self._events):
            return
        self._events.append(_Watched(event, at, seconds, tuple(strategies), extracted))
        self._active_at = at

    def observe(self, records: Iterable[Row], at: float, complete: bool = True) -> list[RecordChange]:
        """A listing taken at `at`; the first one is what was there before, but for records that were created
        since an event was stored (earlier listings failed). Returns what changed.

        `complete` False (the listing stopped at its limit): a record that is missing from it is not gone.
        """
        self._polled_at = at
        self._missed = 0
        self._complete = complete
        now = {record["memoryRecordId"]: record for record in records}
        known, self._records = self._records, now
        if known is None:
            known = self._before_events(now, at)
        if not complete:
            self._records = {**known, **now}
        changes = list(_differences(known, now, complete, at))
        for change in changes:
            self._place(change)
        if changes:
            self._active_at = at
        return changes

    def _before_events(self, listed: dict[str, Row], at: float) -> dict[str, Row]:
        """The records that were there before anything was said here, as their createdAt tells."""
        if not self._events:
            return listed
        began = min(event.stored_at - max(event.store_seconds, CLOCK_SLACK_SECONDS) for event in self._events)
        added = (RecordChange("added", record, None, at, None) for record in listed.values())
        return {
            change.record_id: change.record
            for change in added
            if "createdAt" not in change.record or _written_at(change, self._clock_ahead) < began
        }

    def observe_idle(self, at: float) -> None:
        """The endpoint reported at `at` that nothing is pending, and the records were listed since."""
        for watched in self._events:
            if at - watched.stored_at >= IDLE_AFTER_SECONDS:
                watched.over = True

    def missed(self, at: float) -> None:
        """A listing at `at` failed: the next one waits, the longer the more have failed."""
        self._polled_at = at
        self._missed += 1

    def _place(self, change: RecordChange) -> None:
        """Puts a change under the event that it most likely came from."""
        written_at = _written_at(change, self._clock_ahead)
        watched = self._source(change, written_at)
        if watched is None:
            self._unasked.append(change)
            return
        seconds = max(0.0, written_at - watched.stored_at)
        watched.changes.append(RecordChange(change.kind, change.record, change.before, change.at, seconds))
        if change.strategy_id and change.kind != "removed":
            self._delays.setdefault(change.strategy_id, []).append(seconds)

    def _source(self, change: RecordChange, written_at: float) -> _Watched | None:
        """Among the events stored before, the one with the most words in common; the newest in doubt."""
        aged = [(written_at - watched.stored_at, watched) for watched in self._events if watched.extracted]
        # An event is there before its answer is. One that only differing clocks could explain comes second.
        before = [
            watched for age, watched in aged if -watched.store_seconds <= age <= STOP_AFTER_SECONDS
        ] or [watched for age, watched in aged if -CLOCK_SLACK_SECONDS <= age <= STOP_AFTER_SECONDS]
        words = _words(_text(change.record)) - _words(_text(change.before or {}))
        return max(before, key=lambda watched: (len(words & watched.words), watched.stored_at), default=None)

    def observe_failures(self, jobs: Iterable[Row]) -> None:
        """Failed extraction jobs (ListMemoryExtractionJobs), by the events that they name."""
        for job in jobs:
            events = {row["eventId"] for row in job.get("messages", {}).get("messagesList", [])}
            for watched in self._events:
                if watched.event["eventId"] in events:
                    watched.failures[job.get("strategyId", "")] = (
                        job.get("failureReason") or "no reason given"
                    )

    def progress(self, now: float, strategies: Sequence[Row] = ()) -> tuple[EventProgress, ...]:
        """Every event with what came of it, newest first. `strategies` are the memory's by now: those that an
        event came before do not read it."""
        return tuple(self._progress(watched, now, strategies) for watched in reversed(self._events))

    def _progress(self, watched: _Watched, now: float, strategies: Sequence[Row] = ()) -> EventProgress:
        then = {strategy.get("strategyId") for strategy in watched.strategies}
        later = [strategy for strategy in strategies if strategy.get("strategyId") not in then]
        work = (
            *(self._work(watched, strategy, now) for strategy in watched.strategies),
            *(self._too_new(strategy, now - watched.stored_at) for strategy in later),
        )
        return EventProgress(
            event=watched.event,
            stored_at=watched.stored_at,
            store_seconds=watched.store_seconds,
            work=work if watched.extracted else (),
            changes=tuple(watched.changes),
            reason=likely_reason(spoken(watched.event)),
            extracted=watched.extracted,
        )

    @staticmethod
    def _too_new(strategy: Row, waited: float) -> StrategyWork:
        """Reference: only what is stored once a strategy is ACTIVE is extracted by it."""
        return StrategyWork(strategy, "inactive", waited, None, TOO_NEW)

    def _work(self, watched: _Watched, strategy: Row, now: float) -> StrategyWork:
        strategy_id = strategy.get("strategyId", "")
        usual = self.usual_seconds(strategy_id)
        waited = now - watched.stored_at
        mine = [change.seconds or 0.0 for change in watched.changes if change.strategy_id == strategy_id]
        if strategy.get("status") != "ACTIVE":
            status = strategy.get("status")
            why = TOO_NEW if status == "CREATING" else f"its status was {status}"
            return StrategyWork(strategy, "inactive", waited, usual, why)
        if reason := watched.failures.get(strategy_id) or watched.failures.get(""):
            return StrategyWork(strategy, "failed", waited, usual, reason)
        if mine:
            return StrategyWork(strategy, "done", max(mine), usual)
        if watched.over:
            return StrategyWork(strategy, "nothing", waited, usual, IDLE_REASON)
        if waited > self._patience(strategy_id) or self._overtaken(watched, strategy_id):
            return StrategyWork(strategy, "nothing", waited, usual)
        return StrategyWork(strategy, "extracting", waited, usual)

    def _overtaken(self, watched: _Watched, strategy_id: str) -> bool:
        """Whether the strategy has already written something for a later event."""
        later = self._events[self._events.index(watched) + 1 :]
        return any(change.strategy_id == strategy_id for event in later for change in event.changes)

    def _patience(self, strategy_id: str) -> float:
        slowest = max(self._delays.get(strategy_id, ()), default=None)
        if slowest is None:
            return SETTLE_SECONDS
        return min(max(SETTLE_FACTOR * slowest, SHORTEST_SETTLE_SECONDS), LONGEST_SETTLE_SECONDS)

    def usual_seconds(self, strategy_id: str) -> float | None:
        """The median time from an event to a record of this strategy in this chat, if one was seen."""
        delays = self._delays.get(strategy_id)
        return median(delays) if delays else None

    @property
    def record_count(self) -> int:
        """How many records the last listing had."""
        return len(self._records or {})

    @property
    def records(self) -> list[Row]:
        """The records of the last listing."""
        return list((self._records or {}).values())

    @property
    def complete(self) -> bool:
        """Whether the last listing had every record; False: it stopped at its limit."""
        return self._complete

    @property
    def unasked(self) -> tuple[RecordChange, ...]:
        """Changes before which this chat stored nothing: others write into these namespaces too."""
        return tuple(self._unasked)

    def extracting(self, now: float) -> bool:
        """Whether any strategy may still write something for any event."""
        return any(self._progress(watched, now).extracting for watched in self._events)

    def record(self, record_id: str) -> Row | None:
        """A record of the last listing."""
        return (self._records or {}).get(record_id)

    def age(self, now: float) -> float:
        """How many seconds ago the last listing was taken or tried."""
        return now - (self._polled_at or 0.0)

    def next_poll(self, now: float) -> float | None:
        """Seconds until the next listing is due (0: now); None while nothing is expected.

        Every second at first, then less often, up to every five; it ends when nothing happened for three
        minutes, or shortly after every strategy has answered. A new event starts it again.
        """
        if self._active_at is None:
            return None
        quiet = now - self._active_at
        if quiet > (STOP_AFTER_SECONDS if self.extracting(now) else LINGER_SECONDS):
            return None
        interval = min(max(FASTEST_POLL_SECONDS, quiet / 10), SLOWEST_POLL_SECONDS)
        if self._missed:
            interval = min(MISSED_SECONDS * 2 ** (self._missed - 1), LONGEST_MISSED_SECONDS)
        return max(0.0, interval - self.age(now))


def spoken(event: Row) -> list[tuple[str, str]]:
    """The (role, text) of an event's conversational messages."""
    messages = (
        payload["conversational"] for payload in event.get("payload", []) if "conversational" in payload
    )
    return [(message["role"], message["content"].get("text", "")) for message in messages]


def _differences(
    known: dict[str, Row], now: dict[str, Row], complete: bool, at: float
) -> Iterable[RecordChange]:
    for record_id, record in now.items():
        before = known.get(record_id)
        if before is None:
            yield RecordChange("added", record, None, at, None)
        elif _text(before) != _text(record):
            yield RecordChange("changed", record, before, at, None)
    if complete:
        for record_id, record in known.items():
            if record_id not in now:
                yield RecordChange("removed", record, None, at, None)


def _written_at(change: RecordChange, clock_ahead: float) -> float:
    """When a change was made, by our clock: a new record's createdAt if past, else when it was seen."""
    created = change.record.get("createdAt")
    if change.kind != "added" or created is None:
        return change.at
    return min(float(created.timestamp()) - clock_ahead, change.at)


def _text(record: Row) -> str:
    return str(record.get("content", {}).get("text", ""))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower())) - _EMPTY_WORDS
