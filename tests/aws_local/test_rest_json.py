"""The client library is the oracle: what botocore writes we read, and what we write botocore reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.awsrequest import HeadersDict
from botocore.model import OperationModel, Shape
from botocore.parsers import create_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from services.aws_local.errors import ValidationException
from services.aws_local.wire import event_stream
from services.aws_local.wire.json_parsing import MAX_DOCUMENT_DEPTH, parser
from services.aws_local.wire.json_writing import to_json
from services.aws_local.wire.rest_json import WireRequest, parse_request, serialize_result
from services.aws_local.wire.routing import Route, Router
from services.aws_local.wire.service_models import REST_SERVICES, operation_model, service_model
from tests.aws_local.wire import MEMORY_OPERATIONS, OPERATIONS, sent, shape_used_by_two, values

ROUTER = Router(
    Route.of(service, service_model(service).operation_model(name))
    for service in REST_SERVICES
    for name in service_model(service).operation_names
)
CREATE_EVENT = operation_model("bedrock-agentcore", "CreateEvent")
# Operations that are not served have what the served ones lack: headers, raw bodies, status members.
ALL_KINDS = [
    *OPERATIONS,
    operation_model("bedrock-agentcore", "InvokeAgentRuntime"),
    operation_model("bedrock-agentcore", "StopRuntimeSession"),
    operation_model("bedrock-agentcore", "ProcessPayment"),
    operation_model("bedrock-runtime", "InvokeModel"),
    operation_model("bedrock-runtime", "ListAsyncInvokes"),
    operation_model("bedrock-agentcore-control", "DeleteHarness"),
]


def read(operation: OperationModel, params: dict[str, Any]) -> dict[str, Any]:
    """Our parse of what botocore sends, by way of our routing."""
    request = sent(operation, params)
    match = ROUTER.match(request.method, request.path)
    assert match.operation.name == operation.name
    query = parse_qs(request.query, keep_blank_values=True)
    return parse_request(match.operation, WireRequest(match.labels, query, request.headers, request.body))


@pytest.mark.parametrize("operation", ALL_KINDS, ids=lambda operation: operation.name)
@settings(max_examples=20)
@given(data=st.data())
def test_what_botocore_writes_is_read_unchanged(operation: OperationModel, data: st.DataObject) -> None:
    params = data.draw(values(operation.input_shape))
    expected = {name: value for name, value in params.items() if value != b""}

    assert read(operation, params) == expected


RAW_BODIES = {"InvokeAgentRuntime", "InvokeModel"}


@pytest.mark.parametrize(
    "operation",
    [operation for operation in ALL_KINDS if operation.name not in RAW_BODIES],
    ids=lambda operation: operation.name,
)
@settings(max_examples=20)
@given(data=st.data())
def test_botocore_reads_what_is_written(operation: OperationModel, data: st.DataObject) -> None:
    result = data.draw(values(operation.output_shape))
    result = {name: value for name, value in result.items() if name != "statusCode"}

    answer = serialize_result(operation, result, event_stream.frames)

    response = {"status_code": answer.status, "headers": HeadersDict(answer.headers), "body": answer.body}
    parsed = create_parser("rest-json").parse(response, operation.output_shape)
    parsed.pop("ResponseMetadata")
    parsed.pop("statusCode", None)
    assert parsed == result


def test_a_raw_body_goes_out_as_it_is_with_its_headers() -> None:
    result = {"body": b"\x00\xff", "contentType": "image/png"}

    answer = serialize_result(operation_model("bedrock-runtime", "InvokeModel"), result, event_stream.frames)

    assert (answer.body, answer.headers["Content-Type"]) == (b"\x00\xff", "image/png")


def test_answers_have_the_modelled_status() -> None:
    expected = {"CreateMemory": 202, "CreateEvent": 201, "TagResource": 204, "ListEvents": 200}
    for service, names in MEMORY_OPERATIONS.items():
        for name in set(names) & set(expected):
            operation = operation_model(service, name)
            assert operation.http["responseCode"] == expected[name]


def test_an_answer_with_status_204_has_no_body() -> None:
    answer = serialize_result(
        operation_model("bedrock-agentcore-control", "TagResource"), {}, event_stream.frames
    )

    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("value", [1_772_375_782.346, datetime(2026, 3, 1, 14, 36, 22, 346_000, tzinfo=UTC)])
def test_timestamps_go_out_as_epoch_seconds_to_the_millisecond(value: Any) -> None:
    operation = operation_model("bedrock-agentcore", "ListSessions")
    session = {"sessionId": "s", "actorId": "a", "createdAt": value}

    answer = serialize_result(operation, {"sessionSummaries": [session]}, event_stream.frames)

    assert b'"createdAt":1772375782.346}' in bytes(answer.body)  # type: ignore[arg-type]


def test_absent_members_are_left_out_of_answers() -> None:
    operation = operation_model("bedrock-agentcore", "ListActors")

    answer = serialize_result(operation, {"actorSummaries": [], "nextToken": None}, event_stream.frames)

    assert answer.body == b'{"actorSummaries":[]}'


@pytest.mark.parametrize(
    ("result", "complaint"),
    [({"actors": []}, "no member actors"), ({"actorSummaries": None}, "lacks the required actorSummaries")],
)
def test_a_result_that_does_not_fit_the_model_is_refused(result: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        serialize_result(operation_model("bedrock-agentcore", "ListActors"), result, event_stream.frames)


def body(**members: Any) -> bytes:
    event = {"actorId": "a", "eventTimestamp": 1.5, "payload": [], **members}
    return json.dumps(event).encode()


def parse(raw: bytes) -> dict[str, Any]:
    return parse_request(CREATE_EVENT, WireRequest(labels={"memoryId": "m"}, body=raw))


def test_unknown_members_and_nulls_are_ignored() -> None:
    assert parse(body(colour="red", sessionId=None)).keys() == {
        "memoryId",
        "actorId",
        "eventTimestamp",
        "payload",
    }


@pytest.mark.parametrize(
    ("members", "path", "complaint"),
    [
        ({"actorId": 5}, "actorId", "expected a string, got a number"),
        ({"actorId": ["a"]}, "actorId", "expected a string, got an array"),
        ({"payload": {}}, "payload", "expected an array, got an object"),
        ({"payload": [None]}, "payload.1.member", "expected an object, got null"),
        (
            {"payload": [{"conversational": {"content": "hi"}}]},
            "payload.1.member.conversational.content",
            "string",
        ),
        ({"metadata": {"k": {"stringValue": True}}}, "metadata.k.member.stringValue", "got a boolean"),
        ({"eventTimestamp": "2026-01-01T00:00:00Z"}, "eventTimestamp", "expected a number, got a string"),
        ({"eventTimestamp": True}, "eventTimestamp", "expected a number, got a boolean"),
        ({"eventTimestamp": 1e300}, "eventTimestamp", "not within the years 1 to 9999"),
        ({"eventTimestamp": 10**400}, "eventTimestamp", "beyond the range of a double"),
    ],
)
def test_wrong_json_types_name_the_member(members: dict[str, Any], path: str, complaint: str) -> None:
    with pytest.raises(ValidationException, match=complaint) as refused:
        parse(body(**members))

    assert refused.value.members["reason"] == "CannotParse"
    assert refused.value.members["fieldList"][0]["name"] == path


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"actorId": NaN}',
        b'{"actorId": "\\ud800"}',
        b'{"payload":' + b"[" * 200_000,
        b'{"eventTimestamp": ' + b"1" * 5_000 + b"}",
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_what_is_not_json_is_refused(raw: bytes) -> None:
    with pytest.raises(ValidationException) as refused:
        parse(raw)

    assert refused.value.members["reason"] == "CannotParse"


def test_documents_come_through_unchanged_up_to_a_depth() -> None:
    def nested(depth: int) -> Any:
        document: Any = "core"
        for _ in range(depth):
            document = [document]
        return document

    deep = nested(MAX_DOCUMENT_DEPTH - 1)
    assert parse(body(payload=[{"blob": deep}]))["payload"] == [{"blob": deep}]
    with pytest.raises(ValidationException, match="nested more than"):
        parse(body(payload=[{"blob": nested(MAX_DOCUMENT_DEPTH)}]))


@pytest.mark.parametrize("literal", [b"1e400", b'{"a": [-1e999]}'])
def test_a_document_with_a_number_that_cannot_be_answered_is_refused(literal: bytes) -> None:
    with pytest.raises(ValidationException, match="beyond the range of a double"):
        parse(body(payload=[{"blob": "X"}]).replace(b'"X"', literal))


@pytest.mark.parametrize(
    "use",
    [lambda shape, value: parser(shape)(value), to_json],
    ids=["read", "write"],
)
def test_two_threads_at_the_first_use_of_a_shape_lose_nothing(use: Callable[[Shape, Any], Any]) -> None:
    pair = {"first": "a", "second": "b"}
    shape, seen = shape_used_by_two(lambda shape: use(shape, pair))

    assert use(shape, pair) == pair
    assert seen == [pair]
