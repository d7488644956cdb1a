"""What becomes of what is said: events to be extracted, events only, or nothing; and who may not write."""

import streamlit as st

from dashboard import text
from dashboard.components import permissions
from services.chat.agent_choice import check_agent_choice
from services.chat.room import ChatRoom
from services.chat.turns import Keeping
from services.errors import InvalidValue

_KEY = "chat-keeping"
KEPT: dict[Keeping, str] = {
    "extracted": "As events that strategies read",
    "unextracted": "As events that are not extracted (extractionMode SKIP)",
    "nothing": "Not at all",
}


def choice() -> None:
    """How the turns are kept that this page stores."""
    st.selectbox(
        "How turns are kept",
        list(KEPT),
        format_func=KEPT.__getitem__,
        key=_KEY,
        persist_state="session",
        help="Turns that this page stores. What an agent stores itself is kept as the agent wants it.",
    )


def apply(room: ChatRoom) -> None:
    """Gives the choice to the agent, where this page stores; nothing is kept of those who may not write
    events."""
    stores_itself = room.agent.choice.kind == "session_manager" or room.agent.store == "agent"
    chosen: Keeping = "extracted" if stores_itself else st.session_state.get(_KEY, "extracted")
    room.agent.keeping = "nothing" if permissions.refused("CreateEvent") else chosen


def unable(room: ChatRoom) -> str | None:
    """Why the chosen agent can't be talked to in this place at all; None when it can."""
    try:
        check_agent_choice(room.agent.choice)
    except InvalidValue as error:
        return text.label(str(error), 300)
    if room.agent.choice.kind != "session_manager":
        return None
    if permissions.refused("CreateEvent"):
        return (
            "The AgentCore session manager stores each message itself, which your role does not allow. "
            "Choose another agent: it answers without storing."
        )
    return None


def notice(room: ChatRoom) -> None:
    """Says before anything is typed that it will not be kept, or not be extracted."""
    if (why := unable(room)) is not None:
        st.warning(why, icon=":material/block:")
    elif (refused := permissions.refused("CreateEvent")) is not None:
        st.info(
            f"You can talk and see what memory gives the agent, but nothing that you say is stored, and so "
            f"nothing is extracted. {refused}",
            icon=":material/lock:",
        )
    elif room.agent.keeping == "nothing":
        st.info(
            "Nothing that is said is stored, as chosen in the settings.", icon=":material/visibility_off:"
        )
    elif room.agent.keeping == "unextracted":
        st.info(
            "What is said is stored but not extracted (extractionMode SKIP), as chosen in the settings.",
            icon=":material/visibility_off:",
        )
