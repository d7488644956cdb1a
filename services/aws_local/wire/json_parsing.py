"""JSON values of requests as the Python values of shapes, by parsers that are made once for each shape.

Looking a shape's members up again for every request took half the time of reading one. Only JSON types are
checked here. Where a value stands is worked out when it does not fit, from the inside out.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from services.aws_local.wire import timestamps

Parser = Callable[[Any], Any]
# The member's name, its name in JSON, its parser.
_Member = tuple[str, str, Parser]

# Documents pass through unread, so nothing else bounds their nesting. Far below Python's recursion limit,
# far above what any client library writes.
MAX_DOCUMENT_DEPTH = 200
_INTEGER_BITS = {"integer": 31, "long": 63}


class Misfit(Exception):
    """A JSON value that is none of the shape's; `path` says where it stands."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self._steps: list[str] = []

    @property
    def path(self) -> str:
        """As AWS writes it: `payload.1.member.blob`; empty for the whole."""
        return ".".join(reversed(self._steps))

    def within(self, step: str) -> Misfit:
        """The same, seen from one level further out."""
        self._steps.append(step)
        return self


@cache
def parser(shape: Shape) -> Parser:
    """What reads a JSON value (never null) as the shape's value, or raises Misfit."""
    if isinstance(shape, StructureShape):
        return _document if shape.is_document_type else _structure(shape)
    if isinstance(shape, ListShape):
        return _list(shape)
    if isinstance(shape, MapShape):
        return _map(shape)
    return _SCALARS[shape.type_name](shape)


def members_parser(members: dict[str, Shape]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What reads those members of a JSON object; others, and null, are ignored."""
    table: list[_Member] = []

    def parse(value: dict[str, Any]) -> dict[str, Any]:
        nonlocal table
        if not table:
            # At first use: a shape may contain itself. In one step: other threads may look meanwhile.
            table = [
                (name, member.serialization.get("name", name), parser(member))
                for name, member in members.items()
            ]
        parsed = {}
        for name, json_name, parse_member in table:
            sent = value.get(json_name)
            if sent is not None:
                try:
                    parsed[name] = parse_member(sent)
                except Misfit as misfit:
                    raise misfit.within(name) from None
        return parsed

    return parse


def json_object(value: Any) -> dict[str, Any]:
    """The value, when it is a JSON object."""
    if isinstance(value, dict):
        return value
    raise _other("an object", value)


def _other(expected: str, value: Any) -> Misfit:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return Misfit(f"expected {expected}, got {names.get(type(value), 'a number')}")


def _structure(shape: StructureShape) -> Parser:
    parse_members = members_parser(shape.members)
    return lambda value: parse_members(json_object(value))


def _list(shape: ListShape) -> Parser:
    member = shape.member

    def parse(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _other("an array", value)
        parse_element = parser(member)
        parsed = []
        for element in value:
            try:
                parsed.append(parse_element(element))
            except Misfit as misfit:
                raise misfit.within(f"{len(parsed) + 1}.member") from None
        return parsed

    return parse


def _map(shape: MapShape) -> Parser:
    element_shape = shape.value

    def parse(value: Any) -> dict[str, Any]:
        parse_element = parser(element_shape)
        parsed = {}
        for key, element in json_object(value).items():
            try:
                parsed[key] = parse_element(element)
            except Misfit as misfit:
                raise misfit.within(f"{key}.member") from None
        return parsed

    return parse


def _document(value: Any) -> Any:
    """The document, if it is not nested beyond MAX_DOCUMENT_DEPTH and its numbers can be answered again."""
    level = [value]
    for _ in range(MAX_DOCUMENT_DEPTH):
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            raise Misfit("a number in it is beyond the range of a double")
        level = [child for each in level for child in _children(each)]
        if not level:
            return value
    raise Misfit(f"it is nested more than {MAX_DOCUMENT_DEPTH} levels deep")


def _children(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _other("a string", value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _other("a boolean", value)


def _integer(bits: int, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):  # a JSON boolean is no number
        raise _other("an integer", value)
    if not -(2**bits) <= value < 2**bits:
        raise Misfit(f"it does not fit into {bits + 1} bits")
    return value


def _float(value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise _other("a number", value)
    try:
        finite = math.isfinite(value)
    except OverflowError:  # an integer beyond the range of a double
        finite = False
    if not finite:
        raise Misfit("it is beyond the range of a double")
    return value


def _blob(value: Any) -> bytes:
    try:
        return base64.b64decode(_string(value), validate=True)
    except ValueError:
        raise Misfit("it is not base64") from None


def _timestamp(shape: Shape) -> Parser:
    form = timestamps.timestamp_format(shape)
    return _epoch_seconds if form == "unixtimestamp" else lambda value: timestamp_text(shape, _string(value))


def _epoch_seconds(value: Any) -> datetime:
    try:
        return timestamps.from_epoch(_float(value))
    except OverflowError:
        raise Misfit("it is not within the years 1 to 9999") from None


def timestamp_text(shape: Shape, text: str) -> datetime:
    """A timestamp that is sent as text. Raises Misfit when it is none."""
    try:
        return timestamps.from_text(timestamps.timestamp_format(shape), text)
    except (ValueError, OverflowError):
        raise Misfit("it is not a timestamp") from None


_SCALARS: dict[str, Callable[[Shape], Parser]] = {
    "string": lambda shape: _string,
    "character": lambda shape: _string,
    "boolean": lambda shape: _boolean,
    "integer": lambda shape: partial(_integer, _INTEGER_BITS["integer"]),
    "long": lambda shape: partial(_integer, _INTEGER_BITS["long"]),
    "float": lambda shape: _float,
    "double": lambda shape: _float,
    "blob": lambda shape: _blob,
    "timestamp": _timestamp,
}
