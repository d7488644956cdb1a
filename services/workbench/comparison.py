"""Memories that would be made, beside memories that exist: the same, changed, added, missing.

What belongs together is found by words: two texts are one memory in two versions when they share enough of
their telling words. That is a rule of thumb, so each answer says how much was shared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.records.contents import Episode, Fact, Preference, Reflection, Summary, parse_content
from services.records.provenance import words
from services.records.texts import summary_text

Row = dict[str, Any]
Verdict = Literal["same", "changed", "added", "missing", "elsewhere"]
VERDICTS: tuple[Verdict, ...] = ("changed", "added", "missing", "same", "elsewhere")
NEAR_ENOUGH = 0.5
"""The least part of the telling words (Dice's coefficient) that two versions of one memory share."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Pair:
    """A memory on both sides, or on one. `ours` is new, `theirs` what it is compared with, each the text of a
    record (of a summary: one topic); `record` is the stored record behind `theirs`, if it is one."""

    verdict: Verdict
    ours: str | None
    theirs: str | None
    record: Row | None
    why: str


@dataclass(frozen=True)
class Comparison:
    """All pairs, those that differ first."""

    pairs: tuple[Pair, ...]

    def count(self, verdict: Verdict) -> int:
        """How many there are of a verdict."""
        return Counter(pair.verdict for pair in self.pairs)[verdict]


@dataclass(frozen=True)
class _Unit:
    """A text that says one thing, its words without the marks of its format, and the telling ones."""

    text: str
    record: Row | None
    plain: str
    words: frozenset[str]


def compare(
    ours: Iterable[str],
    theirs: Iterable[str | Row],
    is_of_session: Callable[[Row], bool] = lambda record: True,
) -> Comparison:
    """Pairs texts of records with texts, or records as ListMemoryRecords returns them, each at most once.

    `is_of_session` guesses whether a record that has no partner stems from what was read at all; others are
    "elsewhere" rather than "missing".
    """
    new, old = [*_units(ours)], [*_units(theirs)]
    partners = _partners(new, old)
    pairs = [_pair(unit, old[partners[at]] if at in partners else None) for at, unit in enumerate(new)]
    taken = set(partners.values())
    pairs += [_left_over(unit, is_of_session) for at, unit in enumerate(old) if at not in taken]
    return Comparison(tuple(sorted(pairs, key=lambda pair: VERDICTS.index(pair.verdict))))


def readable(text: str) -> str:
    """The words of a record without the marks of its format."""
    match parse_content(text):
        case Preference(context, preference, categories):
            return ". ".join(filter(None, [preference, context, ", ".join(categories)]))
        case Summary(topics):
            return " ".join(f"{name}: {body}" if name else body for name, body in topics)
        case Episode() as episode:
            parts = [episode.situation, episode.intent, f"Reached: {episode.assessment}"]
            return " ".join([*parts, episode.justification, episode.reflection])
        case Reflection() as reflection:
            return " ".join([reflection.title, reflection.use_cases, reflection.hints])
        case Fact(plain):
            return plain


def _units(found: Iterable[str | Row]) -> Iterable[_Unit]:
    """One unit for each text, of a summary for each topic: a record holds several."""
    for each in found:
        text, record = (each, None) if isinstance(each, str) else (each["content"]["text"], each)
        content = parse_content(text)
        if isinstance(content, Summary):
            for topic in content.topics:
                part = summary_text([topic])
                yield _Unit(part, record, readable(part), _telling(readable(part)))
        else:
            yield _Unit(text, record, readable(text), _telling(_statement(text)))


def _statement(text: str) -> str:
    """The part of a record by which it is known again: of a preference not why it was believed."""
    content = parse_content(text)
    return content.preference if isinstance(content, Preference) else readable(text)


def _telling(text: str) -> frozenset[str]:
    """The telling words; of a text in another script all its words and characters, which may have no gaps."""
    found = words(text)
    others = {word for word in _WORD.findall(text.lower()) if not word.isascii()}
    return found | others | {mark for word in others for mark in word if not mark.isascii()}


def _partners(new: Sequence[_Unit], old: Sequence[_Unit]) -> dict[int, int]:
    """Which of the old each of the new is a version of: the likest first, each taken once."""
    likely = [
        (shared, -at, -other)
        for at, unit in enumerate(new)
        for other, candidate in enumerate(old)
        if (shared := _shared(unit, candidate)) >= NEAR_ENOUGH
    ]
    partners: dict[int, int] = {}
    for _, at, other in sorted(likely, reverse=True):
        if -at not in partners and -other not in partners.values():
            partners[-at] = -other
    return partners


def _shared(one: _Unit, other: _Unit) -> float:
    if one.plain == other.plain:
        return 2.0  # before any other partner, also where there is no telling word
    both = len(one.words) + len(other.words)
    return 2 * len(one.words & other.words) / both if both else 0.0


def _pair(ours: _Unit, theirs: _Unit | None) -> Pair:
    if theirs is None:
        return Pair("added", ours.text, None, None, "nothing there says this")
    if _WORD.findall(ours.plain.lower()) == _WORD.findall(theirs.plain.lower()):
        return Pair("same", ours.text, theirs.text, theirs.record, "the same words")
    shared = _shared(ours, theirs)
    why = "the same telling words" if shared >= 1 else f"{shared:.0%} of the telling words are the same"
    return Pair("changed", ours.text, theirs.text, theirs.record, why)


def _left_over(theirs: _Unit, is_of_session: Callable[[Row], bool]) -> Pair:
    if theirs.record is not None and not is_of_session(theirs.record):
        why = "probably of another conversation (a guess): no message that was read says it"
        return Pair("elsewhere", None, theirs.text, theirs.record, why)
    return Pair("missing", None, theirs.text, theirs.record, "nothing new says this")
