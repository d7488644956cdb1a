"""Regular expressions that a client chose, matched in bounded time.

Python's `re` goes back and forth over a text; a pattern such as `(a+)+b` keeps it, and the whole process
with it, busy for years on 64 characters. Here each piece of a pattern is tried once at each place of the
text, so the work is at most (length of pattern) x (length of text)^3, whatever they are.

The syntax is that of `re`, without what cannot be matched so: backreferences, lookbehind, conditionals,
flags, possessive and atomic pieces. A pattern has to match the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

Places = frozenset[int]
_NONE: Places = frozenset()

_COUNT = re.compile(r"\{(\d*)(,?)(\d*)\}")
_LITERAL_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_CATEGORIES = "dDwWsS"
_MOST_GROUPS = 60
"""Inside one another, more would be followed to the end of Python's stack."""


class UnusablePattern(ValueError):
    """The pattern is no regular expression, or one that cannot be matched in bounded time."""


class _Try:
    """One text on trial: where each piece may end, by the place at which it begins; computed once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._known: dict[tuple[int, int], Places] = {}

    def ends(self, piece: Piece, start: int) -> Places:
        key = (id(piece), start)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = piece.ends(self, start)
        return found

    def all_ends(self, piece: Piece, starts: Iterable[int]) -> Places:
        return _NONE.union(*(self.ends(piece, start) for start in starts))


class Piece:
    """A part of a pattern."""

    def ends(self, trial: _Try, start: int) -> Places:
        """Where a match that begins at `start` may end."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class _Character(Piece):
    accepts: Callable[[str], bool]

    def ends(self, trial: _Try, start: int) -> Places:
        fits = start < len(trial.text) and self.accepts(trial.text[start])
        return frozenset({start + 1}) if fits else _NONE


@dataclass(frozen=True, eq=False)
class _Sequence(Piece):
    parts: tuple[Piece, ...]

    def ends(self, trial: _Try, start: int) -> Places:
        places: Places = frozenset({start})
        for part in self.parts:
            places = trial.all_ends(part, places)
        return places


@dataclass(frozen=True, eq=False)
class _Choice(Piece):
    options: tuple[Piece, ...]

    def ends(self, trial: _Try, start: int) -> Places:
        return _NONE.union(*(trial.ends(option, start) for option in self.options))


@dataclass(frozen=True, eq=False)
class _Repeat(Piece):
    """`least` times up to `most` times; None is any number."""

    part: Piece
    least: int
    most: int | None

    def ends(self, trial: _Try, start: int) -> Places:
        places: Places = frozenset({start})
        for _ in range(min(self.least, len(trial.text) + 1)):  # more times than that: some match nothing
            places = trial.all_ends(self.part, places)
        reached, times = places, self.least
        while places and (self.most is None or times < self.most):
            places = trial.all_ends(self.part, places) - reached
            reached, times = reached | places, times + 1
        return reached


@dataclass(frozen=True, eq=False)
class _Assertion(Piece):
    """Something that holds at a place and takes up no text."""

    holds: Callable[[_Try, int], bool]

    def ends(self, trial: _Try, start: int) -> Places:
        return frozenset({start}) if self.holds(trial, start) else _NONE


def _at_end(trial: _Try, place: int) -> bool:
    """`$`: the end, or before a line feed that is the end."""
    return trial.text[place:] in {"", "\n"}


def _at_word_boundary(trial: _Try, place: int) -> bool:
    before, after = trial.text[place - 1 : place] if place else "", trial.text[place : place + 1]
    return bool(re.match(r"\w", before)) != bool(re.match(r"\w", after))


_START = _Assertion(lambda _, place: place == 0)
_SIGNS: dict[str, Piece] = {
    ".": _Character(lambda character: character != "\n"),
    "^": _START,
    "$": _Assertion(_at_end),
}
_PLACES: dict[str, Piece] = {
    "A": _START,
    "Z": _Assertion(lambda trial, place: place == len(trial.text)),
    "b": _Assertion(_at_word_boundary),
    "B": _Assertion(lambda trial, place: bool(trial.text) and not _at_word_boundary(trial, place)),
}


def check(pattern: str) -> None:
    """UnusablePattern, which says why, unless `matches` can work with the pattern."""
    _parsed(pattern)


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches the whole text; UnusablePattern as `check`."""
    return len(text) in _Try(text).ends(_parsed(pattern), 0)


@lru_cache(maxsize=256)
def _parsed(pattern: str) -> Piece:
    if pattern.count("(") > _MOST_GROUPS:
        raise UnusablePattern(f"it has more than {_MOST_GROUPS} parentheses")
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise UnusablePattern(str(error)) from None
    return _Parser(pattern).parse()


class _Parser:
    """Reads a pattern that `re` has found to be well formed."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def parse(self) -> Piece:
        return self._choice()

    def _rest(self, text: str) -> bool:
        """Whether `text` comes next; then it is passed over."""
        if not self._pattern.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def _next(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _choice(self) -> Piece:
        options = [self._sequence()]
        while self._rest("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else _Choice(tuple(options))

    def _sequence(self) -> Piece:
        parts = []
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            parts.append(self._repeated(self._one()))
        return _Sequence(tuple(parts))

    def _repeated(self, part: Piece) -> Piece:
        count = self._count()
        if count is None:
            return part
        self._rest("?")  # lazy: finds the same texts
        if self._rest("+"):
            raise UnusablePattern("possessive quantifiers are not supported")
        return _Repeat(part, *count)

    def _count(self) -> tuple[int, int | None] | None:
        for sign, count in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._rest(sign):
                return count
        found = _COUNT.match(self._pattern, self._at)
        if found is None or found[0] in {"{}", "{,}"}:
            return None
        self._at = found.end()
        least, comma, most = found.groups()
        if not comma:
            return int(least), int(least)
        return int(least or 0), int(most) if most else None

    def _one(self) -> Piece:
        match sign := self._next():
            case "(":
                return self._group()
            case "\\":
                return self._escape()
            case "[":
                return _Character(self._set())
        return _SIGNS.get(sign) or _Character(lambda character: character == sign)

    def _group(self) -> Piece:
        if self._rest("?=") or self._rest("?!"):
            wanted = self._pattern[self._at - 1] == "="
            inner = self._closed()
            return _Assertion(lambda trial, place: bool(trial.ends(inner, place)) == wanted)
        if self._rest("?P<") and self._pattern[self._at] not in "=!":
            self._at = self._pattern.index(">", self._at) + 1
        elif not self._rest("?:") and self._rest("?"):
            raise UnusablePattern("lookbehind, flags, conditionals and atomic groups are not supported")
        return self._closed()

    def _closed(self) -> Piece:
        inner = self._choice()
        self._at += 1  # the bracket
        return inner

    def _escape(self) -> Piece:
        """What a backslash and the next sign stand for."""
        sign = self._next()
        if sign in _PLACES:
            return _PLACES[sign]
        if sign in _CATEGORIES:
            category = re.compile(f"\\{sign}").fullmatch
            return _Character(lambda character: category(character) is not None)
        if sign.isalnum() and sign not in _LITERAL_ESCAPES:
            raise UnusablePattern(f"backreferences and the escape \\{sign} are not supported")
        literal = _LITERAL_ESCAPES.get(sign, sign)
        return _Character(lambda character: character == literal)

    def _set(self) -> Callable[[str], bool]:
        """A set in square brackets, as `re` itself reads it: one character costs it no time."""
        start = self._at - 1
        self._rest("^")
        self._rest("]")  # at the beginning it stands for itself
        while (sign := self._next()) != "]":
            if sign == "\\":
                self._at += 1
        one = re.compile(self._pattern[start : self._at]).fullmatch
        return lambda character: one(character) is not None
