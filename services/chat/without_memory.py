"""What the same agent would say without its memory: the question again, with nothing looked up."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from strands import Agent, ModelRetryStrategy
from strands.types.content import Messages

from services.chat.messages import model_messages
from services.chat.model_faults import EmptyAnswer, explain_model_error
from services.chat.models import ModelChoice, build_model
from services.faults import Fault
from services.people import carried

_MANNERS = """\
You are a helpful assistant. You have no memory of earlier conversations: answer from what was said in this \
one only, and say so when it holds no answer."""


@dataclass(frozen=True)
class PlainAnswer:
    """What came: a text, or the fault that kept it from coming; `seconds` it took."""

    text: str
    seconds: float
    fault: Fault | None = None


class AnswerWithoutMemory:
    """A question put to a model without memory, in a thread of its own. `answer` is None until it is there.

    `spoken` is what was said in this conversation before, (role, text) oldest first. Nothing is stored.
    """

    def __init__(self, question: str, spoken: Sequence[tuple[str, str]], choice: ModelChoice) -> None:
        self.question = question
        self.answer: PlainAnswer | None = None
        self._choice = choice
        self._messages = model_messages(spoken)
        self._thread = threading.Thread(target=carried(self._ask), name="chat-without-memory", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> PlainAnswer | None:
        """The answer, waiting for it at most so long."""
        self._thread.join(seconds)
        return self.answer

    def _ask(self) -> None:
        started = time.monotonic()
        try:
            words, fault = asyncio.run(_answer(self.question, self._messages, self._choice)), None
        except Exception as error:  # whatever a model server does is shown, not raised
            words, fault = "", explain_model_error(error, self._choice.label, self._choice.api_key)
        self.answer = PlainAnswer(words, time.monotonic() - started, fault)


async def _answer(question: str, messages: Messages, choice: ModelChoice) -> str:
    agent = Agent(
        model=build_model(choice),
        messages=messages,
        tools=[],
        system_prompt=_MANNERS,
        callback_handler=None,
        retry_strategy=ModelRetryStrategy(max_attempts=3, initial_delay=1, max_delay=4),
    )
    words = ""
    async for event in agent.stream_async(question):
        words += event.get("data", "")
    if not words.strip():
        raise EmptyAnswer("The answer has no text.")
    return words.strip()
