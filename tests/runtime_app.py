"""An agent after AgentCore Runtime's HTTP contract, made with the SDK: `python runtime_app.py PORT`.

It does what the prompt names, so that one process serves every test.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 60.0


class RuntimeApp:
    """The agent as a process of its own on a free port."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers its ping."""
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(Path(__file__)), str(self.port)],
            env=os.environ | self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert self._process.poll() is None, "the agent ended"
            assert time.monotonic() < deadline, "the agent did not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=1) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self) -> None:
        """Ends it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _app() -> Any:
    from bedrock_agentcore import BedrockAgentCoreApp

    app = BedrockAgentCoreApp()

    @app.entrypoint
    async def main(payload: dict[str, Any], context: Any) -> Any:
        act, _, rest = str(payload["prompt"]).partition(" ")
        if act == "echo":
            return {"payload": payload, "session": context.session_id}
        if act == "fail":
            raise ValueError("the agent's own failure")
        if act == "silent":
            await asyncio.sleep(PATIENCE_SECONDS)
        if act in _STREAMS:
            return _STREAMS[act](payload, rest)
        return {"result": {"role": "assistant", "content": [{"text": f"You said: {payload['prompt']}"}]}}

    return app


async def _words(_: dict[str, Any], rest: str) -> AsyncIterator[Any]:
    for word in rest.split():
        yield f"{word} "


async def _strands(_: dict[str, Any], rest: str) -> AsyncIterator[Any]:
    """The events of `Agent.stream_async`: the same words in three of them."""
    yield {"init_event_loop": True}
    yield {"event": {"contentBlockStart": {"start": {"toolUse": {"name": "look_up", "toolUseId": "t"}}}}}
    for word in rest.split():
        yield {"event": {"contentBlockDelta": {"delta": {"text": f"{word} "}}}}
        yield {"data": f"{word} ", "delta": {"text": f"{word} "}}
    yield {"message": {"role": "assistant", "content": [{"text": rest}]}}
    yield {"result": rest}


async def _fails_late(_: dict[str, Any], rest: str) -> AsyncIterator[Any]:
    yield rest
    raise ValueError("the agent's own failure")


async def _hangs(_: dict[str, Any], rest: str) -> AsyncIterator[Any]:
    yield rest
    await asyncio.sleep(PATIENCE_SECONDS)


async def _stores(payload: dict[str, Any], rest: str) -> AsyncIterator[Any]:
    """Answers and stores the exchange itself, where the payload says."""
    answer = f"Stored: {rest}"
    _store(payload, ("USER", str(payload["prompt"])), ("ASSISTANT", answer))
    yield answer


async def _stores_then_hangs(payload: dict[str, Any], rest: str) -> AsyncIterator[Any]:
    """Stores the question itself, and is silent after the beginning of an answer."""
    _store(payload, ("USER", str(payload["prompt"])))
    yield rest
    await asyncio.sleep(PATIENCE_SECONDS)


async def _stores_then_fails(payload: dict[str, Any], rest: str) -> AsyncIterator[Any]:
    _store(payload, ("USER", str(payload["prompt"])))
    yield rest
    raise ValueError("the agent's own failure")


def _store(payload: dict[str, Any], *said: tuple[str, str]) -> None:
    import boto3

    boto3.client("bedrock-agentcore").create_event(
        memoryId=payload["memory_id"],
        actorId=payload["actor_id"],
        sessionId=payload["session_id"],
        eventTimestamp=time.time(),
        payload=[{"conversational": {"role": role, "content": {"text": text}}} for role, text in said],
    )


_STREAMS = {
    "words": _words,
    "strands": _strands,
    "fails-late": _fails_late,
    "hangs": _hangs,
    "stores": _stores,
    "stores-then-hangs": _stores_then_hangs,
    "stores-then-fails": _stores_then_fails,
}

if __name__ == "__main__":
    _app().run(port=int(sys.argv[1]))
