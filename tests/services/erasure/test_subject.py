"""Whose record it is: whole path segments, never a prefix, never another case, never a neighbour."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.erasure.subject import MOST_IDS, Subject, names_actor, subject_of
from services.errors import InvalidValue
from services.memory.namespaces import resolve_template

# The characters of ids and templates, few of each so that ids often contain each other.
PIECES = st.text("aAb1-_", min_size=1, max_size=4).filter(lambda text: text[0] not in "-_")
IDS = st.lists(PIECES, min_size=1, max_size=3).map("/".join)
LITERALS = st.sampled_from(["facts", "a", "b1", "team", "Aa"])
_SOME = st.lists(LITERALS, max_size=2)
TEMPLATES = st.tuples(st.booleans(), _SOME, _SOME, st.booleans())


def template(shape: tuple[bool, list[str], list[str], bool]) -> str:
    """`/a/{actorId}/b/`, with or without the slashes at its ends."""
    leading, before, after, trailing = shape
    return "/" * leading + "/".join([*before, "{actorId}", *after]) + "/" * trailing


def memory(*templates: str) -> dict[str, Any]:
    return {
        "strategies": [
            {"strategyId": f"strategy-{number}", "namespaceTemplates": [each]}
            for number, each in enumerate(templates)
        ]
    }


def record(namespace: str, strategy_id: str = "none", **fields: Any) -> dict[str, Any]:
    return {"namespaces": [namespace], "memoryStrategyId": strategy_id} | fields


@given(TEMPLATES.map(template), IDS, IDS)
def test_a_template_gives_each_actor_their_own_records_only(shape: str, ours: str, theirs: str) -> None:
    """Whatever the template and the ids: all of ours is found, nothing of anybody else's is certain."""
    assume(ours != theirs)
    place = memory(shape)
    of_ours = record(resolve_template(shape, ours, None, None), "strategy-0")
    of_theirs = record(resolve_template(shape, theirs, None, None), "strategy-0")
    assert Subject((ours,)).owns(place, of_ours, [ours, theirs])
    assert not Subject((ours,)).owns(place, of_theirs, [ours, theirs])
    assert not Subject((ours,)).owns(place, of_theirs)  # also when the neighbour's events have expired


@given(TEMPLATES.map(template), PIECES, PIECES)
def test_the_strategy_may_be_deleted(shape: str, ours: str, theirs: str) -> None:
    assume(ours != theirs and theirs not in ("facts", "a", "b1", "team", "Aa"))
    assume(ours not in ("facts", "a", "b1", "team", "Aa"))
    gone = memory()
    assert Subject((ours,)).owns(gone, record(resolve_template(shape, ours, None, None), "gone"))
    assert not Subject((ours,)).owns(gone, record(resolve_template(shape, theirs, None, None), "gone"))


@given(IDS, IDS)
def test_an_id_is_named_by_whole_segments(actor: str, other: str) -> None:
    segments, wanted = other.split("/"), actor.split("/")
    starts = range(len(segments) - len(wanted) + 1)
    expected = any(segments[start : start + len(wanted)] == wanted for start in starts)
    assert names_actor(f"/{other}/", actor) == names_actor(other, actor) == expected


NAMED = [
    ("/facts/user-1/", True),
    ("/facts/user-1", True),
    ("user-1/facts/", True),
    ("user-1", True),
    ("/deep/er/user-1/and/more/", True),
    ("/facts/user-10/", False),
    ("/facts/user-1x/", False),
    ("/facts/my-user-1/", False),
    ("/facts/USER-1/", False),
    ("/facts/user/1/", False),
    ("/facts/team:user-1/", False),
    ("/", False),
]


@pytest.mark.parametrize(("namespace", "named"), NAMED)
def test_examples_of_naming(namespace: str, named: bool) -> None:
    assert Subject(("user-1",)).in_namespace(namespace) is named


def test_a_session_or_literal_that_is_called_like_the_person_is_not_theirs() -> None:
    place = memory("/summaries/{actorId}/{sessionId}/", "/support/", "/facts/{actorId}/")
    user = Subject(("user-1",))
    assert user.owns(place, record("/summaries/user-1/s/", "strategy-0"))
    assert not user.owns(place, record("/summaries/bob/user-1/", "strategy-0"))
    assert not Subject(("support",)).owns(place, record("/support/", "strategy-1"))
    assert not Subject(("support",)).owns(place, record("/support/", "gone"))
    assert not Subject(("facts",)).owns(place, record("/facts/bob/", "gone"), ["bob", "facts"])
    assert not user.owns(place, record("/facts/user-1/home/", "strategy-2"))
    assert Subject(("user-1/home",)).owns(place, record("/facts/user-1/home/", "strategy-2"))
    assert Subject(("team/ann",)).owns(place, record("/summaries/team/ann/s/", "strategy-0"))
    assert not Subject(("team",)).owns(place, record("/summaries/team/ann/s/", "strategy-0"))


def test_a_record_of_two_ids_of_one_person() -> None:
    both = Subject(("ann", "ann@work"[:3] + "-work"))
    assert both.owns(memory(), record("/facts/ann-work/"))
    assert both.owns(memory(), record("/facts/ann/"))


SUSPICIONS = [
    (record("/facts/USER-1/"), "namespace"),
    (record("/team/", metadata={"customer": {"stringValue": "user-1"}}), "customer"),
    (record("/team/", metadata={"all": {"stringListValue": ["x", "User-1"]}}), "all"),
    (record("/team/", content={"text": "Ask user-1, she knows."}), "text"),
    (record("/team/", content={"text": "Ask Ann Lee, she knows."}), "text"),
    (record("/team/", content={"text": "Write to ann@example.com."}), "text"),
    (record("/team/", content={"text": "Ask user-10 or my-user-1 or Joann Leeds."}), None),
    (record("/team/", metadata={"customer": {"stringValue": "user-10"}}, content={"text": "No."}), None),
]


@pytest.mark.parametrize(("found", "reason"), SUSPICIONS)
def test_what_may_be_about_the_person(found: dict[str, Any], reason: str | None) -> None:
    suspicion = Subject(("user-1",), ("Ann Lee", "ann@example.com")).suspicion(found)
    assert suspicion is None if reason is None else reason in str(suspicion)


def test_what_people_type() -> None:
    person = subject_of(" user-1, team/ann:2\n\nuser-1 ", "Ann Lee\nann@example.com, x")
    assert person == Subject(("user-1", "team/ann:2"), ("Ann Lee", "ann@example.com"))
    for bad in ("", " , ", "has blank", "-starts", ", ".join(f"a{n}" for n in range(MOST_IDS + 1))):
        with pytest.raises(InvalidValue):
            subject_of(bad)
    assert Subject(("Ann",)).look_alikes(["ann", "ANN", "Ann", "anna"]) == ["ANN", "ann"]


@given(st.text(string.printable, max_size=40))
def test_any_words_are_words_and_no_pattern(words: str) -> None:
    person = Subject(("user-1",), (words,) if words.strip() else ())
    person.suspicion(record("/team/", content={"text": "(a+)+$ [x" * 5}))
