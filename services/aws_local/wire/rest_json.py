"""The REST-JSON protocol, server side: requests to parameters, results to answers, both driven by shapes.

The mirror image of botocore's `RestJSONSerializer` and `RestJSONParser`, and tested against them.
Parsing checks JSON types only (the rest is `validation`'s): a value of the wrong type is a
ValidationException with reason CannotParse. Members that the model does not know are ignored, `null` is
the same as absent, both as on AWS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from services.aws_local import bounded_json
from services.aws_local.errors import ValidationException
from services.aws_local.wire import timestamps
from services.aws_local.wire.json_parsing import (
    Misfit,
    json_object,
    members_parser,
    parser,
    timestamp_text,
)
from services.aws_local.wire.json_writing import to_json

_DEEPEST_BODY = 500
"""More than its documents may have, so that one of these is refused by its name."""


@dataclass(slots=True)  # to make a frozen one takes four times as long, and there is one for each request
class WireRequest:
    """The parts of an HTTP request that carry parameters. Header names are lower case."""

    labels: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)  # as WireRequest
class WireAnswer:
    """An HTTP answer; the body is an iterator of what leaves one after the other when the operation answers
    with an event stream or a streaming blob, `is_quick` when making them keeps nobody waiting.
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
    try:
        return _parse_body(shape, request.body) | _parse_outside_the_body(shape, request)
    except Misfit as misfit:
        raise _cannot_parse(misfit) from None


def _parse_outside_the_body(shape: StructureShape, request: WireRequest) -> dict[str, Any]:
    parsed = {}
    for name, member in _members_outside_the_body(shape).items():
        text = _located_text(member, member.serialization.get("name", name), request)
        if text is not None:
            try:
                parsed[name] = _parse_text(member, text)
            except Misfit as misfit:
                raise misfit.within(name) from None
    return parsed


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
    if not body:
        return {}
    payload = shape.serialization.get("payload")
    if payload is not None:
        member = shape.members[payload]
        if member.type_name == "blob":
            return {payload: body}
        document = load_json(body)
        try:
            return {payload: parser(member)(document)}
        except Misfit as misfit:
            raise misfit.within(payload) from None
    parse = _body_parser(shape)
    return {} if parse is None else parse(json_object(load_json(body)))


@cache
def _body_parser(shape: StructureShape) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    """What reads the members in the body; None where all are elsewhere: then the body is not looked at."""
    members = {name: m for name, m in shape.members.items() if "location" not in m.serialization}
    return members_parser(members) if members else None


@cache
def _members_outside_the_body(shape: StructureShape) -> dict[str, Shape]:
    return {name: m for name, m in shape.members.items() if "location" in m.serialization}


def load_json(body: bytes) -> Any:
    """A JSON document in UTF-8. Raises ValidationException for anything else, at any nesting."""
    try:
        text = body.decode("utf-8")
        bounded_json.check_depth(text, _DEEPEST_BODY)
        document = _DECODER.decode(text)
        if b"\\ud" in body.lower():  # \ud800 alone is no character: it can be neither stored nor answered
            json.dumps(document, ensure_ascii=False).encode("utf-8")
    except ValueError:
        raise ValidationException("The body is not valid JSON in UTF-8", reason="CannotParse") from None
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _cannot_parse(misfit: Misfit) -> ValidationException:
    path = misfit.path
    where = f"Value at '{path}'" if path else "The body"
    text = f"{where} cannot be parsed: {misfit.why}"
    fields = [{"name": path, "message": text}] if path else []
    return ValidationException(text, reason="CannotParse", fieldList=fields)


def _parse_text(shape: Shape, text: str | Sequence[str]) -> Any:
    """The value of a path label, query parameter or header."""
    if isinstance(shape, ListShape):
        texts = [part.strip() for part in text.split(",")] if isinstance(text, str) else text
        return [_parse_text(shape.member, part) for part in texts]
    if not isinstance(text, str):
        raise TypeError(f"only lists have several values, not {shape.name}")
    if shape.type_name == "string":
        return text
    if shape.type_name == "timestamp":
        return timestamp_text(shape, text)
    try:  # numbers and booleans are written as in JSON
        value = bounded_json.read(text, parse_constant=_refuse_constant)
    except ValueError:
        value = text
    return parser(shape)(value)


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
        given = result.get(payload, b"")
        return given if isinstance(given, Iterator) else bytes(given), "application/octet-stream"
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


# Looking for circles takes a seventh of the time, and answers have none: they come from rows and from JSON.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False)
