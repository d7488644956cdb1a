"""What the chat is about: whose session in which memory, which model answers, and what is stored."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import chat_address, chat_rooms, faults, format, resources, state, text
from dashboard.chat_address import Talk
from dashboard.components import chat_agents, chat_branches, chat_keeping, chat_models, chat_personas, pickers
from dashboard.state import Key
from services.chat.agent_choice import AgentChoice, AgentKind
from services.chat.messages import StoreMode
from services.chat.room import ChatRoom
from services.chat.storing import may_pass
from services.listing import Listing
from services.memory.memories import STRATEGY_KINDS, MemoryDraft, StrategyDraft, StrategyKindName
from services.short_term.events import actor_problems, session_problems

Row = dict[str, Any]

# Reading a memory is a call each; the quota of a whole account is 50 a second.
MOST_COMPARED = 30
STORE: dict[AgentKind, dict[StoreMode, str]] = {
    "memory_tool": {
        "turns": "Every turn, automatically",
        "agent": "Only what the agent records itself (as in the AWS guide)",
    },
    "runtime": {
        "turns": "Every turn, by this page",
        "agent": "Nothing by this page: the agent stores it in the same session",
    },
}
ELSEWHERE: dict[AgentKind, str] = {"runtime": "AgentCore Runtime", "bedrock_agent": "Bedrock Agents"}
STRATEGIES_TO_CHAT_WITH: tuple[StrategyKindName, ...] = ("user_preference", "semantic", "summary")


def place() -> tuple[str, Talk] | None:
    """The chosen memory, and whose session in it; None while something is missing, and the page says what."""
    listing = pickers.memories()
    if not listing.rows and not state.get(Key.MEMORY):
        _no_memory(listing)
        return None
    _default_memory(listing)
    grid = st.grid(5, min_column_width=150, vertical_alignment="bottom")
    with grid.cell():
        memory = pickers.memory(listing)
    if memory is None:
        return None
    talk = chat_address.current()
    actors = _read(lambda: resources.actors(memory["id"]))
    with grid.cell():
        _actor(talk, actors)
    with grid.cell():
        sessions = _session(memory["id"], talk)
    grid.button(
        "New session",
        key="chat-new-session",
        icon=":material/add_comment:",
        help="A fresh conversation of the same actor: only what was extracted carries over",
        on_click=_new_session,
        args=(talk,),
        width="stretch",
    )
    with grid.cell():
        _popover()
    _stopped(actors, "actor")
    _stopped(sessions, "session")
    problems = [*actor_problems(talk.actor_id), *session_problems(talk.session_id)]
    for problem in problems:
        st.error(text.label(problem, 300), icon=":material/badge:")
    return None if problems else (memory["id"], talk)


def _new_session(talk: Talk) -> None:
    chat_address.draft(talk.actor_id)


def share_when_stored(room: ChatRoom) -> None:
    """Tells the other pages of the chat's actor, session and branch, once the service has an event of it."""
    if chat_address.is_draft() and room.is_stored:
        chat_address.stored(chat_branches.talk_of(room.conversation))


def left_unstored(room: ChatRoom) -> None:
    """Conversations that were left while a turn of theirs was not stored, with the way back."""
    for number, other in enumerate(chat_rooms.left_unstored(room)):
        place = other.conversation
        turns = format.count(len(other.unstored), "turn")
        with st.container(horizontal=True, vertical_alignment="center", key=f"chat-left-{number}"):
            passing = all(may_pass(turn) for turn in other.unstored)
            lost = "and will be lost when this browser tab is closed"
            st.warning(
                f"{turns} of {text.label(place.actor_id)} in {text.label(place.session_id)} could not be "
                f"stored, {'but this is tried again by itself' if passing else lost}.",
                icon=":material/save:",
            )
            st.button("Open", key=f"chat-left-open-{number}", on_click=chat_branches.go_to, args=(other,))


def _no_memory(listing: Listing[Row]) -> None:
    """Nothing to chat with yet, or nothing that may be listed: the ways on."""

    def create() -> None:
        with faults.shown():
            state.put(memory=resources.create_memory(_memory_to_chat_with())["id"])

    if not listing.complete:
        pickers.memory_id()
        return
    pickers.no_memory()
    st.button("Create a memory to chat with", key="chat-create-memory", type="primary", on_click=create)


def _default_memory(listing: Listing[Row]) -> None:
    """At first the memory that extracts the most kinds of records: the one to see something happen in."""
    if state.get(Key.MEMORY):
        return
    ids = sorted((row["id"] for row in listing.rows), key=str.lower)
    details = resources.memory_details(ids[:MOST_COMPARED]) if ids else {}
    readable = {id_: row for id_, row in details.items() if isinstance(row, dict)}
    if readable:
        state.default(Key.MEMORY, max(readable, key=lambda id_: _kinds_extracted(readable[id_])))


def _kinds_extracted(memory: Row) -> int:
    strategies = memory.get("strategies", [])
    return len({row.get("type") for row in strategies if row.get("status") == "ACTIVE"} - {"CUSTOM"})


def _memory_to_chat_with() -> MemoryDraft:
    drafts = [
        StrategyDraft(kind, STRATEGY_KINDS[kind].default_name, STRATEGY_KINDS[kind].default_template)
        for kind in STRATEGIES_TO_CHAT_WITH
    ]
    return MemoryDraft("ChatMemory", description="Made on the Chat page", strategies=tuple(drafts))


def _actor(talk: Talk, actors: Listing[Row]) -> None:
    ids = sorted((row["actorId"] for row in actors.rows), key=str.lower)

    def choose(actor_id: str) -> None:
        if actor_id in ids:
            state.put(actor=actor_id)
        chat_address.draft(actor_id)

    help_ = "Whose memories are made and read. Type a new id to begin one."
    _choice("Actor", talk.actor_id, ids, choose, help_)


def _session(memory_id: str, talk: Talk) -> Listing[Row]:
    """The choice of a session; returns what it was chosen from."""
    known = not actor_problems(talk.actor_id)
    sessions = (
        _read(lambda: resources.sessions(memory_id, talk.actor_id)) if known else Listing[Row]([], True)
    )
    ids = [row["sessionId"] for row in sessions.rows]

    def choose(session_id: str) -> None:
        if session_id in ids:
            chat_address.stored(Talk(talk.actor_id, session_id))
        else:
            chat_address.draft(talk.actor_id, session_id)

    _choice("Session", talk.session_id, ids, choose, "Choose a stored session to continue it")
    return sessions


def _choice(label: str, current: str, ids: list[str], choose: Callable[[str], None], help_: str) -> None:
    """A choice among what exists, to which something new can be typed."""
    key = f"chat-{label.lower()}"

    def chosen() -> None:
        choose(st.session_state[key] or current)

    options = ids if current in ids else [current, *ids]
    st.session_state[key] = current
    st.selectbox(label, options, key=key, accept_new_options=True, on_change=chosen, help=help_)


def _read(ask: Callable[[], Listing[Row]]) -> Listing[Row]:
    """What there is to choose from; where it may not be read the page says why, and ids can be typed."""
    with faults.shown():
        return ask()
    return Listing([], complete=False)


def _stopped(listing: Listing[Row], noun: str) -> None:
    if listing.rows and not listing.complete:
        listed = format.count(len(listing.rows), noun)
        st.caption(f"The list stopped at {listed}; there are more. Type the id of one that is not listed.")


def _popover() -> None:
    """Who answers, and what is kept of it."""
    kind = chat_agents.kind()
    here = AgentChoice(kind).runs_here
    label = chat_personas.beside(chat_models.name()) if here else ELSEWHERE[kind]
    with st.popover(text.label(label, 36), icon=":material/tune:", width="stretch"), faults.shown():
        kind = chat_agents.pick_kind()
        if kind == "runtime":
            choice = chat_agents.pick_runtime()
        elif kind == "bedrock_agent":
            choice = chat_agents.pick_bedrock()
        else:
            choice = AgentChoice(kind, persona=chat_personas.picker())
            chat_models.pick()
        chat_agents.keep(choice)
        _stored(kind)
        if kind != "session_manager" and chat_agents.store(kind) == "turns":
            chat_keeping.choice()


def _stored(kind: AgentKind) -> None:
    """Who stores the conversation, where that can be chosen."""
    if kind in STORE:
        labels = STORE[kind]
        st.selectbox(
            "What is stored",
            list(labels),
            format_func=labels.__getitem__,
            key=f"chat-store-{kind}",
            persist_state="session",
        )
    elif kind == "session_manager":
        st.caption("What is stored: every message, by the session manager.")
    else:
        st.caption("What is stored: every turn, so that this memory's strategies read it.")


def apply(room: ChatRoom) -> None:
    """Gives the settings to the agent; the next message is answered accordingly."""
    chat_agents.apply(room)
    chat_keeping.apply(room)
