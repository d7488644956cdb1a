"""An agent of Amazon Bedrock Agents, talked with in Chat: its answer, the steps of its trace, its memory.

The exchange is one of the Agent chat page too, which has the whole trace and the forms for what an agent asks
its caller to carry out.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass

from strands.types.content import Messages

from services.agents import traces as agent_traces
from services.agents.rooms import AgentRoom
from services.agents.turns import AgentPlace, AgentTurn, Asked, Row
from services.chat.agent_choice import AgentChoice
from services.chat.answering import exchanged
from services.chat.messages import turn_messages
from services.chat.turns import (
    AgentSession,
    AgentStep,
    ContextInjected,
    ControlReturned,
    Conversation,
    TextDelta,
    Turn,
    TurnEvent,
)
from services.errors import InvalidValue
from services.faults import Fault, explain
from services.short_term.conversation_file import MessageDraft

LOOK_EVERY_SECONDS = 0.05
LONGEST_STEP = 2_000
_ID = re.compile(r"[0-9a-zA-Z._:-]{2,100}")


class AgentFailed(Exception):
    """The exchange ended with a fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.title)
        self.fault = fault


def place_of(choice: AgentChoice, conversation: Conversation) -> AgentPlace:
    """Where a conversation is gone on with at the agent: in the session of the same id, under the actor's id
    as memory id. Raises InvalidValue for ids that InvokeAgent would not take."""
    memory_id = conversation.actor_id if choice.uses_memory else None
    for noun, value in (("session id", conversation.session_id), ("memory id", memory_id)):
        if value is not None and not _ID.fullmatch(value):
            raise InvalidValue(
                f"“{value}” cannot be the {noun} of an agent of Bedrock Agents: it takes 2 to 100 letters, "
                "digits and . _ : -"
            )
    return AgentPlace(choice.agent_id, choice.alias_id, conversation.session_id, memory_id)


@dataclass(frozen=True)
class BedrockAgent:
    """`room` is where it is talked to; None while no agent is chosen."""

    room: AgentRoom | None

    async def answer(self, turn: Turn, earlier: Messages) -> Messages:
        """See Answerer. The agent keeps its session's history itself, so `earlier` is not sent."""
        if self.room is None:
            raise InvalidValue("Choose an agent of Bedrock Agents.")
        talk = self.room.ask(Asked(turn.text))
        place = self.room.place
        turn.append(AgentSession(place.agent_id, place.alias_id, place.session_id, place.memory_id))
        told = _Told()
        try:
            while not talk.done:
                await asyncio.sleep(LOOK_EVERY_SECONDS)
                _append(turn, told.news(talk))
        except asyncio.CancelledError:
            talk.stop()
            raise
        _append(turn, told.news(talk))
        if talk.fault is not None:
            raise AgentFailed(talk.fault)
        return exchanged(turn, earlier)

    def left_to_store(self, turn: Turn) -> list[MessageDraft]:
        """Everything: the agent writes nothing into an AgentCore memory."""
        return turn_messages(turn)

    def explain(self, error: BaseException) -> Fault:
        """See Answerer."""
        return error.fault if isinstance(error, AgentFailed) else explain(error)


class _Told:
    """What of an exchange was passed on already."""

    def __init__(self) -> None:
        self._characters = 0
        self._traces = 0
        self._memory: str | None = None
        self._control = False

    def news(self, talk: AgentTurn) -> Iterator[TurnEvent]:
        """What has come since the last time."""
        traces = talk.traces
        for part in traces[self._traces :]:
            yield from _steps(part)
        self._traces = len(traces)
        memory = agent_traces.memory_in_prompt(traces)
        if memory and memory != self._memory:
            self._memory = memory
            yield ContextInjected(memory)
        answer = talk.answer
        if len(answer) > self._characters:
            yield TextDelta(answer[self._characters :])
            self._characters = len(answer)
        if talk.control is not None and not self._control:
            self._control = True
            yield ControlReturned(tuple(map(_call, talk.control.inputs)))


def _append(turn: Turn, events: Iterator[TurnEvent]) -> None:
    for event in events:
        turn.append(event)


def _steps(part: Row) -> Iterator[AgentStep]:
    for step in agent_traces.steps([part]):
        for entry in step.entries:
            yield AgentStep(f"{step.phase}: {entry.title}", entry.body[:LONGEST_STEP], entry.seconds)


def _call(given: Row) -> str:
    """What the agent wants done, `Bookings.book_hotel(city=Rome)`."""
    call = given.get("functionInvocationInput") or given.get("apiInvocationInput") or {}
    named = call.get("function") or f"{call.get('httpMethod', '')} {call.get('apiPath', '')}".strip()
    arguments = ", ".join(f"{each.get('name')}={each.get('value')}" for each in call.get("parameters", []))
    return f"{call.get('actionGroup', '')}.{named}({arguments})"
