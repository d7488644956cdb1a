"""What a client can do wrong before there is a call: every answer has AWS's form, none is a page."""

from __future__ import annotations

import json

import pytest

from services.aws_local.wire.http_protocol import MAX_HEAD_BYTES, MAX_URL_BYTES
from tests.aws_local.switches import exchange, local, send
from tests.conftest import Endpoint

HEAD = b"Host: localhost\r\nContent-Length: 0\r\n"


def refused(answer: bytes) -> tuple[int, str]:
    """Status and error name of a raw answer after which the connection was closed."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    assert headers["content-type"] == "application/json"
    assert headers["connection"] == "close"
    assert headers["x-amzn-requestid"]
    assert int(headers["content-length"]) == len(body)
    assert json.loads(body)["message"]
    return int(status.split()[1]), headers["x-amzn-errortype"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,  # TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /memories HTTP/1.1\r\nHost: localhost\r\nContent-Length: five\r\n\r\n",
        b"GET /memories HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /memories HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
        b"GET /memories HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"GET \xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"FETCH /memories HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /memories/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_aws_form(endpoint: Endpoint, request_bytes: bytes) -> None:
    assert refused(exchange(endpoint, request_bytes)) == (400, "ValidationException")


def test_an_url_beyond_the_limit(endpoint: Endpoint) -> None:
    def asked(length: int) -> bytes:
        return b"GET /" + b"a" * (length - 1) + b" HTTP/1.1\r\nConnection: close\r\n" + HEAD + b"\r\n"

    assert refused(exchange(endpoint, asked(MAX_URL_BYTES))) == (404, "UnknownOperationException")
    assert refused(exchange(endpoint, asked(MAX_URL_BYTES + 1))) == (414, "RequestUriTooLongException")
    assert refused(exchange(endpoint, asked(70_000))) == (414, "RequestUriTooLongException")


def test_headers_beyond_the_limit(endpoint: Endpoint) -> None:
    def asked(length: int) -> bytes:
        start = b"GET /healthz HTTP/1.1\r\nConnection: close\r\n" + HEAD
        return start + b"X-Long: " + b"a" * length + b"\r\n\r\n"

    assert exchange(endpoint, asked(MAX_HEAD_BYTES - 1000)).startswith(b"HTTP/1.1 200")
    assert refused(exchange(endpoint, asked(MAX_HEAD_BYTES))) == (431, "RequestHeaderTooLargeException")
    assert refused(exchange(endpoint, asked(2_000_000))) == (431, "RequestHeaderTooLargeException")
    many = b"GET /healthz HTTP/1.1\r\n" + HEAD + b"X: y\r\n" * 20_000 + b"\r\n"
    assert refused(exchange(endpoint, many)) == (431, "RequestHeaderTooLargeException")


def test_a_head_without_an_end_is_refused(endpoint: Endpoint) -> None:
    endless = b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 2_000_000

    assert refused(exchange(endpoint, endless)) == (431, "RequestHeaderTooLargeException")


def test_a_large_body_does_not_count_as_head(endpoint: Endpoint) -> None:
    status, headers, _ = send(endpoint, "POST", "/memories/", b'{"x": "' + b"a" * 3_000_000 + b'"}')

    assert (status, headers["content-type"]) == (200, "application/json")


@pytest.mark.parametrize(
    "path",
    [
        "/memories/../../../etc/passwd/details",
        "/memories/..%2F..%2Fetc%2Fpasswd/details",
        "/memories/%2e%2e/details",
        "/memories/%00/details",
        "/_local/../healthz",
        "/_local/%2e%2e/healthz",
        "/_local/faults/../../memories",
        "/healthz/..",
        "/static/index.html",
        "/",
        "//",
    ],
)
def test_no_path_leads_out(endpoint: Endpoint, path: str) -> None:
    status, headers, body = send(endpoint, "GET", path)

    assert (status, headers["x-amzn-errortype"]) in {
        (400, "ValidationException"),
        (404, "UnknownOperationException"),
        (405, "MethodNotAllowedException"),
    }
    assert json.loads(body)["message"]


def test_the_endpoint_lives_on(endpoint: Endpoint) -> None:
    assert local(endpoint, "GET", "/healthz")["status"] == "ok"
