"""Scores: monotone, bounded, and on the scale that clients filter by."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.aws_local.retrieval.embedding import Embedder, load_embedder
from services.aws_local.retrieval.ranking import (
    favoured,
    fuse,
    possible_names,
    query_terms,
    speaker,
    without_names,
    without_speaker,
    without_subject,
)

cosines = st.floats(-1, 1, allow_nan=False)
matches = st.floats(0, 50, allow_nan=False)
candidates = st.lists(st.tuples(cosines, matches), min_size=1, max_size=12)


def columns(rows: Sequence[tuple[float, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows])


@given(candidates)
def test_scores_lie_between_0_and_1(rows: list[tuple[float, float]]) -> None:
    scores = fuse(*columns(rows))
    assert ((scores >= 0) & (scores <= 1)).all()


@given(candidates, st.data())
def test_a_nearer_meaning_is_never_scored_lower(rows: list[tuple[float, float]], data: st.DataObject) -> None:
    near, words = columns(rows)
    place = data.draw(st.integers(0, len(rows) - 1))
    before = fuse(near, words)[place]
    near[place] = data.draw(st.floats(float(near[place]), 1))
    assert fuse(near, words)[place] >= before


@given(candidates)
def test_more_shared_words_are_never_scored_lower(rows: list[tuple[float, float]]) -> None:
    near, words = columns(rows)
    near[:] = near[0]
    scores = fuse(near, words)
    assert (np.diff(scores[np.argsort(words, kind="stable")]) >= 0).all()


def test_no_candidates_have_no_scores() -> None:
    assert fuse(np.zeros(0), np.zeros(0)).shape == (0,)


def test_a_word_that_nearly_every_record_has_is_no_match() -> None:
    """SQLite gives a word of most documents a BM25 of 1e-6; scaled to the best it would look perfect."""
    assert fuse(np.array([0.1, 0.1]), np.array([1e-6, 0.0]))[0] < 0.2


def test_a_shared_word_without_any_nearness_in_meaning_stays_unrelated() -> None:
    assert fuse(np.array([0.05]), np.array([6.0]))[0] < 0.2


def test_words_alone_rank_when_there_is_no_embedder() -> None:
    scores = fuse(None, np.array([0.0, 2.0, 4.0]))
    assert scores[0] == 0
    assert scores[0] < scores[1] < scores[2]
    assert 0.35 <= scores[2] <= 0.6


RECORDS = (
    "The user is vegetarian.",
    "The user prefers restaurants with a quiet atmosphere.",
    "The user is in the mood for Italian cuisine.",
    "The user lives in Irvine.",
    "The user is having trouble with their order #12345.",
    "The user's new email is newemail@example.com.",
    "The user prefers a window seat.",
    "The user prefers Delta airline.",
    "The user works as a nurse at a hospital.",
    "The user is allergic to peanuts.",
    "The user's sister Maria is getting married in June.",
    "The user likes to play tennis on weekends.",
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    loaded = load_embedder()
    assert loaded is not None
    return loaded


def ranked(embedder: Embedder, query: str) -> list[tuple[float, str]]:
    """Every record with its score; the matched share of words stands in for BM25."""
    vectors = embedder.encode([without_subject(record) for record in RECORDS])
    near = vectors @ embedder.encode([query])[0]
    terms = set(query_terms(query))
    words = np.array([2.0 * len(terms & set(query_terms(record))) for record in RECORDS])
    return sorted(zip(fuse(near, words).tolist(), RECORDS, strict=True), reverse=True)


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("What are the user's preferences for airline type ?", "The user prefers Delta airline."),
        ("What are the user's preferences for seat type ?", "The user prefers a window seat."),
        ("what was I in the mood for?", "The user is in the mood for Italian cuisine."),
        ("where does the user live", "The user lives in Irvine."),
        ("what is my email address", "The user's new email is newemail@example.com."),
        ("What does she do for a living?", "The user works as a nurse at a hospital."),
        ("any food allergies", "The user is allergic to peanuts."),
        ("wedding", "The user's sister Maria is getting married in June."),
        ("order #12345", "The user is having trouble with their order #12345."),
        ("sports and hobbies", "The user likes to play tennis on weekends."),
    ],
)
def test_the_clearly_relevant_record_comes_first_with_a_clear_score(
    embedder: Embedder, query: str, best: str
) -> None:
    score, record = ranked(embedder, query)[0]
    assert record == best
    assert score >= 0.35


@pytest.mark.parametrize(
    "query", ["quantum chromodynamics lecture", "capital of France", "install a printer driver"]
)
def test_an_unrelated_query_scores_below_the_default_filter(embedder: Embedder, query: str) -> None:
    """0.2 is the filter that Strands' memory integration applies by default."""
    assert ranked(embedder, query)[0][0] < 0.2


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("What are the user's preferences for seat type ?", ["preferences", "seat"]),
        ("food preferences, cuisine; FOOD!", ["food", "preferences", "cuisine"]),
        ("what is it", []),
        ("", []),
        ('order_id #12345 "quoted" a*b', ["order", "id", "12345", "quoted", "b"]),
        ("newemail@example.com", ["newemail", "example", "com"]),
    ],
)
def test_query_terms(text: str, terms: list[str]) -> None:
    assert query_terms(text) == terms


@given(st.text(max_size=80))
def test_query_terms_are_plain_words_each_once(text: str) -> None:
    terms = query_terms(text)
    assert len(terms) == len(set(terms))
    assert all(term and "_" not in term and '"' not in term for term in terms)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("The user lives in Irvine.", "Lives in Irvine."),
        ("The user's new email is a@b.c.", "New email is a@b.c."),
        ("The user", "The user"),
        ("Mornings work best for the user.", "Mornings work best for the user."),
    ],
)
def test_without_subject(text: str, rest: str) -> None:
    assert without_subject(text) == rest


@pytest.mark.parametrize(
    ("text", "who", "rest"),
    [
        ("Caroline: I went to a support group.", "Caroline", "I went to a support group."),
        ("Ben: Thanks, Ann! It was fun.", "Ben", "Thanks, ! It was fun."),
        ("Hey Ann! How are you?", "", "Hey Ann! How are you?"),
        ("Allergies: peanuts", "", "Allergies: peanuts"),
        ("Address: 12 Elm Street, Dayton.", "", "Address: 12 Elm Street, Dayton."),
        ("The user lives in Irvine.", "", "The user lives in Irvine."),
    ],
)
def test_the_names_of_a_turn_are_its_speaker_and_are_not_embedded(text: str, who: str, rest: str) -> None:
    assert speaker(text) == who
    assert without_speaker(text) == rest


def test_names_of_speakers_leave_a_query_that_says_more() -> None:
    assert possible_names("What did Caroline say about Ben's race?") == ["Caroline", "Ben"]
    assert without_names("What is Caroline's job?", ["Caroline"]) == "What is job?"
    assert without_names("Who is Caroline?", ["Caroline"]) == "Who is Caroline?"


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_favoured_score_is_higher_and_keeps_its_order(one: float, other: float) -> None:
    assert one <= favoured(one) <= 1
    if one <= other:
        assert favoured(one) <= favoured(other)
