"""Memories: what memory resources exist, and what each extracts."""

import streamlit as st

from dashboard import faults, resources
from dashboard.components import memories, notices, pickers

notices.show()
memories.toolbar()

listing = pickers.memories()
if listing.complete and not listing.rows:
    memories.none_yet()
    st.stop()

details = resources.memory_details([row["id"] for row in listing.rows])
memory_id = memories.table(listing, details) if listing.rows else pickers.memory_id()
with faults.shown():
    memory = memories.detail(memory_id, details.get(memory_id), listing) if memory_id else None
    if memory:
        memories.open_dialog(memory)
