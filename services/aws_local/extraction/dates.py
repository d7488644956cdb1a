"""Relative dates -> absolute ones, since a record is read long after "yesterday" was said."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
}
NUMBERS |= {"nine": 9, "ten": 10, "a couple of": 2}
COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
WEEKDAY = rf"(?P<weekday>{'|'.join(WEEKDAYS)})"
# A preposition before the phrase stays, ours is left out: "for this Sunday" -> "for Sunday, 3 August 2025".
PREPOSITION = r"(?P<preposition>\b(?:on|in|for|by|until|till|since|from|before|after|to|of|at|through)\s+)?"

THE_SAME = ("that's ", "it's ", "that is ", "that was ", "it was ")
AS_SUBJECT = re.compile(r" (?:is|was|were|will be|has been|would be)\b")

Resolve = Callable[[re.Match[str], date], tuple[str, str] | None]


def resolve_dates(text: str, said: datetime) -> str:
    """``text`` with its relative dates replaced by what they meant when it was said."""
    today = said.date()
    for pattern, resolve in RULES:
        text = pattern.sub(lambda match, rule=resolve: _replacement(match, rule, today), text)  # type: ignore[misc]
    return text


def _replacement(match: re.Match[str], resolve: Resolve, today: date) -> str:
    try:
        resolved = resolve(match, today)
    except (
        OverflowError,
        ValueError,
    ):  # a date beyond what a calendar can hold ("in 999 years"): leave the words
        return match.group()
    if resolved is None:
        return match.group()
    ours, phrase = resolved
    if match.string[: match.start()].endswith(THE_SAME):  # "in 1980, that's 45 years ago"
        return match.group()
    if not match["preposition"] and AS_SUBJECT.match(match.string, match.end()):
        return phrase  # "last year was hard"
    preposition = (match["preposition"] or "").strip() or ours
    return f"{preposition} {phrase}".strip()


def long_date(day: date) -> str:
    """14 July 2023."""
    return f"{day.day} {day:%B %Y}"


def _on(offset: int, lead: str = "on") -> Resolve:
    return lambda match, today: (lead, long_date(today + timedelta(days=offset)))


def _part_of(offset: int) -> Resolve:
    def resolve(match: re.Match[str], today: date) -> tuple[str, str]:
        return "on", f"the {match['part'].lower()} of {long_date(today + timedelta(days=offset))}"

    return resolve


def _weekday(match: re.Match[str], today: date) -> tuple[str, str]:
    """Last: before today; this: from today on; next: in the week after this one."""
    wanted = WEEKDAYS.index(match["weekday"].lower())
    ahead = (wanted - today.weekday()) % 7
    which = match["which"].lower()
    if which == "last":
        ahead -= 7
    elif which == "next":
        ahead = wanted - today.weekday() + 7
    day = today + timedelta(days=ahead)
    return "on", f"{day:%A}, {long_date(day)}"


def _span(match: re.Match[str], today: date) -> tuple[str, str] | None:
    step = {"last": -1, "this": 0, "next": 1}[match["which"].lower()]
    unit = match["unit"].lower()
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
    if unit == "week":
        return "in", f"the week of {long_date(monday)}"
    if unit == "weekend":
        return "on", f"the weekend of {long_date(monday + timedelta(days=5))}"
    if unit == "month":
        return "in", f"{_month(today, step):%B %Y}"
    return "in", str(today.year + step)


def _month(today: date, step: int) -> date:
    months = today.year * 12 + today.month - 1 + step
    return date(months // 12, months % 12 + 1, 1)


def _ago(match: re.Match[str], today: date) -> tuple[str, str] | None:
    return _distance(match, today, -1)


def _ahead(match: re.Match[str], today: date) -> tuple[str, str] | None:
    return _distance(match, today, 1)


def _distance(match: re.Match[str], today: date, sign: int) -> tuple[str, str] | None:
    words = match["count"].lower()
    count = sign * (int(words) if words.isdigit() else NUMBERS[words])
    unit = match["unit"].lower()
    if unit == "day":
        return "on", long_date(today + timedelta(days=count))
    if unit == "week":
        return "around", long_date(today + timedelta(weeks=count))
    if unit == "month":
        return "around", f"{_month(today, count):%B %Y}"
    return "around", str(today.year + count)


def _rule(pattern: str, resolve: Resolve) -> tuple[re.Pattern[str], Resolve]:
    return re.compile(
        rf"(?<!\bthe )(?<!\bevery ){PREPOSITION}\b{pattern}\b(?!['’]s\b)", re.IGNORECASE
    ), resolve


RULES: tuple[tuple[re.Pattern[str], Resolve], ...] = (
    _rule(r"(?:the )?day before yesterday", _on(-2)),
    _rule(r"(?:the )?day after tomorrow", _on(2)),
    _rule(r"this (?P<part>morning|afternoon|evening)", _part_of(0)),
    _rule(r"yesterday (?P<part>morning|afternoon|evening|night)", _part_of(-1)),
    _rule(r"tomorrow (?P<part>morning|afternoon|evening|night)", _part_of(1)),
    _rule(r"last (?P<part>night|evening)", _part_of(-1)),
    _rule(r"tonight", _on(0, "on the evening of")),
    _rule(r"yesterday", _on(-1)),
    _rule(r"tomorrow", _on(1)),
    _rule(r"today", _on(0)),
    _rule(rf"(?P<which>last|this|this coming|next) {WEEKDAY}", _weekday),
    _rule(r"(?P<which>last|this|next) (?P<unit>weekend|week|month|year)", _span),
    _rule(rf"{COUNT} (?P<unit>day|week|month|year)s? ago", _ago),
    _rule(rf"in {COUNT} (?P<unit>day|week|month|year)s?(?: time)?", _ahead),
)
