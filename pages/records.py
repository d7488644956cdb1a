"""Records: everything that was extracted, wherever it is, and one record in full."""

import streamlit as st

from dashboard import faults, resources
from dashboard.components import (
    namespace_browser,
    pickers,
    record_acts,
    record_browser,
    record_filters,
)

listing = pickers.memories()
row = st.container(horizontal=True, vertical_alignment="bottom")
with row:
    memory = pickers.memory(listing)
if memory is None:
    st.stop()

with faults.shown():
    record_acts.current(memory["id"])
wanted = record_filters.choose(memory, row)
grid = st.grid(8, min_column_width=86, gap="small")
with grid.cell(column_span=2), faults.shown():
    known, note, fault = resources.namespaces_to_browse(memory, wanted.limit)
    namespace_browser.tree(memory, known, note)
    if fault:
        faults.show_fault(fault)
with grid.cell(column_span=6):
    record_browser.records(memory, wanted, namespace_browser.chosen())
