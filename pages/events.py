"""Events: actors, their sessions, and what was said."""

import streamlit as st

from dashboard import resources, state
from dashboard.components import event_forms, notices, pickers, sessions, transcript
from dashboard.state import Key

notices.show()
transcript.undo_notice()

with st.container(horizontal=True, vertical_alignment="bottom"):
    memory = pickers.memory()
    if memory is None:
        st.stop()
    memory_id = memory["id"]
    event_forms.write_button(memory_id)

actors = resources.actors(memory_id)
if not actors.rows:
    sessions.no_actors()
    st.stop()

grid = st.grid(7, min_column_width=105, gap=("small", "medium"))
with grid.cell(column_span=2):
    actor_id = pickers.actor(actors)
    session_id = sessions.choose(memory_id, actor_id) if actor_id else None
with grid.cell(column_span=5):
    if actor_id and session_id:
        events = resources.events(memory_id, actor_id, session_id)
        sessions.heading(actor_id, session_id, events)
        transcript.show(events.rows)
        if state.get(Key.EVENT):
            transcript.event_dialog(memory_id, actor_id, session_id, events)
