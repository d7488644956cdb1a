"""What `make eval` stands on: the format of the labels, the scores, the LoCoMo loader, the floors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.servers import CannotMeasure
from evaluation import driving, labels, locomo, report, retrieval, scoring
from evaluation.labels import BadLabels, Conversation, Pattern
from evaluation.rankers import by_full_text
from evaluation.scoring import Remembered
from services.aws_local.extraction import extract
from services.aws_local.extraction.messages import Message, conversational_messages

FILE = """domain: travel
actor: priya
session: 2026-03-03 10:15
USER: I live in Basel and my card is 4111.
ASSISTANT: Noted. Window or aisle?
USER-: How much is a window seat?
session: 2026-03-04 09:00
USER: I moved to Bern.
---
fact: lives & Basel|Bern
pref: aisle
ok: moved
forbid: how much
secret: 4111
corrected: lives & Basel
point: seat
ask: Where does she live? => Bern
"""


def conversation(text: str = FILE) -> Conversation:
    return labels.parse("made_up", text)


def test_a_file_is_read_with_the_time_of_each_turn() -> None:
    read = conversation()
    assert (read.domain, read.actor, read.strands) == ("travel", "priya", False)
    assert [len(session) for session in read.sessions] == [3, 1]
    assert read.sessions[0][2].at == datetime(2026, 3, 3, 10, 16, tzinfo=UTC)
    assert [turn.idle for turn in read.turns] == [False, False, True, False]
    assert read.secrets == ("4111",)
    assert read.questions[0].text == "Where does she live?"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("USER: I live", "User: I live", "made_up:4"),
        ("actor: priya\n", "", "'actor'"),
        ("session: 2026-03-03 10:15", "session: yesterday", "made_up:3"),
        ("pref: aisle", "prefers: aisle", "made_up:11"),
        ("ok: moved", "ok: moved & ", "empty phrase"),
        ("ok: moved", "ok: !moved", "nothing to look for"),
        (" => Bern", "", "without '=>'"),
        ("---\n", "", "no line '---'"),
        ("USER: I moved to Bern.\n", "", "without turns"),
    ],
)
def test_anything_else_is_refused_and_says_where(old: str, new: str, complaint: str) -> None:
    with pytest.raises(BadLabels, match=complaint):
        conversation(FILE.replace(old, new, 1))


@pytest.mark.parametrize(
    ("pattern", "text", "says_it"),
    [
        ("work", "The user works at home.", True),
        ("work", "The user likes homework.", False),
        ("home|office & work", "Works in an OFFICE.", True),
        ("home & work", "The user works.", False),
        ("lives & !no longer", "The user no longer lives in Basel.", False),
        ("C++|$5", "Costs $5.", True),
    ],
)
def test_patterns(pattern: str, text: str, says_it: bool) -> None:
    assert Pattern.of(pattern).matches(text) is says_it


def test_the_set_is_large_mixed_and_split() -> None:
    parts = {part: labels.load(part) for part in labels.PARTS}
    everything = [each for part in parts.values() for each in part]
    assert sum(len(list(each.turns)) for each in everything) >= 300
    for part in parts.values():
        assert len({each.domain for each in part}) >= 6
        assert any(each.secrets for each in part)
        assert any(each.corrected for each in part)
        assert any(turn.role == "TOOL" for each in part for turn in each.turns)
        assert any(turn.role == "OTHER" for each in part for turn in each.turns)
    actors = [each.actor for each in everything]
    assert len(actors) == len(set(actors))


def test_a_conversation_is_judged_by_its_labels() -> None:
    made = Remembered(
        facts=(
            "The user lives in Bern.",  # right
            "The user lives in Basel.",  # right, but corrected since
            "I like trains.",  # junk: not rewritten
            "The user asked how much a window seat is.",  # junk: forbidden
            "The user owns a boat.",  # wrong: no label
        ),
        preferences=('{"preference": "Prefers an aisle seat", "context": "", "categories": []}',),
        summaries=('<topic name="Seats"> The card is 4111. </topic>',),
    )
    judged = scoring.judge(conversation(), made)
    assert (judged.facts.labels, judged.facts.found) == (1, 1)
    assert (judged.facts.records, judged.facts.right, judged.facts.junk) == (5, 2, 2)
    assert (judged.preferences.recall, judged.preferences.precision) == (1.0, 1.0)
    assert judged.secrets_stored == 1
    assert (judged.corrections, judged.corrected) == (1, 0)
    assert (judged.points, judged.covered) == (1, 1)
    assert "fact wrong: The user owns a boat." in judged.faults
    figures = report.figures([judged])
    assert figures["junk"] == pytest.approx(2 / 6)
    assert figures["corrections handled"] == 0


def test_a_record_of_a_turn_without_content_is_junk() -> None:
    assert scoring.is_junk(conversation(), "A window seat is much.")
    assert not scoring.is_junk(conversation(), "The user moved to Bern.")


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("The user lives in Bern.", True),
        ('The user asked "Where is my bag?"', True),
        ("The user likes my dog.", False),
        ("The user has has a dog.", False),
        ("It was broken.", False),
        ("lives in Bern", False),
    ],
)
def test_readable_records(text: str, readable: bool) -> None:
    assert scoring.is_readable(text) is readable


def test_repetitions_are_the_same_words_or_mostly_so_on_one_label() -> None:
    label = Pattern.of("dog")
    said = [
        "The user has a brown dog.",
        "The user has a dog, brown.",
        "The user has a cat.",
        "The dog barks.",
    ]
    assert scoring.repetitions(said, [label]) == ["The user has a dog, brown."]


def test_recall_and_reciprocal_rank() -> None:
    found = retrieval.measured([[True], [False] * 6 + [True], [False, False]])
    assert found.recall == (pytest.approx(1 / 3), pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found.mrr == pytest.approx((1 + 1 / 7) / 3)


def test_full_text_alone_finds_inflected_words_and_nothing_else() -> None:
    rank = by_full_text(["She runs daily.", "A cat.", "Running shoes"])
    assert sorted(rank("Where does she run?")) == [0, 2]
    assert rank("what is it") == []


def locomo_file(folder: Path, **changes: Any) -> Path:
    spoken = {
        "speaker_a": "Ann",
        "speaker_b": "Ben",
        "session_10_date_time": "7:55 pm on 9 June, 2023",
        "session_10": [{"speaker": "Ben", "dia_id": "D10:1", "text": "I ran a race."}],
        "session_2_date_time": "1:56 pm on 8 May, 2023",
        "session_2": [
            {"speaker": "Ann", "dia_id": "D2:1", "text": "Look!", "blip_caption": "a red kite"},
            {"speaker": "Ben", "dia_id": "D2:2", "text": "Wow, Ann!"},
        ],
    }
    asked = [
        {"question": "What did Ben run?", "answer": "A race", "evidence": ["D10:1"], "category": 4},
        {"question": "Both?", "answer": "…", "evidence": ["D2:1; D10:1", "D99:9"], "category": 1},
        {"question": "Unknown?", "answer": "…", "evidence": ["D99:9"], "category": 2},
        {"question": "Trick?", "adversarial_answer": "…", "evidence": ["D2:1"], "category": 5},
    ]
    path = folder / "locomo10.json"
    path.write_text(json.dumps([{"conversation": spoken, "qa": asked} | changes]), encoding="utf-8")
    return path


def test_a_locomo_file_is_read_in_the_order_of_its_sessions(tmp_path: Path) -> None:
    (dialogue,) = locomo.load(locomo_file(tmp_path))
    assert dialogue.turns == ("Ann: Look! [a red kite]", "Ben: Wow, Ann!", "Ben: I ran a race.")
    assert dialogue.times[0] == datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
    assert dialogue.times[2] == datetime(2023, 6, 9, 19, 55, tzinfo=UTC)
    assert [(each.category, each.evidence) for each in dialogue.questions] == [(4, {2}), (1, {0, 2})]


@pytest.mark.parametrize("changes", [{"conversation": {}, "qa": [{}]}, {"qa": None}, {"conversation": []}])
def test_a_file_that_is_not_locomo_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(CannotMeasure, match="no LoCoMo file"):
        locomo.load(locomo_file(tmp_path, **changes))


@pytest.mark.parametrize(
    ("entries", "evidence"),
    [
        (["D2:2 D10:1"], {1, 2}),
        (["D:2:2"], {1}),
        (["D10:01"], {2}),
        (["D", "D2:1"], {0}),
    ],
)
def test_evidence_as_the_published_file_writes_it(
    tmp_path: Path, entries: list[str], evidence: set[int]
) -> None:
    asked = [{"question": "Who?", "answer": "…", "evidence": entries, "category": 1}]
    (dialogue,) = locomo.load(locomo_file(tmp_path, qa=asked))
    assert [each.evidence for each in dialogue.questions] == [evidence]


def test_sessions_that_have_a_date_but_no_turns_are_left_out(tmp_path: Path) -> None:
    spoken = {
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [{"speaker": "Ann", "dia_id": "D1:1", "text": "Hi!"}],
        "session_2_date_time": "12:19 am on 4 January, 2024",
    }
    (dialogue,) = locomo.load(locomo_file(tmp_path, conversation=spoken, qa=[]))
    assert dialogue.turns == ("Ann: Hi!",)


def test_recall_of_evidence() -> None:
    assert locomo.recall([4, 2, 9], frozenset({2, 7}), cut=2) == 0.5


def test_reciprocal_rank_of_evidence() -> None:
    assert locomo.reciprocal_rank([4, 2, 7], frozenset({2, 7})) == 0.5
    assert locomo.reciprocal_rank(range(100), frozenset({retrieval.LOOKED_AT})) == 0


def rules_on(each: Conversation) -> Remembered:
    """What the rules make of a conversation, session by session, without consolidation."""
    made: dict[str, list[str]] = {"SEMANTIC": [], "USER_PREFERENCE": [], "SUMMARIZATION": []}
    for number in range(len(each.sessions)):
        said = [message for event in events(each, number) for message in event]
        for strategy_type, contents in made.items():
            contents += [found.content for found in extract(strategy_type, said, [])]
    facts, preferences, summaries = (tuple(dict.fromkeys(contents)) for contents in made.values())
    return Remembered(facts, preferences, summaries)


def events(each: Conversation, number: int) -> list[list[Message]]:
    return [
        conversational_messages(event | {"eventId": f"event-{place}"})
        for place, event in enumerate(driving.events_of(each, number))
    ]


def test_the_rules_keep_their_floors_on_the_part_they_were_written_with() -> None:
    """Consolidation and the held-out part are measured by `make eval`, through the endpoint."""
    figures = report.figures([scoring.judge(each, rules_on(each)) for each in labels.load("dev")])
    missed = {name: value for name, value in figures.items() if "MISSED" in report.verdict(name, value)}
    assert missed == {}
    assert figures["preference recall"] >= 0.80
    assert figures["summary points covered"] >= 0.80
