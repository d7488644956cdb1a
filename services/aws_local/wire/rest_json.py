"""The REST-JSON protocol, server side: requests to parameters, results to answers, both driven by shapes.

The mirror image of botocore's `RestJSONSerializer` and `RestJSONParser`, and tested against them.
Parsing checks JSON types only (the rest is `validation`'s): a value of the wrong type is a
ValidationException with reason CannotParse. Members that the model does not know are ignored, `null` is
the same as absent, both as on AWS.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NoReturn, TypeVar

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from services.aws_local.errors import ValidationException
from services.aws_local.wire import timestamps

T = TypeVar("T")
# Documents pass through unread, so nothing else bounds their nesting. Far below Python's recursion limit,
# far above what any client library writes.
MAX_DOCUMENT_DEPTH = 200
_INTEGER_BITS = {"integer": 31, "long": 63}


@dataclass(frozen=True)
class WireRequest:
    """The parts of an HTTP request that carry parameters. Header names are lower case."""

    labels: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class WireAnswer:
    """An HTTP answer; the body is an iterator of frames when the operation answers with an event stream,
    `is_quick` when making them keeps nobody waiting.
    """

    status: int
    headers: dict[str, str]
    body: bytes | Iterator[bytes]
    is_quick: bool = False


# --- requests ---------------------------------------------------------------------------------------


def parse_request(operation: OperationModel, request: WireRequest) -> dict[str, Any]:
    """The operation's parameters: camelCase, only members that were sent, timestamps as aware UTC datetimes.

    Raises ValidationException (reason CannotParse) for malformed JSON and wrong JSON types.
    """
    shape = operation.input_shape
    if shape is None:
        return {}
    params = _parse_body(shape, request.body)
    for name, member in _members_outside_the_body(shape).items():
        text = _located_text(member, member.serialization.get("name", name), request)
        if text is not None:
            params[name] = _parse_text(member, text, name)
    return params


def _located_text(member: Shape, name: str, request: WireRequest) -> str | Sequence[str] | None:
    """What a path label, query parameter or header says, or None when it is absent."""
    match member.serialization.get("location"):
        case "uri":
            return request.labels.get(name)
        case "querystring":
            values = request.query.get(name)
            return values if values is None or member.type_name == "list" else values[0]
        case "header":
            return request.headers.get(name.lower())
    return None


def _parse_body(shape: StructureShape, body: bytes) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    if payload is not None:
        member = shape.members[payload]
        if member.type_name == "blob":
            return {payload: body} if body else {}
        return {payload: _parse(member, load_json(body), payload)} if body else {}
    members = _members_in_the_body(shape)
    if not members or not body:
        return {}
    return _parse_members(members, _expect(load_json(body), dict, "an object", ""), "")


@cache
def _members_in_the_body(shape: StructureShape) -> dict[str, Shape]:
    return {name: m for name, m in shape.members.items() if "location" not in m.serialization}


@cache
def _members_outside_the_body(shape: StructureShape) -> dict[str, Shape]:
    return {name: m for name, m in shape.members.items() if "location" in m.serialization}


def load_json(body: bytes) -> Any:
    """A JSON document in UTF-8. Raises ValidationException for anything else, at any nesting."""
    try:
        document = _DECODER.decode(body.decode("utf-8"))
        if b"\\ud" in body.lower():  # \ud800 alone is no character: it can be neither stored nor answered
            json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise ValidationException("The body is not valid JSON in UTF-8", reason="CannotParse") from None
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _cannot_parse(path: str, why: str) -> ValidationException:
    where = f"Value at '{path}'" if path else "The body"
    text = f"{where} cannot be parsed: {why}"
    fields = [{"name": path, "message": text}] if path else []
    return ValidationException(text, reason="CannotParse", fieldList=fields)


def _expect(value: Any, kind: type[T] | tuple[type[T], ...], name: str, path: str) -> T:
    """The value when it has that JSON type. A JSON boolean is no number, though Python's is."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _cannot_parse(path, f"expected {name}, got {_json_type(value)}")
    return value


def _json_type(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _parse(shape: Shape, value: Any, path: str) -> Any:
    """A JSON value as the shape's Python value."""
    return _PARSERS[shape.type_name](shape, value, path)


def _parse_structure(shape: StructureShape, value: Any, path: str) -> Any:
    if shape.is_document_type:
        return _shallow(value, path)
    return _parse_members(shape.members, _expect(value, dict, "an object", path), path)


def _parse_members(members: Mapping[str, Shape], value: dict[str, Any], path: str) -> dict[str, Any]:
    parsed = {}
    for name, member in members.items():
        sent = value.get(member.serialization.get("name", name))
        if sent is not None:
            parsed[name] = _parse(member, sent, f"{path}.{name}" if path else name)
    return parsed


def _shallow(document: Any, path: str) -> Any:
    """The document, if it is not nested beyond MAX_DOCUMENT_DEPTH and its numbers can be answered again."""
    level = [document]
    for _ in range(MAX_DOCUMENT_DEPTH):
        if any(isinstance(value, float) and not math.isfinite(value) for value in level):
            raise _cannot_parse(path, "a number in it is beyond the range of a double")
        level = [child for value in level for child in _children(value)]
        if not level:
            return document
    raise _cannot_parse(path, f"it is nested more than {MAX_DOCUMENT_DEPTH} levels deep")


def _children(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()


def _parse_list(shape: ListShape, value: Any, path: str) -> list[Any]:
    elements = _expect(value, list, "an array", path)
    return [
        _parse(shape.member, element, f"{path}.{number}.member") for number, element in enumerate(elements, 1)
    ]


def _parse_map(shape: MapShape, value: Any, path: str) -> dict[str, Any]:
    pairs = _expect(value, dict, "an object", path)
    return {key: _parse(shape.value, element, f"{path}.{key}.member") for key, element in pairs.items()}


def _parse_string(shape: Shape, value: Any, path: str) -> str:
    return _expect(value, str, "a string", path)


def _parse_boolean(shape: Shape, value: Any, path: str) -> bool:
    return _expect(value, bool, "a boolean", path)


def _parse_integer(shape: Shape, value: Any, path: str) -> int:
    number = _expect(value, int, "an integer", path)
    if not -(2 ** _INTEGER_BITS[shape.type_name]) <= number < 2 ** _INTEGER_BITS[shape.type_name]:
        raise _cannot_parse(path, f"it does not fit into {_INTEGER_BITS[shape.type_name] + 1} bits")
    return number


def _parse_float(shape: Shape, value: Any, path: str) -> float:
    number = _expect(value, (int, float), "a number", path)
    try:
        finite = math.isfinite(number)
    except OverflowError:  # an integer beyond the range of a double
        finite = False
    if not finite:
        raise _cannot_parse(path, "it is beyond the range of a double")
    return number


def _parse_blob(shape: Shape, value: Any, path: str) -> bytes:
    try:
        return base64.b64decode(_expect(value, str, "a string", path), validate=True)
    except ValueError:
        raise _cannot_parse(path, "it is not base64") from None


def _parse_timestamp(shape: Shape, value: Any, path: str) -> datetime:
    if timestamps.timestamp_format(shape) != "unixtimestamp":
        return _parse_timestamp_text(shape, _expect(value, str, "a string", path), path)
    try:
        return timestamps.from_epoch(_parse_float(shape, value, path))
    except OverflowError:
        raise _cannot_parse(path, "it is not within the years 1 to 9999") from None


def _parse_timestamp_text(shape: Shape, text: str, path: str) -> datetime:
    try:
        return timestamps.from_text(timestamps.timestamp_format(shape), text)
    except (ValueError, OverflowError):
        raise _cannot_parse(path, "it is not a timestamp") from None


_PARSERS: dict[str, Callable[[Any, Any, str], Any]] = {
    "structure": _parse_structure,
    "list": _parse_list,
    "map": _parse_map,
    "string": _parse_string,
    "character": _parse_string,
    "boolean": _parse_boolean,
    "integer": _parse_integer,
    "long": _parse_integer,
    "float": _parse_float,
    "double": _parse_float,
    "blob": _parse_blob,
    "timestamp": _parse_timestamp,
}


def _parse_text(shape: Shape, text: str | Sequence[str], path: str) -> Any:
    """The value of a path label, query parameter or header."""
    if isinstance(shape, ListShape):
        texts = [part.strip() for part in text.split(",")] if isinstance(text, str) else text
        return [_parse_text(shape.member, part, path) for part in texts]
    if not isinstance(text, str):
        raise TypeError(f"only lists have several values, not {shape.name}")
    if shape.type_name == "string":
        return text
    if shape.type_name == "timestamp":
        return _parse_timestamp_text(shape, text, path)
    try:  # numbers and booleans are written as in JSON
        value = json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        value = text
    return _parse(shape, value, path)


# --- answers ----------------------------------------------------------------------------------------


def serialize_result(
    operation: OperationModel,
    result: Mapping[str, Any],
    frames: Callable[[StructureShape, Iterator[dict[str, Any]]], Iterator[bytes]],
) -> WireAnswer:
    """The answer for a result; `frames` encodes the events when one member is an event stream.

    Raises ValueError when the result does not fit the model: that is an error of the handler.
    """
    status = int(operation.http.get("responseCode", 200))
    shape = operation.output_shape
    if shape is None:
        return WireAnswer(status, {}, b"")
    headers = {}
    for name, member in _members_outside_the_body(shape).items():
        location = member.serialization["location"]
        if location == "statusCode":
            status = int(result.get(name, status))
        elif location == "header" and result.get(name) is not None:
            headers[member.serialization["name"]] = _header_text(member, result[name])
    body, content_type = _body(shape, result, frames)
    if status == 204:
        return WireAnswer(status, headers, b"")
    return WireAnswer(status, {"Content-Type": content_type, **headers}, body)


def _header_text(shape: Shape, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(timestamps.to_wire(shape, value) if shape.type_name == "timestamp" else value)


def _body(
    shape: StructureShape,
    result: Mapping[str, Any],
    frames: Callable[[StructureShape, Iterator[dict[str, Any]]], Iterator[bytes]],
) -> tuple[bytes | Iterator[bytes], str]:
    """The body and its content type."""
    payload = shape.serialization.get("payload")
    if payload is None:
        return dump_json(_body_members(shape, result)), "application/json"
    member = shape.members[payload]
    if isinstance(member, StructureShape) and member.serialization.get("eventstream"):
        return frames(member, iter(result[payload])), "application/vnd.amazon.eventstream"
    if member.type_name == "blob":
        return bytes(result.get(payload, b"")), "application/octet-stream"
    return dump_json(to_json(member, result.get(payload, {}))), "application/json"


def _body_members(shape: StructureShape, result: Mapping[str, Any]) -> dict[str, Any]:
    """The result as JSON, without the members that went into status and headers."""
    written: dict[str, Any] = to_json(shape, result)
    for name, member in _members_outside_the_body(shape).items():
        written.pop(member.serialization.get("name", name), None)
    return written


def dump_json(document: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return _ENCODER.encode(document).encode("utf-8")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def to_json(shape: Shape, value: Any) -> Any:
    """A Python value as the JSON value that the shape asks for. Members that are None are left out."""
    if isinstance(shape, StructureShape):
        return value if shape.is_document_type else _structure_to_json(shape, value)
    if isinstance(shape, ListShape):
        return [to_json(shape.member, element) for element in value]
    if isinstance(shape, MapShape):
        return {key: to_json(shape.value, element) for key, element in value.items()}
    return _SCALARS_TO_JSON[shape.type_name](shape, value)


_SCALARS_TO_JSON: dict[str, Callable[[Shape, Any], Any]] = {
    "string": lambda shape, value: value,
    "boolean": lambda shape, value: value,
    "integer": lambda shape, value: int(value),
    "long": lambda shape, value: int(value),
    "float": lambda shape, value: float(value),
    "double": lambda shape, value: float(value),
    "timestamp": timestamps.to_wire,
    "blob": lambda shape, value: base64.b64encode(value).decode("ascii"),
}


def _structure_to_json(shape: StructureShape, value: Mapping[str, Any]) -> dict[str, Any]:
    members = shape.members
    written = {}
    for name, element in value.items():
        if name not in members:
            raise ValueError(f"{shape.name} has no member {name}")
        if element is not None:
            json_name = members[name].serialization.get("name", name)
            written[json_name] = to_json(members[name], element)
    missing = [name for name in shape.required_members if value.get(name) is None]
    if missing:
        raise ValueError(f"{shape.name} lacks the required {', '.join(missing)}")
    return written
