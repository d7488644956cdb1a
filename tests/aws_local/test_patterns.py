"""Patterns that clients choose: the same answers as `re`, in bounded time."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aws_local.memory import patterns
from tests.aws_local.agentcore import START, facts, new_memory, refused

CHARACTERS = [
    "a",
    "b",
    "0",
    "-",
    "_",
    ".",
    r"\d",
    r"\w",
    r"\W",
    r"\S",
    "[ab]",
    "[^a]",
    "[]a]",
    r"[\d-]",
    r"\-",
]
PLACES = ["^", "$", r"\b", r"\B", r"\A", r"\Z", "(?=a)", "(?!b)", "{", "}", "{,}", "(?P<name>a)", "(?:)"]
ATOMS = st.sampled_from(CHARACTERS + PLACES)
COUNTS = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "{0}", "*?", "+?", "??", "{1,2}?"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda both: f"({both[0]}|{both[1]})"),
        st.tuples(inner, COUNTS).map(lambda both: f"(?:{both[0]}){both[1]}"),
    ),
    max_leaves=6,
)


@given(pattern=PATTERNS, text=st.text("ab0-_\n", max_size=6))
def test_a_pattern_matches_what_it_matches_in_re(pattern: str, text: str) -> None:
    try:
        expected = re.fullmatch(pattern, text) is not None
    except re.error:
        with pytest.raises(patterns.UnusablePattern):
            patterns.check(pattern)
        return
    assert patterns.matches(pattern, text) == expected


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "((a*)*)*b", "(a|a|a)*b", "a*" * 20 + "b", "(a{1,64}){1,64}b", "(" * 60 + "a*b" + ")" * 60],
)
def test_no_pattern_goes_back_and_forth_for_years(pattern: str) -> None:
    assert not patterns.matches(pattern, "a" * 64)
    assert patterns.matches(pattern, "a" * 63 + "b")


@pytest.mark.parametrize(
    "pattern", [r"(a)\1", "(?<=a)b", "(?i)a", "(?>a)b", "a*+", r"\x61", "(", "*", "(" * 200 + ")" * 200]
)
def test_what_cannot_be_matched_in_bounded_time_is_refused(pattern: str) -> None:
    with pytest.raises(patterns.UnusablePattern):
        patterns.check(pattern)


def test_a_namespace_variable_matches_its_pattern_and_its_list(control: Any, data: Any) -> None:
    keys = [
        {"key": "tenant", "validation": {"regexPattern": "t[0-9]{2,4}"}},
        {"key": "team", "validation": {"regexPattern": "(a+)+b"}},
    ]
    memory_id = new_memory(control, facts("/{tenant}/{actorId}/"), namespaceKeys=keys)
    event = {"memoryId": memory_id, "actorId": "alice", "eventTimestamp": START, "payload": []}
    for variables in ({"tenant": "t1"}, {"tenant": "t12345"}, {"tenant": "x12"}, {"team": "a" * 64}):
        configuration = {"namespaceVariables": variables}
        refused("ValidationException", data.create_event, **event, extractionConfig=configuration)
    assert data.list_actors(memoryId=memory_id)["actorSummaries"] == []
    data.create_event(**event, extractionConfig={"namespaceVariables": {"tenant": "t12", "team": "aab"}})


def test_a_pattern_that_cannot_be_used_is_refused_at_once(control: Any) -> None:
    keys = [{"key": "tenant", "validation": {"regexPattern": r"(a)\1"}}]
    memory = {"name": "refused_pattern", "eventExpiryDuration": 30, "namespaceKeys": keys}
    assert "tenant" in refused("ValidationException", control.create_memory, **memory)
