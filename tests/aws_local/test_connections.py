"""What a connection may do: many requests at once, in pieces, in other framings; quick calls and others.

Small reads and events are answered straight from the connection, everything else by tasks: a client must not
notice. A fault rule for another operation sends a request the long way round.
"""

from __future__ import annotations

import json
import re
import socket
from typing import Any
from urllib.parse import quote

import pytest

from services.aws_local.wire.http_protocol import QUICK_BODY_BYTES
from tests.aws_local.agentcore import everything, new_memory, until
from tests.aws_local.switches import SECONDS, exchange, local, send
from tests.conftest import REGION, Endpoint

SIGNED = f"AWS4-HMAC-SHA256 Credential=testing/20260301/{REGION}/bedrock-agentcore/aws4_request, Signature=00"
LONG_WAY = {"x_agentcore_local_fault": "throttle on DeleteMemory"}


@pytest.fixture(scope="module")
def memory_id(control: Any) -> str:
    return new_memory(control)


def event(session: str, text: str = "hi", **members: Any) -> bytes:
    said = {"conversational": {"role": "USER", "content": {"text": text}}}
    return json.dumps(
        {"actorId": "alice", "sessionId": session, "eventTimestamp": 1.5, "payload": [said], **members}
    ).encode()


def request(method: str, path: str, body: bytes = b"", *headers: str, version: str = "1.1") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: localhost", f"Authorization: {SIGNED}", *headers]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def everything_from(connection: socket.socket) -> bytes:
    """What the endpoint sends until it closes the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def answers(received: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, headers and body of each answer of a connection."""
    found = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        status, *lines = head.decode("ascii").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        length = int(headers.get("content-length", 0))
        found.append((int(status.split()[1]), headers, rest[:length]))
        received = rest[length:]
    return found


def stored(data: Any, memory_id: str, session: str) -> list[str]:
    """The texts of a session's events, newest first."""
    found = everything(data.list_events, "events", memoryId=memory_id, actorId="alice", sessionId=session)
    return [each["payload"][0]["conversational"]["content"]["text"] for each in found]


def test_requests_in_one_packet_are_answered_in_their_order(
    endpoint: Endpoint, data: Any, memory_id: str
) -> None:
    path = f"/memories/{memory_id}/events"
    listing = request("POST", f"/memories/{memory_id}/actors", b"{}")
    missing = f"{path}/{quote('0000000000000000001#00000000')}?actorId=alice&sessionId=pipelined"
    sent = [
        request("GET", "/healthz"),
        request("POST", path, event("pipelined", "first")),
        listing,
        request("POST", path, event("pipelined", "second")),
        request("POST", path, event("pipelined", "third", actorId="")),
        request("POST", path, event("pipelined", "fourth")),
        request("GET", "/nothing"),
        request("GET", missing, b"", "Connection: close"),
    ]

    received = answers(exchange(endpoint, b"".join(sent)))

    assert [status for status, _, _ in received] == [200, 201, 200, 201, 400, 201, 404, 404]
    assert [headers.get("connection") for _, headers, _ in received] == [None] * 7 + ["close"]
    assert len({headers["x-amzn-requestid"] for _, headers, _ in received}) == 8
    assert stored(data, memory_id, "pipelined") == ["fourth", "second", "first"]


@pytest.mark.parametrize("size", [QUICK_BODY_BYTES, QUICK_BODY_BYTES + 1])
def test_a_body_may_come_in_pieces(endpoint: Endpoint, data: Any, memory_id: str, size: int) -> None:
    session = f"pieces-{size}"
    body = event(session, "x" * (size - len(event(session, ""))))
    assert len(body) == size
    whole = request("POST", f"/memories/{memory_id}/events", body, "Connection: close")

    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(whole), 1000):
            connection.sendall(whole[start : start + 1000])
        received = answers(everything_from(connection))

    assert [status for status, _, _ in received] == [201]
    assert len(stored(data, memory_id, session)) == 1


def test_other_framings_of_a_body(endpoint: Endpoint, data: Any, memory_id: str) -> None:
    path = f"/memories/{memory_id}/events"
    body = event("framed")
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {SIGNED}\r\nConnection: close\r\n"
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"

    assert exchange(endpoint, chunked).startswith(b"HTTP/1.1 201")
    expecting = exchange(endpoint, request("POST", path, body, "Expect: 100-continue", "Connection: close"))
    assert expecting.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201")
    old = answers(exchange(endpoint, request("POST", path, body, version="1.0")))
    assert [(status, headers["connection"]) for status, headers, _ in old] == [(201, "close")]
    assert len(stored(data, memory_id, "framed")) == 3


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/memories/{id}/events", b""),
        ("POST", "/memories/{id}/events", b"{"),
        ("POST", "/memories/{id}/events", event("s", actorId=5)),
        ("POST", "/memories/{id}/events", event("s", payload=[{}])),
        ("POST", "/memories/{id}/events", event("s", branch={"name": "b", "rootEventId": "1"})),
        ("POST", "/memories/Nobody-a1B2c3D4e5/events", event("s")),
        ("POST", "/memories/caf%C3%A9/events", event("s")),
        ("POST", "/memories/%ff/events", event("s")),
        ("PUT", "/memories/{id}/events", event("s")),
        ("GET", "/memories/{id}/memoryRecord/mem-6f1c2a3b-0000-4000-8000-123456789abc", b""),
        ("GET", "/memories/{id}/memoryRecord/x", b"a body"),
        ("GET", "/memories/{id}/memoryRecord/x?namespace=%ff", b""),
        ("GET", "/memories/{id}/details", b""),
        ("GET", "/runtimes/x/nothing", b""),
    ],
)
def test_the_short_way_answers_as_the_long_one(
    endpoint: Endpoint, memory_id: str, method: str, path: str, body: bytes
) -> None:
    def asked(**headers: str) -> tuple[int, dict[str, str], str]:
        status, found, text = send(
            endpoint, method, path.replace("{id}", memory_id), body, Authorization=SIGNED, **headers
        )
        found.pop("x-amzn-requestid")
        found.pop("date")
        return status, found, re.sub(r"\d{19}#\w{8}", "ID", text.decode())

    short, (status, headers, text) = asked(), asked(**LONG_WAY)

    assert short == (status, {name: each for name, each in headers.items() if "fault" not in name}, text)


def test_nonsense_behind_an_event_ends_the_connection(endpoint: Endpoint, data: Any, memory_id: str) -> None:
    good = request("POST", f"/memories/{memory_id}/events", event("nonsense", "stored"))

    received = exchange(endpoint, good + b"nonsense\r\n\r\n")

    assert b"HTTP/1.1 400" in received
    assert until(lambda: stored(data, memory_id, "nonsense")) == ["stored"]


def test_a_connection_that_ends_while_its_events_wait_troubles_nobody(
    endpoint: Endpoint, data: Any, memory_id: str
) -> None:
    """They share their commit with those of other connections, whose clients must be answered."""
    logged = len(endpoint.log.read_text("utf-8"))
    path = f"/memories/{memory_id}/events"
    listing = request("POST", f"/memories/{memory_id}/actors", b"{}")
    opened = [socket.create_connection(("127.0.0.1", endpoint.port), timeout=SECONDS) for _ in range(8)]
    for number, connection in enumerate(opened):
        last = listing + b"nonsense\r\n\r\n" if number % 2 else request("GET", "/x", b"", "Connection: close")
        connection.sendall(request("POST", path, event("ended", str(number))) + last)
    for number, connection in enumerate(opened):
        with connection:
            received = everything_from(connection)
        if not number % 2:
            assert [status for status, _, _ in answers(received)] == [201, 404]

    assert sorted(until(lambda: len(found := stored(data, memory_id, "ended")) == 8 and found)) == list(
        "01234567"
    )
    assert "RuntimeError" not in endpoint.log.read_text("utf-8")[logged:]


def test_a_client_that_leaves_early_is_nobodys_trouble(endpoint: Endpoint, data: Any, memory_id: str) -> None:
    path = f"/memories/{memory_id}/events"
    whole = request("POST", path, event("left", "whole"))
    for sent in (whole, whole[:-10], whole[:40]):
        with socket.create_connection(("127.0.0.1", endpoint.port), timeout=SECONDS) as connection:
            connection.sendall(sent)

    assert until(lambda: stored(data, memory_id, "left")) == ["whole"]
    assert local(endpoint, "GET", "/healthz")["status"] == "ok"


def test_many_connections_store_each_event_once(endpoint: Endpoint, data: Any, memory_id: str) -> None:
    """They wait in front of a full pipe, so that commits are shared."""
    connections, events = 6, 30
    path = f"/memories/{memory_id}/events"
    opened = [
        socket.create_connection(("127.0.0.1", endpoint.port), timeout=SECONDS) for _ in range(connections)
    ]
    for number, connection in enumerate(opened):
        last = request("GET", "/healthz", b"", "Connection: close")
        texts = [f"{number}-{each}" for each in range(events)]
        connection.sendall(b"".join(request("POST", path, event("many", text)) for text in texts) + last)
    identifiers = set()
    for connection in opened:
        with connection:
            received = answers(everything_from(connection))
        assert [status for status, _, _ in received] == [201] * events + [200]
        identifiers |= {json.loads(body)["event"]["eventId"] for _, _, body in received[:-1]}

    assert len(identifiers) == connections * events
    found = stored(data, memory_id, "many")
    assert sorted(found) == sorted(f"{a}-{b}" for a in range(connections) for b in range(events))
    for number in range(connections):  # of one millisecond: the order of arrival holds for each client
        assert [text for text in found if text.startswith(f"{number}-")] == [
            f"{number}-{each}" for each in reversed(range(events))
        ]
