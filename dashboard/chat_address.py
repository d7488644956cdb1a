"""Which actor's session, and which branch of it, the chat is in, as the address bar has it.

A session that is stored is named by the keys that all pages share, and so is a branch. Before its first
event is stored either exists nowhere but on this page: until then it is a draft, under keys that only Chat
reads, so that no other page looks for an actor, a session or a branch that the service does not have. A link
holds either, and opens the same.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from dashboard import state
from dashboard.state import Key
from services.chat.turns import BranchPoint
from services.short_term.branches import MAIN

DEFAULT_ACTOR = "guest"
DRAFT_ACTOR = "chat_actor"
DRAFT_SESSION = "chat_session"
DRAFT_BRANCH = "chat_branch"
DRAFT_ROOT = "chat_root"
_DRAFTED = (DRAFT_ACTOR, DRAFT_SESSION, DRAFT_BRANCH, DRAFT_ROOT)
_LEFT = "chat-draft"
_SHARED = (Key.CONNECTION, Key.MEMORY, Key.ACTOR, Key.SESSION, Key.BRANCH)


@dataclass(frozen=True)
class Talk:
    """An actor's session to talk in; `branch` None is its main line."""

    actor_id: str
    session_id: str
    branch: BranchPoint | None = None


@dataclass(frozen=True)
class _Left:
    """A draft, and what the shared keys held beside it: another choice there puts it aside."""

    talk: Talk
    beside: tuple[str | None, ...]


def current() -> Talk:
    """The draft of the address bar or the one that was left, else the shared session, else a new session."""
    asked = st.query_params
    if any(asked.get(key) for key in _DRAFTED):
        return _go(
            Talk(
                asked.get(DRAFT_ACTOR) or _shared_actor(),
                asked.get(DRAFT_SESSION) or state.get(Key.SESSION) or new_session_id(),
                _drafted_branch(),
            )
        )
    left: _Left | None = st.session_state.get(_LEFT)
    if left is not None and left.beside == _beside():
        return _go(left.talk)
    shared = state.get(Key.SESSION)
    if shared and state.get(Key.ACTOR):
        return Talk(_shared_actor(), shared, _shared_branch())
    return draft(_shared_actor(), shared)


def _shared_actor() -> str:
    return state.get(Key.ACTOR) or DEFAULT_ACTOR


def _shared_branch() -> BranchPoint | None:
    name = state.get(Key.BRANCH)
    return BranchPoint(name) if name and name != MAIN else None


def _drafted_branch() -> BranchPoint | None:
    """A link may name a branch that exists by now: then its root does no harm."""
    name, root = st.query_params.get(DRAFT_BRANCH), st.query_params.get(DRAFT_ROOT)
    return BranchPoint(name, root) if name and root else None


def _beside() -> tuple[str | None, ...]:
    return tuple(state.get(key) for key in _SHARED)


def draft(actor_id: str, session_id: str | None = None, branch: BranchPoint | None = None) -> Talk:
    """Goes to a session, or a branch of one, that may not exist yet; at first a new session. The other pages
    are not told."""
    return _go(Talk(actor_id, session_id or new_session_id(), branch))


def _go(talk: Talk) -> Talk:
    before = st.query_params.to_dict()
    place = {key: value for key, value in before.items() if key not in (DRAFT_BRANCH, DRAFT_ROOT)}
    place |= {DRAFT_ACTOR: talk.actor_id, DRAFT_SESSION: talk.session_id}
    if talk.branch is not None and talk.branch.root_event_id:
        place |= {DRAFT_BRANCH: talk.branch.name, DRAFT_ROOT: talk.branch.root_event_id}
    if place != before:  # each write is a step in the browser's history
        st.query_params.from_dict(place)
    st.session_state[_LEFT] = _Left(talk, _beside())
    return talk


def stored(talk: Talk) -> None:
    """Goes to a session, or a branch, that the service has; the other pages may go there too."""
    st.session_state.pop(_LEFT, None)
    branch = talk.branch.name if talk.branch else None
    state.put(*_DRAFTED, actor=talk.actor_id, session=talk.session_id, branch=branch)


def is_draft() -> bool:
    """Whether the present session or branch is one that the other pages don't know."""
    return DRAFT_SESSION in st.query_params


def new_session_id() -> str:
    """An id that tells the time for people, and that no two visitors share."""
    return f"chat-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
