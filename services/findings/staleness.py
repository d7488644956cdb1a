"""Records whose time is over: expired, or about something that has passed since."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from services.findings.model import Evidence, Finding, Subject
from services.records.contents import Fact, Preference

SOON = timedelta(days=7)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<year>20\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>20\d\d))?\b",
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*:)(?:,?\s+(?P<year>20\d\d))?",
        rf"\b(?:in|by|until|before|end of|during)\s+(?:early\s+|late\s+|mid-?)?{_MONTH}\s+(?P<year>20\d\d)\b",
    )
)
_AHEAD = re.compile(
    r"""\b(?:will|going\sto|gonna|plans?|planning|planned|scheduled?|upcoming|booked|books
            |has\san?\s(?:\w+\s){0,2}(?:flight|trip|appointment|meeting|interview|exam|deadline
            |reservation|booking|surgery|call|demo|viewing|visit|check-?up|concert|wedding|move)
    |appointment|deadline|due|flight|flies|flying|departs?|leav(?:es|ing)|arriv(?:es|ing)|moving|moves
            |starts?|starting|begins|expires?|until|travell?ing|visiting|attending|getting\smarried
            |wedding\sis|exam\sis|interview|reservation|renews?|renewal|returns?\s(?:on|from)
            |launch(?:es|ing)?|ends?|needs?\s[^.]{0,40}\bby|wants?\s[^.]{0,40}\bby|expects|expecting
            |looking\sforward)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|went|bought|visited|attended|met|moved|started|joined|left|born|graduated"
    r"|returned|ordered|received|reported|signed|founded|married|happened|took\splace|since"
    r"|used\sto|purchased|arrived|cancel(?:l)?ed|complained|delivered|paid|created|opened|died"
    r"|finished|completed|passed)\b",
    re.IGNORECASE | re.VERBOSE,
)
_RELATIVE: tuple[tuple[re.Pattern[str], timedelta], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.VERBOSE), age)
    for pattern, age in (
        (
            r"\b(?:today|tonight|tomorrow|this\s(?:morning|afternoon|evening)|in\san?\shour|in\s(?:a\sfew"
            r"|two|three|\d{1,2})\shours|right\snow|at\sthe\smoment)\b",
            timedelta(days=3),
        ),
        (
            r"\b(?:this\s(?:week(?:end)?|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
            r"|next\s(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|week(?:end)?)"
            r"|in\s(?:a\sfew|two|three|[2-9])\sdays|until\s(?:monday|tuesday|wednesday|thursday|friday"
            r"|saturday|sunday)|later\sthis\sweek)\b",
            timedelta(days=15),
        ),
        (
            r"\b(?:this\smonth|next\smonth|in\s(?:a|one|two|three|[2-4])\sweeks?|in\sa\sfew\sweeks"
            r"|for\sthe\stime\sbeing|for\snow|temporarily|on\sholiday\suntil|out\sof\soffice)\b",
            timedelta(days=62),
        ),
        (
            r"\b(?:next\s(?:spring|summer|autumn|fall|winter|quarter|term|semester)|in\s(?:a\sfew|two"
            r"|three|six|[2-6])\smonths|these\sdays|currently|this\s(?:spring|summer|autumn|fall|winter"
            r"|quarter|term|semester|season))\b",
            timedelta(days=190),
        ),
        (r"\b(?:next\syear|this\syear|later\sthis\syear)\b", timedelta(days=370)),
    )
)


def finder(now: datetime) -> Callable[[Subject], Iterator[Finding]]:
    """The finder for a present moment."""

    def find(subject: Subject) -> Iterator[Finding]:
        if subject.expires_at is not None and subject.expires_at <= now + SOON:
            over = subject.expires_at <= now
            reason = "Its time to live is over." if over else "Its time to live ends within 7 days."
            yield Finding(subject.record_id, "expired", "medium" if over else "low", reason)
        if isinstance(subject.content, (Fact, Preference)):
            yield from _outdated(subject, now)

    return find


def _outdated(subject: Subject, now: datetime) -> Iterator[Finding]:
    announced = _AHEAD.search(subject.text)
    if announced and not _PAST.search(subject.text):
        dates = sorted(_dates(subject.text, subject.said_at), key=lambda each: each[0])
        if dates and dates[-1][0] < now.date() - timedelta(days=1):
            day, evidence = dates[-1]
            yield Finding(
                subject.record_id,
                "stale",
                "low",
                f"It announces something for {day.isoformat()}, which has passed.",
                (evidence,),
            )
            return
        if dates:
            return
    for pattern, age in _RELATIVE:
        found = pattern.search(subject.text)
        if found and now - subject.said_at > age:
            yield Finding(
                subject.record_id,
                "stale",
                "low",
                f"What it says of time was true {(now - subject.said_at).days} days ago.",
                (Evidence(*found.span(), "counted from when it was said"),),
            )
            return


def _dates(text: str, said_at: datetime) -> Iterator[tuple[date, Evidence]]:
    """The dates in a text; one without a year is the next after the text was said."""
    for pattern in _DATES:
        for found in pattern.finditer(text):
            day = _day(found.groupdict(), said_at.astimezone(UTC).date())
            if day:
                yield day, Evidence(*found.span(), "has passed")


def _day(parts: dict[str, str | None], said: date) -> date | None:
    month = (
        int(parts["number"] or 0)
        if "number" in parts
        else _MONTHS.index((parts["month"] or "")[:3].lower()) + 1
    )
    year, day = parts.get("year"), int(parts.get("day") or 28)
    try:
        if year:
            return date(int(year), month, day)
        found = date(said.year, month, day)
        return found if found >= said else date(said.year + 1, month, day)
    except ValueError:  # the 31st of a shorter month
        return None
