"""The conversations with agents that a browser session has open: a running answer outlives reruns."""

import secrets
from datetime import UTC, datetime

import streamlit as st

from dashboard import resources
from dashboard.resources import agents as bedrock
from services.agents.rooms import AgentRoom
from services.agents.turns import AgentPlace
from services.chat.agent_choice import AgentChoice
from services.chat.bedrock_agent import place_of
from services.chat.turns import Conversation
from services.workspace.agent_memories import Source

MOST_ROOMS = 12
_KEY = "agent-rooms"


def room(place: AgentPlace, idle_seconds: int, origin: Source = "chat") -> AgentRoom:
    """The conversation at a place of the live connection, opened once per browser session.

    Above `MOST_ROOMS` those that were not looked at for the longest are forgotten, unless they still answer.
    """
    rooms: dict[tuple[str, AgentPlace], AgentRoom] = st.session_state.setdefault(_KEY, {})
    key = (resources.connection().key, place)
    found = rooms.pop(key, None) or bedrock.open_room(place, idle_seconds, origin)
    rooms[key] = found
    found.use(resources.clients())
    for other in [each for each in list(rooms)[:-MOST_ROOMS] if rooms[each].running is None]:
        del rooms[other]
    return found


def of_chat(conversation: Conversation, choice: AgentChoice) -> AgentRoom | None:
    """Where a chat is gone on with at an agent of Bedrock Agents: the Agent chat page has the same room.

    None for other kinds of agents, and while none is chosen. Raises what reading the agent raises, and
    InvalidValue for ids that cannot be the agent's.
    """
    if choice.kind != "bedrock_agent" or not choice.agent_id:
        return None
    idle = int(bedrock.agent_view(choice.agent_id).agent["idleSessionTTLInSeconds"])
    return room(place_of(choice, conversation), idle)


def new_session_id() -> str:
    """An id that tells the time for people, and that no two visitors share."""
    return f"session-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
