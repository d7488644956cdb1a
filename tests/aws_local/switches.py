"""What the tests of the endpoint's switches say again and again."""

from __future__ import annotations

import http.client
import json
import socket
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from tests.conftest import REGION, Endpoint

SECONDS = 60
FAULT_HEADER = "x-agentcore-local-fault"


def local(endpoint: Endpoint, method: str, path: str, document: Any = None) -> dict[str, Any]:
    """What one of the endpoint's own paths answers; it must accept the request."""
    status, headers, body = send(endpoint, method, path, None if document is None else json.dumps(document))
    assert status == 200, body
    assert headers["content-type"] == "application/json"
    answer: dict[str, Any] = json.loads(body)
    return answer


def send(
    endpoint: Endpoint, method: str, path: str, body: str | bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request: status, headers (lower case) and body of the answer. `_` in header names is `-`."""
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=SECONDS)
    try:
        connection.request(
            method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def refusal(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str, str]:
    """Status, error name and message of an answer, which must be an error in AWS's form."""
    status, headers, body = answer
    assert headers["content-type"] == "application/json"
    assert headers["x-amzn-requestid"]
    return status, headers["x-amzn-errortype"], json.loads(body)["message"]


def exchange(endpoint: Endpoint, request: bytes) -> bytes:
    """All that comes back for some bytes, until the endpoint closes the connection."""
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=SECONDS) as connection:
        connection.sendall(request)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def faults(endpoint: Endpoint, *rules: str) -> None:
    """Put these rules in force instead of all others."""
    local(endpoint, "PUT", "/_local/faults", {"faults": list(rules)})


def struck(endpoint: Endpoint) -> list[int]:
    """How many faults each rule has caused."""
    return [each["faults"] for each in local(endpoint, "GET", "/_local/faults")["faults"]]


@cache
def _session() -> Any:
    """One for all clients: each session reads the service models anew, and that is slow."""
    return boto3.Session()


def client(
    endpoint: Endpoint, service: str, key: str = "testing", region: str = REGION, **config: Any
) -> Any:
    """A boto3 client of an account (twelve digits as the key) and region; without retries unless asked."""
    settings = {"retries": {"total_max_attempts": 1}, "read_timeout": SECONDS} | config
    return _session().client(
        service,
        region_name=region,
        endpoint_url=endpoint.url,
        aws_access_key_id=key,
        aws_secret_access_key="testing",
        config=Config(**settings),
    )
