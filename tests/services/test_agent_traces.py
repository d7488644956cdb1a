"""Traces of Bedrock Agents: steps with durations and tokens, and the memory that was in the prompt."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from services.agents import traces as agent_traces

BEGUN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def part(event: dict[str, Any], seconds: float = 0.0, phase: str = "orchestrationTrace") -> dict[str, Any]:
    return {"eventTime": BEGUN + timedelta(seconds=seconds), "trace": {phase: event}}


def asked(prompt: str, trace_id: str = "t-0") -> dict[str, Any]:
    return part({"modelInvocationInput": {"traceId": trace_id, "text": prompt}})


def test_events_of_one_trace_id_are_one_step_with_its_time_and_tokens() -> None:
    metadata = {"totalTimeMs": 1500, "usage": {"inputTokens": 120, "outputTokens": 30}}
    call = {
        "actionGroupName": "Booking",
        "function": "book_trip",
        "executionType": "LAMBDA",
        "parameters": [{"name": "origin", "type": "string", "value": "Boston"}],
    }
    returned = {"text": "booked", "metadata": {"totalTimeMs": 250}}
    steps = agent_traces.steps(
        [
            asked("…"),
            part(
                {
                    "modelInvocationOutput": {
                        "traceId": "t-0",
                        "rawResponse": {"content": "hm"},
                        "metadata": metadata,
                    }
                }
            ),
            part({"rationale": {"traceId": "t-0", "text": "Book it."}}),
            part({"invocationInput": {"traceId": "t-0", "actionGroupInvocationInput": call}}),
            part({"observation": {"traceId": "t-0", "actionGroupInvocationOutput": returned}}),
            part({"observation": {"traceId": "t-1", "type": "FINISH", "finalResponse": {"text": "Done."}}}),
        ]
    )
    assert [(step.phase, step.trace_id) for step in steps] == [
        ("Orchestration", "t-0"),
        ("Orchestration", "t-1"),
    ]
    first, last = steps
    assert first.seconds == 1.75
    assert (first.input_tokens, first.output_tokens) == (120, 30)
    assert [entry.title for entry in first.entries] == [
        "The model was asked",
        "The model answered",
        "Rationale",
        "Action called, carried out by its Lambda function",
        "The action returned",
    ]
    assert first.entries[3].body == "Booking.book_trip(origin=Boston)"
    assert (last.entries[0].title, last.entries[0].body) == ("Final answer", "Done.")
    assert last.input_tokens is None


def test_a_step_without_durations_takes_the_time_between_its_events() -> None:
    (step,) = agent_traces.steps(
        [part({"rationale": {"traceId": "t", "text": "a"}}), part({"rationale": {"traceId": "t"}}, 2.5)]
    )
    assert step.seconds == 2.5


def test_every_phase_of_the_service_model_is_told() -> None:
    events: dict[str, dict[str, Any]] = {
        "preProcessingTrace": {"modelInvocationInput": {"traceId": "p", "text": "?"}},
        "postProcessingTrace": {"modelInvocationOutput": {"traceId": "q", "parsedResponse": {"text": "!"}}},
        "guardrailTrace": {"traceId": "g", "action": "INTERVENED"},
        "failureTrace": {"traceId": "f", "failureReason": "too long"},
        "routingClassifierTrace": {"invocationInput": {"traceId": "r", "invocationType": "FINISH"}},
        "customOrchestrationTrace": {"traceId": "c", "event": {"text": "own"}},
    }
    steps = agent_traces.steps([part(event, phase=phase) for phase, event in events.items()])
    told = {step.phase: step.entries[0] for step in steps}
    assert told["Guardrail"].title == "Guardrail: INTERVENED"
    assert (told["Failure"].title, told["Failure"].body) == ("Failed", "too long")
    assert '"text": "!"' in told["Post-processing"].body
    assert "own" in told["Custom orchestration"].body
    assert len(steps) == len(events)


def test_the_memory_is_found_in_a_prompt_of_json_in_json() -> None:
    synopsis = "<summary><topic name='user goals'>Anna “flies”\nby AIR</topic></summary>"
    system = f"You help. <memory_synopsis>\n{synopsis}\n</memory_synopsis> Be brief."
    plain = [asked(json.dumps({"system": system, "messages": []}))]
    nested = [asked(json.dumps({"messages": [{"content": json.dumps([{"text": system}])}]}))]
    for parts in (plain, nested, [asked(system)]):
        assert agent_traces.memory_in_prompt(parts) == synopsis
    assert agent_traces.summaries_in(synopsis) == [synopsis]


def test_each_model_that_was_asked_is_named_once() -> None:
    named = {"modelInvocationInput": {"traceId": "t", "foundationModel": "a.b-1"}}
    assert agent_traces.models([part(named), part(named), asked("…")]) == ["a.b-1"]


def test_no_memory_and_an_empty_memory_are_told_apart() -> None:
    assert agent_traces.memory_in_prompt([asked("You help.")]) is None
    empty = agent_traces.memory_in_prompt([asked("<memory_synopsis> </memory_synopsis>")])
    assert empty == ""
    assert agent_traces.summaries_in("") == []


def test_a_trace_with_times_becomes_json_where_json_dumps_alone_fails() -> None:
    trace = asked("…")
    assert json.loads(agent_traces.as_json(trace))["eventTime"] == str(BEGUN)
