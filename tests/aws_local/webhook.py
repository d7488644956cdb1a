"""A web hook for tests: it keeps what it is sent, and answers as it is told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Webhook:
    """An HTTP server on 127.0.0.1 that takes POSTs. `statuses` are its next answers, then 200."""

    def __init__(self, port: int = 0, statuses: tuple[int, ...] = ()) -> None:
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.statuses = list(statuses)
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?of=test"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                webhook.may_answer.wait(60)
                status = webhook.statuses.pop(0) if webhook.statuses else 200
                if status == 200:
                    webhook.received.append(({"path": self.path, **dict(self.headers)}, body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler

    def events(self) -> list[dict[str, Any]]:
        """What arrived, in order, each event once however often it came."""
        distinct: dict[str, dict[str, Any]] = {}
        for headers, body in list(self.received):
            distinct.setdefault(headers["X-Stream-Event"], body["memoryStreamEvent"])
        return list(distinct.values())

    def close(self) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._server.server_close()
