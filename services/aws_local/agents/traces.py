"""The parts of a trace, in the order of a step: input, output, rationale, invocation, observation.

Each event has one member of the unions, since clients read no other. A step's parts share a `traceId`.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from services.aws_local.agents.agents import Agent
from services.aws_local.agents.aliases import Alias
from services.aws_local.agents.brain import Reply
from services.aws_local.clock import now_ms

Event = dict[str, Any]


@dataclass(frozen=True)
class Tracer:
    """Makes the trace events of one invocation."""

    agent: Agent
    alias: Alias
    session_id: str
    request_id: str

    def orchestration(self, **part: Any) -> Event:
        """One part of the orchestration trace."""
        return self._event({"orchestrationTrace": part})

    def failure(self, step: int, reason: str) -> Event:
        """What ended the invocation."""
        return self._event({"failureTrace": {"traceId": self.step_id(step), "failureReason": reason}})

    def step_id(self, step: int) -> str:
        """The id that the parts of a step share: `UUID-NUMBER`, as on AWS."""
        return f"{self.request_id}-{step}"

    def model_input(self, step: int, text: str, model_id: str) -> Event:
        """The prompt."""
        asked = {
            "traceId": self.step_id(step),
            "type": "ORCHESTRATION",
            "text": text,
            "foundationModel": model_id,
            "inferenceConfiguration": {"temperature": 0.0, "maximumLength": 4096},
            "promptCreationMode": "DEFAULT",
            "parserMode": "DEFAULT",
        }
        return self.orchestration(modelInvocationInput=asked)

    def model_output(self, step: int, reply: Reply, took: Span) -> Event:
        """What came of it."""
        answered = {
            "traceId": self.step_id(step),
            "rawResponse": {"content": json.dumps(reply.message(), ensure_ascii=False)},
            "metadata": self.metadata(took) | {"usage": reply.usage},
        }
        return self.orchestration(modelInvocationOutput=answered)

    def rationale(self, step: int, text: str) -> Event:
        """Why."""
        return self.orchestration(rationale={"traceId": self.step_id(step), "text": text})

    def invocation(self, step: int, called: dict[str, Any]) -> Event:
        """A function that is called."""
        given = {
            "traceId": self.step_id(step),
            "invocationType": "ACTION_GROUP",
            "actionGroupInvocationInput": called,
        }
        return self.orchestration(invocationInput=given)

    def action_output(self, step: int, text: str, took: Span | None) -> Event:
        """What a function answered."""
        output = {"text": text} | ({"metadata": self.metadata(took)} if took else {})
        return self._observation(step, "ACTION_GROUP", actionGroupInvocationOutput=output)

    def reprompt(self, step: int, text: str) -> Event:
        """A function that could not be called: the model is asked again."""
        return self._observation(step, "REPROMPT", repromptResponse={"source": "ACTION_GROUP", "text": text})

    def final(self, step: int, text: str, took: Span, *, asks: bool) -> Event:
        """The answer."""
        output = {"text": text, "metadata": self.metadata(took)}
        return self._observation(step, "ASK_USER" if asks else "FINISH", finalResponse=output)

    def metadata(self, took: Span) -> dict[str, Any]:
        """Times of a part."""
        return {
            "clientRequestId": self.request_id,
            "startTime": took.start_ms / 1000,
            "endTime": took.end_ms / 1000,
            "totalTimeMs": took.end_ms - took.start_ms,
        }

    def _observation(self, step: int, kind: str, **output: Any) -> Event:
        return self.orchestration(observation={"traceId": self.step_id(step), "type": kind} | output)

    def _event(self, trace: dict[str, Any]) -> Event:
        return {
            "trace": {
                "agentId": self.agent.agent_id,
                "agentAliasId": self.alias.alias_id,
                "agentVersion": self.alias.version,
                "sessionId": self.session_id,
                "eventTime": now_ms() / 1000,
                "callerChain": [{"agentAliasArn": self.alias.arn(self.agent)}],
                "trace": trace,
            }
        }


@dataclass(frozen=True)
class Span:
    """When something began and ended."""

    start_ms: int
    end_ms: int


class Stopwatch:
    """Measures a span with a clock that is never set back."""

    def __init__(self) -> None:
        self._start_ms = now_ms()
        self._started = time.monotonic()

    def span(self) -> Span:
        """From the making of the stopwatch until now."""
        return Span(self._start_ms, self._start_ms + round((time.monotonic() - self._started) * 1000))
