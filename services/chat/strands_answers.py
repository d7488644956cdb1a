"""What the agents have in common that this page runs with Strands: the model, the persona, the stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from strands import Agent, ModelRetryStrategy
from strands.agent.agent_result import AgentResult
from strands.hooks import HookCallback, HookProvider
from strands.models.model import Model
from strands.types.tools import AgentTool

from services.chat import personas
from services.chat.model_faults import EmptyAnswer, ToolCallLimitReached, explain_model_error
from services.chat.models import ModelChoice, build_model
from services.chat.personas import PERSONAS, Customer, Persona
from services.chat.prompt_watch import PromptWatch
from services.chat.tool_watch import MODEL_CALLS_PER_TURN, TOOL_CALLS_PER_TURN, ToolWatch
from services.chat.turns import TextDelta, Turn
from services.errors import InvalidValue
from services.faults import Fault


class BuiltModel:
    """The Strands model of the last choice, kept: making its client costs some 0.2 s."""

    def __init__(self) -> None:
        self._built: tuple[ModelChoice, Model] | None = None

    def of(self, choice: ModelChoice) -> Model:
        """The model of a choice; raises what `build_model` raises."""
        built = self._built
        if built is None or built[0] != choice:
            built = self._built = (choice, build_model(choice))
        return built[1]


@dataclass(frozen=True)
class Mind:
    """What a Strands agent thinks with, and as whom (a name in PERSONAS), for a customer."""

    choice: ModelChoice
    model: BuiltModel
    persona: str
    customer: Customer

    def explain(self, error: BaseException) -> Fault:
        """What went wrong, without the model's key."""
        return explain_model_error(error, self.choice.label, self.choice.api_key)

    @property
    def _persona(self) -> Persona:
        if self.persona not in PERSONAS:
            raise InvalidValue(f"There is no persona {self.persona}.")
        return PERSONAS[self.persona]

    def tools(self) -> list[AgentTool]:
        """The tools of the persona."""
        return personas.tools(self._persona, self.customer)

    def prompt(self, manners: str) -> str:
        """What the model is told: the manners of the chat, and whom it plays."""
        return f"{manners}\n\n{self._persona.instructions}".strip()


def watches(turn: Turn) -> list[HookProvider | HookCallback[Any]]:
    """What reports an agent's work to the turn."""
    return [ToolWatch(turn), PromptWatch(turn)]


def retries() -> ModelRetryStrategy:
    """How often a model that asks to slow down is asked again: for some seconds, not for a minute."""
    return ModelRetryStrategy(max_attempts=3, initial_delay=1, max_delay=4)


async def stream(agent: Agent, turn: Turn) -> None:
    """Streams one answer into the turn.

    Raises what the model raises, ToolCallLimitReached for one that calls tools without end, and EmptyAnswer.
    """
    result: AgentResult | None = None
    async for event in agent.stream_async(turn.text, limits={"turns": MODEL_CALLS_PER_TURN}):
        if "data" in event:
            turn.append(TextDelta(_spaced(turn, event["data"])))
        result = event.get("result", result)
    if result is not None and result.stop_reason.startswith("limit_"):
        raise ToolCallLimitReached(f"{TOOL_CALLS_PER_TURN} tool calls were made for this answer.")
    if not turn.answer.strip():
        raise EmptyAnswer("The answer has no text.")


def _spaced(turn: Turn, text: str) -> str:
    """The next piece of the answer, as a new paragraph when a tool call came between."""
    last = turn.events()[-1:]
    return f"\n\n{text}" if turn.answer and last and not isinstance(last[0], TextDelta) else text
