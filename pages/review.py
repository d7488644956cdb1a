"""Review: decide, record by record, what may be remembered; what needs looking at comes first."""

import streamlit as st

from dashboard import faults, resources
from dashboard.components import (
    notices,
    pickers,
    review_bar,
    review_desk,
    review_list,
    review_merge,
)

notices.show()
with st.container(horizontal=True, vertical_alignment="bottom"):
    memory = pickers.memory()
    if memory is None:
        st.stop()
    review_bar.show_choice()
    review_bar.saved(memory)
    review_bar.settings(memory)

scan = resources.record_scan(memory)
queue = resources.review_queue(memory["id"], scan, review_bar.wanted())
review_bar.filters(memory, queue)
review_bar.progress(memory, scan, queue)

# The record comes first: on a narrow screen the list stands below it.
grid = st.grid(8, min_column_width=92, gap=("small", "medium"))
with grid.cell(column_span=5), faults.shown():
    record_id = review_list.current(scan, queue)
    if record_id:
        review_desk.show(memory, scan, queue, record_id)
with grid.cell(column_span=3), faults.shown():
    review_list.show(memory, scan, queue)
    review_bar.notes(scan)
review_merge.dialog(memory)
