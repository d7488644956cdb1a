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
from services.short_term.transcripts import keeps_state

Row = dict[str, Any]


Keeping = Literal["extracted", "unextracted", "nothing"]
"""What becomes of a turn: an event that strategies read, one that they skip (extractionMode SKIP), none."""


@dataclass(frozen=True)
class BranchPoint:
    """A branch of a session. `root_event_id` is the event that it follows on, None where it has events
    already and only its name matters."""

    name: str
    root_event_id: str | None = None

    def argument(self) -> dict[str, str]:
        """CreateEvent's `branch`. A root that is known is told with every event, so that the branch has it
        whichever of them is stored first."""
        root = {"rootEventId": self.root_event_id} if self.root_event_id else {}
        return {"name": self.name, **root}


@dataclass(frozen=True)
class Conversation:
    """Where a conversation is kept; `branch` None is the session's main line."""

    memory_id: str
    actor_id: str
    session_id: str
    branch: BranchPoint | None = None


@dataclass(frozen=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True)
class ToolCalled:
    """The model called a tool with this input. `id` is the call's own, unique within the turn."""

    name: str
    input: Row
    id: str = ""


@dataclass(frozen=True)
class ToolAnswered:
    """What the call `id` gave after `seconds`: the text that the model reads, of an error too."""

    id: str
    text: str
    seconds: float
    failed: bool = False


@dataclass(frozen=True)
class ToolLimitReached:
    """The model wanted more calls than the `calls` that it may make for one answer; they were refused."""

    calls: int


@dataclass(frozen=True)
class ToolCall:
    """A call with what it gave; `answer` None: nothing yet, or never, where the exchange ended before."""

    called: ToolCalled
    answer: ToolAnswered | None


@dataclass(frozen=True)
class ModelAsked:
    """What a call of the model was given: the system prompt, the messages as Converse has them (the results
    of tools among them), and the names of the tools that it could call."""

    system: str
    messages: tuple[Row, ...]
    tools: tuple[str, ...]


@dataclass(frozen=True)
class MemoriesRetrieved:
    """What a retrieval gave the model, best first (AWS record summaries with `score`), in `seconds`."""

    query: str
    records: tuple[Row, ...]
    seconds: float


@dataclass(frozen=True)
class ContextInjected:
    """The text that was put before the user's message, made of what was retrieved (session manager)."""

    text: str


@dataclass(frozen=True)
class AgentStep:
    """What an agent told of its own work: a step of the trace of one that runs elsewhere, or what its
    framework keeps beside the conversation. `text` is untrusted."""

    title: str
    text: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class AgentSession:
    """Where an agent of Bedrock Agents was asked: a session that it keeps itself, and can be gone on with."""

    agent_id: str
    alias_id: str
    session_id: str
    memory_id: str | None


@dataclass(frozen=True)
class ControlReturned:
    """An agent asks its caller to carry something out, and waits for the results; `calls` name it."""

    calls: tuple[str, ...]


@dataclass(frozen=True)
class EventStored:
    """An event that CreateEvent returned, after `seconds`; `at` is the Unix time at which it had.

    `clock_ahead`: the seconds by which the service's clock was ahead of ours then (`service_clock`).
    `extracted` False: no strategy reads it (extractionMode SKIP).
    """

    event: Row
    seconds: float
    at: float = field(default_factory=time.time)
    clock_ahead: float = 0.0
    extracted: bool = True

    @classmethod
    def by(cls, answer: Row, seconds: float, *, extracted: bool = True) -> "EventStored":
        """What CreateEvent has just answered, after `seconds`."""
        at = time.time()
        return cls(answer["event"], seconds, at, clock_ahead(answer, at), extracted)

    @property
    def keeps_state(self) -> bool:
        """Whether it is a framework's own state beside the conversation, which no strategy reads."""
        return keeps_state(self.event)


@dataclass(frozen=True)
class TurnFailed:
    """Something went wrong: the answer failed, the exchange could not be stored, or memory could not be read
    for an answer that was given all the same (records for it, or what its agent stored of it)."""

    fault: Fault
    what: Literal["answer", "storage", "retrieval"] = "answer"


@dataclass(frozen=True)
class TurnDone:
    """The end of the answer, and whether it was stopped."""

    stopped: bool = False


TurnEvent = (
    TextDelta
    | ModelAsked
    | ToolCalled
    | ToolAnswered
    | ToolLimitReached
    | MemoriesRetrieved
    | ContextInjected
    | AgentStep
    | AgentSession
    | ControlReturned
    | EventStored
    | TurnFailed
    | TurnDone
)


class Turn:
    """One exchange. `text` is what the user wrote, `model` the label of who answers; `token` makes storing it
    idempotent. `unsettled` are requests of CreateEvent that an agent sent and that failed, though they may
    have been carried out: before anything else is stored, they are sent again as they were."""

    def __init__(self, text: str, model: str = "", keeping: Keeping = "extracted") -> None:
        self.text = text
        self.model = model
        self.keeping = keeping
        self.token = str(uuid.uuid4())
        self.unsettled: list[Row] = []
        self.started_at = time.time()
        self._started = time.monotonic()
        self._ended: float | None = None
        self._said: float | None = None
        self._events: list[TurnEvent] = []
        self._changed = threading.Condition()
        self._cancel: Callable[[], None] | None = None
        self.cancelled = False

    def append(self, event: TurnEvent) -> None:
        """Adds the next event and wakes the readers; `TurnDone` is the last."""
        with self._changed:
            self._events.append(event)
            if isinstance(event, TextDelta):
                self._said = time.monotonic()
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
    def answer_seconds(self) -> float:
        """How long the answer took, or takes: from the message to the last word, before it is stored."""
        return (self._said or self._ended or time.monotonic()) - self._started

    @property
    def answer(self) -> str:
        """The answer so far."""
        return "".join(event.text for event in self.events() if isinstance(event, TextDelta))

    @property
    def asked(self) -> list[ModelAsked]:
        """What the model was given, call by call."""
        return [event for event in self.events() if isinstance(event, ModelAsked)]

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The calls of tools, in their order, each with its result as soon as it is there."""
        events = self.events()
        answers = {event.id: event for event in events if isinstance(event, ToolAnswered)}
        return [ToolCall(event, answers.get(event.id)) for event in events if isinstance(event, ToolCalled)]

    @property
    def tool_limit_reached(self) -> ToolLimitReached | None:
        """That calls above the limit were refused, if any were."""
        return next((event for event in self.events() if isinstance(event, ToolLimitReached)), None)

    @property
    def failures(self) -> list[TurnFailed]:
        return [event for event in self.events() if isinstance(event, TurnFailed)]

    @property
    def written(self) -> list[EventStored]:
        """Every event that was stored."""
        return [event for event in self.events() if isinstance(event, EventStored)]

    @property
    def stored(self) -> list[EventStored]:
        """Those that hold what was said; not an agent's own state."""
        return [event for event in self.written if not event.keeps_state]

    @property
    def event_ids(self) -> list[str]:
        """The ids of the events as which it is stored, with those of an agent's own state."""
        return [stored.event["eventId"] for stored in self.written]

    @property
    def unstored(self) -> bool:
        """Whether the last attempt to store the exchange failed."""
        outcomes = [event for event in self.events() if _is_about_storing(event)]
        return bool(outcomes) and isinstance(outcomes[-1], TurnFailed)

    @property
    def retrievals(self) -> list[MemoriesRetrieved]:
        return [event for event in self.events() if isinstance(event, MemoriesRetrieved)]

    @property
    def injected(self) -> list[ContextInjected]:
        """What was put before the user's message."""
        return [event for event in self.events() if isinstance(event, ContextInjected)]

    @property
    def steps(self) -> list[AgentStep]:
        """What the agent told of its own work."""
        return [event for event in self.events() if isinstance(event, AgentStep)]

    @property
    def agent_session(self) -> AgentSession | None:
        """Where an agent of Bedrock Agents was asked, if one was."""
        return next((event for event in self.events() if isinstance(event, AgentSession)), None)

    @property
    def control(self) -> ControlReturned | None:
        """What the agent asked its caller to do, if it did."""
        return next((event for event in self.events() if isinstance(event, ControlReturned)), None)

    @property
    def retrieved_records(self) -> list[Row]:
        """Every record that was given to the model, once, best first."""
        found: dict[str, Row] = {}
        for retrieval in self.retrievals:
            for record in retrieval.records:
                found.setdefault(record["memoryRecordId"], record)
        return list(found.values())


def _is_about_storing(event: TurnEvent) -> bool:
    if isinstance(event, EventStored):
        return not event.keeps_state
    return isinstance(event, TurnFailed) and event.what == "storage"
