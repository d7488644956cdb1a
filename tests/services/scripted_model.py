"""A server that speaks OpenAI's chat completions as a script says: words, a tool call, an error, silence."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Act = Callable[["ScriptedHandler", Body], None]


class ScriptedModel:
    """What the server does with each request in turn, and what it was asked; the last act is repeated."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        self.acts: list[Act] = []
        self.requests: list[Body] = []
        self.keys: list[str | None] = []
        self.released = threading.Event()

    def next_act(self) -> Act:
        return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]


class ScriptedHandler(BaseHTTPRequestHandler):
    """One request."""

    script: ScriptedModel

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.script.requests.append(body)
        self.script.keys.append(self.headers.get("Authorization"))
        self.script.next_act()(self, body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def send(self, delta: Body, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def end_stream(self) -> None:
        self.wfile.write(b"data: [DONE]\n\n")


def says(*words: str) -> Act:
    """Answers with these pieces of text."""

    def act(handler: ScriptedHandler, body: Body) -> None:
        handler.begin_stream()
        for word in words:
            handler.send({"role": "assistant", "content": word})
        handler.send({}, "stop")
        handler.end_stream()

    return act


def calls_tool(**arguments: str) -> Act:
    """Wants the memory tool called."""

    def act(handler: ScriptedHandler, body: Body) -> None:
        call = {"name": "agent_core_memory", "arguments": json.dumps(arguments)}
        tool_call = {"index": 0, "id": f"call-{len(body['messages'])}", "type": "function", "function": call}
        handler.begin_stream()
        handler.send({"role": "assistant", "tool_calls": [tool_call]})
        handler.send({}, "tool_calls")
        handler.end_stream()

    return act


def cites_first_record(handler: ScriptedHandler, body: Body) -> None:
    """Answers with the text and id of the first record in the tool's result."""
    text = body["messages"][-1]["content"]
    found = json.loads(text[text.index("{") :])["memoryRecordSummaries"]
    says(f"I recall {found[0]['content']['text']} ", f"[{found[0]['memoryRecordId']}].")(handler, body)


def fails(status: int, message: str) -> Act:
    """Answers with an HTTP error."""

    def act(handler: ScriptedHandler, body: Body) -> None:
        document = json.dumps({"error": {"message": message, "type": "server_error"}}).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(document)))
        handler.end_headers()
        handler.wfile.write(document)

    return act


def hangs_after(*words: str) -> Act:
    """Says these words, then nothing more until the test ends."""

    def act(handler: ScriptedHandler, body: Body) -> None:
        handler.begin_stream()
        for word in words:
            handler.send({"role": "assistant", "content": word})
        handler.script.released.wait(60)

    return act


def talks_garbage(handler: ScriptedHandler, body: Body) -> None:
    """Streams something that is no chat completion."""
    handler.begin_stream()
    handler.wfile.write(b"data: {not json at all\n\n")


@contextmanager
def scripted_model() -> Iterator[ScriptedModel]:
    """The server on a free port, for as long as the context lasts."""
    handler = type("Handler", (ScriptedHandler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.script = script = ScriptedModel(server)  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield script
    finally:
        script.released.set()
        server.shutdown()
        server.server_close()
