"""What an agent did before it answered, read from the trace events of InvokeAgent.

A trace event holds one member of a union of phases, and in it one of what happened. Events of one step have
the same traceId (`<uuid>-0`, `<uuid>-1`, …). There is no trace of memory: what was remembered can only be
seen in the prompt, inside `<memory_synopsis>` (developer guide, "Prompt placeholders").
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services import bounded_json

Row = dict[str, Any]

PHASES = {
    "preProcessingTrace": "Pre-processing",
    "orchestrationTrace": "Orchestration",
    "postProcessingTrace": "Post-processing",
    "routingClassifierTrace": "Routing to a collaborator",
    "guardrailTrace": "Guardrail",
    "failureTrace": "Failure",
    "customOrchestrationTrace": "Custom orchestration",
}
_SYNOPSIS = re.compile(r"<memory_synopsis>(.*?)</memory_synopsis>", re.DOTALL)
_SUMMARY = re.compile(r"<summary\b[^>]*>.*?</summary>", re.DOTALL)


@dataclass(frozen=True)
class TraceEntry:
    """One trace event. `seconds` and tokens are None where the service tells none; `body` is untrusted."""

    title: str
    body: str
    at: datetime | None
    seconds: float | None
    input_tokens: int | None
    output_tokens: int | None
    raw: Row


@dataclass(frozen=True)
class TraceStep:
    """The events of one step of one phase, in order."""

    phase: str
    trace_id: str
    entries: tuple[TraceEntry, ...]

    @property
    def seconds(self) -> float | None:
        """How long the step took: what its events tell, else the time between the first and the last."""
        told = [entry.seconds for entry in self.entries if entry.seconds is not None]
        if told:
            return sum(told)
        moments = [entry.at for entry in self.entries if entry.at is not None]
        return (max(moments) - min(moments)).total_seconds() if len(moments) > 1 else None

    @property
    def input_tokens(self) -> int | None:
        return _sum(entry.input_tokens for entry in self.entries)

    @property
    def output_tokens(self) -> int | None:
        return _sum(entry.output_tokens for entry in self.entries)


def steps(parts: Iterable[Row]) -> list[TraceStep]:
    """The steps of trace parts (the `trace` members of InvokeAgent's events), in the order they began."""
    found: dict[tuple[str, str], list[TraceEntry]] = {}
    for part in parts:
        for phase, event in (part.get("trace") or {}).items():
            if isinstance(event, dict):
                key = (phase, _trace_id(event))
                found.setdefault(key, []).append(_entry(event, part))
    return [TraceStep(PHASES.get(phase, phase), id_, tuple(each)) for (phase, id_), each in found.items()]


def memory_in_prompt(parts: Iterable[Row]) -> str | None:
    """What the last prompt held inside `<memory_synopsis>`; None when no prompt had one."""
    found = None
    for prompt in prompts(parts):
        for text in _texts(prompt):
            for synopsis in _SYNOPSIS.findall(text):
                found = synopsis.strip()
    return found


def summaries_in(synopsis: str) -> list[str]:
    """The `<summary>` elements of a synopsis; the whole of it when it holds none."""
    return _SUMMARY.findall(synopsis) or ([synopsis] if synopsis.strip() else [])


def prompts(parts: Iterable[Row]) -> Iterator[str]:
    """The texts that the model was asked with."""
    for part in parts:
        for event in (part.get("trace") or {}).values():
            text = event.get("modelInvocationInput", {}).get("text") if isinstance(event, dict) else None
            if text:
                yield str(text)


def models(parts: Iterable[Row]) -> list[str]:
    """The models that were asked, each once, in order."""
    events = [event for part in parts for event in (part.get("trace") or {}).values()]
    asked = [event.get("modelInvocationInput", {}) for event in events if isinstance(event, dict)]
    return list(dict.fromkeys(str(each["foundationModel"]) for each in asked if each.get("foundationModel")))


def final_text(parts: Iterable[Row]) -> str | None:
    """The answer as the trace has it, to see whether all of it arrived; None when the trace tells none."""
    found = None
    for part in parts:
        observation = (part.get("trace") or {}).get("orchestrationTrace", {}).get("observation", {})
        text = observation.get("finalResponse", {}).get("text")
        found = str(text) if text else found
    return found


def functions_called(parts: Iterable[Row]) -> list[str]:
    """The functions or API paths of action groups that were invoked, in order."""
    found = []
    for part in parts:
        event = (part.get("trace") or {}).get("orchestrationTrace", {})
        call = event.get("invocationInput", {}).get("actionGroupInvocationInput")
        if call:
            found.append(str(call.get("function") or call.get("apiPath") or ""))
    return found


def as_json(part: Any) -> str:
    """A trace as JSON. Its times are datetimes in boto3's answer, on which a plain json.dumps fails."""
    return json.dumps(part, indent=2, ensure_ascii=False, default=str)


def _trace_id(event: Row) -> str:
    """The id is in the event itself or one level below, in what happened."""
    if event.get("traceId"):
        return str(event["traceId"])
    below = (value.get("traceId") for value in event.values() if isinstance(value, dict))
    return str(next(filter(None, below), ""))


def _entry(event: Row, part: Row) -> TraceEntry:
    title, body = _told(event)
    metadata = _metadata(event)
    usage = metadata.get("usage") or {}
    return TraceEntry(
        title=title,
        body=body,
        at=part.get("eventTime"),
        seconds=_seconds(metadata),
        input_tokens=usage.get("inputTokens"),
        output_tokens=usage.get("outputTokens"),
        raw=part,
    )


def _told(event: Row) -> tuple[str, str]:
    """What happened, in words, and its text."""
    for member, tell in _TELLERS.items():
        if member in event:
            return tell(event[member])
    if "action" in event:
        return f"Guardrail: {event['action']}", _plain({k: v for k, v in event.items() if "Assess" in k})
    return "Event", _plain(event)


def _model_output(output: Row) -> tuple[str, str]:
    content = output.get("rawResponse", {}).get("content") or output.get("parsedResponse")
    return "The model answered", _plain(content)


def _invocation(call: Row) -> tuple[str, str]:
    group = call.get("actionGroupInvocationInput")
    if group:
        name = group.get("function") or f"{group.get('verb', '')} {group.get('apiPath', '')}".strip()
        how = {"LAMBDA": "its Lambda function", "RETURN_CONTROL": "whoever called the agent"}
        by = how.get(str(group.get("executionType")), "its executor")
        parameters = ", ".join(
            f"{each.get('name')}={each.get('value')}" for each in group.get("parameters", [])
        )
        return f"Action called, carried out by {by}", f"{group.get('actionGroupName')}.{name}({parameters})"
    if "knowledgeBaseLookupInput" in call:
        return "Knowledge base searched", str(call["knowledgeBaseLookupInput"].get("text", ""))
    return f"Called: {str(call.get('invocationType', '')).lower().replace('_', ' ')}", _plain(call)


_OBSERVED = {
    "actionGroupInvocationOutput": "The action returned",
    "finalResponse": "Final answer",
    "repromptResponse": "Asked the model again",
    "agentCollaboratorInvocationOutput": "The collaborator returned",
    "codeInterpreterInvocationOutput": "The code interpreter returned",
    "knowledgeBaseLookupOutput": "The knowledge base returned",
}


def _observation(observed: Row) -> tuple[str, str]:
    for member, title in _OBSERVED.items():
        if member in observed:
            what = observed[member]
            words = what.get("text") or what.get("executionOutput") or what.get("retrievedReferences")
            asked = observed.get("type") == "ASK_USER"
            return ("Asked the user" if asked else title), _plain(words if words is not None else what)
    return str(observed.get("type", "Observed")).replace("_", " ").capitalize(), ""


_TELLERS: dict[str, Callable[[Any], tuple[str, str]]] = {
    "modelInvocationInput": lambda asked: ("The model was asked", str(asked.get("text", ""))),
    "modelInvocationOutput": _model_output,
    "rationale": lambda rationale: ("Rationale", str(rationale.get("text", ""))),
    "invocationInput": _invocation,
    "observation": _observation,
    "failureReason": lambda reason: ("Failed", str(reason)),
}


def _metadata(event: Row) -> Row:
    """The metadata of what happened: directly, in the model's output, or in what was observed."""
    places = [event, event.get("modelInvocationOutput"), *(event.get("observation") or {}).values()]
    found = (place.get("metadata") for place in places if isinstance(place, dict))
    return next((each for each in found if isinstance(each, dict)), {})


def _seconds(metadata: Row) -> float | None:
    milliseconds = metadata.get("totalTimeMs")
    if milliseconds is not None:
        return float(milliseconds) / 1000
    begun, ended = metadata.get("startTime"), metadata.get("endTime")
    if isinstance(begun, datetime) and isinstance(ended, datetime):
        return (ended - begun).total_seconds()
    return None


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else as_json(value)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a prompt: it is JSON in a text, whose messages may be JSON in texts again."""
    if isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    elif isinstance(value, str):
        inner = _from_json(value)
        if inner is None:
            yield value
        else:
            yield from _texts(inner)


def _from_json(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        found = bounded_json.read(text)
    except ValueError:
        return None
    return found if isinstance(found, (dict, list)) else None
