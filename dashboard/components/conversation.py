"""A session's conversation as the address bar asks for it: filtered, one branch, two, or all of it."""

from typing import Any

import streamlit as st

from dashboard import resources
from dashboard.components import branches, event_filters, sessions, transcript
from dashboard.state import Key
from services.listing import Listing
from services.short_term import branches as branch_service

Row = dict[str, Any]


def show(memory_id: str, actor_id: str, session_id: str, events: Listing[Row]) -> None:
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
