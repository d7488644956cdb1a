"""One exchange with an agent of Bedrock Agents: InvokeAgent's event stream, readable while it still comes.

A worker thread appends, any number of readers follow; a page that is rerun disturbs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from services.agents import traces as agent_traces
from services.agents.traces import TraceStep
from services.faults import Fault

Row = dict[str, Any]
TurnKind = Literal["message", "results", "end"]


@dataclass(frozen=True)
class AgentPlace:
    """Where an agent is talked to. `memory_id` None: nothing of the session is remembered."""

    agent_id: str
    alias_id: str
    session_id: str
    memory_id: str | None


@dataclass(frozen=True)
class Asked:
    """What one InvokeAgent sends. `results` answer a return of control, and then `text` is not sent."""

    text: str
    kind: TurnKind = "message"
    session_attributes: Mapping[str, str] = field(default_factory=dict)
    prompt_attributes: Mapping[str, str] = field(default_factory=dict)
    invocation_id: str | None = None
    results: tuple[Row, ...] = ()
    trace: bool = True
    stream: bool = True

    def request(self, place: AgentPlace) -> Row:
        """InvokeAgent's parameters. What is empty is left out: boto3 refuses `memoryId=None`."""
        state: Row = {
            "sessionAttributes": dict(self.session_attributes),
            "promptSessionAttributes": dict(self.prompt_attributes),
            "invocationId": self.invocation_id,
            "returnControlInvocationResults": list(self.results),
        }
        optional = {
            "memoryId": place.memory_id,
            "inputText": None if self.results else self.text,
            "sessionState": {name: value for name, value in state.items() if value},
            "endSession": self.kind == "end",
            "enableTrace": self.trace,
            "streamingConfigurations": {"streamFinalResponse": True} if self.stream else None,
        }
        required = {
            "agentId": place.agent_id,
            "agentAliasId": place.alias_id,
            "sessionId": place.session_id,
        }
        return required | {name: value for name, value in optional.items() if value}


@dataclass(frozen=True)
class ReturnControl:
    """The agent asks its caller to carry something out: the `invocationInputs` of the event."""

    invocation_id: str
    inputs: tuple[Row, ...]


class AgentTurn:
    """One exchange; `seconds` runs until it ends."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.stopped = False
        self.fault: Fault | None = None
        self._answer: list[str] = []
        self._citations: list[Row] = []
        self._traces: list[Row] = []
        self._files: list[Row] = []
        self._control: ReturnControl | None = None
        self._first: float | None = None
        self._started = time.monotonic()
        self._ended: float | None = None
        self._changed = threading.Condition()

    def take(self, event: Row) -> None:
        """Adds one event of the stream."""
        with self._changed:
            if self._ended is not None:
                return
            if "chunk" in event:
                self._answer.append(event["chunk"].get("bytes", b"").decode("utf-8", "replace"))
                attribution = event["chunk"].get("attribution") or {}
                self._citations.extend(attribution.get("citations", []))
                self._first = self._first or time.monotonic() - self._started
            elif "trace" in event:
                self._traces.append(event["trace"])
            elif "returnControl" in event:
                payload = event["returnControl"]
                inputs = tuple(payload.get("invocationInputs", []))
                self._control = ReturnControl(str(payload.get("invocationId", "")), inputs)
            elif "files" in event:
                self._files.extend(event["files"].get("files", []))
            self._changed.notify_all()

    def end(self, fault: Fault | None = None) -> None:
        """The exchange is over; of one that was stopped it has been already."""
        with self._changed:
            if self._ended is None:
                self.fault = fault
                self._ended = time.monotonic()
                self._changed.notify_all()

    def stop(self) -> None:
        """Ends the exchange for whoever looks at it.

        What the agent does by then it does: AWS has no call that stops an agent. The thread that reads leaves
        at the next event; closing the connection under it would wait for that event too.
        """
        with self._changed:
            if self._ended is None:
                self.stopped = True
        self.end()

    def wait(self, seconds: float) -> bool:
        """Waits for the end, at most so long; whether it has come."""
        with self._changed:
            return self._changed.wait_for(lambda: self._ended is not None, timeout=seconds)

    @property
    def done(self) -> bool:
        return self._ended is not None

    @property
    def seconds(self) -> float:
        return (self._ended or time.monotonic()) - self._started

    @property
    def first_chunk_seconds(self) -> float | None:
        """When the first piece of the answer came."""
        return self._first

    @property
    def answer(self) -> str:
        """The answer so far: every chunk, joined."""
        with self._changed:
            return "".join(self._answer)

    @property
    def chunks(self) -> int:
        with self._changed:
            return len(self._answer)

    @property
    def traces(self) -> list[Row]:
        """The trace parts so far, as boto3 returned them."""
        with self._changed:
            return list(self._traces)

    @property
    def steps(self) -> list[TraceStep]:
        return agent_traces.steps(self.traces)

    @property
    def citations(self) -> list[Row]:
        with self._changed:
            return list(self._citations)

    @property
    def files(self) -> list[Row]:
        with self._changed:
            return list(self._files)

    @property
    def control(self) -> ReturnControl | None:
        """What the agent asked its caller to do, if it did."""
        return self._control

    @property
    def missing(self) -> str | None:
        """What a whole stream has and this one lacks, else None.

        boto3 raises nothing when a stream is cut off between two events.
        """
        with self._changed:
            if not (self._answer or self._control or self._files):
                return "a chunk, a return of control or files"
            whole = agent_traces.final_text(self._traces)
            said = "".join(self._answer)
            if whole and not self._control and len(said) < len(whole) and whole.startswith(said):
                return f"the last {len(whole) - len(said)} characters of the answer"
        return None
