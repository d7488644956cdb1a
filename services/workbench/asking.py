"""One question to a model: streamed, timed, counted, and stopped at once when nobody wants the answer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from strands.models.model import Model
from strands.types.content import Messages
from strands.types.event_loop import Usage
from strands.types.exceptions import MaxTokensReachedException

from services.errors import Cancelled
from services.people import carried

LOOK_SECONDS = 0.1
LONGEST_ANSWER = 500_000
"""Characters; a model that goes on after that has lost its way."""


@dataclass(frozen=True)
class Reply:
    """What a model answered. The tokens are None where its server does not count them."""

    text: str
    seconds: float
    input_tokens: int | None = None
    output_tokens: int | None = None


def ask(
    model: Model,
    system: str,
    messages: Messages,
    stopping: Callable[[], bool],
    heard: Callable[[int], object],
) -> Reply:
    """The model's answer to messages under a system prompt.

    `heard` is told the characters so far, now and then. Raises Cancelled as soon as `stopping` says so,
    whatever the server does; MaxTokensReachedException for an answer without end; and what the model raises.
    """
    call = _Call(model, system, messages)
    while not call.ended.wait(LOOK_SECONDS):
        heard(call.characters)
        if stopping():
            call.stop()
            raise Cancelled
    return call.reply()


class _Call:
    """The call in a thread of its own, which may outlive it: a silent server's last read cannot be cut."""

    def __init__(self, model: Model, system: str, messages: Messages) -> None:
        self.ended = threading.Event()
        self.characters = 0
        self._reply: Reply | None = None
        self._error: Exception | None = None
        self._stopped = threading.Event()
        self._asked = (model, system, messages)
        threading.Thread(target=carried(self._run), name="workbench-model", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def reply(self) -> Reply:
        if self._error is not None:
            raise self._error
        if self._reply is None:
            raise Cancelled
        return self._reply

    def _run(self) -> None:
        try:
            asyncio.run(self._listen())
        except Exception as error:  # for whoever asked
            self._error = error
        finally:
            self.ended.set()

    async def _listen(self) -> None:
        hearing = asyncio.ensure_future(self._hear())
        while not hearing.done():
            await asyncio.wait({hearing}, timeout=LOOK_SECONDS)
            if self._stopped.is_set():
                hearing.cancel()
                return
        self._reply = hearing.result()
        self.ended.set()  # not after the loop's clean-up, which may wait for a worker thread

    async def _hear(self) -> Reply:
        model, system, messages = self._asked
        started = time.monotonic()
        pieces: list[str] = []
        usage: Usage | None = None
        async for event in model.stream(messages, system_prompt=system, cancel_signal=self._stopped):
            piece = event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
            pieces.append(piece)
            self.characters += len(piece)
            cut_off = event.get("messageStop", {}).get("stopReason") == "max_tokens"
            if cut_off or self.characters > LONGEST_ANSWER:
                raise MaxTokensReachedException(f"The answer was cut off after {self.characters} characters.")
            usage = event.get("metadata", {}).get("usage", usage)
        return Reply(
            "".join(pieces),
            time.monotonic() - started,
            usage["inputTokens"] if usage else None,
            usage["outputTokens"] if usage else None,
        )
