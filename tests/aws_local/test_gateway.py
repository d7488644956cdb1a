"""Requests in, answers in AWS's form out: with handlers made for the test, without a port."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.eventstream import EventStreamBuffer

from services.aws_local.call import Call, Handler, Scope
from services.aws_local.errors import ConflictException, ResourceNotFoundException
from services.aws_local.switches.fault_rules import Faults
from services.aws_local.switches.quotas import Quotas
from services.aws_local.wire.gateway import MAX_BODY_BYTES, MAX_CALLS_AT_ONCE, Gateway
from services.aws_local.wire.http_request import HostRule
from tests.aws_local.wire import Received, call

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

ACTORS = "/memories/Support-a1B2c3D4e5/actors"


class Healthy:
    """All that the gateway itself asks of a backend."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.quotas = Quotas()

    def health(self) -> dict[str, Any]:
        return {"status": "ok", "extractor": "rules"}


def gateway(handlers: dict[tuple[str, str], Handler] | None = None, hosts: HostRule | None = None) -> Gateway:
    return Gateway(cast("Backend", Healthy()), handlers or {}, hosts)


def answering(result: Any) -> Gateway:
    """A gateway whose ListActors answers with the result, or raises it."""

    def list_actors(call: Call, params: dict[str, Any]) -> dict[str, Any]:
        if isinstance(result, Exception):
            raise result
        return cast(dict[str, Any], result)

    return gateway({("bedrock-agentcore", "ListActors"): list_actors})


def refused(answer: Received, status: int, error: str) -> str:
    """The message of an error answer, which must have AWS's form."""
    assert (answer.status, answer.error) == (status, error)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-amzn-requestid"]
    return str(answer.json()["message"])


def test_a_call_reaches_its_handler_and_its_result_goes_back() -> None:
    calls: list[tuple[Call, dict[str, Any], str]] = []

    def list_actors(call: Call, params: dict[str, Any]) -> dict[str, Any]:
        calls.append((call, params, threading.current_thread().name))
        return {"actorSummaries": [{"actorId": "alice"}], "nextToken": None}

    app = gateway({("bedrock-agentcore", "ListActors"): list_actors})

    answer = call(app, "POST", ACTORS, b'{"maxResults": 5, "colour": "red"}')

    assert (answer.status, answer.json()) == (200, {"actorSummaries": [{"actorId": "alice"}]})
    ((made, params, thread),) = calls
    assert params == {"memoryId": "Support-a1B2c3D4e5", "maxResults": 5}
    assert (made.service, made.operation) == ("bedrock-agentcore", "ListActors")
    assert made.request_id == answer.headers["x-amzn-requestid"]
    assert thread.startswith("aws-call")


@pytest.mark.parametrize(
    ("authorization", "scope"),
    [
        (None, Scope("000000000000", "us-east-1")),
        ("Bearer token", Scope("000000000000", "us-east-1")),
        (
            "AWS4-HMAC-SHA256 Credential=testing/20260301/eu-west-1/bedrock-agentcore/aws4_request, "
            "SignedHeaders=host, Signature=00",
            Scope("000000000000", "eu-west-1"),
        ),
        (
            "AWS4-HMAC-SHA256 Credential=123456789012/20260301/us-west-2/bedrock-agentcore/aws4_request",
            Scope("123456789012", "us-west-2"),
        ),
    ],
)
def test_the_scope_comes_from_the_signature(authorization: str | None, scope: Scope) -> None:
    scopes: list[Scope] = []

    def list_actors(call: Call, params: dict[str, Any]) -> dict[str, Any]:
        scopes.append(call.scope)
        return {"actorSummaries": []}

    headers = [("authorization", authorization)] if authorization else []
    app = gateway({("bedrock-agentcore", "ListActors"): list_actors})
    call(app, "POST", ACTORS, headers=headers)

    assert scopes == [scope]


def test_an_error_of_the_service_has_its_name_status_and_members() -> None:
    answer = call(answering(ResourceNotFoundException("Memory not found: M")), "POST", ACTORS)
    assert refused(answer, 404, "ResourceNotFoundException") == "Memory not found: M"

    answer = call(answering(ConflictException("busy", resourceId="x")), "POST", ACTORS)
    assert answer.json() == {"message": "busy", "resourceId": "x"}


@pytest.mark.parametrize("failure", [KeyError("the user's secret"), {"unmodelled": "the user's secret"}])
def test_a_failing_handler_is_logged_with_the_request_and_never_quoted(
    failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = call(answering(failure), "POST", ACTORS)

    message = refused(answer, 500, "ServiceException")
    assert answer.headers["x-amzn-requestid"] in caplog.text
    assert "ListActors" in message
    assert "secret" not in message + caplog.text


def test_the_internal_error_is_the_one_that_the_operation_models() -> None:
    def list_tags_for_resource(call: Call, params: dict[str, Any]) -> dict[str, Any]:
        raise KeyError

    app = gateway({("bedrock-agentcore-control", "ListTagsForResource"): list_tags_for_resource})
    arn = "arn%3Aaws%3Abedrock-agentcore%3Aus-west-2%3A000000000000%3Amemory%2FSupport-a1B2c3D4e5"

    refused(call(app, "GET", f"/tags/{arn}"), 500, "InternalServerException")


def test_an_operation_that_is_not_served_is_named() -> None:
    message = refused(call(gateway(), "POST", "/memories/M/ingest"), 501, "NotImplementedException")

    assert "IngestData of bedrock-agentcore" in message


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ([("x-amz-target", "Logs_20140328.PutDeliverySource")], "Logs_20140328.PutDeliverySource of logs"),
        ([], "POST / of logs"),
    ],
)
def test_a_service_that_is_not_served_is_named(headers: list[tuple[str, str]], named: str) -> None:
    """`AWS_ENDPOINT_URL` sends the calls of every service here."""
    signature = "AWS4-HMAC-SHA256 Credential=key/20261122/us-west-2/logs/aws4_request, SignedHeaders=host"
    signed = [("authorization", signature), ("content-type", "application/x-amz-json-1.1"), *headers]
    answer = call(gateway(), "POST", "/", b"{}", headers=signed)

    assert named in refused(answer, 501, "NotImplementedException")


def test_no_such_path_and_wrong_method() -> None:
    refused(call(gateway(), "GET", "/nothing"), 404, "UnknownOperationException")
    refused(call(gateway(), "POST", "/healthz"), 405, "MethodNotAllowedException")

    answer = call(gateway(), "GET", ACTORS)
    refused(answer, 405, "MethodNotAllowedException")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"maxResults": "5"}', b'{"maxResults": NaN}'])
def test_bodies_that_cannot_be_parsed(body: bytes) -> None:
    answer = call(answering({"actorSummaries": []}), "POST", ACTORS, body)

    refused(answer, 400, "ValidationException")
    assert answer.json()["reason"] == "CannotParse"


def test_a_query_that_is_not_utf8() -> None:
    app = gateway({("bedrock-agentcore", "GetMemoryRecord"): lambda call, params: {}})

    answer = call(app, "GET", "/memories/M/memoryRecord/r", query="namespace=%ff")

    refused(answer, 400, "ValidationException")


def test_constraints_are_checked_before_the_handler() -> None:
    answer = call(answering(AssertionError("not called")), "POST", ACTORS, b'{"maxResults": 101}')

    assert "Value at 'maxResults' failed to satisfy constraint" in refused(answer, 400, "ValidationException")


def test_a_body_of_ten_megabytes_is_served_and_one_beyond_the_limit_refused() -> None:
    app = answering({"actorSummaries": []})
    padding = b" " * (10 * 1024 * 1024)

    assert call(app, "POST", ACTORS, b"{}" + padding).status == 200

    too_long = b" " * (MAX_BODY_BYTES + 1)
    refused(call(app, "POST", ACTORS, too_long), 413, "RequestEntityTooLargeException")
    announced = [("content-length", str(len(too_long)))]
    refused(call(app, "POST", ACTORS, headers=announced), 413, "RequestEntityTooLargeException")


@pytest.mark.parametrize("host", ["localhost", "localhost:9000", "127.0.0.1:8765", "[::1]:8765", "LOCALHOST"])
def test_hosts_of_this_machine_are_served(host: str) -> None:
    assert call(gateway(), "GET", "/healthz", headers=[("host", host)]).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        [("host", "evil.example")],
        [("host", "localhost.evil.example:8765")],
        [("host", "169.254.169.254")],
        [("host", "")],
        [("host", "localhost"), ("host", "evil.example")],
        [("origin", "http://127.0.0.1:8501")],
        [("origin", "null")],
    ],
)
@pytest.mark.parametrize("path", ["/healthz", ACTORS])
def test_web_pages_and_foreign_hosts_are_refused_everywhere(
    headers: list[tuple[str, str]], path: str
) -> None:
    answer = call(answering(AssertionError("not called")), "POST", path, headers=headers)

    refused(answer, 403, "AccessDeniedException")


def test_an_address_that_was_bound_or_named_is_served() -> None:
    bound = gateway(hosts=HostRule.of("10.0.0.5", frozenset({"endpoint"})))
    everywhere = gateway(hosts=HostRule.of("::"))

    def status(app: Gateway, host: str) -> int:
        return call(app, "GET", "/healthz", headers=[("host", host)]).status

    assert [status(bound, host) for host in ("10.0.0.5:80", "endpoint:80", "10.0.0.6")] == [200, 200, 403]
    assert [status(everywhere, host) for host in ("10.0.0.6", "[fe80::1]:80", "evil.example")] == [
        200,
        200,
        403,
    ]


def test_health() -> None:
    answer = call(gateway(), "GET", "/healthz")

    assert (answer.status, answer.json()) == (200, {"status": "ok", "extractor": "rules"})


def test_a_busy_endpoint_still_tells_its_health() -> None:
    """Every thread for calls is taken by one that does not end before the health was asked for."""
    release, begun = threading.Event(), threading.Semaphore(0)

    def list_actors(call: Call, params: dict[str, Any]) -> dict[str, Any]:
        begun.release()
        assert release.wait(60)
        return {"actorSummaries": []}

    app = gateway({("bedrock-agentcore", "ListActors"): list_actors})
    with ThreadPoolExecutor(MAX_CALLS_AT_ONCE + 1) as clients:
        calls = [clients.submit(call, app, "POST", ACTORS) for _ in range(MAX_CALLS_AT_ONCE + 1)]
        for _ in range(MAX_CALLS_AT_ONCE):
            assert begun.acquire(timeout=60)
        health = call(app, "GET", "/healthz")
        waiting = [each for each in calls if not each.done()]
        release.set()

    assert health.json()["status"] == "ok"
    assert len(waiting) == MAX_CALLS_AT_ONCE + 1
    assert {each.result().status for each in calls} == {200}


def test_a_backend_that_cannot_tell_its_health_is_an_error_in_the_same_form() -> None:
    class Failing(Healthy):
        def health(self) -> dict[str, Any]:
            raise OSError("disk")

    answer = call(Gateway(cast("Backend", Failing()), {}), "GET", "/healthz")

    refused(answer, 500, "InternalServerException")


def test_an_event_stream_goes_out_as_frames() -> None:
    def converse_stream(call: Call, params: dict[str, Any]) -> dict[str, Any]:
        def events() -> Iterator[dict[str, Any]]:
            yield {"messageStart": {"role": "assistant"}}
            yield {"messageStop": {"stopReason": "end_turn"}}

        return {"stream": events()}

    app = gateway({("bedrock-runtime", "ConverseStream"): converse_stream})

    answer = call(app, "POST", "/model/any/converse-stream", b"{}")

    assert answer.headers["content-type"] == "application/vnd.amazon.eventstream"
    buffer = EventStreamBuffer()
    buffer.add_data(answer.body)
    messages = [(message.headers[":event-type"], json.loads(message.payload)) for message in buffer]
    assert messages == [
        ("messageStart", {"role": "assistant"}),
        ("messageStop", {"stopReason": "end_turn"}),
    ]
