"""Holds an answer against the service model: its form, its error, its document, and what botocore reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.awsrequest import HeadersDict
from botocore.eventstream import EventStreamBuffer
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.parsers import create_parser

from tests.fuzz import rules
from tests.fuzz.damage import Expect
from tests.fuzz.model import problems
from tests.fuzz.wire import Answer

_NO_OPERATION = {
    "UnknownOperationException": 404,
    "MethodNotAllowedException": 405,
    "NotImplementedException": 501,
}
# Where another method makes it another operation: DELETE of what is read is refused while it is in use.
_OF_ANOTHER_OPERATION = {"ValidationException": 400, "ConflictException": 409}
_TOO_LARGE = {
    "RequestEntityTooLargeException": 413,
    "RequestUriTooLongException": 414,
    "RequestHeaderTooLargeException": 431,
}
_LAST = {"chunk", "returnControl"}  # of InvokeAgent
NOT_LISTED = "refused by a rule that tests/fuzz/rules.py does not list"
_PARSER: Any = create_parser("rest-json")


def findings(
    operation: OperationModel, answer: Answer, wrong: list[str], expect: Expect = Expect.AS_THE_MODEL
) -> Iterator[str]:
    """What is wrong with an answer; `wrong` is what the model says against the request's parameters."""
    if expect is Expect.NO_HTTP:
        if not 400 <= answer.status < 500 or not answer.error or json_of(answer) is None:
            yield f"status {answer.status} {answer.error} for what is no HTTP: {answer.body[:80]!r}"
        return
    if "x-amzn-requestid" not in answer.headers:
        yield "no x-amzn-RequestId"
    if answer.status >= 400:
        yield from _error(operation, answer, expect)
        if answer.status < 500:
            yield from _unfair(answer, wrong, expect)
        return
    if expect is Expect.NO_OPERATION:  # another operation may have answered: its document is not known
        return
    if expect in {Expect.REFUSED, Expect.TOO_LARGE}:
        yield "accepted what is no request"
    elif expect is Expect.AS_THE_MODEL and wrong:
        yield f"accepted although {'; '.join(wrong[:3])}"
    yield from _success(operation, answer)


def _error(operation: OperationModel, answer: Answer, expect: Expect) -> Iterator[str]:
    """An error is JSON, has a name that the operation's model knows, and that name's status and members."""
    document = json_of(answer)
    if not isinstance(document, dict) or not isinstance(document.get("message"), str):
        yield f"status {answer.status} without a JSON message: {answer.body[:80]!r}"
        return
    modelled: dict[str, Shape] = {shape.name: shape for shape in operation.error_shapes}
    further = {Expect.NO_OPERATION: _NO_OPERATION, Expect.TOO_LARGE: _TOO_LARGE}.get(expect, {})
    if answer.error in modelled:
        shape = modelled[answer.error]
        status = shape.metadata["error"]["httpStatusCode"]
        # Where the path is broken no operation is known whose model of the error would count.
        strict = expect is not Expect.NO_OPERATION
        yield from (f"error document: {each}" for each in problems(shape, document, strict=strict))
    elif answer.error in further:
        status = further[answer.error]
    elif expect is Expect.NO_OPERATION and answer.error in _OF_ANOTHER_OPERATION:
        status = _OF_ANOTHER_OPERATION[answer.error]
    else:
        yield f"error {answer.error or 'without a name'} ({answer.status}) is not modelled"
        return
    if answer.status != status:
        yield f"{answer.error} with status {answer.status} instead of {status}"
    if answer.status >= 500 and answer.status != 501:
        yield f"status {answer.status}: {document['message'][:120]}"


def _unfair(answer: Answer, wrong: list[str], expect: Expect) -> Iterator[str]:
    """A refusal for the wrong reason."""
    message = json_of(answer).get("message", "")
    is_validation = answer.error == "ValidationException"
    if expect is Expect.TOO_LARGE and answer.error not in _TOO_LARGE:
        yield f"{answer.error} for a body that is too large"
    elif expect is Expect.REFUSED and not is_validation:
        yield f"{answer.error} for what is no request"
    elif expect is Expect.AS_THE_MODEL and wrong and not is_validation:
        yield f"{answer.error} although {'; '.join(wrong[:3])}"
    elif expect is Expect.AS_THE_MODEL and not wrong and is_validation and not rules.is_listed(message):
        what = "refused although the model allows it" if rules.is_of_the_model(message) else NOT_LISTED
        yield f"{what}: {message[:200]}"


def _success(operation: OperationModel, answer: Answer) -> Iterator[str]:
    expected = int(operation.http.get("responseCode", 200))
    if answer.status != expected:
        yield f"status {answer.status} instead of {expected}"
    shape = operation.output_shape
    if shape is None or answer.status == 204:
        if answer.body:
            yield "a body where none belongs"
        return
    stream = next((m for m in shape.members.values() if m.serialization.get("eventstream")), None)
    if isinstance(stream, StructureShape):
        yield from _stream(stream, answer)
        return
    document = json_of(answer)
    if document is None:
        yield f"no JSON: {answer.body[:80]!r}"
        return
    unfit = [f"answer: {each}" for each in problems(shape, document, strict=True)]
    yield from unfit or _unread(shape, answer, document)


def _stream(shape: StructureShape, answer: Answer) -> Iterator[str]:
    """Every frame of an event stream is an event of the model."""
    buffer: Any = EventStreamBuffer()
    buffer.add_data(answer.body)
    names = []
    for message in buffer:
        name = message.headers.get(":event-type")
        names.append(name)
        if name not in shape.members:
            yield f"event {message.headers} is not modelled"
        else:
            event = problems(shape.members[name], json.loads(message.payload), strict=True)
            yield from (f"event {name}: {each}" for each in event)
    first, last = ({"trace", *_LAST}, _LAST) if "chunk" in shape.members else ({"messageStart"}, {"metadata"})
    if not names or names[0] not in first or names[-1] not in last:
        yield f"the stream has the events {names[:1]} to {names[-1:]}"


def _unread(shape: StructureShape, answer: Answer, document: Any) -> Iterator[str]:
    """What botocore makes of the answer is all of it."""
    headers = HeadersDict(answer.headers)
    response = {"status_code": answer.status, "headers": headers, "body": answer.body}
    parsed = _PARSER.parse(response, shape)
    parsed.pop("ResponseMetadata")
    if _plain(parsed) != _read(shape, document):
        yield "botocore reads something else than was sent"


def _read(shape: Shape, value: Any) -> Any:
    """What botocore is to make of a JSON value: the same, with the model's names for members."""
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        names = {m.serialization.get("name", name): (name, m) for name, m in shape.members.items()}
        return {names[key][0]: _read(names[key][1], held) for key, held in value.items() if key in names}
    if isinstance(shape, ListShape):
        return [_read(shape.member, element) for element in value]
    if isinstance(shape, MapShape):
        return {key: _read(shape.value, held) for key, held in value.items()}
    if shape.type_name == "timestamp":
        moment = datetime.fromisoformat(value).timestamp() if isinstance(value, str) else value
        return round(moment * 1000)
    return value


def _plain(value: Any) -> Any:
    """botocore's times as milliseconds."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: _plain(held) for key, held in value.items()}
    return [_plain(held) for held in value] if isinstance(value, list) else value


def json_of(answer: Answer) -> Any:
    """The JSON of an answer, or None."""
    if answer.headers.get("content-type") != "application/json":
        return None
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def not_implemented(operation: OperationModel, answer: Answer) -> Iterator[str]:
    """What is wrong with the answer to an operation that the endpoint lacks: 501 in AWS's form, naming it."""
    document = json_of(answer)
    if (answer.status, answer.error) != (501, "NotImplementedException") or not isinstance(document, dict):
        yield f"status {answer.status} {answer.error} instead of 501"
    elif operation.name not in document.get("message", ""):
        yield f"the message does not name the operation: {document.get('message')}"
