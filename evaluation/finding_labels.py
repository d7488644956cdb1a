"""The labelled records for the finders: one case a line, and a reader that accepts nothing else.

    personal | a record with personal data in it        also: secret, instruction, junk, uncertain, empty
    clean | a record of which no finder may say any of these
    stale 2026-01-05 | said on that day, and over by now        current 2026-01-05 | the same, not over
    orphaned /x/ann/ | a record in that namespace        kept /facts/ann/ | the same, where it belongs
    near_duplicate | one record || another one        also: duplicate, contradiction, and distinct for none
    unsupported | a record || all that its actor said        supported | the same, with a source

A tilde is left out when a line is read: with it no scanner takes a made-up key for a real one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evaluation.labels import BadLabels

FOLDER = Path(__file__).parent / "findings"
SINGLE = ("secret", "personal", "instruction", "junk", "uncertain", "empty", "clean")
DATED = ("stale", "current")
PLACED = ("orphaned", "kept")
PAIRS = ("duplicate", "near_duplicate", "contradiction", "distinct", "unsupported", "supported")
_LINE = re.compile(r"(?P<label>[a-z_]+)(?: (?P<where>\S+))? \| (?P<text>.+?)(?: \|\| (?P<other>.+))?")


@dataclass(frozen=True)
class Case:
    """A labelled record; `other` is the second record or the message, `said_at` and `namespace` are given for
    the labels that need them."""

    label: str
    text: str
    other: str | None = None
    said_at: datetime | None = None
    namespace: str | None = None


def load(part: str) -> list[Case]:
    """The cases of a part of the set ("dev" or "held_out"); raises BadLabels."""
    lines = (FOLDER / f"{part}.txt").read_text(encoding="utf-8").splitlines()
    return [
        parse(line, f"{part}:{number}")
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]


def parse(line: str, place: str) -> Case:
    """One line; raises BadLabels with the place of one that is wrong."""
    found = _LINE.fullmatch(line.replace("~", ""))
    if found is None:
        raise BadLabels(f"{place}: not a labelled record")
    label, where, other = found["label"], found["where"], found["other"]
    if (other is not None) != (label in PAIRS) or (where is not None) != (label in DATED + PLACED):
        raise BadLabels(f"{place}: {label} has too much or too little")
    if label in DATED:
        try:
            said_at = datetime.fromisoformat(str(where)).replace(tzinfo=UTC)
        except ValueError as error:
            raise BadLabels(f"{place}: {where} is no day") from error
        return Case(label, found["text"], said_at=said_at)
    if label in PLACED:
        return Case(label, found["text"], namespace=where)
    if label not in SINGLE + PAIRS:
        raise BadLabels(f"{place}: {label} is no label")
    return Case(label, found["text"], other)
