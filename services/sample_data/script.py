"""The notation that the dialogues are written in, and how one becomes turns.

A script is plain text, one turn per line::

    U: Hi, it's {first}. Where is my <parcel|order>?
    A: Let me look. A line that starts with a blank
      goes on with the turn above, and
      | one that starts with a bar begins a new line of it.
    T: lookup_order(order_id='{order}') -> {"status": "in transit"}
    >> shorter-answer
    A: It arrives on {day+2}.
    <<
    B: {"intent": "order_status"}

`U`, `A`, `T`, `O` are the roles USER, ASSISTANT, TOOL and OTHER; `B` is a blob and `J` a json payload, both
JSON. `>> name` opens a branch that forks after the turn above it, `<<` returns to the main line. `{slot}` is
filled from the persona, `<this|that>` is one of the alternatives, and `{day+2}` (Friday), `{date-1}`
(November 20), `{iso+0}` (2026-11-21) are days counted from the session's own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

KINDS = {"U": "USER", "A": "ASSISTANT", "T": "TOOL", "O": "OTHER", "B": "BLOB", "J": "JSON"}

_TURN = re.compile(r"([UATOBJ]): (.*)")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_DAY = re.compile(r"\{(day|date|iso)([+-]\d+)\}")
_CHOICE = re.compile(r"<([^<>|]*(?:\|[^<>|]*)+)>")
_DAY_FORMATS = {"day": "%A", "date": "%B %-d", "iso": "%Y-%m-%d"}


@dataclass(frozen=True)
class Turn:
    """One turn of a dialogue: its kind (a role, BLOB or JSON), its text, and the branch that it stands on."""

    kind: str
    text: str
    branch: str | None = None


class BadScript(ValueError):
    """A line of a script cannot be read, or names a slot that the persona lacks."""


@cache
def parse(script: str) -> tuple[Turn, ...]:
    """The turns of a script, slots still open. Raises BadScript naming the line."""
    turns: list[Turn] = []
    branch: str | None = None
    for line in filter(str.strip, script.splitlines()):
        if line.startswith(">> "):
            branch = line[3:].strip()
        elif line.startswith("<<"):
            branch = None
        elif match := _TURN.fullmatch(line):
            turns.append(Turn(KINDS[match[1]], match[2].rstrip(), branch))
        else:
            turns.append(_continued(turns, line))
    return tuple(turns)


def _continued(turns: list[Turn], line: str) -> Turn:
    if not turns or not line.startswith(" "):
        raise BadScript(f"Not a turn of a dialogue: {line!r}")
    last, more = turns.pop(), line.strip()
    joined = "\n" + more[1:].removeprefix(" ") if more.startswith("|") else " " + more
    return replace(last, text=last.text + joined)


def fill(turn: Turn, slots: Mapping[str, str], day: date, dice: random.Random) -> Turn:
    """The turn with its slots, days and alternatives decided. Raises BadScript for an unknown slot."""
    text = _CHOICE.sub(lambda match: dice.choice(match[1].split("|")), turn.text)
    text = _DAY.sub(lambda match: _relative_day(match[1], int(match[2]), day), text)
    return replace(turn, text=_SLOT.sub(lambda match: _slot(match[1], slots), text))


def _relative_day(form: str, days: int, day: date) -> str:
    return (day + timedelta(days=days)).strftime(_DAY_FORMATS[form])


def _slot(name: str, slots: Mapping[str, str]) -> str:
    if name not in slots:
        raise BadScript(f"The persona has no slot {{{name}}}; it has {', '.join(sorted(slots)) or 'none'}.")
    return slots[name]
