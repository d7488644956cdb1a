"""Records: everything that was extracted, wherever it is, and one record in full."""

import streamlit as st

from dashboard import faults, masking, resources, state
from dashboard.components import notices, pickers, record_acts, record_browser, record_edit
from dashboard.state import Key

notices.show()
listing = pickers.memories()
row = st.container(horizontal=True, vertical_alignment="bottom")
with row:
    memory = pickers.memory(listing)
if memory is None:
    st.stop()

with faults.shown():
    record_acts.current(memory["id"])
strategy_id, filters, limit = record_browser.filters(memory, row)
with row:
    masking.toggle(memory["id"])
grid = st.grid(8, min_column_width=92, gap=("small", "medium"))
with grid.cell(column_span=2), faults.shown():
    known, note, fault = resources.namespaces_to_browse(memory)
    record_browser.tree(known, note)
    if fault:
        faults.show_fault(fault)
with grid.cell(column_span=6), faults.shown():
    path = state.get(Key.PATH) or record_browser.ROOT
    records = resources.stored_records(memory, path, strategy_id, limit, filters)
    record_id = record_browser.table(memory, records, path)
    if record_id:
        record_browser.chosen(memory, record_id)
    elif records.rows:
        record_browser.timeline(memory, records)
    record_edit.create_dialog(memory)
