"""Requests that are broken as JSON, as a path or as HTTP, one law each; `tests/fuzz` sends the thousands.

They go out as raw bytes over one keep-alive connection: no client library would send them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import REGION, Endpoint
from tests.fuzz.wire import Answer, Connection, Request

SIGNED = f"AWS4-HMAC-SHA256 Credential=testing/20260301/{REGION}/bedrock-agentcore/aws4_request"
TURN = {"conversational": {"role": "USER", "content": {"text": "hi"}}}
EVENT = {"actorId": "alice", "sessionId": "s", "eventTimestamp": 1_772_375_782.346, "payload": [TURN]}
CANNOT_PARSE = (400, "ValidationException", "CannotParse")
INVALID = (400, "ValidationException", "FieldValidationFailed")


@pytest.fixture(scope="module")
def connection(endpoint: Endpoint) -> Iterator[Connection]:
    """One connection for all: a request that spoils it is noticed by the next."""
    opened = Connection(endpoint.port, seconds=120)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def memory_id(control: Any) -> str:
    return str(control.create_memory(name="Malformed", eventExpiryDuration=30)["memory"]["id"])


def ask(connection: Connection, method: str, target: str, body: bytes = b"", **settings: Any) -> Answer:
    headers = {"Authorization": SIGNED} | settings.pop("headers", {})
    return connection.ask(Request(method, target, headers, body, **settings))


def told(answer: Answer) -> tuple[int, str, str]:
    """Status, error name and reason."""
    assert answer.headers["content-type"] == "application/json"
    return answer.status, answer.error, json.loads(answer.body).get("reason", "")


def event(**members: Any) -> bytes:
    return json.dumps(EVENT | members).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"null", b"[]", b'"text"', b"{}{}", b"{'a':1}", b"<html></html>", b'{"a":NaN}',
        b'{"a":"\\ud800"}', b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b'{"a":"\xff"}', b"\x1f\x8b\x08\x00",
        b"[" * 100_000, event(eventTimestamp=float("nan")), event(payload=[{"blob": float("inf")}]),
        event().replace(b"1772375782.346", b"1e400"),
        event(payload=[{"blob": [8]}]).replace(b"[8]", b"[1e400]"),
    ],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
def test_what_is_no_json_for_the_operation_is_refused(
    connection: Connection, memory_id: str, body: bytes
) -> None:
    """1e400 is JSON, but no number that could be stored and answered again."""
    assert told(ask(connection, "POST", f"/memories/{memory_id}/events", body)) == CANNOT_PARSE


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-amz-json-1.1", "text/plain", "application/xml", ""]
)
def test_the_content_type_makes_no_difference(
    connection: Connection, memory_id: str, content_type: str
) -> None:
    target, headers = f"/memories/{memory_id}/events", {"Content-Type": content_type}

    assert ask(connection, "POST", target, event(), headers=headers).status == 201


def test_a_body_may_come_in_chunks(connection: Connection, memory_id: str) -> None:
    made = ask(connection, "POST", f"/memories/{memory_id}/events", event(actorId="chunky"), chunked=True)

    assert json.loads(made.body)["event"]["actorId"] == "chunky"


def test_an_empty_body_lacks_every_member(connection: Connection, memory_id: str) -> None:
    assert told(ask(connection, "POST", f"/memories/{memory_id}/events")) == INVALID
    assert ask(connection, "POST", f"/memories/{memory_id}/actors").status == 200


def test_null_is_absent_and_unknown_members_are_ignored(connection: Connection, memory_id: str) -> None:
    body = event(metadata=None, branch=None, somethingNew={"a": [None]})

    answer = ask(connection, "POST", f"/memories/{memory_id}/events", body)

    assert answer.status == 201
    assert "metadata" not in json.loads(answer.body)["event"]


def test_the_last_of_equal_members_counts_and_the_first_of_equal_parameters(
    connection: Connection, memory_id: str
) -> None:
    listed = ask(connection, "POST", f"/memories/{memory_id}/actors", b'{"maxResults":500,"maxResults":1}')
    shown = ask(connection, "GET", f"/memories/{memory_id}/details?view=full&view=nonsense")

    assert (listed.status, shown.status) == (200, 200)


@pytest.mark.parametrize(
    ("method", "target", "refusal"),
    [
        ("GET", "/memories/%ff/details", CANNOT_PARSE),
        ("GET", "/memories/%c3%28/details", CANNOT_PARSE),
        ("GET", "/memories/Some-a1B2c3D4e5/details?view=%ff", CANNOT_PARSE),
        ("GET", "/memories/%00/details", INVALID),
        ("GET", "/memories/%zz/details", INVALID),
        ("GET", "/memories/../details", INVALID),
        ("GET", "/memories/Some-a1B2c3D4e5/details?view=everything", INVALID),
        ("GET", "/memories/Some-a1B2c3D4e5/details?view=", INVALID),
        ("DELETE", f"/memories/Some-a1B2c3D4e5/delete?clientToken={'x' * 501}", INVALID),
        ("GET", "/memories//details", (404, "UnknownOperationException", "")),
        ("GET", "/memories/Some-a1B2c3D4e5/details/more", (404, "UnknownOperationException", "")),
        ("GET", "/wp-login.php", (404, "UnknownOperationException", "")),
        ("PATCH", "/memories/Some-a1B2c3D4e5/details", (405, "MethodNotAllowedException", "")),
        ("GET", "/memories/", (405, "MethodNotAllowedException", "")),
    ],
)
def test_broken_paths_queries_and_methods_are_told_apart(
    connection: Connection, method: str, target: str, refusal: tuple[int, str, str]
) -> None:
    assert told(ask(connection, method, target)) == refusal
