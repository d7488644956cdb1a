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
        self.models: list[str] = []
        self.moved_to: str | None = None
        self.released = threading.Event()

    def next_act(self) -> Act:
        return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]


class ScriptedHandler(BaseHTTPRequestHandler):
    """One request."""

    script: ScriptedModel

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.moved():
            return
        self.script.requests.append(body)
        self.script.keys.append(self.headers.get("Authorization"))
        self.script.next_act()(self, body)

    def do_GET(self) -> None:
        """The list of models, and nothing else."""
        if self.moved():
            return
        listed = [
            {"id": name, "object": "model", "created": 1, "owned_by": "me"} for name in self.script.models
        ]
        found = self.path == "/v1/models"
        self.answer(200 if found else 404, {"object": "list", "data": listed} if found else {})

    def moved(self) -> bool:
        """Redirects to where the script says that everything is now, if it says so; whether it did."""
        if self.script.moved_to is None:
            return False
        self.send_response(307)  # a POST stays a POST
        self.send_header("Location", self.script.moved_to + self.path.removeprefix("/v1"))
        self.send_header("Content-Length", "0")
        self.end_headers()
        return True

    def answer(self, status: int, document: Body) -> None:
        """A whole answer in JSON."""
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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


def calls(*wanted: tuple[str, Any], ids: bool = True, finish: str = "tool_calls") -> Act:
    """Wants these tools called, (name, arguments) each; arguments that are no text are sent as they are.

    `ids` False: the calls have none, as some servers send them.
    """

    def act(handler: ScriptedHandler, body: Body) -> None:
        handler.begin_stream()
        for index, (name, arguments) in enumerate(wanted):
            call_id = {"id": f"call-{len(body['messages'])}-{index}"} if ids else {}
            function = {"name": name, "arguments": arguments}
            tool_call = {"index": index, "type": "function", "function": function, **call_id}
            handler.send({"role": "assistant", "tool_calls": [tool_call]})
        handler.send({}, finish)
        handler.end_stream()

    return act


def calls_tool(**arguments: str) -> Act:
    """Wants the memory tool called."""
    return calls(("agent_core_memory", json.dumps(arguments)))


def cites_first_record(handler: ScriptedHandler, body: Body) -> None:
    """Answers with the text and id of the first record in the tool's result."""
    text = body["messages"][-1]["content"]
    found = json.loads(text[text.index("{") :])["memoryRecordSummaries"]
    says(f"I recall {found[0]['content']['text']} ", f"[{found[0]['memoryRecordId']}].")(handler, body)


def fails(status: int, message: str) -> Act:
    """Answers with an HTTP error."""

    def act(handler: ScriptedHandler, body: Body) -> None:
        handler.answer(status, {"error": {"message": message, "type": "server_error"}})

    return act


def hangs_after(*words: str) -> Act:
    """Says these words, then nothing more until the test ends."""

    def act(handler: ScriptedHandler, body: Body) -> None:
        handler.begin_stream()
        for word in words:
            handler.send({"role": "assistant", "content": word})
        handler.script.released.wait(60)

    return act


def breaks_off_after(*words: str) -> Act:
    """Says these words, then the connection is gone, in the middle of an event."""

    def act(handler: ScriptedHandler, body: Body) -> None:
        handler.begin_stream()
        for word in words:
            handler.send({"role": "assistant", "content": word})
        handler.wfile.write(b'data: {"id": "c", "choi')

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
