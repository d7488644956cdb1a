"""Events -> messages: plain text, Strands' JSON, tool blocks, blobs, and what only looks like JSON."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.aws_local.extraction.messages import conversational_messages
from tests.aws_local.conversation import ASSISTANT, MONDAY, TOOL, USER, event, messages


def strands(role: str, *blocks: dict[str, Any]) -> str:
    """What Strands' session manager writes as the text of a conversational payload."""
    message = {"role": role, "content": list(blocks)}
    return json.dumps(
        {"message": message, "message_id": 3, "redact_message": None, "created_at": "2025-07-28"}
    )


def texts(*turns: tuple[str, str]) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in messages(*turns)]


def test_plain_text_keeps_role_place_and_time() -> None:
    first, second = messages(("Hi", USER), ("Hello!", ASSISTANT))
    assert (first.role, first.text, first.event_id, first.index) == (USER, "Hi", "event-1", 0)
    assert (second.role, second.index, second.timestamp) == (ASSISTANT, 1, MONDAY)


def test_epoch_timestamps_are_read_as_utc() -> None:
    sent = event(("Hi", USER)) | {"eventTimestamp": 0.5}
    assert conversational_messages(sent)[0].timestamp == datetime(1970, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)


def test_strands_json_is_unwrapped() -> None:
    assert texts((strands("user", {"text": "I live in Irvine."}), USER)) == [(USER, "I live in Irvine.")]


def test_tool_blocks_are_never_user_text() -> None:
    use = {"toolUse": {"name": "lookup_order", "toolUseId": "t1", "input": {"order": "12345"}}}
    result = {"toolResult": {"toolUseId": "t1", "status": "success", "content": [{"text": "I love my cat"}]}}
    assert texts((strands("assistant", {"text": "One moment."}, use), ASSISTANT)) == [
        (ASSISTANT, "One moment."),
        (TOOL, 'lookup_order({"order": "12345"})'),
    ]
    assert texts((strands("user", result), USER)) == [(TOOL, "I love my cat")]


@pytest.mark.parametrize(
    "text",
    [
        '{"message": {"role": "user", "content": [{"text": "I live in Irv',
        '{"a": 1}',
        '{"message": "I live in Irvine"}',
        "{braces} I live here",
        "{" * 5_000,
        '{"message": {"role": "user", "content": "text"}}',
    ],
)
def test_what_is_not_a_wrapped_message_stays_text(text: str) -> None:
    assert texts((text, USER)) == [(USER, text)]


def test_blobs_and_empty_texts_give_nothing() -> None:
    sent = event((" ", USER), ("Hi", USER))
    sent["payload"].insert(0, {"blob": {"conversational": {"content": {"text": "no"}, "role": "USER"}}})
    assert [(message.text, message.index) for message in conversational_messages(sent)] == [("Hi", 2)]


def test_an_event_without_payload_gives_nothing() -> None:
    assert conversational_messages({"eventId": "event-1", "eventTimestamp": MONDAY}) == []


def test_odd_blocks_are_passed_over() -> None:
    blocks = [
        {"text": 3},
        "text",
        {"image": {}},
        {"toolResult": {"content": "?"}},
        {"text": "I live in Rome."},
    ]
    wrapped = json.dumps({"role": "user", "content": blocks})
    assert texts((wrapped, USER)) == [(USER, "I live in Rome.")]
