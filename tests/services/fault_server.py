"""A tiny HTTP server that misbehaves on request: what an endpoint, a proxy or a network may do to a call."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Reads the request, remembers it, and does what the server was told to do next."""

    server: FaultServer
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        self.server.next_behaviour()(self)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server's names

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", headers.get("Content_Length", str(len(body))))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: tests read `requests`."""


class FaultServer(ThreadingHTTPServer):
    """Answers each request with the next behaviour, the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours: list[Behaviour] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.released = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def plays(self, *behaviours: Behaviour) -> None:
        """What to do with the coming requests, in order."""
        self.behaviours = list(behaviours)
        self.requests.clear()

    def next_behaviour(self) -> Behaviour:
        return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]

    def close(self) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


def answers(document: Any, status: int = 200) -> Behaviour:
    """A JSON answer."""
    return lambda handler: handler.send(
        status, json.dumps(document).encode(), Content_Type="application/json"
    )


def refuses(code: str, status: int, message: str = "No.") -> Behaviour:
    """An AWS error."""
    body = json.dumps({"message": message}).encode()
    return lambda handler: handler.send(status, body, x_amzn_ErrorType=code, x_amzn_RequestId="request-1")


def garbage(body: bytes, status: int = 200) -> Behaviour:
    """Bytes that are not what was asked for."""
    return lambda handler: handler.send(status, body, Content_Type="text/html")


def truncated(handler: Handler) -> None:
    """An answer that ends before its announced length."""
    handler.send(200, b'{"memories": [', Content_Type="application/json", Content_Length="1000")
    handler.close_connection = True


def reset(handler: Handler) -> None:
    """A connection that is torn down instead of answered."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.close_connection = True


def hangs(handler: Handler) -> None:
    """No answer until the server is closed."""
    handler.server.released.wait(60)
    handler.close_connection = True
