"""Whether a JSON value fits a shape of the service model: the judge's own reading, none of the endpoint's.

It looks at JSON as it stands on the wire, so it serves for requests (does the model allow this?) and for
answers (did the endpoint keep to the model?) alike. `null` is the same as absent.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

# Seconds from the epoch to the first moment of year 1, and of year 10000: what a datetime can hold.
FIRST_SECOND, END_SECOND = -62_135_596_800, 253_402_300_800
_BITS = {"integer": 31, "long": 63}


@dataclass(frozen=True)
class Number:
    """A number that Python's JSON writer would not write so: `NaN`, `1e400`, an exponent."""

    text: str

    @property
    def value(self) -> float:
        return float(self.text)

    @property
    def is_json(self) -> bool:
        """Whether JSON knows it: NaN and Infinity are no JSON."""
        return self.text.lstrip("-")[0].isdigit()


@dataclass(frozen=True)
class Problem:
    """What does not fit, and where. `kind` is one word: type, null, missing, union, enum, pattern, size, …"""

    path: str
    kind: str

    def __str__(self) -> str:
        return f"{self.path or '.'}: {self.kind}"


def problems(shape: Shape, value: Any, path: str = "", *, strict: bool = False) -> Iterator[Problem]:
    """Everything in `value` that does not fit `shape`; `strict` refuses members that the model lacks."""
    if isinstance(value, Number):
        value = value.value
    if isinstance(shape, StructureShape):
        yield from _in_structure(shape, value, path, strict)
    elif isinstance(shape, ListShape):
        yield from _in_list(shape, value, path, strict)
    elif isinstance(shape, MapShape):
        yield from _in_map(shape, value, path, strict)
    elif not _has_type(shape, value):
        yield Problem(path, "type")
    else:
        yield from _out_of_bounds(shape, value, path)


def _in_structure(shape: StructureShape, value: Any, path: str, strict: bool) -> Iterator[Problem]:
    if shape.is_document_type:
        if any(isinstance(leaf, Number) and not math.isfinite(leaf.value) for leaf in leaves(value)):
            yield Problem(path, "beyond a double")
        return
    if not isinstance(value, dict):
        yield Problem(path, "type")
        return
    members = {key(name, member): member for name, member in shape.members.items()}
    present = {name: held for name, held in value.items() if held is not None and name in members}
    if shape.is_tagged_union and len(present) != 1:
        yield Problem(path, "union")
    for name in shape.required_members:
        if key(name, shape.members[name]) not in present:
            yield Problem(_join(path, name), "missing")
    for name, held in present.items():
        yield from problems(members[name], held, _join(path, name), strict=strict)
    if strict:
        for name in value.keys() - present.keys():
            yield Problem(_join(path, name), "null" if name in members else "unknown member")


def key(name: str, member: Shape) -> str:
    """Under which name a member is among the values: in JSON its name there, in a URL or header its own."""
    return name if "location" in member.serialization else str(member.serialization.get("name", name))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _in_list(shape: ListShape, value: Any, path: str, strict: bool) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(path, "type")
        return
    yield from _out_of_bounds(shape, value, path)
    for number, element in enumerate(value, 1):
        yield from problems(shape.member, element, f"{path}.{number}", strict=strict)


def _in_map(shape: MapShape, value: Any, path: str, strict: bool) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(path, "type")
        return
    yield from _out_of_bounds(shape, value, path)
    for key, element in value.items():
        yield from problems(shape.key, key, f"{path}.key", strict=strict)
        yield from problems(shape.value, element, _join(path, key), strict=strict)


def _has_type(shape: Shape, value: Any) -> bool:
    kind = shape.type_name
    if kind == "blob":
        return _decoded(value) is not None
    if kind in {"string", "boolean"}:
        return isinstance(value, str if kind == "string" else bool)
    if kind == "timestamp" and shape.serialization.get("timestampFormat") == "iso8601":
        return isinstance(value, str) and _is_moment(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    if kind in _BITS:
        return isinstance(value, int) and -(2 ** _BITS[kind]) <= value < 2 ** _BITS[kind]
    least, end = (FIRST_SECOND, END_SECOND) if kind == "timestamp" else (-(2**1024), 2**1024)
    return least <= value < end  # not true of NaN and Infinity


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _decoded(value: Any) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except ValueError:
        return None


def _out_of_bounds(shape: Shape, value: Any, path: str) -> Iterator[Problem]:
    rules = shape.metadata
    held = _decoded(value) if shape.type_name == "blob" else value
    size = held if isinstance(held, (int, float)) else len(held or "")
    if not rules.get("min", -math.inf) <= size <= rules.get("max", math.inf):
        yield Problem(path, "range" if isinstance(held, (int, float)) else "size")
    if rules.get("enum") and value not in rules["enum"]:
        yield Problem(path, "enum")
    # A text beyond its length is judged by that alone: some patterns take for ever on a long text.
    if "pattern" in rules and size <= rules.get("max", math.inf) and not matches(rules["pattern"], value):
        yield Problem(path, "pattern")


def matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def leaves(value: Any) -> Iterator[Any]:
    """The scalars in a JSON document, found without recursion: it may be nested very deeply."""
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, Mapping):
            waiting += held.values()
        elif isinstance(held, list):
            waiting += held
        else:
            yield held


def depth(value: Any) -> int:
    """How many levels of objects and arrays there are."""
    levels, level = 0, [value]
    while level := [held for held in level if isinstance(held, (dict, list))]:
        levels += 1
        level = [child for held in level for child in (held.values() if isinstance(held, dict) else held)]
    return levels
