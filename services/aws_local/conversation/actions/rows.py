"""What functions returned as data: rows, and which one of them the user means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.aws_local import bounded_json
from services.aws_local.conversation.actions.tools import Parameter, Tool, words

Row = Mapping[str, str]
"""One thing by the names of its values, as text."""

DEEPEST = 8
_ORDINALS = (
    re.compile(r"\b(?:first|1st|(?:option|number) (?:1|one))\b", re.I),
    re.compile(r"\b(?:second|2nd|(?:option|number) (?:2|two))\b", re.I),
    re.compile(r"\b(?:third|3rd|(?:option|number) (?:3|three))\b", re.I),
    re.compile(r"\b(?:fourth|4th|(?:option|number) (?:4|four))\b", re.I),
)
_LAST = re.compile(r"\blast (?:one|option)\b", re.I)
_MONEY = frozenset({"price", "cost", "fare", "fee", "total", "amount"})
_WHEN = frozenset({"departs", "departure", "time", "date", "start", "begins", "arrives"})
_MARKS = frozenset({"rating", "score", "stars", "rank"})
# The words that put rows in an order, the names that they are about, and whether the greatest is meant.
_SUPERLATIVES = (
    (re.compile(r"\b(?:cheapest|least expensive|lowest price)\b", re.I), _MONEY, False),
    (re.compile(r"\b(?:most expensive|priciest)\b", re.I), _MONEY, True),
    (re.compile(r"\b(?:earliest|soonest)\b", re.I), _WHEN, False),
    (re.compile(r"\blatest\b", re.I), _WHEN, True),
    (re.compile(r"\b(?:best|highest[ -]rated|top)\b", re.I), _MARKS, True),
)
_POINTING = re.compile(r"\b(?:it|that|this|there|one|them|those)\b", re.I)
_TOKEN = re.compile(r"[\w:.-]{3,}")


def documents(result: Mapping[str, Any]) -> Iterator[Any]:
    """The JSON of a tool's result, be it in blocks of its own or in a text."""
    for block in result["content"]:
        if "json" in block:
            yield block["json"]
        elif "text" in block:
            try:
                yield bounded_json.read(block["text"])
            except ValueError:
                continue


def rows_in(document: Any, depth: int = 0) -> list[Row]:
    """The objects of the longest list in a document, else the innermost object that has plain values."""
    if isinstance(document, list):
        return [row for each in document if isinstance(each, dict) and (row := _plain(each))]
    if not isinstance(document, dict) or depth > DEEPEST:
        return []
    nested = [rows_in(each, depth + 1) for each in document.values() if isinstance(each, dict | list)]
    own = _plain(document)
    return max([*nested, [own] if own else []], key=len, default=[])


def _plain(document: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in document.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def with_value(results: Sequence[Mapping[str, Any]], parameter: Parameter) -> list[Row]:
    """The rows of the latest result that has values for a parameter."""
    for result in reversed(results):
        for document in documents(result):
            found = [row for row in rows_in(document) if value_of(row, parameter) is not None]
            if found:
                return found
    return []


def value_of(row: Row, parameter: Parameter) -> str | None:
    """What a row has for a parameter, by its name."""
    names = {parameter.name.lower(), parameter.stem.lower()}
    return next((value for name, value in row.items() if name.lower() in names), None)


def values_for(tool: Tool, row: Row) -> dict[str, str]:
    """All that a row has for a function."""
    found = {parameter.name: value_of(row, parameter) for parameter in tool.parameters}
    return {name: value for name, value in found.items() if value is not None}


def meant(rows: Sequence[Row], name: Parameter, text: str) -> Row | None:
    """The row that a text picks out: by a value that only it has, a superlative, or a place in the list.

    The only row is picked out by its `name` alone: other words of it may have been said of something else.
    """
    named = rows if len(rows) > 1 else [{name.name: value_of(row, name) or ""} for row in rows]
    place = _mentioned(named, text)
    return rows[place] if place is not None else _superlative(rows, text) or _numbered(rows, text)


def points(text: str) -> bool:
    """Whether a text speaks of something that was told before."""
    return _POINTING.search(text) is not None


def _mentioned(rows: Sequence[Row], text: str) -> int | None:
    """The place of the only row that shares most words with a text which not all rows have."""
    said = {token.strip(".-:").lower() for token in _TOKEN.findall(text)}
    tokens = [{token.lower() for value in row.values() for token in _TOKEN.findall(value)} for row in rows]
    common = set.intersection(*tokens) if len(tokens) > 1 else set()
    shared = [len((each - common) & said) for each in tokens]
    best = max(shared, default=0)
    return shared.index(best) if best and shared.count(best) == 1 else None


def _superlative(rows: Sequence[Row], text: str) -> Row | None:
    for pattern, about, greatest in _SUPERLATIVES:
        if not pattern.search(text):
            continue
        name = next((each for each in (rows[0] if rows else ()) if about & set(words(each))), None)
        if name is not None and all(name in row for row in rows):
            return (max if greatest else min)(rows, key=lambda row: _sortable(row[name]))
    return None


def _sortable(value: str) -> tuple[float, str]:
    return (float(value), "") if re.fullmatch(r"-?\d+(\.\d+)?", value) else (0.0, value)


def _numbered(rows: Sequence[Row], text: str) -> Row | None:
    place = next((at for at, pattern in enumerate(_ORDINALS) if pattern.search(text)), None)
    if place is None:
        place = len(rows) - 1 if rows and _LAST.search(text) else None
    return rows[place] if place is not None and place < len(rows) else None
