"""Actors, sessions, and the chosen one's conversation as the address bar asks for it: filtered, one branch,
two, or all."""

from typing import Any

import streamlit as st

from dashboard import faults, outage, resources, state
from dashboard.components import (
    actors,
    branches,
    event_detail,
    event_filters,
    event_search,
    notices,
    sessions,
    transcript,
)
from dashboard.state import Key
from services.listing import Listing
from services.short_term import branches as branch_service

Row = dict[str, Any]
_SAID = "of-a-session"
"""The part of the page that changes with the session alone."""


def begin() -> None:
    """A linked conversation is read at once, while the memories are listed."""
    place = [state.get(key) for key in (Key.MEMORY, Key.ACTOR, Key.SESSION)]
    if all(place) and sessions.reads_least():
        resources.begin_conversation(*map(str, place))


@outage.named_part(actors.BESIDE)
def browse(memory: Row) -> None:
    """What was found, whom and what there is to choose from, and the conversation that is chosen.

    One part, so that another actor is one run: the frame and the fields above stay as they are.
    """
    found = st.container()
    grid = st.grid(3, min_column_width=250, gap="small")  # beside each other, or each as wide as the page
    actor_id: str | None = None  # both stay so where the lists cannot be read
    session_id: str | None = None
    with grid.cell(), faults.shown():
        actor_id = actors.choose(memory["id"])
        session_id = sessions.choose(memory["id"], actor_id, redraws=_SAID) if actor_id else None
    with found:
        event_search.results(memory["id"], actor_id, session_id)
    with grid.cell(column_span=2), faults.shown():
        if actor_id and session_id:
            _of_session(memory, actor_id, session_id)
        else:
            notices.show()


@outage.named_part(_SAID)
def _of_session(memory: Row, actor_id: str, at_first: str) -> None:
    """What was said in a session, and the event that was opened there; drawn alone when something in it is
    used, and when another session than `at_first` is chosen in the list beside it."""
    session_id = state.get(Key.SESSION) or at_first
    if notices.waiting() and outage.draws_alone():
        st.rerun()  # what was done may have made sessions and actors
    notices.show()
    events = resources.events(memory["id"], actor_id, session_id, sessions.read_at_most(Key.EVENTS_READ))
    sessions.heading(actor_id, session_id, events)
    _show(memory["id"], actor_id, session_id, events)
    if state.get(Key.EVENT):
        event_detail.event_dialog(memory, actor_id, session_id, events)


def _show(memory_id: str, actor_id: str, session_id: str, events: Listing[Row]) -> None:
    """The conversation with its controls; `events` are the session's without any filter."""
    tools = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with tools:
        filters = event_filters.chosen(events.rows)
        if events.rows:
            transcript.controls(events.rows)
    shown = events
    if filters:
        limit = sessions.read_at_most(Key.EVENTS_READ)
        shown = resources.events(memory_id, actor_id, session_id, limit, filters)
        st.caption(f"{len(shown.rows):,} of these events fit the metadata filters.")
    branch, other = branches.choose(events)
    wanted = {row["eventId"] for row in shown.rows}
    if branch:
        listed = {row["eventId"] for row in events.rows}
        everything = events.rows + [row for row in shown.rows if row["eventId"] not in listed]
        on_branch = [row for row in branch_service.path(everything, branch) if row["eventId"] in wanted]
        if other:
            branches.side_by_side(everything, branch, other, wanted)
        else:
            transcript.show(on_branch)
        shown = Listing(on_branch, shown.complete, shown.limit)
    else:
        transcript.show(shown.rows)
    with tools:
        transcript.export(shown)
