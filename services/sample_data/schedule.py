"""When the sessions took place: spread over the weeks before the anchor, the way people come back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from services.sample_data.script import Turn

WEEKS = 5
DAYS = 7 * WEEKS
READING_CHARACTERS_PER_SECOND = 28
TYPING_CHARACTERS_PER_SECOND = 5
MACHINE_SECONDS = {
    "ASSISTANT": (1.2, 4.5),
    "TOOL": (0.2, 1.6),
    "OTHER": (0.5, 2.0),
    "BLOB": (0.05, 0.2),
    "JSON": (0.1, 0.6),
}


def session_starts(count: int, anchor: datetime, dice: random.Random, *, recent: bool) -> list[datetime]:
    """`count` moments before the anchor, oldest first, on days of their own; the last today if `recent`."""
    regular = count - 1 if recent else count
    days = sorted(dice.sample(range(2, DAYS), regular), reverse=True)
    starts = [_daytime(anchor - timedelta(days=day), dice) for day in days]
    if recent:
        starts.append(_milliseconds(anchor - timedelta(minutes=dice.uniform(25, 300))))
    return starts


def turn_times(start: datetime, turns: tuple[Turn, ...], dice: random.Random) -> Iterator[datetime]:
    """When each turn was sent, strictly increasing: people read and type, machines answer in seconds."""
    now, shown = start, 0
    for number, turn in enumerate(turns):
        if number:
            now += timedelta(seconds=_pause_before(turn, shown, dice))
        yield _milliseconds(now)
        shown = len(turn.text)


def _pause_before(turn: Turn, shown: int, dice: random.Random) -> float:
    """Seconds that pass before a turn, `shown` being the length of the text that was answered."""
    if turn.kind != "USER":
        return dice.uniform(*MACHINE_SECONDS[turn.kind])
    reading = shown / READING_CHARACTERS_PER_SECOND
    typing = len(turn.text) / TYPING_CHARACTERS_PER_SECOND
    return dice.uniform(1.5, 6.0) + min(90.0, reading + typing)


def _daytime(moment: datetime, dice: random.Random) -> datetime:
    """The same day at an hour when people write: between seven and twenty-two, mostly in the afternoon."""
    hour = dice.triangular(7, 22, 16)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return _milliseconds(midnight + timedelta(hours=hour))


def _milliseconds(moment: datetime) -> datetime:
    """The service stores milliseconds: what is planned is then what is read back."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
