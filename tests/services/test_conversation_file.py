"""Conversation files: every accepted form, and a clear sentence for everything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.short_term.events import (
    ConversationFile,
    InvalidConversation,
    MessageDraft,
    parse_conversation_file,
    split_into_events,
)

HELLO = [MessageDraft("USER", "Hello"), MessageDraft("ASSISTANT", "Hi!")]


def said(conversation: ConversationFile) -> list[MessageDraft]:
    return conversation.messages


def test_the_digest_is_that_of_what_would_be_written() -> None:
    digest = ConversationFile(()).digest()
    assert len(digest) == 64
    typed = parse_conversation_file('[{"role": "USER", "text": "Hello"}]')
    again = parse_conversation_file('{"messages": [["Hello", "USER"]]}')
    other = parse_conversation_file('[{"role": "USER", "text": "Hello!"}]')
    assert typed.digest() == again.digest()
    assert len({digest, typed.digest(), other.digest()}) == 3


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidConversation) as caught:
        parse_conversation_file(text)
    return caught.value.problems


@pytest.mark.parametrize(
    "document",
    [
        [{"role": "USER", "text": "Hello"}, {"role": "ASSISTANT", "text": "Hi!"}],
        [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi!"}],
        [{"role": "human", "content": "Hello"}, {"role": "ai", "content": "Hi!"}],
        {"messages": [{"role": "user", "text": "Hello"}, {"role": "assistant", "text": "Hi!"}]},
        [
            {"role": "user", "content": [{"text": "Hello"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "Hi!"}]},
        ],
        [["Hello", "USER"], ["Hi!", "ASSISTANT"]],
        [["user", "Hello"], ["assistant", "Hi!"]],
        [
            {"conversational": {"role": "USER", "content": {"text": "Hello"}}},
            {"conversational": {"role": "ASSISTANT", "content": {"text": "Hi!"}}},
        ],
    ],
)
@pytest.mark.parametrize("lines", [False, True])
def test_every_form_of_the_same_conversation(document: Any, lines: bool) -> None:
    rows = document["messages"] if isinstance(document, dict) else document
    text = "\n".join(json.dumps(row) for row in rows) + "\n" if lines else json.dumps(document, indent=2)
    assert said(parse_conversation_file(text)) == HELLO
    assert said(parse_conversation_file("\ufeff" + text)) == HELLO


def test_one_message_alone() -> None:
    assert said(parse_conversation_file('{"role": "USER", "text": "Hello"}')) == HELLO[:1]
    assert said(parse_conversation_file('["Hello", "USER"]')) == HELLO[:1]


def test_blocks_without_text_are_kept_as_json() -> None:
    row = {"role": "assistant", "content": [{"text": "I look."}, {"toolUse": {"name": "look"}}]}
    assert (
        said(parse_conversation_file(json.dumps([row])))[0].text == 'I look.\n{"toolUse": {"name": "look"}}'
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Line 1, column 1"),
        ("hello", "Line 1, column 1"),
        ('[\n {"role": "USER",\n  "text": }]', "Line 3, column 11"),
        ('{"role": "USER", "text": "a"}\n{"role": ', "Line 2, column 10"),
        ('{"role": "USER", "text": "a"}\n{"role": "KING", "text": "b"}', "Line 2: “role” must be USER"),
        ("[]", "no messages"),
        ('{"messages": []}', "no messages"),
        ("5", "must hold a list of messages"),
        ('{"a": 1}', "must hold a list of messages"),
        ('["a", "b"]', 'Message 1: expected {"role", "text"}'),
        ('[{"role": "USER"}]', "Message 1: “text” (or “content”) is missing"),
        ('[{"text": "a"}]', "Message 1: “role” must be"),
        ('[{"role": "USER", "text": 5}]', "Message 1: “text”"),
        ('[{"role": "USER", "text": ""}]', "Message 1 is empty"),
        ('[{"role": "USER", "text": "\\ud800"}]', "Message 1 holds half a character"),
        ('[{"payload": 5}]', "Event 1: “payload” must be a list"),
        ('[{"payload": [5]}]', "Event 1, message 1: expected"),
        ('[{"payload": [], "eventTimestamp": "yesterday"}]', "Event 1: “eventTimestamp” is no time"),
        ('[{"payload": [], "eventTimestamp": 1e400}]', "Event 1: “eventTimestamp” is no time"),
        ('[{"payload": [], "metadata": {"a": 5}}]', "Event 1: “metadata” may hold only text"),
        ('[{"payload": [], "branch": {"rootEventId": "a"}}]', "Event 1: the branch has no name"),
        ("[" * 300 + "]" * 300, "nested deeper"),
        ("[" * 100_000, "nested"),
        ('[{"role": "USER", "text": ' + "1" * 5000 + "}]", "number too long"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, words: str) -> None:
    assert words in problems(text)[0]


def test_all_problems_are_said_at_once_up_to_ten() -> None:
    rows = [{"role": "KING", "text": "a"} for _ in range(50)]
    found = problems(json.dumps(rows))
    assert len(found) == 10
    assert found[1].startswith("Message 2")


def test_a_message_of_exactly_100_000_characters_fits_and_one_more_is_named() -> None:
    def rows(length: int) -> str:
        return json.dumps([{"role": "USER", "text": "a"}, {"role": "TOOL", "text": "x" * length}])

    assert len(said(parse_conversation_file(rows(100_000)))[1].text) == 100_000
    assert problems(rows(100_001)) == ["Message 2 has 100,001 characters; at most 100,000 are allowed."]


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
def test_long_conversations_become_several_events(count: int, sizes: list[int]) -> None:
    rows = [{"role": "USER", "text": str(number)} for number in range(count)]
    conversation = parse_conversation_file(json.dumps(rows))
    assert [len(event.payload) for event in conversation.events] == sizes
    assert [message.text for message in said(conversation)] == [str(number) for number in range(count)]


def test_heavy_conversations_become_several_events() -> None:
    messages = [MessageDraft("USER", "€" * 100_000) for _ in range(60)]
    groups = list(split_into_events(messages))
    assert [len(group) for group in groups] == [31, 29]


EXPORT = {
    "events": [
        {
            "memoryId": "M",
            "actorId": "a",
            "sessionId": "s",
            "eventId": "0000001772375782346#c5e4dee5",
            "eventTimestamp": "2026-03-01T15:36:22.346000+01:00",
            "payload": [
                {"conversational": {"content": {"text": "Later"}, "role": "USER"}},
                {"blob": {"state": [1, None]}},
                {"json": {"content": {"clicks": 3}}},
            ],
            "branch": {"name": "other", "rootEventId": "0000001772375782345#c5e4dee4"},
            "metadata": {"mood": {"stringValue": "calm"}},
        },
        {
            "eventId": "0000001772375782345#c5e4dee4",
            "eventTimestamp": 1772375782.345,
            "payload": [{"conversational": {"content": {"text": "Earlier"}, "role": "USER"}}],
            "branch": {"name": "main"},
        },
    ],
    "nextToken": "ignored",
}


def test_an_export_of_events_keeps_times_metadata_branches_and_blobs() -> None:
    earlier, later = parse_conversation_file(json.dumps(EXPORT)).events
    assert earlier.timestamp == datetime(2026, 3, 1, 14, 36, 22, 345000, UTC)
    assert later.timestamp == datetime(2026, 3, 1, 14, 36, 22, 346000, UTC)
    assert earlier.branch is None
    assert later.branch == {"name": "other", "rootEventId": "0000001772375782345#c5e4dee4"}
    assert later.metadata == {"mood": {"stringValue": "calm"}}
    assert later.payload[1:] == ({"blob": {"state": [1, None]}}, {"json": {"content": {"clicks": 3}}})


def test_exported_events_of_one_millisecond_keep_their_order() -> None:
    events = [
        {"eventTimestamp": time, "payload": [{"role": "USER", "text": text}]}
        for time, text in [(3, "d"), (2, "c"), (2, "b"), (1, "a")]
    ]
    assert [m.text for m in said(parse_conversation_file(json.dumps(events)))] == ["a", "b", "c", "d"]
    assert [m.text for m in said(parse_conversation_file(json.dumps(events[::-1])))] == ["a", "b", "c", "d"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "role",
                    "text",
                    "content",
                    "messages",
                    "events",
                    "payload",
                    "eventTimestamp",
                    "metadata",
                    "branch",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.text() | JSON.map(json.dumps) | st.lists(JSON.map(json.dumps)).map("\n".join))
def test_any_text_is_read_or_refused_in_sentences(text: str) -> None:
    try:
        conversation = parse_conversation_file(text)
    except InvalidConversation as refusal:
        assert 1 <= len(refusal.problems) <= 10
    else:
        assert conversation.events
        assert all(message.problems() == [] for message in conversation.messages)


ROLES = st.sampled_from(["USER", "ASSISTANT", "TOOL", "OTHER"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.builds(MessageDraft, ROLES, TEXTS), min_size=1, max_size=250))
def test_what_is_written_as_json_is_read_back(messages: list[MessageDraft]) -> None:
    as_dicts = json.dumps([{"role": message.role, "text": message.text} for message in messages])
    as_export = json.dumps([{"payload": [message.payload()]} for message in messages])
    assert said(parse_conversation_file(as_dicts)) == messages
    assert said(parse_conversation_file(as_export)) == messages
