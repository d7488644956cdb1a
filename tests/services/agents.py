"""Agents in the embedded endpoint for tests: made as the dashboard makes them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from services.agents import drafts as agent_drafts
from services.agents.bedrock_agents import TEST_ALIAS
from services.agents.drafts import ActionGroupDraft, AgentDraft
from services.agents.rooms import AgentRoom, function_result
from services.agents.turns import AgentPlace, AgentTurn, Asked
from services.clients import Clients
from services.notebook import functions as notebook_functions
from services.notebook.tour import BOOK
from services.workspace.store import Workspace
from tests.services.conftest import PATIENCE_SECONDS

INSTRUCTION = "You are a travel agency agent that helps customers making travel reservations."


def draft(**more: Any) -> AgentDraft:
    """The notebook's agent, under a name of its own; its actions are carried out by whoever calls it."""
    functions = json.dumps(notebook_functions.FUNCTIONS)
    values: dict[str, Any] = {
        "name": f"travel-{uuid.uuid4().hex[:10]}",
        "instruction": INSTRUCTION,
        "action_group": ActionGroupDraft("Bookings", functions),
    }
    return AgentDraft(**(values | more))


def new_agent(live: Clients, workspace: Workspace, **more: Any) -> str:
    """The id of an agent that is PREPARED."""
    return agent_drafts.create(live, workspace, draft(**more))


def talk(room: AgentRoom, message: str) -> AgentTurn:
    """Says something and carries out what the agent asks for, as the notebook's functions would."""
    turn = room.ask(Asked(message))
    assert turn.wait(PATIENCE_SECONDS)
    while turn.control is not None:
        results = []
        for given in turn.control.inputs:
            call = given["functionInvocationInput"]
            values = {each["name"]: each["value"] for each in call["parameters"]}
            answer = notebook_functions.answer(call["function"], values)
            assert answer is not None
            results.append(function_result(given, answer.body, failed=answer.failed))
        turn = room.answer_control(results, Asked(""))
        assert turn.wait(PATIENCE_SECONDS)
    return turn


def room_of(live: Clients, workspace: Workspace, agent_id: str, session_id: str, memory_id: str) -> AgentRoom:
    return AgentRoom(live, workspace, AgentPlace(agent_id, TEST_ALIAS, session_id, memory_id), 1800)


def book_a_trip(
    live: Clients, workspace: Workspace, agent_id: str, memory_id: str, session_id: str = "first"
) -> AgentRoom:
    """Anna's first session, ended."""
    room = room_of(live, workspace, agent_id, session_id, memory_id)
    assert "Successfully booked" in talk(room, BOOK).answer
    assert room.end().wait(PATIENCE_SECONDS)
    assert room.ended
    return room
