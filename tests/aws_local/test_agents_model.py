"""Agents whose brain is a language model: at a server with chat completions, and at Bedrock Converse."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from services.aws_local.agents.brain import Prompt, Reply
from services.aws_local.agents.model_brain import OWN_MODEL, ModelBrain
from services.aws_local.errors import DependencyFailedException, ServiceError
from services.aws_local.extractors.model_server import ChatCompletions, Converse
from tests.aws_local.test_agents_rules import TOOLS

Answer = dict[str, Any] | int
USE = {"toolUseId": "use-1", "name": "Trips__book_trip", "input": {"origin": "Boston"}}
CONVERSATION = [
    {"role": "user", "content": [{"text": "Book it"}]},
    {"role": "assistant", "content": [{"text": "I book."}, {"toolUse": USE}]},
    {
        "role": "user",
        "content": [
            {"toolResult": {"toolUseId": "use-1", "status": "success", "content": [{"text": "Booked."}]}},
            {"text": "And now?"},
        ],
    },
]


@contextmanager
def model(*answers: Answer) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that answers with these documents, or statuses, in turn; its URL and what it was asked."""
    asked: list[dict[str, Any]] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(body | {"path": self.path})
            answer = left.pop(0)
            status, document = (answer, {"message": "no"}) if isinstance(answer, int) else (200, answer)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def chat(**message: Any) -> Answer:
    usage = {"prompt_tokens": 5, "completion_tokens": 7}
    return {"choices": [{"message": {"role": "assistant", **message}}], "usage": usage}


def converse(*content: dict[str, Any]) -> Answer:
    return {
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 5, "outputTokens": 7, "totalTokens": 12},
        "metrics": {"latencyMs": 1},
    }


PROMPT = Prompt("Be helpful.", CONVERSATION, TOOLS, "own-model")
CALL = {
    "id": "use-1",
    "type": "function",
    "function": {"name": USE["name"], "arguments": '{"origin": "Boston"}'},
}


def at_chat(url: str) -> ModelBrain:
    return ModelBrain(ChatCompletions(f"{url}/v1"), "llama")


def at_converse(url: str) -> ModelBrain:
    return ModelBrain(Converse("us-west-2", url), OWN_MODEL)


@pytest.mark.parametrize(
    ("brain_at", "text", "use"),
    [
        (at_chat, chat(content="Hello."), chat(content="I look.", tool_calls=[CALL])),
        (at_converse, converse({"text": "Hello."}), converse({"text": "I look."}, {"toolUse": USE})),
    ],
    ids=["chat completions", "Converse"],
)
def test_a_model_answers_and_calls(brain_at: Callable[[str], ModelBrain], text: Answer, use: Answer) -> None:
    usage = {"inputTokens": 5, "outputTokens": 7}
    with model(text, use) as (url, asked):
        brain = brain_at(url)
        assert brain.reply(PROMPT) == Reply("Hello.", usage=usage)
        assert brain.reply(PROMPT) == Reply("I look.", (USE,), "I look.", usage)
    first = asked[0]
    if brain_at is at_chat:
        assert first["model"] == "llama"
        roles = [each["role"] for each in first["messages"]]
        assert roles == ["system", "user", "assistant", "tool", "user"]
        assert first["messages"][2]["tool_calls"][0]["function"]["name"] == USE["name"]
        assert first["messages"][3]["tool_call_id"] == "use-1"
        assert first["tools"][0]["function"]["name"] == USE["name"]
    else:
        assert first["path"] == "/model/own-model/converse"
        assert first["messages"] == CONVERSATION
        assert first["toolConfig"]["tools"] == TOOLS


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (429, "ThrottlingException"),
        (403, "AccessDeniedException"),
        (500, "DependencyFailedException"),
        ({"choices": []}, "DependencyFailedException"),
        (chat(content=""), "DependencyFailedException"),
        (
            chat(tool_calls=[{"id": "a", "function": {"name": "f", "arguments": "[1]"}}]),
            "DependencyFailedException",
        ),
    ],
)
def test_a_model_that_fails_fails_the_turn(answer: Answer, code: str) -> None:
    with model(answer) as (url, _), pytest.raises(ServiceError) as caught:
        at_chat(url).reply(PROMPT)
    assert caught.value.code == code


def test_a_model_summarises_in_the_services_form() -> None:
    summary = "<summary>\n  <topic name='user goals'>A trip.</topic>\n</summary>"
    with model(chat(content=f"<think>so</think>Here: {summary} Done."), chat(content="A trip.")) as (
        url,
        asked,
    ):
        brain = at_chat(url)
        assert brain.summary(CONVERSATION, "own-model") == summary
        with pytest.raises(DependencyFailedException):
            brain.summary(CONVERSATION, "own-model")
    assert "Booked." in asked[0]["messages"][1]["content"]


def test_names_say_who_thinks() -> None:
    assert at_chat("http://127.0.0.1:1").name == "llama at http://127.0.0.1:1/v1"
    assert at_chat("http://127.0.0.1:1").model_id("own") == "llama"
    assert at_converse("http://127.0.0.1:1").model_id("own") == "own"
