"""Who answers in Chat: the kind of agent, and which one. Bound to the address bar; kept for Demos too."""

from dataclasses import replace

import streamlit as st

from dashboard import agent_rooms, faults, format, state
from dashboard.components import agent_pickers, chat_models
from dashboard.resources import runtimes
from dashboard.state import Key
from services.agents.bedrock_agents import memory_settings
from services.chat.agent import Chosen
from services.chat.agent_choice import (
    AGENT_KINDS,
    DEFAULT_PAYLOAD,
    DEFAULT_QUALIFIER,
    PLACEHOLDERS,
    AgentChoice,
    AgentKind,
)
from services.chat.messages import StoreMode
from services.chat.room import ChatRoom
from services.listing import Listing

_KEY = "chat-agent"
DEFAULT_KIND: AgentKind = "memory_tool"
ABOUT: dict[AgentKind, str] = {
    "memory_tool": "The model itself decides when it looks into memory, as in the AWS guide.",
    "session_manager": "The AgentCore SDK looks up everything you write, puts what it finds before it, and "
    "stores every message as an event of its own.",
    "runtime": "Your own agent, on AgentCore Runtime. It is sent what you write, and brings its own model.",
    "bedrock_agent": "An agent with its own model and actions. Its answer, the steps of its trace and the "
    "memory in its prompt show here.",
}


def current() -> AgentChoice:
    """The agent that was chosen on the Chat page of this browser session."""
    choice: AgentChoice = st.session_state.get(_KEY, AgentChoice())
    return choice


def kind() -> AgentKind:
    """The kind that the address bar names; the usual one where it names none."""
    asked = state.get(Key.CHAT_AGENT)
    return next((known for known in AGENT_KINDS if known == asked), DEFAULT_KIND)


def pick_kind() -> AgentKind:
    """The choice of the kind of agent."""
    key = "chat-agent-kind"
    chosen = kind()
    st.session_state[key] = chosen

    def changed() -> None:
        picked = st.session_state[key]
        state.put(chat_agent=None if picked == DEFAULT_KIND else picked)

    st.selectbox(
        "Who answers", list(AGENT_KINDS), format_func=AGENT_KINDS.__getitem__, key=key, on_change=changed
    )
    st.caption(ABOUT[chosen])
    return chosen


def keep(choice: AgentChoice) -> AgentChoice:
    """Keeps the choice for the browser session. Why nobody can be talked with by it stands at the input."""
    st.session_state[_KEY] = choice
    return choice


def pick_runtime() -> AgentChoice:
    """An agent on AgentCore Runtime: one of the list, or any by its ARN."""
    names = {row["agentRuntimeArn"]: str(row["agentRuntimeName"]) for row in _runtimes().rows}
    arn = state.get(Key.RUNTIME) or ""
    key = "chat-runtime"
    options = sorted(names, key=lambda each: names[each].lower())
    st.session_state[key] = arn or None

    def changed() -> None:
        state.put(runtime=(st.session_state[key] or "").strip() or None)

    st.selectbox(
        "Agent",
        options if arn in names or not arn else [arn, *options],
        key=key,
        accept_new_options=True,
        format_func=lambda each: names.get(each, each),
        on_change=changed,
        placeholder="Choose one, or paste an ARN",
        help="Those that ListAgentRuntimes tells. The ARN of any other agent can be typed.",
    )
    qualifier = st.text_input(
        "Endpoint",
        DEFAULT_QUALIFIER,
        key="chat-runtime-qualifier",
        persist_state="session",
        help="The agent's endpoint (qualifier) that is invoked",
    )
    payload = st.text_area(
        "Payload",
        DEFAULT_PAYLOAD,
        key="chat-runtime-payload",
        persist_state="session",
        height=110,
        help="The JSON that the agent is sent. "
        + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        + " are replaced by what you write and by this chat's actor and session.",
    )
    return AgentChoice(
        "runtime",
        runtime_arn=arn,
        qualifier=(qualifier or "").strip() or DEFAULT_QUALIFIER,
        payload=payload or "",
    )


def _runtimes() -> Listing[dict[str, str]]:
    with faults.shown():
        listing = runtimes.runtimes()
        if not listing.complete:
            st.caption(
                f"The list stopped at {format.count(len(listing.rows), 'agent')}; type the ARN of another."
            )
        return listing
    return Listing([], complete=False)


def pick_bedrock() -> AgentChoice:
    """An agent of Bedrock Agents by an alias."""
    view = agent_pickers.agent()
    if view is None:
        agent_pickers.explain_none()
        return AgentChoice("bedrock_agent")
    alias_id = agent_pickers.alias(view)
    remembers = memory_settings(view.agent) is not None
    uses_memory = st.toggle(
        "Its own memory too",
        value=remembers,
        key=f"chat-bedrock-memory-{remembers}",
        persist_state="session",
        disabled=not remembers,
        help="The agent's session summaries, with the actor as memory id. It needs memory to be on.",
    )
    return AgentChoice(
        "bedrock_agent",
        agent_id=str(view.agent["agentId"]),
        alias_id=alias_id or "",
        agent_name=str(view.agent["agentName"]),
        uses_memory=remembers and bool(uses_memory),
    )


def for_stories() -> Chosen:
    """Who answers in a story: whoever does in Chat, but as the plain assistant, for whom they are written."""
    choice = replace(current(), persona=AgentChoice().persona)
    return Chosen(choice, chat_models.model(), store(choice.kind) if choice.kind == "runtime" else "turns")


def store(kind: AgentKind) -> StoreMode:
    """Who stores what is said with this kind of agent."""
    chosen: StoreMode = st.session_state.get(f"chat-store-{kind}", "turns")
    return chosen


def apply(room: ChatRoom) -> None:
    """Gives the choice to a room's agent; the next message is answered accordingly."""
    choice = current()
    room.agent.choose(Chosen(choice, chat_models.model(), store(choice.kind)))
    room.agent.agent_room = None
    with faults.shown():
        room.agent.agent_room = agent_rooms.of_chat(room.conversation, choice)
