"""Values that have a form of their own in English sentences: times, counts, addresses, places."""

from __future__ import annotations

import re

from services.aws_local.conversation.actions.tools import Parameter, stem, words

_NUMBERS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_NUMBER = rf"(?P<value>\d+(?:\.\d+)?|{'|'.join(_NUMBERS)})"
_COUNTED = re.compile(rf"(?<![\w/:.-]){_NUMBER}(?=[ -](?P<next>[a-z]+)(?: (?P<second>[a-z]+))?)", re.I)
_SMALLEST_NOUN = 4
_FOR_SOME = re.compile(
    rf"\bfor {_NUMBER}\b(?![:.]\d|\s*(?:nights?|days?|weeks?|months?|hours?|o'clock|am|pm|euros?)\b)", re.I
)
_PEOPLE = frozenset(map(stem, ("people", "persons", "guests", "party", "passengers", "travellers", "adults")))
_ALONE = re.compile(r"(?<![\w/:.-])(?P<value>\d+(?:\.\d+)?)(?![\w/:-])")
_TIME = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>[ap])\.?m\b"
    r"|\b(?P<hour2>[01]?\d|2[0-3]):(?P<minute2>[0-5]\d)\b|\b(?P<noon>noon|midday)\b",
    re.I,
)
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")
_ADDRESS = re.compile(r"\b(?:to|is)\b:?\s+(?P<value>(?=[^.?!]{0,200}\d)\w[^?!]{0,200}?)\s*[.?!]*$", re.I)


def time_in(text: str) -> str | None:
    """The time of the day as HH:MM: `7:30 pm`, `19:30`, `noon`."""
    found = _TIME.search(text)
    if found is None:
        return None
    if found["noon"]:
        return "12:00"
    if found["hour2"]:
        return f"{int(found['hour2']):02d}:{found['minute2']}"
    hour = int(found["hour"]) % 12 + (12 if found["half"].lower() == "p" else 0)
    return f"{hour:02d}:{found['minute'] or '00'}"


def count_in(parameter: Parameter, text: str) -> str | None:
    """The number of what a parameter counts: `3 nights`, `for two` where it is about people."""
    described = [*words(parameter.name), *words(parameter.description)]
    about = {stem(word) for word in described if len(word) >= _SMALLEST_NOUN}
    nouns = (
        (each, {stem((each[name] or "").lower()) for name in ("next", "second")})
        for each in _COUNTED.finditer(text)
    )
    found = next((each for each, named in nouns if named & about), None)
    found = found or (_FOR_SOME.search(text) if about & _PEOPLE else None)
    return _digits(found["value"]) if found else None


def number_in(text: str) -> str | None:
    """The only number of a text, times and days aside; None where there are several."""
    found = {match["value"] for match in _ALONE.finditer(_TIME.sub(" ", text))}
    if len(found) == 1:
        return found.pop()
    said = [word for word in words(text) if word in _NUMBERS]
    return _digits(said[0]) if len(said) == 1 and not found else None


def _digits(number: str) -> str:
    return str(_NUMBERS.index(number.lower())) if number.lower() in _NUMBERS else number


def email_in(text: str) -> str | None:
    """An email address."""
    found = _EMAIL.search(text)
    return found[0] if found else None


def address_in(text: str) -> str | None:
    """A postal address: what follows `to` or `is` and has a number."""
    found = _ADDRESS.search(text)
    return found["value"].strip() if found else None
