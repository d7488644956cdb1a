"""What agents on AgentCore Runtime answer, in the forms that frameworks have, and what they are sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.chat.agent_choice import AgentChoice, check_agent_choice, check_payload, filled_payload
from services.chat.runtime_answers import AgentReported, events
from services.chat.turns import AgentStep, TextDelta
from services.errors import InvalidValue

STREAM = "text/event-stream; charset=utf-8"
ARN = "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/my_agent-a1B2c3D4e5"


def said(content_type: str, *chunks: bytes) -> list[str]:
    return [event.text for event in events(content_type, chunks) if isinstance(event, TextDelta)]


def stream(*values: Any) -> bytes:
    """Server-sent events, one for each value, as the SDK's app sends them."""
    return b"".join(f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode() for value in values)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("Hello", "Hello"),
        ({"result": "Hello"}, "Hello"),
        ({"response": {"output": "Hello"}}, "Hello"),
        ({"result": {"role": "assistant", "content": [{"text": "Hel"}, {"text": "lo"}]}}, "Hello"),
        ({"message": "Hello", "status": "success"}, "Hello"),
        ({"content": [{"type": "text", "text": "Hello"}]}, "Hello"),
        ({"total": 3}, '{\n  "total": 3\n}'),
        ([1, 2], "[\n  1,\n  2\n]"),
    ],
)
def test_the_words_of_a_json_document(document: Any, words: str) -> None:
    assert "".join(said("application/json", json.dumps(document).encode())) == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["Hel", "lo"], ["Hel", "lo"]),
        ([{"data": "Hel"}, {"data": "lo"}, {"result": "Hello"}], ["Hel", "lo"]),
        ([{"text": "Hel"}, {"text": "lo"}], ["Hel", "lo"]),
        ([{"type": "content", "content": "Hello"}, {"type": "end"}], ["Hello"]),
        ([{"init_event_loop": True}, {"result": "Hello"}], ["Hello"]),
        ([{"message": {"role": "assistant", "content": [{"text": "Hello"}]}}], ["Hello"]),
        ([None, 3], ["3"]),
    ],
)
def test_the_words_of_a_stream(values: list[Any], words: list[str]) -> None:
    assert said(STREAM, stream(*values)) == words


def test_the_events_of_bedrock_that_strands_passes_on() -> None:
    both = [
        {"event": {"contentBlockStart": {"start": {"toolUse": {"name": "look_up"}}}}},
        {"event": {"contentBlockDelta": {"delta": {"text": "Hello"}}}},
        {"data": "Hello"},
    ]
    assert list(events(STREAM, [stream(*both)])) == [
        AgentStep("Called a tool", "look_up"),
        TextDelta("Hello"),
    ]


def test_a_stream_is_read_however_it_is_cut() -> None:
    whole = stream("Grüße, ", "Zoë 👋") + b"event: end\r\ndata: [DONE]\r\n\r\n: a comment\n\n"
    for size in (1, 2, 3, 7, len(whole)):
        chunks = [whole[start : start + size] for start in range(0, len(whole), size)]
        assert "".join(said(STREAM, *chunks)) == "Grüße, Zoë 👋"


def test_text_that_is_no_json_is_shown_as_it_is() -> None:
    assert said(STREAM, b"data: Hello there\n\ndata: {broken\n\n") == ["Hello there", "{broken"]
    assert said("text/plain", b"Hel", b"lo") == ["Hel", "lo"]
    assert said("application/json", b"<html>") == ["<html>"]


def test_half_a_character_keeps_nothing_from_being_read() -> None:
    assert said("application/json", b'{"result": "Hello \\ud83d"}') == ["Hello \ufffd"]
    assert said(STREAM, b'data: "\\ud83d\\ude00 and \\udfff"\n\n') == ["😀 and \ufffd"]


def test_an_error_of_the_agent_is_no_answer() -> None:
    with pytest.raises(AgentReported, match="out of order"):
        said("application/json", b'{"error": "out of order"}')
    failing = {"error": "out of order", "message": "An error occurred during streaming"}
    with pytest.raises(AgentReported, match="out of order"):
        said(STREAM, stream("Half", failing))


def test_a_payload_holds_whatever_is_written_as_json() -> None:
    template = '{"prompt": "{prompt}", "input": {"who": ["{actor_id} in {session_id}"], "n": 1}}'
    check_payload(template)
    written = 'He said "hi" {actor_id}\n\\ {"a": 1} 👋'
    filled = json.loads(filled_payload(template, {"prompt": written, "actor_id": "anna", "session_id": "s1"}))
    assert filled == {"prompt": written, "input": {"who": ["anna in s1"], "n": 1}}


@pytest.mark.parametrize("template", ["", "{", '"{prompt}"', "[]", '{"text": "no place for it"}'])
def test_a_payload_that_tells_nothing_is_refused(template: str) -> None:
    with pytest.raises(InvalidValue):
        check_payload(template)


def test_agents_are_named_by_their_arn() -> None:
    choice = AgentChoice("runtime", runtime_arn=ARN)
    check_agent_choice(choice)
    assert choice.name == "my_agent · AgentCore Runtime"
    for wrong in ("", "my_agent", ARN.replace(":runtime/", ":memory/"), f"{ARN}\n"):
        with pytest.raises(InvalidValue):
            check_agent_choice(AgentChoice("runtime", runtime_arn=wrong))
