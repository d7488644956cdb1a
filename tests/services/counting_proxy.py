"""A proxy before the endpoint that counts what is sent, by operation: it judges the audit trail."""

from __future__ import annotations

import re
import threading
import urllib.error
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import botocore.session

_SERVICES = (
    "bedrock-agentcore",
    "bedrock-agentcore-control",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "bedrock-runtime",
)
_OWN_HEADERS = {"host", "connection", "content-length", "transfer-encoding"}


def operations() -> list[tuple[str, str, re.Pattern[str]]]:
    """Name, HTTP method and path of every operation of these services, as the service models have them."""
    session = botocore.session.Session()
    found = []
    for service in _SERVICES:
        model = session.get_service_model(service)
        for name in model.operation_names:
            http: dict[str, Any] = model.operation_model(name).http
            parts = re.split(r"\{[^}]*\}", http["requestUri"].split("?")[0].rstrip("/"))
            path = "[^/]+".join(re.escape(part) for part in parts)
            found.append((name, http["method"], re.compile(path + "/?")))
    return found


class CountingProxy:
    """Passes everything on to the endpoint and counts it. `operations`: how often each was sent."""

    def __init__(self, target: str) -> None:
        self.operations: Counter[str] = Counter()
        self._target = target
        self._known = operations()
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Quiet."""

            def pass_on(self) -> None:
                proxy._pass_on(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = pass_on  # noqa: N815

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path = urlsplit(handler.path).path
        names = {
            name for name, method, form in self._known if method == handler.command and form.fullmatch(path)
        }
        with self._lock:
            self.operations[names.pop() if len(names) == 1 else f"{handler.command} {path}"] += 1
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in _OWN_HEADERS}
        request = urllib.request.Request(
            self._target + handler.path, data=body or None, headers=headers, method=handler.command
        )
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            content = answer.read()
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in _OWN_HEADERS:
                    handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content)
