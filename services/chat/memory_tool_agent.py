"""A Strands agent with AgentCoreMemoryToolProvider: the model decides when it looks into memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from strands import Agent
from strands.types.content import Messages

from services.chat import strands_answers
from services.chat.memory_tool import MemoryTool
from services.chat.messages import StoreMode, system_prompt, turn_messages
from services.chat.strands_answers import Mind
from services.chat.turns import EventStored, MemoriesRetrieved, Turn
from services.faults import Fault
from services.short_term.conversation_file import MessageDraft


@dataclass(frozen=True)
class MemoryToolAgent:
    """The agent of the AWS guide, "Use Long-term Memory in an Agent". `observed` hears of what the tool did.

    `store`: whether this page stores every turn, or the agent what it thinks worth it.
    """

    mind: Mind
    tool: Callable[[], MemoryTool]
    store: StoreMode
    observed: Callable[[Turn, MemoriesRetrieved | EventStored], None]

    async def answer(self, turn: Turn, earlier: Messages) -> Messages:
        """See Answerer. The agent is a fresh one, so that one that failed leaves no half message behind."""
        tool = self.tool().for_answer(turn.keeping, lambda event: self.observed(turn, event))
        agent = Agent(
            model=self.mind.model.of(self.mind.choice),
            messages=list(earlier),
            tools=[*tool.tools, *self.mind.tools()],
            system_prompt=self.mind.prompt(system_prompt(self.store)),
            callback_handler=None,
            hooks=strands_answers.watches(turn),
            retry_strategy=strands_answers.retries(),
        )
        await strands_answers.stream(agent, turn)
        return agent.messages

    def left_to_store(self, turn: Turn) -> list[MessageDraft]:
        """See Answerer."""
        return turn_messages(turn) if self.store == "turns" else []

    def explain(self, error: BaseException) -> Fault:
        """See Answerer."""
        return self.mind.explain(error)
