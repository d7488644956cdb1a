"""Events: actors, their sessions, and what was said."""

import streamlit as st

from dashboard import faults, resources
from dashboard.components import (
    actors,
    conversation,
    event_detail,
    event_forms,
    event_search,
    notices,
    pickers,
    sessions,
)

event_detail.undo_notice()

listing = pickers.memories()
with st.container(horizontal=True, vertical_alignment="bottom"):
    memory = pickers.memory(listing)
    if memory is None:
        st.stop()
    memory_id = memory["id"]
    event_search.controls()
    event_forms.write_button(memory_id)

if resources.directory(memory_id).nobody:
    notices.show()
    sessions.no_actors()
    st.stop()

found = st.container()
grid = st.grid(10, min_column_width=66, gap="small")
actor_id: str | None = None  # both stay so where the lists cannot be read
session_id: str | None = None
with grid.cell(column_span=3), faults.shown():
    actor_id = actors.choose(memory_id)
    session_id = sessions.choose(memory_id, actor_id) if actor_id else None
with found:
    event_search.results(memory_id, actor_id, session_id)
with grid.cell(column_span=7), faults.shown():
    if actor_id and session_id:
        conversation.of_session(memory, actor_id)
    else:
        notices.show()
