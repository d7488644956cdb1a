"""Records: everything that was extracted, wherever it is, and one record in full."""

import streamlit as st

from dashboard import faults, resources, state
from dashboard.components import notices, pickers, record_browser
from dashboard.state import Key

notices.show()
memory = pickers.memory()
if memory is None:
    st.stop()

strategy_id, filters, limit = record_browser.filters(memory)
grid = st.grid(7, min_column_width=105, gap=("small", "medium"))
with grid.cell(column_span=2), faults.shown():
    known, note, fault = resources.namespaces_to_browse(memory)
    record_browser.tree(known, note)
    if fault:
        faults.show_fault(fault)
with grid.cell(column_span=5), faults.shown():
    path = state.get(Key.PATH) or record_browser.ROOT
    listing = resources.stored_records(memory, path, strategy_id, limit, filters)
    record_id = record_browser.table(memory, listing, path)
    if record_id:
        record_browser.detail(memory, resources.memory_record(memory["id"], record_id))
    elif listing.rows:
        record_browser.timeline(memory, listing)
