"""The labelled records of the finders: what their file may hold, and floors that the finders have to hold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from evaluation import finding_labels, finding_quality
from evaluation.finding_labels import Case, parse
from evaluation.labels import PARTS, BadLabels


def test_a_line_is_a_case() -> None:
    assert parse("secret | The key is ab~cd.", "x:1") == Case("secret", "The key is abcd.")
    assert parse("distinct | A b. || C d.", "x:2") == Case("distinct", "A b.", "C d.")
    assert parse("stale 2026-01-05 | T", "x:3").said_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert parse("kept /facts/ann/ | T", "x:4").namespace == "/facts/ann/"


@pytest.mark.parametrize(
    "line",
    [
        "secret The key",
        "colour | A b.",
        "secret | A b. || C d.",
        "distinct | A b.",
        "stale | A b.",
        "stale yesterday | A b.",
        "secret /facts/ | A b.",
    ],
)
def test_anything_else_is_refused_and_says_where(line: str) -> None:
    with pytest.raises(BadLabels, match="set:7"):
        parse(line, "set:7")


def test_the_set_is_large_and_its_parts_share_nothing() -> None:
    parts = [finding_labels.load(part) for part in PARTS]
    assert all(len(part) >= 150 for part in parts)
    texts = [{(case.text, case.other) for case in part} for part in parts]
    assert not texts[0] & texts[1]


# Recall, and the part of clean records that is flagged: (finder, part) -> (at least, at most).
FLOORS = {
    ("secret", "dev"): (0.95, 0.01),
    ("secret", "held_out"): (0.95, 0.01),
    ("personal", "dev"): (0.95, 0.01),
    ("personal", "held_out"): (0.95, 0.01),
    ("instruction", "dev"): (0.97, 0.02),
    ("instruction", "held_out"): (0.87, 0.025),
    ("junk", "held_out"): (0.90, 0.02),
    ("uncertain", "held_out"): (0.90, 0.02),
    ("stale", "held_out"): (0.90, 0.0),
    ("near_duplicate", "held_out"): (0.90, 0.0),
    ("contradiction", "held_out"): (0.85, 0.0),
    ("unsupported", "held_out"): (1.0, 0.0),
    ("orphaned", "held_out"): (1.0, 0.0),
}


@pytest.mark.parametrize("part", PARTS)
def test_the_finders_are_as_good_as_they_were(part: str) -> None:
    scores = finding_quality.measure(finding_labels.load(part))
    for (finder, of_part), (recall, flags) in FLOORS.items():
        if of_part == part:
            score = scores[finder]
            assert score.recall >= recall, f"{finder}: {score.recall:.2f}"
            assert score.flag_rate <= flags, f"{finder}: {score.flag_rate:.3f}"


def test_a_score_counts_both_ways() -> None:
    cases = [
        Case("secret", "The password is hunter2."),
        Case("secret", "Nothing of the kind."),
        Case("clean", "The user likes tea."),
        Case("clean", "The password is hunter2."),
    ]
    score = finding_quality.measure(cases)["secret"]
    assert (score.recall, score.precision, score.flag_rate) == (0.5, 0.5, 0.5)
    assert len(score.faults) == 2
