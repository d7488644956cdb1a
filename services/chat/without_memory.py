"""What the same agent would say without its memory: the question again, with nothing looked up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from services.chat.answering import Answerer
from services.chat.messages import model_messages
from services.chat.turns import Turn, TurnDone
from services.faults import Fault
from services.people import carried


@dataclass(frozen=True)
class PlainAnswer:
    """What came: a text, or the fault that kept it from coming; `seconds` it took."""

    text: str
    seconds: float
    fault: Fault | None = None


class AnswerWithoutMemory:
    """A question put to an agent without its memory (`ChatAgent.without_memory`), in a thread of its own.
    `answer` is None until it is there.

    `spoken` is what was said in this conversation before, (role, text) oldest first. Nothing is stored.
    """

    def __init__(self, question: str, spoken: Sequence[tuple[str, str]], agent: Answerer) -> None:
        self.question = question
        self.answer: PlainAnswer | None = None
        self._agent = agent
        self._messages = model_messages(spoken)
        self._thread = threading.Thread(target=carried(self._ask), name="chat-without-memory", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> PlainAnswer | None:
        """The answer, waiting for it at most so long."""
        self._thread.join(seconds)
        return self.answer

    def _ask(self) -> None:
        turn = Turn(self.question)
        fault = None
        try:
            asyncio.run(self._agent.answer(turn, self._messages))
        except Exception as error:  # whatever an agent does is shown, not raised
            fault = self._agent.explain(error)
        turn.append(TurnDone())
        self.answer = PlainAnswer("" if fault else turn.answer.strip(), turn.seconds, fault)
