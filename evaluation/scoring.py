"""Extracted records against labels: what was found, what is wrong, what should never have been written.

A record is right when it says something that a label of its conversation names, reads well and says nothing
forbidden. It is junk when nobody could use it: it does not read well, it says something forbidden, or it was
made from a turn that holds nothing to remember. So junk is a part of what is not right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from evaluation.labels import Conversation, Pattern
from services.aws_local.wordlist import words

SAME_LABEL_OVERLAP = 0.6  # share of common telling words from which two records on one label say the same
FROM_IDLE_TURN = 0.7  # share of a record's words in a turn without content that makes it one of that turn
_UNREADABLE = re.compile(
    r"\b(?:I|I'm|I've|my|we|our|me|myself|you|your)\b"  # not rewritten to the third person
    r"|\b(\w+) \1\b(?<!that that)(?<!had had)"
    r"|^(?:It|This|That|He|She|They|His|Her|Their|There(?! (?:is|are))|And|But|So)\b"  # open
    r"|^[a-z]|[{}<>]|[,;:]$",
)
_QUOTED = re.compile(r'"[^"]*"')
_WORD = re.compile(r"[^\W_]{3,}")
_IDLE_WORDS = words("the user and their they has have his her for with that this was are not")


@dataclass(frozen=True)
class Remembered:
    """The records that a conversation led to, as texts: facts, preference documents, summary chunks."""

    facts: tuple[str, ...]
    preferences: tuple[str, ...]
    summaries: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """Counts over conversations; shares are made from sums, so that every label weighs the same."""

    labels: int = 0
    found: int = 0
    records: int = 0
    right: int = 0
    junk: int = 0
    repeated: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Tally)))

    @property
    def recall(self) -> float:
        return share(self.found, self.labels)

    @property
    def precision(self) -> float:
        return share(self.right, self.records)


@dataclass(frozen=True)
class Judged:
    """A conversation's scores, and the texts behind them for whoever improves the rules."""

    facts: Tally
    preferences: Tally
    secrets_stored: int
    corrections: int
    corrected: int
    points: int
    covered: int
    faults: tuple[str, ...]


def share(part: int, whole: int) -> float:
    """``part`` of ``whole``, 0 for an empty whole."""
    return part / whole if whole else 0.0


def preference_text(content: str) -> str:
    """The preference in a record's JSON; another text is returned as it is."""
    try:
        document = json.loads(content)
    except ValueError:
        return content
    return str(document["preference"]) if isinstance(document, dict) and "preference" in document else content


def judge(conversation: Conversation, made: Remembered) -> Judged:
    """Compares what was made of a conversation with its labels."""
    preferences = [preference_text(content) for content in made.preferences]
    known = [*conversation.facts, *conversation.preferences, *conversation.acceptable]
    liked = [*conversation.preferences, *conversation.acceptable]
    fact_tally, wrong_facts = _tally(conversation, made.facts, conversation.facts, known)
    liked_tally, wrong_liked = _tally(conversation, preferences, conversation.preferences, liked)
    faults = [f"fact {fault}" for fault in wrong_facts] + [f"preference {fault}" for fault in wrong_liked]
    everything = [*made.facts, *made.preferences, *made.summaries]
    stored = [secret for secret in conversation.secrets if any(secret in text for text in everything)]
    faults += [f"SECRET stored: {secret}" for secret in stored]
    still = [old for old in conversation.corrected if _said(old, [*made.facts, *preferences])]
    faults += [f"still says: {old.source}" for old in still]
    missing = [point for point in conversation.points if not _said(point, ["\n".join(made.summaries)])]
    faults += [f"summary lacks: {point.source}" for point in missing]
    return Judged(
        facts=fact_tally,
        preferences=liked_tally,
        secrets_stored=len(stored),
        corrections=len(conversation.corrected),
        corrected=len(conversation.corrected) - len(still),
        points=len(conversation.points),
        covered=len(conversation.points) - len(missing),
        faults=tuple(faults),
    )


def _tally(
    conversation: Conversation,
    records: Sequence[str],
    expected: Sequence[Pattern],
    acceptable: Sequence[Pattern],
) -> tuple[Tally, list[str]]:
    """The counts of one kind of record, and what is wrong in words."""
    missing = [label.source for label in expected if not _said(label, records)]
    junk = [record for record in records if is_junk(conversation, record)]
    right = [record for record in records if record not in junk and _matches_any(record, acceptable)]
    wrong = [record for record in records if record not in junk and record not in right]
    repeated = repetitions(records, acceptable)
    tally = Tally(
        len(expected), len(expected) - len(missing), len(records), len(right), len(junk), len(repeated)
    )
    kinds = {"missing": missing, "junk": junk, "wrong": wrong, "repeated": repeated}
    return tally, [f"{kind}: {text}" for kind, texts in kinds.items() for text in texts]


def _matches_any(record: str, labels: Iterable[Pattern]) -> bool:
    return any(label.matches(record) for label in labels)


def _said(label: Pattern, texts: Iterable[str]) -> bool:
    return any(label.matches(text) for text in texts)


def is_readable(text: str) -> bool:
    """Whether a record stands by itself in the third person, as far as a program can tell."""
    return _UNREADABLE.search(_QUOTED.sub("…", text)) is None


def is_junk(conversation: Conversation, record: str) -> bool:
    """Whether a record is of no use to anybody."""
    forbidden = any(label.matches(record) for label in conversation.forbidden)
    return forbidden or not is_readable(record) or _is_from_idle_turn(conversation, record)


def _is_from_idle_turn(conversation: Conversation, record: str) -> bool:
    """Whether a record repeats a turn without content more than any turn with content."""
    words = _telling(record)
    idle = _closest(
        words, (turn.text for turn in conversation.turns if turn.idle or turn.role in {"TOOL", "OTHER"})
    )
    telling = _closest(
        words, (turn.text for turn in conversation.turns if turn.role == "USER" and not turn.idle)
    )
    return idle >= FROM_IDLE_TURN and idle > telling


def _closest(words: set[str], texts: Iterable[str]) -> float:
    return max((share(len(words & _telling(text)), len(words)) for text in texts), default=0.0)


def _telling(text: str) -> set[str]:
    return {word.lower().removesuffix("s") for word in _WORD.findall(text)} - _IDLE_WORDS


def repetitions(records: Sequence[str], labels: Sequence[Pattern]) -> list[str]:
    """Records that say again what an earlier one says: the same words, or mostly, and on the same label."""
    again = []
    for place, record in enumerate(records):
        words, on = _telling(record), _labels_of(record, labels)
        for earlier in records[:place]:
            others = _telling(earlier)
            overlap = share(len(words & others), len(words | others))
            if overlap == 1 or (overlap >= SAME_LABEL_OVERLAP and on and on == _labels_of(earlier, labels)):
                again.append(record)
                break
    return again


def _labels_of(record: str, labels: Sequence[Pattern]) -> set[str]:
    return {label.source for label in labels if label.matches(record)}
