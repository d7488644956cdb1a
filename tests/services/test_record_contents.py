"""Record contents: every format that AgentCore stores, and never an exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records.contents import (
    Episode,
    EpisodeTurn,
    Fact,
    Preference,
    Reflection,
    Summary,
    one_line,
    parse_content,
)

TURN = {
    "situation": "s",
    "intent": "i",
    "action": "a",
    "thought": "t",
    "assessmentAssistant": "Yes",
    "assessmentUser": "No",
}


@pytest.mark.parametrize(
    ("text", "content", "line"),
    [
        (
            "The user placed order ORD00009996 on November 12, 2025.",
            Fact("The user placed order ORD00009996 on November 12, 2025."),
            "The user placed order ORD00009996 on November 12, 2025.",
        ),
        (
            '{"context":"They said so","preference":"Enjoys tofu","categories":["food","ingredients"]}',
            Preference("They said so", "Enjoys tofu", ("food", "ingredients")),
            "Enjoys tofu",
        ),
        (
            '<topic name="Refund &amp; Status">\n It failed. \n</topic>'
            '<topic name="Next">Call &lt;us&gt;</topic>',
            Summary((("Refund & Status", "It failed."), ("Next", "Call <us>"))),
            "Refund & Status · Next",
        ),
        (
            'Before <topic name="A">a</topic> after',
            Summary((("", "Before"), ("A", "a"), ("", "after"))),
            "Before · A · after",
        ),
        ('<topic name="A">cut off', Summary((("A", "cut off"),)), "A"),
        (
            json.dumps(
                {
                    "situation": "S",
                    "intent": "I",
                    "assessment": "Yes",
                    "justification": "J",
                    "reflection": "R",
                    "turns": [TURN, "broken"],
                }
            ),
            Episode("S", "I", "Yes", "J", "R", (EpisodeTurn("s", "i", "a", "t", "Yes", "No"),)),
            "I",
        ),
        (
            '{"title": "T", "use_cases": "U", "hints": "H", "confidence": "0.9"}',
            Reflection("T", "U", "H", "0.9"),
            "T",
        ),
    ],
)
def test_every_format(text: str, content: Any, line: str) -> None:
    assert parse_content(text) == content
    assert one_line(content) == line


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ('{"preference": "Tea"}', Preference("", "Tea", ())),
        ('{"preference": null, "categories": "drinks"}', Preference("", "", ("drinks",))),
        ('{"preference": ["Tea"], "categories": [1]}', Preference("", '["Tea"]', ("1",))),
        ('{"title": "T", "hints": ["a"], "confidence": 0.5}', Reflection("T", "", '["a"]', "0.5")),
    ],
)
def test_odd_members_are_kept_as_text(text: str, content: Any) -> None:
    assert parse_content(text) == content


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "[]", '{"a": 1}', '{"title": "only"}', "[" * 5000, "{" * 5000, "<topic>", "a\nb"]
)
def test_anything_else_is_a_fact(text: str) -> None:
    assert parse_content(text) == Fact(text)


MEMBERS = st.sampled_from(
    [
        "context",
        "preference",
        "categories",
        "situation",
        "intent",
        "turns",
        "title",
        "hints",
        "use_cases",
        "confidence",
    ]
)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(MEMBERS, inner),
)
TAGS = st.lists(st.sampled_from(['<topic name="', '">', "</topic>", "a", "&lt;", "\n", "é"])).map("".join)


@given(st.text() | TAGS | DOCUMENTS.map(json.dumps) | st.dictionaries(MEMBERS, DOCUMENTS).map(json.dumps))
def test_no_text_is_refused_and_every_line_is_one_line(text: str) -> None:
    content = parse_content(text)
    line = one_line(content)
    assert len(line.splitlines()) <= 1
    if isinstance(content, Fact):
        assert content.text == text


@given(st.text(), st.text(), st.lists(st.text()))
def test_preferences_come_back_as_they_were(context: str, preference: str, categories: list[str]) -> None:
    text = json.dumps({"context": context, "preference": preference, "categories": categories})
    assert parse_content(text) == Preference(context, preference, tuple(categories))
