"""What belongs together on both sides of a comparison, and what is only on one."""

from __future__ import annotations

import json
from typing import Any

from services.workbench.comparison import Comparison, compare


def record(text: str, record_id: str = "mem-1") -> dict[str, Any]:
    return {"memoryRecordId": record_id, "content": {"text": text}}


def shape(found: Comparison) -> set[tuple[str, str | None, str | None]]:
    return {(pair.verdict, pair.ours, pair.theirs) for pair in found.pairs}


def test_the_same_words_are_the_same_and_other_words_a_change() -> None:
    found = compare(
        ["The user lives in Graz.", "The user wants e-mails about order 7.", "The user has a dog named Rex."],
        [
            record("the user lives in GRAZ", "a"),
            record("The user wants letters about order 7.", "b"),
            record("The user drives a red car.", "c"),
        ],
    )
    assert shape(found) == {
        ("same", "The user lives in Graz.", "the user lives in GRAZ"),
        ("changed", "The user wants e-mails about order 7.", "The user wants letters about order 7."),
        ("added", "The user has a dog named Rex.", None),
        ("missing", None, "The user drives a red car."),
    }
    assert {verdict: found.count(verdict) for verdict in ("same", "changed", "added", "missing")} == {
        "same": 1,
        "changed": 1,
        "added": 1,
        "missing": 1,
    }
    changed = next(pair for pair in found.pairs if pair.verdict == "changed")
    assert changed.record is not None
    assert changed.record["memoryRecordId"] == "b"
    assert "%" in changed.why


def test_each_record_has_one_partner_at_most_and_the_likest_first() -> None:
    found = compare(
        ["The user likes green tea in the morning.", "The user likes green tea."],
        [record("The user likes green tea.")],
    )
    assert shape(found) == {
        ("added", "The user likes green tea in the morning.", None),
        ("same", "The user likes green tea.", "The user likes green tea."),
    }


def test_preferences_are_known_again_by_what_is_preferred() -> None:
    def preference(context: str, preferred: str) -> str:
        return json.dumps({"context": context, "preference": preferred, "categories": ["travel"]})

    ours = preference("Chose it twice.", "Prefers an aisle seat on flights")
    theirs = preference("Said so about the flight to Lisbon.", "Prefers an aisle seat on flights")
    other = preference("Chose it twice.", "Wants vegetarian meals")
    found = compare([ours], [record(theirs), record(other, "mem-2")])
    assert shape(found) == {("changed", ours, theirs), ("missing", None, other)}


def test_summaries_are_compared_topic_by_topic() -> None:
    both = (
        '<topic name="Refund">\nThe refund failed.\n</topic>\n<topic name="Seat">\nAn aisle seat.\n</topic>'
    )
    found = compare(['<topic name="Seat">\nAn aisle seat.\n</topic>'], [record(both)])
    assert [(pair.verdict, pair.theirs) for pair in found.pairs] == [
        ("missing", '<topic name="Refund">\nThe refund failed.\n</topic>'),
        ("same", '<topic name="Seat">\nAn aisle seat.\n</topic>'),
    ]


def test_languages_without_spaces_or_latin_letters_are_compared_too() -> None:
    found = compare(
        ["用户喜欢绿茶和咖啡。", "Пользователь живёт в Граце."],
        [record("用户喜欢绿茶。"), record("Пользователь живёт в городе Граце.", "mem-2")],
    )
    assert [pair.verdict for pair in found.pairs] == ["changed", "changed"]


def test_what_other_conversations_left_is_not_missing() -> None:
    found = compare(
        [], [record("from here", "a"), record("from there", "b")], lambda row: row["memoryRecordId"] == "a"
    )
    assert shape(found) == {("missing", None, "from here"), ("elsewhere", None, "from there")}


def test_nothing_on_both_sides_is_no_difference() -> None:
    assert compare([], []).pairs == ()
