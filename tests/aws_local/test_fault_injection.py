"""Faults over the wire: what boto3 and a plain socket see, and how they are switched."""

from __future__ import annotations

import http.client
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tests.aws_local.agentcore import fresh_name, new_memory, refused, say, until
from tests.aws_local.switches import (
    FAULT_HEADER,
    SECONDS,
    client,
    exchange,
    faults,
    local,
    refusal,
    send,
    struck,
)
from tests.conftest import Endpoint

CONTROL, DATA = "bedrock-agentcore-control", "bedrock-agentcore"


@pytest.fixture
def switched_control(switched: Endpoint) -> Any:
    return client(switched, CONTROL)


@pytest.fixture
def switched_data(switched: Endpoint) -> Any:
    return client(switched, DATA)


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("throttle", (429, "ThrottledException", "Rate exceeded.")),
        ("server-error", (500, "ServiceException", "internal error")),
        ("server-error 503", (503, "ServiceUnavailableException", "unavailable")),
        ("expired-token", (403, "ExpiredTokenException", "token included in the request is expired")),
        ("unknown-key", (403, "UnrecognizedClientException", "token included in the request is invalid")),
        (
            "invalid-signature",
            (403, "InvalidSignatureException", "does not match the signature you provided"),
        ),
        ("clock-skew", (403, "InvalidSignatureException", "Signature expired: ")),
    ],
)
def test_errors_that_any_call_can_get(
    switched: Endpoint, switched_control: Any, rule: str, answer: tuple[int, str, str]
) -> None:
    status, code, message = answer
    faults(switched, f"{rule} on ListMemories")

    with pytest.raises(ClientError) as caught:
        switched_control.list_memories()

    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["Error"]["Code"] == code
    assert message in response["Error"]["Message"]
    assert response["ResponseMetadata"]["HTTPHeaders"][FAULT_HEADER] == f"{rule} on ListMemories"
    new_memory(switched_control)  # another operation is not struck


def test_an_error_has_the_name_that_the_operation_models(switched: Endpoint, switched_control: Any) -> None:
    arn = switched_control.create_memory(name=fresh_name(), eventExpiryDuration=30)["memory"]["arn"]

    faults(switched, "throttle")
    refused("ThrottlingException", switched_control.list_tags_for_resource, resourceArn=arn)
    faults(switched, "server-error")
    refused("InternalServerException", switched_control.list_tags_for_resource, resourceArn=arn)


def test_conflicts_and_quotas(switched: Endpoint, switched_control: Any, switched_data: Any) -> None:
    memory_id = new_memory(switched_control)
    faults(switched, "conflict")
    event = {"memoryId": memory_id, "actorId": "a", "sessionId": "s", "eventTimestamp": 0, "payload": []}

    refused("RetryableConflictException", switched_data.create_event, **event)
    refused("ConflictException", switched_control.delete_memory, memoryId=memory_id)
    faults(switched, "quota on CreateEvent")
    refused("ServiceQuotaExceededException", switched_data.create_event, **event)


def test_a_denial_says_what_iam_says(switched: Endpoint) -> None:
    data = client(switched, DATA, key="123456789012", region="eu-west-1")
    control = client(switched, CONTROL, key="123456789012", region="eu-west-1")
    memory_id = new_memory(control)
    faults(switched, "deny on bedrock-agentcore:ListActors", "deny on bedrock-agentcore:ListMemories")

    assert refused("AccessDeniedException", data.list_actors, memoryId=memory_id) == (
        "User: arn:aws:iam::123456789012:user/agentcore-local is not authorized to perform: "
        "bedrock-agentcore:ListActors on resource: "
        f"arn:aws:bedrock-agentcore:eu-west-1:123456789012:memory/{memory_id} because no identity-based "
        "policy allows the bedrock-agentcore:ListActors action"
    )
    denied = refused("AccessDeniedException", control.list_memories)
    assert "on resource: arn:aws:bedrock-agentcore:eu-west-1:123456789012:memory/* because" in denied


def test_a_client_that_retries_gets_through(switched: Endpoint) -> None:
    control = client(switched, CONTROL, retries={"mode": "standard", "total_max_attempts": 2})
    faults(switched, "throttle on ListMemories first 1")

    assert control.list_memories()["memories"] == control.list_memories()["memories"]
    assert struck(switched) == [1]


def test_a_dropped_call_is_not_carried_out_and_a_dropped_answer_is(
    switched: Endpoint, switched_control: Any, switched_data: Any
) -> None:
    memory_id = new_memory(switched_control)

    def events() -> int:
        where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "session-1"}
        return len(switched_data.list_events(**where)["events"])

    faults(switched, "drop on CreateEvent first 1", "drop-answer on CreateEvent first 1")
    with pytest.raises(ConnectionClosedError):
        say(switched_data, memory_id, "Hello", clientToken="the-same-token-for-both-attempts-1234")
    assert events() == 0
    with pytest.raises(ConnectionClosedError):
        say(switched_data, memory_id, "Hello", clientToken="the-same-token-for-both-attempts-1234")
    assert events() == 1
    say(switched_data, memory_id, "Hello", clientToken="the-same-token-for-both-attempts-1234")
    assert events() == 1


def test_answers_with_spoilt_bodies(switched: Endpoint, switched_control: Any) -> None:
    new_memory(switched_control)
    whole = send(switched, "POST", "/memories/")[2]

    def spoilt(kind: str) -> bytes:
        faults(switched, f"{kind} on ListMemories")
        status, _, body = send(switched, "POST", "/memories/")
        assert status == 200
        return body

    assert spoilt("truncate") == whole[: len(whole) // 2]
    assert spoilt("empty") == b""
    with pytest.raises(ValueError):  # no JSON, not even text
        json.loads(spoilt("garbage"))
    with pytest.raises(http.client.IncompleteRead) as caught:
        spoilt("drop-body")
    assert caught.value.partial == whole[: len(whole) // 2]
    assert caught.value.expected == len(whole) - len(whole) // 2


def test_an_error_is_spoilt_like_any_other_answer(switched: Endpoint) -> None:
    faults(switched, "empty on GetMemory")

    status, headers, body = send(switched, "GET", "/memories/Nothing-a1B2c3D4e5/details")

    assert (status, headers["x-amzn-errortype"], body) == (404, "ResourceNotFoundException", b"")


def test_a_stream_is_spoilt_too(switched: Endpoint) -> None:
    runtime = client(switched, "bedrock-runtime")
    faults(switched, "truncate on ConverseStream")
    message = {"role": "user", "content": [{"text": "Hello"}]}

    events = list(runtime.converse_stream(modelId="any", messages=[message])["stream"])

    assert "messageStart" in events[0]
    assert not any("messageStop" in event for event in events)


def test_no_answer_until_the_client_gives_up(switched: Endpoint) -> None:
    control = client(switched, CONTROL, read_timeout=1)
    faults(switched, "hang on ListMemories")

    with pytest.raises(ReadTimeoutError):
        control.list_memories()


def test_an_answer_that_never_comes_although_the_call_was_carried_out(
    switched: Endpoint, switched_control: Any
) -> None:
    impatient = client(switched, CONTROL, read_timeout=1)
    name = fresh_name()
    faults(switched, "hang-answer on CreateMemory")

    with pytest.raises(ReadTimeoutError):
        impatient.create_memory(name=name, eventExpiryDuration=30)

    until(
        lambda: any(
            each["id"].startswith(f"{name}-") for each in switched_control.list_memories()["memories"]
        )
    )


def test_latency_is_waited_out(switched: Endpoint, switched_control: Any) -> None:
    faults(switched, "latency 0.3 on ListMemories", "throttle on ListMemories first 1")

    before = time.monotonic()
    refused("ThrottledException", switched_control.list_memories)
    switched_control.list_memories()

    assert time.monotonic() - before >= 0.6


def test_calls_that_wait_keep_nobody_else_waiting(switched: Endpoint, switched_control: Any) -> None:
    memory_id = new_memory(switched_control)
    faults(switched, "latency 300 on ListMemories", "hang on ListActors")
    requests = [b"POST /memories/", b"POST /memories/" + memory_id.encode() + b"/actors"] * 20
    waiting = []
    for request in requests:  # more than the endpoint has threads
        waiting.append(socket.create_connection(("127.0.0.1", switched.port), timeout=SECONDS))
        waiting[-1].sendall(request + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    until(lambda: struck(switched) == [20, 20])

    assert switched_control.get_memory(memoryId=memory_id)["memory"]["id"] == memory_id
    for connection in waiting:
        connection.close()


def test_a_stopping_endpoint_does_not_wait_for_them(tmp_path: Path) -> None:
    options = ["--fault", "hang on ListMemories", "--fault", "latency 300 on GetMemory"]
    own = Endpoint(tmp_path / "data", *options, "--quotas", "strict")
    own.start()
    assert local(own, "GET", "/healthz")["switches"]["quotas"] == "strict"
    paths = (b"POST /memories/", b"GET /memories/Nothing-a1B2c3D4e5/details")
    waiting = []
    for path in paths:
        waiting.append(socket.create_connection(("127.0.0.1", own.port), timeout=SECONDS))
        waiting[-1].sendall(path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    until(lambda: struck(own) == [1, 1])

    assert own.stop() == 0
    log = own.log.read_text("utf-8")
    assert "Faults are switched on: hang on ListMemories; latency 300 on GetMemory" in log
    assert "Quotas are enforced: strict" in log
    assert "ERROR" not in log
    for connection in waiting:
        connection.close()


def test_a_request_can_bring_its_own_fault(switched: Endpoint) -> None:
    asked = {FAULT_HEADER.replace("-", "_"): "latency 0; throttle on List*"}

    code = refusal(send(switched, "POST", "/memories/", **asked))[:2]
    assert code == (429, "ThrottledException")
    assert send(switched, "POST", "/memories/")[0] == 200
    assert refusal(send(switched, "GET", "/memories/Nothing-a1B2c3D4e5/details", **asked))[0] == 404


@pytest.mark.parametrize("rule", ["explode", "throttle first 1", "throttle; deny chance 0.5"])
def test_a_request_with_a_rule_that_means_nothing_is_told_so(switched: Endpoint, rule: str) -> None:
    asked = {FAULT_HEADER.replace("-", "_"): rule}

    status, code, message = refusal(send(switched, "POST", "/memories/", **asked))

    assert (status, code) == (400, "ValidationException")
    assert FAULT_HEADER in message


def test_faults_can_be_set_and_seen_while_it_runs(switched: Endpoint, switched_control: Any) -> None:
    assert local(switched, "GET", "/_local/faults") == {"faults": []}

    faults(switched, "deny on ListMemories", "latency  0.001")
    refused("AccessDeniedException", switched_control.list_memories)
    shown = [
        {"rule": "deny on ListMemories", "calls": 1, "faults": 1, "spent": False},
        {"rule": "latency 0.001", "calls": 0, "faults": 0, "spent": False},
    ]
    assert local(switched, "GET", "/_local/faults") == {"faults": shown}
    assert local(switched, "GET", "/healthz")["switches"]["faults"] == shown

    assert local(switched, "DELETE", "/_local/faults") == {"faults": []}
    switched_control.list_memories()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"faults": "throttle"}', b'{"faults": [1]}', b'{"faults": [], "rules": []}',
     b'{"faults": ["throttle", "explode"]}'],
)  # fmt: skip
def test_rules_that_mean_nothing_change_nothing(switched: Endpoint, body: bytes) -> None:
    faults(switched, "latency 0")

    assert refusal(send(switched, "PUT", "/_local/faults", body))[:2] == (400, "ValidationException")

    assert [each["rule"] for each in local(switched, "GET", "/_local/faults")["faults"]] == ["latency 0"]


def test_the_endpoints_own_paths_are_kept_from_web_pages_and_answer_like_aws(switched: Endpoint) -> None:
    body = b'{"faults": ["throttle"]}'
    for headers in ({"Origin": "http://127.0.0.1:8501"}, {"Host": "evil.example"}):
        for path in ("/_local/faults", "/_local/quotas", "/healthz", "/_local/nothing"):
            assert refusal(send(switched, "PUT", path, body, **headers))[:2] == (403, "AccessDeniedException")
    assert local(switched, "GET", "/_local/faults") == {"faults": []}

    assert refusal(send(switched, "GET", "/_local/nothing"))[:2] == (404, "UnknownOperationException")
    answer = send(switched, "POST", "/_local/faults", body)
    assert refusal(answer)[:2] == (405, "MethodNotAllowedException")
    assert answer[1]["allow"] == "DELETE, GET, PUT"
    assert exchange(
        switched, b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    ).startswith(b"HTTP/1.1 200")
