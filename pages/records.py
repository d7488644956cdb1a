"""Records: everything that was extracted, wherever it is, and one record in full."""

import streamlit as st

from dashboard import faults, resources
from dashboard.components import pickers, record_acts, record_browser, record_filters

pickers.ahead(resources.begin_memory)
listing = pickers.memories()
row = st.container(horizontal=True, vertical_alignment="bottom")
with row:
    memory = pickers.memory(listing)
if memory is None:
    st.stop()

with faults.shown():
    record_acts.current(memory["id"])
record_browser.browse(memory, record_filters.choose(memory, row))
