"""Events: actors, their sessions, and what was said."""

import streamlit as st

from dashboard import resources
from dashboard.components import (
    conversation,
    event_detail,
    event_forms,
    event_search,
    notices,
    pickers,
    sessions,
)

event_detail.undo_notice()

conversation.begin()
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

conversation.browse(memory)
