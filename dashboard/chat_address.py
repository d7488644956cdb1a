"""Which actor's session the chat is in, as the address bar has it.

A session that is stored is named by the keys that all pages share. Before its first event is stored it exists
nowhere but on this page: until then it is a draft, under two keys that only Chat reads, so that no other page
looks for an actor or a session that the service does not have. A link holds either, and opens the same.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from dashboard import state
from dashboard.state import Key

DEFAULT_ACTOR = "guest"
DRAFT_ACTOR = "chat_actor"
DRAFT_SESSION = "chat_session"
_LEFT = "chat-draft"
_SHARED = (Key.CONNECTION, Key.MEMORY, Key.ACTOR, Key.SESSION)


@dataclass(frozen=True)
class Talk:
    """An actor's session to talk in."""

    actor_id: str
    session_id: str


@dataclass(frozen=True)
class _Left:
    """A draft, and what the shared keys held beside it: another choice there puts it aside."""

    talk: Talk
    beside: tuple[str | None, ...]


def current() -> Talk:
    """The draft of the address bar or the one that was left, else the shared session, else a new session."""
    actor_id, session_id = st.query_params.get(DRAFT_ACTOR), st.query_params.get(DRAFT_SESSION)
    if actor_id or session_id:
        return draft(actor_id or _shared_actor(), session_id)
    left: _Left | None = st.session_state.get(_LEFT)
    if left is not None and left.beside == _beside():
        return draft(left.talk.actor_id, left.talk.session_id)
    shared = state.get(Key.SESSION)
    if shared and state.get(Key.ACTOR):
        return Talk(_shared_actor(), shared)
    return draft(_shared_actor(), shared)


def _shared_actor() -> str:
    return state.get(Key.ACTOR) or DEFAULT_ACTOR


def _beside() -> tuple[str | None, ...]:
    return tuple(state.get(key) for key in _SHARED)


def draft(actor_id: str, session_id: str | None = None) -> Talk:
    """Goes to a session that may not exist yet, at first a new one; the other pages are not told."""
    talk = Talk(actor_id, session_id or new_session_id())
    before = st.query_params.to_dict()
    place = {**before, DRAFT_ACTOR: talk.actor_id, DRAFT_SESSION: talk.session_id}
    if place != before:  # each write is a step in the browser's history
        st.query_params.from_dict(place)
    st.session_state[_LEFT] = _Left(talk, _beside())
    return talk


def stored(talk: Talk) -> None:
    """Goes to a session that the service has; the other pages may go there too."""
    st.session_state.pop(_LEFT, None)
    for key in (DRAFT_ACTOR, DRAFT_SESSION):
        st.query_params.pop(key, None)
    state.put(actor=talk.actor_id)
    state.put(session=talk.session_id)


def is_draft() -> bool:
    """Whether the present session is one that the other pages don't know."""
    return DRAFT_SESSION in st.query_params


def new_session_id() -> str:
    """An id that tells the time for people, and that no two visitors share."""
    return f"chat-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
