"""Transcripts: events become turns that a person can read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.short_term.transcripts import Turn, turns

START = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))


def event(*payload: dict[str, Any], minute: int = 0, **more: Any) -> dict[str, Any]:
    moment = START + timedelta(minutes=minute)
    number = more.pop("number", minute)
    return {"eventId": f"{number}#a", "eventTimestamp": moment, "payload": list(payload), **more}


def said(text: str, role: str = "USER") -> dict[str, Any]:
    return {"conversational": {"role": role, "content": {"text": text}}}


def wrapped(*blocks: dict[str, Any], role: str = "USER") -> dict[str, Any]:
    envelope = {"message": {"role": role.lower(), "content": list(blocks)}, "message_id": 0}
    return said(json.dumps(envelope), role)


def shown(turn: Turn) -> tuple[str | None, str, str, bool]:
    return turn.role, turn.kind, turn.text, turn.wrapped


def test_turns_are_oldest_first_and_ties_keep_their_order() -> None:
    newest_first = [
        event(said("4"), minute=2),
        event(said("3"), minute=1, number=12),
        event(said("1"), said("2"), minute=1, number=11),
        event(said("0"), minute=0),
    ]
    found = turns(newest_first)
    assert [turn.text for turn in found] == ["0", "1", "2", "3", "4"]
    assert [turn.index for turn in found] == [0, 0, 1, 0, 0]
    assert found[0].timestamp == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert found[0].timestamp.tzinfo is UTC


def test_strands_messages_are_unwrapped() -> None:
    [turn] = turns([event(wrapped({"text": "I like sushi"}))])
    assert shown(turn) == ("USER", "text", "I like sushi", True)
    assert turn.raw == wrapped({"text": "I like sushi"})


def test_tool_turns_are_told_apart() -> None:
    use = {"toolUse": {"toolUseId": "1", "name": "look_up", "input": {"order": 7}}}
    result = {"toolResult": {"toolUseId": "1", "status": "success", "content": [{"text": "Shipped"}]}}
    found = turns(
        [
            event(
                wrapped({"text": "I look."}, use, role="ASSISTANT"),
                wrapped(result),
                wrapped({"reasoningContent": {"reasoningText": {"text": "hm"}}}, role="ASSISTANT"),
                said("look_up(7)", "TOOL"),
            )
        ]
    )
    assert [(turn.role, turn.kind) for turn in found] == [
        ("ASSISTANT", "text"),
        ("ASSISTANT", "tool_use"),
        ("TOOL", "tool_result"),
        ("ASSISTANT", "json"),
        ("TOOL", "text"),
    ]
    assert found[1].text == 'look_up({\n  "order": 7\n})'
    assert found[2].text == "Shipped"


def test_text_that_only_looks_like_an_envelope_stays_text() -> None:
    texts = ['{"message": 5}', '{"message": {"content": "a"}}', "{not json", '{"a": 1}', "[]", "{}"]
    found = turns([event(*map(said, texts))])
    assert [shown(turn) for turn in found] == [("USER", "text", text, False) for text in texts]


def test_blobs_are_decoded() -> None:
    documents = [{"a": [1, None]}, "plain", '{"agent_id": "x"}', None, 5, ["a"]]
    found = turns([event(*({"blob": document} for document in documents))])
    assert {turn.kind for turn in found} == {"blob"}
    assert {turn.role for turn in found} == {None}
    assert [turn.text for turn in found] == [
        '{\n  "a": [\n    1,\n    null\n  ]\n}',
        "plain",
        '{\n  "agent_id": "x"\n}',
        "null",
        "5",
        '[\n  "a"\n]',
    ]


def test_a_message_too_long_for_text_is_found_in_its_blob() -> None:
    envelope = wrapped({"text": "long"})["conversational"]["content"]["text"]
    for blob in ([envelope, "user"], json.dumps([envelope, "user"])):
        [turn] = turns([event({"blob": blob})])
        assert shown(turn) == ("USER", "text", "long", True)


def test_json_payloads_are_shown() -> None:
    [turn] = turns([event({"json": {"content": {"clicks": 3}}})])
    assert (turn.role, turn.kind, turn.text) == (None, "json", '{\n  "clicks": 3\n}')


def test_branches_and_metadata_are_marked() -> None:
    main, fork = turns(
        [
            event(said("b"), minute=1, branch={"name": "other"}, metadata={"k": {"stringValue": "v"}}),
            event(said("a"), branch={"name": "main"}),
        ]
    )
    assert (main.branch, fork.branch) == (None, "other")
    assert (main.metadata, fork.metadata) == ({}, {"k": {"stringValue": "v"}})


def test_events_without_payload_have_no_turns() -> None:
    bare = event()
    del bare["payload"]
    assert turns([bare, event()]) == []


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["message", "content", "role", "text", "toolUse", "toolResult", "input", "name"]),
            inner,
        )
    ),
)


@given(st.one_of(DOCUMENTS, DOCUMENTS.map(json.dumps)))
def test_no_document_breaks_the_transcript(document: Any) -> None:
    as_text = document if isinstance(document, str) else json.dumps(document)
    payload = [said(as_text), {"blob": document}, {"json": {"content": document}}]
    found = turns([event(*payload)])
    assert {turn.index for turn in found} == {0, 1, 2}
    assert all(isinstance(turn.text, str) for turn in found)
