"""Retrieval: ask as an agent would, see what it would be given, and try what would find more."""

import streamlit as st

from dashboard import faults, resources, state
from dashboard.components import pickers, retrieval, retrieval_form, retrieval_views
from dashboard.state import Key

memory = pickers.memory()
if memory is None:
    st.stop()

known, cut_short = [], None
with faults.shown():
    known = resources.known_namespaces(memory)
    cut_short = resources.namespaces_note(memory)
with faults.shown():
    inquiry = retrieval_form.inquiry(memory, known, cut_short)
    retrieval_views.show(memory, known, inquiry)
if state.get(Key.RECORD):
    retrieval.record_dialog(memory["id"])
