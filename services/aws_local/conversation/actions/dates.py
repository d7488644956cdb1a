"""Days in English sentences, whole ("July 11th 2024") or in part ("the 23rd"), and what they are for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Role = Literal["start", "end"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_AHEAD = {"today": 0, "tonight": 0, "tomorrow": 1, "the day after tomorrow": 2}
_PATTERNS = (
    r"(?P<year>\d{4})-(?P<number>\d{2})-(?P<day>\d{2})",
    rf"(?P<month>{_MONTH})\.? +(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? +(?P<year>\d{{4}}))?",
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? +(?:of +)?(?P<month>{_MONTH})\.?(?:,? +(?P<year>\d{{4}}))?",
    r"(?P<number>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})",
    r"the +(?P<day>\d{1,2})(?:st|nd|rd|th)",
    r"(?P<relative>the +day +after +tomorrow|today|tonight|tomorrow)",
    r"in +(?P<ahead>\d{1,3}|a|one|two|three) +(?P<unit>day|week)s?",
    rf"(?P<weekday>{'|'.join(_WEEKDAYS)})",
)
_DATES = tuple(re.compile(rf"\b{pattern}\b", re.I) for pattern in _PATTERNS)
_START = re.compile(
    r"\b(depart\w*|leav\w*|start\w*|begin\w*|from|check[- ]?in|outbound|between|go(ing)?)\b", re.I
)
_END = re.compile(r"\b(return\w*|back|end\w*|until|till|to|through|check[- ]?out)\b", re.I)
_JOINED = re.compile(r"\s*(-|–|—|to|until|till|and|through)\s*", re.I)
_LONGER = re.compile(
    r"\b(?:(?P<number>\d+|one|two|three) +)?(?:an? +)?(?:extra|more|additional|another) +(?:\w+ +)?"
    r"(?P<unit>day|night|week)s?\b|\b(?P<later>a|an|one|two|three|\d+) +(?P<unit2>day|night|week)s? "
    r"+(?P<way>longer|later|earlier|more)\b",
    re.I,
)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}


@dataclass(frozen=True)
class Said:
    """A day that was said; what of it was left out is None. `role` is what the words before it say."""

    year: int | None
    month: int | None
    day: int
    role: Role | None
    start: int
    end: int

    def on(self, base: date) -> str | None:
        """The day as YYYY-MM-DD, what was left out taken from `base`; None when there is no such day."""
        try:
            return date(self.year or base.year, self.month or base.month, self.day).isoformat()
        except ValueError:
            return None


def said_in(text: str, today: date) -> list[Said]:
    """The days in a text, in their order."""
    found: list[tuple[re.Match[str], int | None, int | None, int]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if not any(match.start() < other.end() and other.start() < match.end() for other, *_ in found):
                found.append((match, *_parts(match, today)))
    found.sort(key=lambda each: each[0].start())
    return list(_with_roles(text, found))


def _parts(match: re.Match[str], today: date) -> tuple[int | None, int | None, int]:
    named = match.groupdict()
    ahead = _days_ahead(named, today)
    if ahead is not None:
        meant = today + timedelta(days=ahead)
        return meant.year, meant.month, meant.day
    month = named.get("month")
    number = _MONTHS.index(month[:3].lower()) + 1 if month else int(named.get("number") or 0) or None
    return int(named["year"]) if named.get("year") else None, number, int(named["day"])


def _days_ahead(named: dict[str, str | None], today: date) -> int | None:
    """How many days after today is meant; a day of the week is the next one of that name."""
    if relative := named.get("relative"):
        return _AHEAD[" ".join(relative.lower().split())]
    if weekday := named.get("weekday"):
        return (_WEEKDAYS.index(weekday.lower()) - today.weekday() - 1) % 7 + 1
    if ahead := named.get("ahead"):
        count = _NUMBERS.get(ahead.lower()) or int(ahead)
        return count * (7 if (named["unit"] or "").lower() == "week" else 1)
    return None


def _with_roles(text: str, found: list[tuple[re.Match[str], int | None, int | None, int]]) -> Iterator[Said]:
    previous: Said | None = None
    for match, year, month, day in found:
        before = text[previous.end if previous else 0 : match.start()]
        role = _role(before)
        if previous is not None and _JOINED.fullmatch(before):
            role = "end"
        previous = Said(year, month, day, role, match.start(), match.end())
        yield previous


def _role(before: str) -> Role | None:
    """What the last telling word before a day says."""
    near = before[-40:]
    starts = [match.start() for match in _START.finditer(near)]
    ends = [match.start() for match in _END.finditer(near)]
    if not starts and not ends:
        return None
    return "end" if max(ends, default=-1) > max(starts, default=-1) else "start"


def moved(text: str, day: str) -> str | None:
    """The day moved by what a text says ("an extra day", "two days later"); None when it says nothing."""
    found = _LONGER.search(text)
    if found is None:
        return None
    number = (found["number"] or found["later"] or "1").lower()
    count = _NUMBERS.get(number) or int(number)
    unit = (found["unit"] or found["unit2"]).lower()
    days = count * (7 if unit == "week" else 1)
    if (found["way"] or "").lower() == "earlier":
        days = -days
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return None
