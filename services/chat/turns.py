"""One exchange with the test agent: what happened in it, step by step, readable while it still runs.

A worker thread appends, any number of readers follow. A reader that goes away (a page that is rerun, a
closed browser tab) disturbs nothing: the exchange runs on to its end and is stored.
"""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from services.faults import Fault
from services.service_clock import clock_ahead

Row = dict[str, Any]


@dataclass(frozen=True)
class Conversation:
    """Where a conversation is kept."""

    memory_id: str
    actor_id: str
    session_id: str


@dataclass(frozen=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True)
class ToolCalled:
    """The model called a tool with this input."""

    name: str
    input: Row


@dataclass(frozen=True)
class MemoriesRetrieved:
    """What a retrieval gave the model, best first (AWS record summaries with `score`), in `seconds`."""

    query: str
    records: tuple[Row, ...]
    seconds: float


@dataclass(frozen=True)
class EventStored:
    """An event that CreateEvent returned, after `seconds`; `at` is the Unix time at which it had.

    `clock_ahead`: the seconds by which the service's clock was ahead of ours then (`service_clock`).
    """

    event: Row
    seconds: float
    at: float = field(default_factory=time.time)
    clock_ahead: float = 0.0

    @classmethod
    def by(cls, answer: Row, seconds: float) -> "EventStored":
        """What CreateEvent has just answered, after `seconds`."""
        at = time.time()
        return cls(answer["event"], seconds, at, clock_ahead(answer, at))


@dataclass(frozen=True)
class TurnFailed:
    """Something went wrong: the answer failed, or the exchange could not be stored."""

    fault: Fault
    what: Literal["answer", "storage"] = "answer"


@dataclass(frozen=True)
class TurnDone:
    """The end of the answer, and whether it was stopped."""

    stopped: bool = False


TurnEvent = TextDelta | ToolCalled | MemoriesRetrieved | EventStored | TurnFailed | TurnDone


class Turn:
    """One exchange. `text` is what the user wrote, `model` the label of who answers; `token` makes storing it
    idempotent."""

    def __init__(self, text: str, model: str = "") -> None:
        self.text = text
        self.model = model
        self.token = str(uuid.uuid4())
        self.started_at = time.time()
        self._started = time.monotonic()
        self._ended: float | None = None
        self._events: list[TurnEvent] = []
        self._changed = threading.Condition()
        self._cancel: Callable[[], None] | None = None
        self.cancelled = False

    def append(self, event: TurnEvent) -> None:
        """Adds the next event and wakes the readers; `TurnDone` is the last."""
        with self._changed:
            self._events.append(event)
            if isinstance(event, TurnDone):
                self._ended = time.monotonic()
            self._changed.notify_all()

    def events(self) -> tuple[TurnEvent, ...]:
        """What has happened so far."""
        with self._changed:
            return tuple(self._events)

    def wait(self, seconds: float) -> bool:
        """Waits for the end, at most so long; whether it has come."""
        with self._changed:
            return self._changed.wait_for(lambda: self.done is not None, timeout=seconds)

    def cancel(self) -> None:
        """Stops the answer; what was said so far stays and is stored. Once it has ended this does nothing."""
        with self._changed:
            if self.done is not None:
                return
            self.cancelled = True
            if self._cancel is not None:
                self._cancel()

    def on_cancel(self, cancel: Callable[[], None] | None) -> None:
        """Sets what `cancel` does, called at once when it was asked for already; None: nothing any more.

        `cancel` is called under the turn's lock, so that after `on_cancel(None)` no call is under way.
        """
        with self._changed:
            self._cancel = cancel
            if self.cancelled and cancel is not None:
                cancel()

    @property
    def done(self) -> TurnDone | None:
        """The end of the exchange, or None while it runs (storing it again may follow the end)."""
        return next((event for event in self.events() if isinstance(event, TurnDone)), None)

    @property
    def seconds(self) -> float:
        """How long the exchange has been running, or ran."""
        return (self._ended or time.monotonic()) - self._started

    @property
    def answer(self) -> str:
        """The answer so far."""
        return "".join(event.text for event in self.events() if isinstance(event, TextDelta))

    @property
    def failures(self) -> list[TurnFailed]:
        return [event for event in self.events() if isinstance(event, TurnFailed)]

    @property
    def stored(self) -> list[EventStored]:
        return [event for event in self.events() if isinstance(event, EventStored)]

    @property
    def unstored(self) -> bool:
        """Whether the last attempt to store the exchange failed."""
        outcomes = [event for event in self.events() if _is_about_storing(event)]
        return bool(outcomes) and isinstance(outcomes[-1], TurnFailed)

    @property
    def retrievals(self) -> list[MemoriesRetrieved]:
        return [event for event in self.events() if isinstance(event, MemoriesRetrieved)]

    @property
    def retrieved_records(self) -> list[Row]:
        """Every record that was given to the model, once, best first."""
        found: dict[str, Row] = {}
        for retrieval in self.retrievals:
            for record in retrieval.records:
                found.setdefault(record["memoryRecordId"], record)
        return list(found.values())


def _is_about_storing(event: TurnEvent) -> bool:
    return isinstance(event, EventStored) or (isinstance(event, TurnFailed) and event.what == "storage")
