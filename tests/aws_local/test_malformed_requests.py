"""Malformed requests, made from the service models, against the real endpoint.

Whatever comes in, the answer is JSON in AWS's form, never a failure of the endpoint (500), and for the
operations it serves an error that the model knows.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import OperationModel
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.aws_local.wire import MEMORY_ID, OPERATIONS, sent, values
from tests.conftest import REGION, Endpoint

# Only the scope of a signature is read: it says which region's memories the request may see.
SIGNED = f"AWS4-HMAC-SHA256 Credential=testing/20260301/{REGION}/bedrock-agentcore/aws4_request"
JUNK_VALUES: list[Any] = [
    *[None, True, -1, 0, 10**30, 1.5, 1e308, -62_135_596_801, 253_402_300_800],
    *["", "x" * 20_000, "\x00", "💥\u202e", "../..", "'; --", "2026-01-01T00:00:00Z"],
    *[[], {}, [[]], [None], {"a": {"b": []}}],
]
JUNK_BODIES = [
    *[b"", b"{", b"null", b"[]", b'"text"', b"NaN", b'{"a":NaN}', b'{"memoryId":"\\ud800"}', b"{}" * 3],
    *[b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b"\xff" * 9, b"\x1f\x8b\x08\x00"],
    *[b"[" * 200_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000],
]
JUNK_PATHS = [
    "%ff",
    "%zz",
    "%00",
    "..",
    "%2e%2e",
    "a" * 5_000,
    "%F0%9F%92%A5",
    "x/y",
    "?",
    "%23",
    "{memoryId}",
    "-",
]


@pytest.fixture(scope="module")
def connection(endpoint: Endpoint) -> Iterator[http.client.HTTPConnection]:
    """One keep-alive connection: a request that breaks it is noticed."""
    opened = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=120)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def memory_id(control: Any) -> str:
    """A memory with every extracted kind of strategy, so that handlers are reached and not just refuse."""
    memory = control.create_memory(
        name=MEMORY_ID.partition("-")[0],
        eventExpiryDuration=30,
        memoryStrategies=[
            {"semanticMemoryStrategy": {"name": "Facts"}},
            {"userPreferenceMemoryStrategy": {"name": "Preferences"}},
            {"summaryMemoryStrategy": {"name": "Summaries"}},
        ],
        indexedKeys=[{"key": "priority", "type": "STRING"}],
    )["memory"]
    return str(memory["id"])


def answered(
    connection: http.client.HTTPConnection, method: str, target: str, body: bytes
) -> tuple[int, str, Any]:
    """Status, error name and JSON body."""
    connection.request(method, target, body, {"Content-Type": "application/json", "Authorization": SIGNED})
    answer = connection.getresponse()
    raw = answer.read()
    assert answer.headers["x-amzn-RequestId"]
    return answer.status, answer.headers.get("x-amzn-ErrorType", ""), json.loads(raw) if raw else {}


def is_in_form(operation: OperationModel, status: int, error: str, body: Any) -> None:
    assert status < 500, (status, error, body)
    if status >= 400:
        modelled = {shape.name for shape in operation.error_shapes}
        beyond = {"UnknownOperationException", "MethodNotAllowedException"}  # the path itself was broken
        assert error in modelled | beyond, (status, error, body)
        assert isinstance(body["message"], str)


def mutated(draw: st.DrawFn, document: Any) -> Any:
    """The document with the value at one place replaced by junk, dropped, or joined by an unknown member."""
    if isinstance(document, dict) and document and draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(document)))
        return {**document, name: mutated(draw, document[name])}
    if isinstance(document, list) and document and draw(st.integers(0, 3)):
        return [mutated(draw, document[0]), *document[1:]]
    if isinstance(document, dict) and draw(st.booleans()):
        return {**document, "unknownMember": draw(st.sampled_from(JUNK_VALUES))}
    return draw(st.sampled_from(JUNK_VALUES))


@st.composite
def well_formed(draw: st.DrawFn, operation: OperationModel, memory_id: str) -> tuple[str, str, bytes]:
    """Method, target and body of a request that keeps the model's rules, for a memory that exists."""
    request = sent(operation, draw(values(operation.input_shape, valid=True)))
    target = f"{request.path}?{request.query}" if request.query else request.path
    if operation.name == "DeleteMemory":  # the others still need it
        return request.method, target, request.body
    body = request.body.replace(MEMORY_ID.encode(), memory_id.encode())
    return request.method, target.replace(MEMORY_ID, memory_id), body


@st.composite
def malformed(draw: st.DrawFn, operation: OperationModel, memory_id: str) -> tuple[str, str, bytes]:
    """The same with one thing wrong."""
    method, target, body = draw(well_formed(operation, memory_id))
    target = target.partition("?")[0]
    match draw(st.sampled_from(["member", "member", "member", "body", "path", "query"])):
        case "member":
            body = json.dumps(mutated(draw, json.loads(body or b"{}"))).encode()
        case "body":
            body = draw(st.sampled_from(JUNK_BODIES))
        case "path":
            segments = target.split("/")
            segments[draw(st.integers(1, len(segments) - 1))] = draw(st.sampled_from(JUNK_PATHS))
            target = "/".join(segments)
        case "query":
            target += "?" + draw(
                st.sampled_from(["%ff", "=&&=", "view=%00", "tagKeys=", "namespace=%zz&namespace="])
            )
    return method, target, body


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@settings(max_examples=25)
@given(data=st.data())
def test_a_malformed_request_is_answered_in_form(
    operation: OperationModel, connection: http.client.HTTPConnection, memory_id: str, data: st.DataObject
) -> None:
    method, target, body = data.draw(malformed(operation, memory_id))

    is_in_form(operation, *answered(connection, method, target, body))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@settings(max_examples=5)
@given(data=st.data())
def test_a_well_formed_request_is_answered_in_form(
    operation: OperationModel, connection: http.client.HTTPConnection, memory_id: str, data: st.DataObject
) -> None:
    method, target, body = data.draw(well_formed(operation, memory_id))

    is_in_form(operation, *answered(connection, method, target, body))
