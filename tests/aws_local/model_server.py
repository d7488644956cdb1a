"""A server that answers prompts as a script says, in OpenAI's form and in Bedrock Converse's."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Prompt:
    """What the server was asked."""

    model: str
    system: str
    texts: list[str]  # of the messages after the system's, in order
    key: str | None

    @property
    def text(self) -> str:
        return self.texts[0]


@dataclass(frozen=True)
class Failure:
    """An answer that is an HTTP error; `name` is the error's in Bedrock's form."""

    status: int
    name: str = ""


Answer = str | Failure
Script = Callable[[Prompt], Answer]


@dataclass
class ModelServer:
    """`script` answers; `prompts` is what was asked so far. `release` ends a wait of the script's."""

    url: str
    script: Script = lambda prompt: Failure(500)
    prompts: list[Prompt] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    def plays(self, *answers: Answer) -> None:
        """Answer with these in turn; the last one is repeated."""
        left = list(answers)
        self.script = lambda prompt: left.pop(0) if len(left) > 1 else left[0]


class _Handler(BaseHTTPRequestHandler):
    model_server: ModelServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        converse = self.path.endswith("/converse")
        prompt = self._converse_prompt(body) if converse else self._chat_prompt(body)
        self.model_server.prompts.append(prompt)
        answer = self.model_server.script(prompt)
        if isinstance(answer, Failure):
            self._send(answer.status, {"message": "no"}, answer.name)
        elif converse:
            message = {"role": "assistant", "content": [{"text": answer}]}
            usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
            told = {"output": {"message": message}, "stopReason": "end_turn", "usage": usage}
            self._send(200, told | {"metrics": {"latencyMs": 1}})
        else:
            self._send(200, {"choices": [{"message": {"role": "assistant", "content": answer}}]})

    def _chat_prompt(self, body: dict[str, Any]) -> Prompt:
        system, *rest = (each["content"] for each in body["messages"])
        return Prompt(body["model"], system, rest, self.headers.get("Authorization"))

    def _converse_prompt(self, body: dict[str, Any]) -> Prompt:
        texts = [each["content"][0]["text"] for each in body["messages"]]
        return Prompt(self.path.split("/")[2], body["system"][0]["text"], texts, None)

    def _send(self, status: int, document: dict[str, Any], name: str = "") -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if name:
            self.send_header("x-amzn-ErrorType", name)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """The server on a free port, for as long as the context lasts."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    running = ModelServer(f"http://127.0.0.1:{server.server_address[1]}")
    handler.model_server = running  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield running
    finally:
        running.release.set()
        server.shutdown()
        server.server_close()
