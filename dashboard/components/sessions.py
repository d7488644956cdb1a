"""The sessions of an actor, and the head of the one that is open."""

from typing import Any

import streamlit as st

from dashboard import format, resources, state, text
from dashboard.components import tables
from dashboard.state import Key
from services import frames
from services.listing import Listing

Row = dict[str, Any]


def choose(memory_id: str, actor_id: str) -> str | None:
    """The actor's sessions, newest first; the chosen one is the address bar's, at first the newest."""
    listing = resources.sessions(memory_id, actor_id)
    if not listing.rows:
        _no_sessions(actor_id)
        return None
    state.default(Key.SESSION, listing.rows[0]["sessionId"])
    st.caption(format.counted(len(listing.rows), listing.complete, "session") + ", newest first")
    chosen = tables.choose_row(
        frames.sessions_frame(listing.rows),
        Key.SESSION,
        f"{memory_id}/{actor_id}",
        column_order=("sessionId", "createdAt"),
        column_config={
            "sessionId": st.column_config.TextColumn("Session"),
            "createdAt": st.column_config.DatetimeColumn("Started", format="distance"),
        },
        height="auto" if len(listing.rows) <= 14 else 526,
        alt="Sessions of the actor",
    )
    return chosen or _linked(listing)


def _linked(listing: Listing[Row]) -> str | None:
    """The session that the link names although it is not listed: it may be among those that were not read."""
    named = state.get(Key.SESSION)
    if named and not listing.complete:
        return named
    st.warning(
        f"There is no session {text.label(named or '')} of this actor. It expired, was deleted, "
        "or the link is wrong.",
        icon=":material/search_off:",
    )
    return None


def heading(actor_id: str, session_id: str, events: Listing[Row]) -> None:
    """Whose session it is, and how much of it is shown."""
    st.subheader(text.label(session_id, 100), anchor=False)
    parts = [f"Actor {actor_id}", format.counted(len(events.rows), events.complete, "event")]
    if events.rows:
        parts.append(f"last {format.utc(events.rows[0]['eventTimestamp'])}")
    text.plain(" · ".join(parts))
    if not events.complete:
        st.caption("These are the newest; the session has older events that are not shown.")


def no_actors() -> None:
    """A memory that nobody wrote to yet."""
    st.info(
        "Nobody has written to this memory yet. Write an event here, talk to the test agent on the "
        "Chat page, or point your own agent at this connection.",
        icon=":material/inbox:",
    )


def _no_sessions(actor_id: str) -> None:
    """An actor whose events are gone."""
    st.info(
        f"{text.label(actor_id)} has no session: the events expired or were deleted. "
        "Records extracted from them may still exist; look for them on the Retrieval page.",
        icon=":material/inbox:",
    )
