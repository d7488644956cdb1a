"""Texts that match a pattern: drawn at random, shortest, longest."""

from __future__ import annotations

import re
from functools import cache
from random import Random
from typing import Any

from tests.fuzz.model import matches

_parser: Any = re._parser  # type: ignore[attr-defined]  # Python's own reading of a pattern
_TRIES = 50
_REPEATS = 5
_LONGEST = 4_096
_OUTSIDE = "abcxyz0189"  # for a negated set such as [^/]
_CATEGORIES = {
    "CATEGORY_SPACE": " \t\n",
    "CATEGORY_NOT_SPACE": "aZ0_é",
    "CATEGORY_DIGIT": "0189",
    "CATEGORY_WORD": "aZ0_",
}


def drawn(random: Random, pattern: str, least: int = 0, most: int = _LONGEST) -> str:
    """A text that matches and has between `least` and `most` characters."""
    for _ in range(_TRIES):
        text = _text(random, _parsed(pattern))
        if len(text) < least:
            text = stretched(random, pattern, text, least)
        if least <= len(text) <= most and matches(pattern, text):
            return text
    raise LookupError(f"no text of {least} to {most} characters found for {pattern}")


def longest(random: Random, pattern: str, least: int, most: int) -> str:
    """A text of `most` characters, or the longest that repeating a character leads to."""
    text = drawn(random, pattern, least, most)
    size = most
    while size > len(text) and len(grown := stretched(random, pattern, text, size)) <= len(text):
        size -= max(1, (size - len(text)) // 2)
    return grown if size > len(text) else text


def stretched(random: Random, pattern: str, text: str, size: int) -> str:
    """The text with one character repeated until it has `size` characters, where the pattern allows."""
    places = list(range(len(text)))
    random.shuffle(places)
    for place in places:
        grown = text[:place] + text[place] * (size - len(text)) + text[place:]
        if matches(pattern, grown):
            return grown
    return text


@cache
def _parsed(pattern: str) -> Any:
    return _parser.parse(pattern)


def _text(random: Random, parts: Any) -> str:
    return "".join(_part(random, str(operation), argument) for operation, argument in parts)


def _part(random: Random, operation: str, argument: Any) -> str:  # noqa: PLR0911 - a table in the form of code
    match operation:
        case "LITERAL":
            return chr(argument)
        case "ANY" | "NOT_LITERAL":
            return random.choice(_OUTSIDE)
        case "IN":
            return _one_of(random, argument)
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, repeated = argument
            times = random.randint(least, min(most, least + _REPEATS))
            return "".join(_text(random, repeated) for _ in range(times))
        case "SUBPATTERN":
            return _text(random, argument[-1])
        case "BRANCH":
            return _text(random, random.choice(argument[1]))
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return ""
    raise NotImplementedError(f"{operation} in a pattern")


def _one_of(random: Random, choices: Any) -> str:
    if str(choices[0][0]) == "NEGATE":
        return random.choice(_OUTSIDE)
    operation, argument = random.choice(choices)
    match str(operation):
        case "RANGE":
            return chr(random.randint(*argument))
        case "CATEGORY":
            return random.choice(_CATEGORIES[str(argument)])
    return chr(argument)
