"""A proxy that stands before the endpoint and keeps what passes through it: each request with its answer."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import urlsplit

import botocore.session

SERVICES = ("bedrock-agentcore", "bedrock-agentcore-control", "bedrock-runtime")
# Those that belong to one connection and not to the message (RFC 9110, 7.6.1).
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date", "server"}


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `path` is raw, without the query string; it came and went at `begun` and
    `ended` (time.monotonic)."""

    method: str
    path: str
    status: int
    content_type: str
    body: bytes
    begun: float = 0.0
    ended: float = 0.0

    @property
    def operation(self) -> str | None:
        """The AWS operation, or None for what is none, such as the endpoint's health report."""
        for method, pattern, name in _operations():
            if method == self.method and pattern.fullmatch(self.path):
                return name
        return None


@cache
def _operations() -> list[tuple[str, re.Pattern[str], str]]:
    """(method, pattern of the path, name) of every operation, from botocore's models."""
    session = botocore.session.get_session()
    models = [session.get_service_model(service) for service in SERVICES]
    operations = [model.operation_model(name) for model in models for name in model.operation_names]
    return [
        (operation.http["method"], _pattern(operation.http["requestUri"]), operation.name)
        for operation in operations
    ]


def _pattern(uri: str) -> re.Pattern[str]:
    parts = re.split(r"\{\w+\+?\}", uri.partition("?")[0])
    return re.compile("[^/]+".join(re.escape(part) for part in parts))


class Recording:
    """What passed so far; `take` gives it and starts anew."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._lock = Lock()

    def add(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.append(exchange)

    def take(self) -> list[Exchange]:
        """Everything since the last call."""
        with self._lock:
            taken, self._exchanges = self._exchanges, []
        return taken

    def take_operations(self) -> list[str]:
        """The names of the AWS calls since the last call, in their order."""
        return [name for exchange in self.take() if (name := exchange.operation)]


@contextmanager
def recording(target_url: str) -> Iterator[tuple[str, Recording]]:
    """Gives the proxy's URL and what it records."""
    kept = Recording()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(urlsplit(target_url).netloc, kept))
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", kept
    finally:
        server.shutdown()
        server.server_close()


def _handler(target: str, kept: Recording) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            self.begun = time.monotonic()
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = http.client.HTTPConnection(target, timeout=60)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            connection.request(self.command, self.path, body, headers)
            self.answer(connection.getresponse())
            connection.close()

        def answer(self, response: http.client.HTTPResponse) -> None:
            body = response.read()
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            path = self.path.partition("?")[0]
            kind, times = response.getheader("Content-Type", ""), (self.begun, time.monotonic())
            kept.add(Exchange(self.command, path, response.status, kind, body, *times))

        do_GET = do_POST = do_PUT = do_DELETE = forward  # noqa: N815 - the names that http.server looks up

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the table is the output."""

    return Handler
