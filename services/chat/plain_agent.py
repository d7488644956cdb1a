"""The agent that this page runs, without its memory: the same model, told that it has none."""

from __future__ import annotations

from dataclasses import dataclass

from strands import Agent
from strands.types.content import Messages

from services.chat import strands_answers
from services.chat.model_faults import explain_model_error
from services.chat.models import ModelChoice, build_model
from services.chat.turns import Turn
from services.faults import Fault
from services.short_term.conversation_file import MessageDraft

MANNERS = """\
You are a helpful assistant. You have no memory of earlier conversations: answer from what was said in this \
one only, and say so when it holds no answer."""


@dataclass(frozen=True)
class PlainAgent:
    """It has no tools at all: what a persona's tools do, they would do a second time."""

    model: ModelChoice

    async def answer(self, turn: Turn, earlier: Messages) -> Messages:
        """See Answerer."""
        agent = Agent(
            model=build_model(self.model),
            messages=list(earlier),
            tools=[],
            system_prompt=MANNERS,
            callback_handler=None,
            retry_strategy=strands_answers.retries(),
        )
        await strands_answers.stream(agent, turn)
        return agent.messages

    def left_to_store(self, turn: Turn) -> list[MessageDraft]:
        """Nothing: it answers in addition."""
        return []

    def explain(self, error: BaseException) -> Fault:
        """See Answerer."""
        return explain_model_error(error, self.model.label, self.model.api_key)
