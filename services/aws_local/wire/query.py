"""The query protocol of IAM and STS, server side: a form goes in, XML comes out, both driven by shapes.

The mirror image of botocore's `QuerySerializer` and `QueryParser`. Every request is `POST /`; the form's
`Action` and `Version` say which operation is meant.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4
from xml.etree.ElementTree import Element, SubElement, tostring

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from services.aws_local.errors import ServiceError, UnknownOperationException, ValidationException
from services.aws_local.wire import timestamps
from services.aws_local.wire.rest_json import WireAnswer
from services.aws_local.wire.routing import Match
from services.aws_local.wire.service_models import QUERY_SERVICES, operation_model, service_model

_FORM = "application/x-www-form-urlencoded"
_XML = "text/xml"
# What XML 1.0 cannot hold in any spelling: an answer that repeats it could not be read.
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_MOST_FIELDS = 2_000  # no request of these services has more, and lists are looked for in all of them
# Codes that these services spell otherwise (IAM and STS, "Common Errors"), and throttling's status there.
_CODES = {
    "ValidationException": "ValidationError",
    "AccessDeniedException": "AccessDenied",
    "ThrottlingException": "Throttling",
    "ExpiredTokenException": "ExpiredToken",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "InternalServerException": "InternalFailure",
    "ServiceUnavailableException": "ServiceUnavailable",
    "UnknownOperationException": "InvalidAction",
}
_STATUSES = {"Throttling": 400, "InvalidAction": 400}


def is_query(method: str, raw_path: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is one of this protocol. Header names are lower case."""
    return method == "POST" and raw_path == "/" and headers.get("content-type", "").startswith(_FORM)


def match(body: bytes) -> Match:
    """The operation that a form means; UnknownOperationException when there is none."""
    form = _form(body)
    action, version = form.get("Action", ""), form.get("Version", "")
    for service in QUERY_SERVICES:
        model = service_model(service)
        if model.api_version == version and action in model.operation_names:
            return Match(service, operation_model(service, action), {})
    named = action if action.isalnum() and action.isascii() else "(none)"  # XML takes not every character
    raise UnknownOperationException(f"Could not find operation {named[:100]} for this version")


def _form(body: bytes) -> dict[str, str]:
    """The form, each name once (the last counts); ValidationException when it is none."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise ValidationException(
            f"The body is no form in UTF-8 with at most {_MOST_FIELDS} fields", reason="CannotParse"
        ) from None
    for name, value in pairs:
        if _NOT_XML.search(name) or _NOT_XML.search(value):
            raise ValidationException("The body has characters that XML does not allow", reason="CannotParse")
    return dict(pairs)


# --- requests ---------------------------------------------------------------------------------------


def parse_request(operation: OperationModel, body: bytes) -> dict[str, Any]:
    """The operation's parameters; ValidationException for values of the wrong type."""
    if operation.input_shape is None:
        return {}
    parsed: dict[str, Any] = _parse(operation.input_shape, "", _form(body)) or {}
    return parsed


def _parse(shape: Shape, prefix: str, form: Mapping[str, str]) -> Any:
    """The value below `prefix`, or None when the form has none."""
    if isinstance(shape, StructureShape):
        return _parse_structure(shape, prefix, form)
    if isinstance(shape, ListShape):
        step = "" if shape.serialization.get("flattened") else ".member"
        return [_parse(shape.member, place, form) for place in _numbered(f"{prefix}{step}", form)] or None
    if isinstance(shape, MapShape):
        return _parse_map(shape, prefix, form)
    return _parse_scalar(shape, form[prefix], prefix) if prefix in form else None


def _parse_structure(shape: StructureShape, prefix: str, form: Mapping[str, str]) -> dict[str, Any] | None:
    parsed = {}
    for name, member in shape.members.items():
        path = f"{prefix}." if prefix else ""
        value = _parse(member, f"{path}{_wire_name(member, name)}", form)
        if value is not None:
            parsed[name] = value
    return parsed or None


def _parse_map(shape: MapShape, prefix: str, form: Mapping[str, str]) -> dict[str, Any] | None:
    step = "" if shape.serialization.get("flattened") else ".entry"
    places = _numbered(f"{prefix}{step}", form)
    return {form[f"{at}.key"]: _parse(shape.value, f"{at}.value", form) for at in places} or None


def _numbered(prefix: str, form: Mapping[str, str]) -> Iterator[str]:
    """`prefix.1`, `prefix.2` and so on, as long as the form has something there."""
    number = 1
    while any(name == f"{prefix}.{number}" or name.startswith(f"{prefix}.{number}.") for name in form):
        yield f"{prefix}.{number}"
        number += 1


def _parse_scalar(shape: Shape, text: str, path: str) -> Any:
    try:
        match shape.type_name:
            case "integer" | "long":
                return int(text)
            case "boolean":
                return {"true": True, "false": False}[text.lower()]
            case "timestamp":
                return timestamps.from_text("iso8601", text)
            case "blob":
                return base64.b64decode(text, validate=True)
    except (ValueError, KeyError, OverflowError):
        what = f"Value at '{path}' cannot be parsed: it is no {shape.type_name}"
        raise ValidationException(what, reason="CannotParse") from None
    return text


def _wire_name(member: Shape, name: str) -> str:
    return str(member.serialization.get("name", name))


# --- answers ----------------------------------------------------------------------------------------


def serialize_result(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> WireAnswer:
    """The answer for a result. ValueError when it does not fit the model: an error of the handler."""
    root = Element(f"{operation.name}Response", xmlns=_namespace(operation))
    shape = operation.output_shape
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper")
        _write_members(SubElement(root, wrapper) if wrapper else root, shape, result)
    SubElement(SubElement(root, "ResponseMetadata"), "RequestId").text = request_id
    return WireAnswer(200, {"Content-Type": _XML}, tostring(root, "utf-8"))


@cache
def _namespace(operation: OperationModel) -> str:
    return str(operation.service_model.metadata["xmlNamespace"])


def _write_members(parent: Element, shape: StructureShape, value: Mapping[str, Any]) -> None:
    for name, held in value.items():
        if name not in shape.members:
            raise ValueError(f"{shape.name} has no member {name}")
        if held is not None:
            member = shape.members[name]
            _write(parent, _wire_name(member, name), member, held)
    missing = [name for name in shape.required_members if value.get(name) is None]
    if missing:
        raise ValueError(f"{shape.name} lacks the required {', '.join(missing)}")


def _write(parent: Element, name: str, shape: Shape, value: Any) -> None:
    element = SubElement(parent, name)
    if isinstance(shape, StructureShape):
        _write_members(element, shape, value)
    elif isinstance(shape, ListShape):
        for each in value:
            _write(element, "member", shape.member, each)
    elif shape.type_name == "timestamp":
        element.text = str(timestamps.to_wire(shape, value, "iso8601"))
    elif shape.type_name == "boolean":
        element.text = str(value).lower()
    else:
        element.text = str(value)


def error_answer(error: ServiceError) -> WireAnswer:
    """`<ErrorResponse>` with the code as IAM and STS spell it."""
    code = _CODES.get(error.code, error.code)
    status = _STATUSES.get(code, error.status)
    root = Element("ErrorResponse")
    told = SubElement(root, "Error")
    for name, text in {
        "Type": "Receiver" if status >= 500 else "Sender",
        "Code": code,
        "Message": error.message,
    }.items():
        SubElement(told, name).text = text
    SubElement(root, "RequestId").text = str(uuid4())
    return WireAnswer(status, {"Content-Type": _XML, **error.headers}, tostring(root, "utf-8"))
