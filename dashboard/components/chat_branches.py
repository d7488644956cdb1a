"""Branches of a conversation: begin one at any message, and go from one to another."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from dashboard import chat_address, state, text
from dashboard.chat_address import Talk
from dashboard.components import permissions
from services.chat.history import EarlierMessage
from services.chat.room import ChatRoom
from services.chat.turns import BranchPoint, Conversation, Turn
from services.short_term.branches import MAIN, Branch
from services.short_term.forking import branch_problems

_BEGUN = "chat-branching"
_FIRST = "chat-first-of-branch"
MESSAGE_HEIGHT = 90
REPLACES = "Say this differently, on a new branch of this session"
GOES_ON = "Branch from here: a new branch of this session goes on from this message"
NO_ROOT = (
    "A branch follows on an event, and nothing comes before this one: it is the first that was read of this "
    "session. Begin a new session instead."
)


@dataclass(frozen=True)
class _Begun:
    """A branch that is being made: where it forks off, what that message says, and the first message that is
    offered for it. `key` tells its widgets from those of the one before."""

    conversation: Conversation
    root_event_id: str
    quoted: str
    message: str
    key: str


def talk_of(conversation: Conversation) -> Talk:
    """Where a conversation is, as the address bar has it."""
    return Talk(conversation.actor_id, conversation.session_id, conversation.branch)


def go_to(room: ChatRoom) -> None:
    """Goes to a conversation, stored or not."""
    place = room.conversation
    state.put(memory=place.memory_id)
    if room.is_stored:
        chat_address.stored(talk_of(place))
    else:
        chat_address.draft(place.actor_id, place.session_id, place.branch)


def switch(room: ChatRoom) -> None:
    """Which branch is talked on, where the session has several; choosing another goes there."""
    point = room.conversation.branch
    current = point.name if point else MAIN
    known = {branch.name: branch for branch in room.branches}
    names = [*known, *([current] if current not in known else [])]
    if names == [MAIN]:
        return

    def choose() -> None:
        name = st.session_state["chat-branch"]
        place = room.conversation
        if name != current:
            branch = None if name == MAIN else BranchPoint(name)
            chat_address.stored(Talk(place.actor_id, place.session_id, branch))

    st.session_state["chat-branch"] = current
    with st.container(horizontal=True, vertical_alignment="center", key="chat-branches"):
        st.caption(":material/alt_route: Branch", width="content")
        st.selectbox(
            "Branch",
            names,
            key="chat-branch",
            format_func=lambda name: _named(name, known.get(name)),
            on_change=choose,
            label_visibility="collapsed",
            width=260,
        )
        if not room.is_stored:
            st.caption("Nothing is stored on it yet")


def _named(name: str, branch: Branch | None) -> str:
    depth = branch.depth if branch else 1
    return "\u2003" * depth + ("└ " if depth else "") + text.preview(name, 60)


@contextmanager
def beside(
    room: ChatRoom, part: EarlierMessage | Turn, key: str, *, said_by_user: bool, offered: bool = True
) -> Iterator[None]:
    """Draws a message with, if it is stored, the button beside it that begins a branch.

    After what the agent said a branch goes on from there; what the person said it replaces, following on what
    came before.
    """
    with st.container(horizontal=True, wrap=False, gap="small"):
        with st.container(gap="small"):
            yield
        if offered:
            _button(room, part, key, said_by_user=said_by_user)


def _button(room: ChatRoom, part: EarlierMessage | Turn, key: str, *, said_by_user: bool) -> None:
    events = part.event_ids if isinstance(part, Turn) else [part.event_id]
    if not events or permissions.refused("CreateEvent"):
        return
    said = part.answer if isinstance(part, Turn) and not said_by_user else part.text
    root: str | None = events[-1]
    if said_by_user:
        ids = room.event_ids()
        position = ids.index(events[0])
        root = ids[position - 1] if position else None
    st.button(
        "Reword" if said_by_user else "Branch",
        key=f"chat-branch-{key}",
        icon=":material/alt_route:",
        type="tertiary",
        disabled=root is None,
        help=NO_ROOT if root is None else REPLACES if said_by_user else GOES_ON,
        on_click=_begin,
        args=(room, root, said, said if said_by_user else ""),
    )


def _begin(room: ChatRoom, root_event_id: str, quoted: str, message: str) -> None:
    st.session_state[_BEGUN] = _Begun(
        room.conversation, root_event_id, quoted, message, f"chat-branching-{secrets.token_hex(4)}"
    )


def being_made(room: ChatRoom) -> bool:
    """Whether a branch of this conversation is being made."""
    begun: _Begun | None = st.session_state.get(_BEGUN)
    return begun is not None and begun.conversation == room.conversation


def form(room: ChatRoom) -> None:
    """The branch that is being made: its name and its first message."""
    begun: _Begun = st.session_state[_BEGUN]
    with st.container(border=True, key="chat-branch-form", gap="small"):
        quoted = text.label(" ".join(begun.quoted.split()), 90)
        how = "In place of" if begun.message else "Goes on after"
        st.markdown(f":material/alt_route: **A new branch of this session** · {how} “{quoted}”")
        message = st.text_area(
            "First message on it",
            begun.message,
            key=f"{begun.key}-message",
            height=MESSAGE_HEIGHT,
            label_visibility="collapsed",
            placeholder="The first message on it; it can be written later, too",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(
                "Name of the branch",
                f"branch-{begun.key[-4:]}",
                key=f"{begun.key}-name",
                live=True,
                width=220,
            ).strip()
            wrong = branch_problems(name, [branch.name for branch in room.branches])
            st.button(
                "Branch and send" if message.strip() else "Branch",
                key="chat-branch-make",
                type="primary",
                icon=":material/alt_route:",
                disabled=bool(wrong),
                on_click=_make,
                args=(begun,),
            )
            st.button("Cancel", key="chat-branch-cancel", on_click=st.session_state.pop, args=(_BEGUN, None))
        for problem in wrong:
            st.caption(f":red[{text.label(problem, 300)}]")


def _make(begun: _Begun) -> None:
    """Goes to the branch; what was typed last may be newer than what was drawn."""
    name, message = (st.session_state[f"{begun.key}-{field}"] for field in ("name", "message"))
    if branch_problems(name.strip()):
        return
    st.session_state.pop(_BEGUN, None)
    place = begun.conversation
    branch = BranchPoint(name.strip(), begun.root_event_id)
    if message.strip():
        st.session_state[_FIRST] = (branch, message)
    chat_address.draft(place.actor_id, place.session_id, branch)


def first_message(room: ChatRoom) -> str | None:
    """The message with which the branch was begun, once."""
    branch, message = st.session_state.get(_FIRST, (None, None))
    if branch is None or branch != room.conversation.branch:
        return None
    del st.session_state[_FIRST]
    return str(message)
