"""Retrieval: ask as an agent would, and see what it would be given."""

from dataclasses import asdict

import streamlit as st

from dashboard import faults, resources, state
from dashboard.components import pickers, retrieval
from dashboard.state import Key

memory = pickers.memory()
if memory is None:
    st.stop()
memory_id = memory["id"]

known, cut_short = [], None
with faults.shown():
    known = resources.known_namespaces(memory)
    cut_short = resources.namespaces_note(memory)
question = retrieval.question_form(memory, known, cut_short)
if question:
    answer = resources.retrieval(memory_id, **asdict(question))
    grid = st.grid(7, min_column_width=105, gap=("small", "medium"))
    with grid.cell(column_span=5):
        retrieval.results(memory, answer)
    with grid.cell(column_span=2):
        retrieval.call_panel(answer)
elif known:
    retrieval.namespace_overview(known)
else:
    retrieval.nothing_extracted(memory)

record_id = state.get(Key.RECORD)
if record_id:
    retrieval.record_dialog(memory_id, record_id)
