"""Where a message is written. One that is too long to be stored is not sent, and not lost either."""

import streamlit as st

from dashboard import format
from dashboard.components import chat_branches, chat_keeping
from services.chat.messages import LONGEST_MESSAGE
from services.chat.room import ChatRoom

_INPUT = "chat-input"
_TOO_LONG = "chat-too-long"
_SHORTENED = "chat-shortened"
SHORTEN_HEIGHT = 220


def show(room: ChatRoom) -> None:
    """The input; above it the last message, as long as that must be shortened first."""
    kept = st.session_state.get(_TOO_LONG)
    branching = chat_branches.being_made(room)
    unable = chat_keeping.unable(room)
    with st.container(key="chat-above-input"):  # the input keeps its place, and what is being typed in it
        chat_keeping.notice(room)
        if kept is not None:
            _shorten(room, kept)
        if branching:
            chat_branches.form(room)
    st.chat_input(
        "Shorten or discard the message above first"
        if kept is not None
        else "Make or cancel the branch above first"
        if branching
        else "This agent can't be talked to here"
        if unable
        else "Write to the agent",
        key=_INPUT,
        disabled=kept is not None or branching or unable is not None,
        on_submit=_submit,
        args=(room,),
    )


def send(room: ChatRoom, message: str | None) -> None:
    """Sends a message; one that can't be is kept, to be shortened or sent to another agent. While an answer
    is still coming it waits its turn. One that is kept already stays."""
    if not message or not message.strip():
        return
    if len(message) > LONGEST_MESSAGE or chat_keeping.unable(room) is not None:
        st.session_state.setdefault(_TOO_LONG, message)
        return
    room.agent.send(message)


def send_first(room: ChatRoom) -> None:
    """Sends the message with which a branch was begun, when its room has just been opened."""
    send(room, chat_branches.first_message(room))


def _submit(room: ChatRoom) -> None:
    send(room, st.session_state[_INPUT])


def _shorten(room: ChatRoom, kept: str) -> None:
    surplus = len(kept) - LONGEST_MESSAGE
    if surplus > 0:
        st.warning(
            f"Not sent: the message has {format.count(len(kept), 'character')}, and AgentCore stores at most "
            f"{LONGEST_MESSAGE:,} in one message. Shorten it by {surplus:,}, or send it in parts.",
            icon=":material/text_fields:",
        )
    else:
        st.info(f"{len(kept):,} of {LONGEST_MESSAGE:,} characters: it can be sent.", icon=":material/check:")
    st.text_area("Your message", kept, key=_SHORTENED, height=SHORTEN_HEIGHT, on_change=_keep)
    with st.container(horizontal=True):
        st.button("Send", key="chat-send-shortened", type="primary", on_click=_send_shortened, args=(room,))
        st.button("Discard it", key="chat-discard", on_click=st.session_state.pop, args=(_TOO_LONG, None))


def _keep() -> None:
    st.session_state[_TOO_LONG] = st.session_state[_SHORTENED]


def _send_shortened(room: ChatRoom) -> None:
    st.session_state.pop(_TOO_LONG, None)
    send(room, st.session_state[_SHORTENED])
