"""Retrieval: ask as an agent would, see what it would be given, and try what would find more."""

import streamlit as st

from dashboard import faults, resources, state
from dashboard.components import pickers, retrieval, retrieval_form, retrieval_views
from dashboard.state import Key

memory = pickers.memory()
if memory is None:
    st.stop()

known, note, fault = resources.namespaces_to_browse(memory)
if fault:
    faults.show_fault(fault)
with faults.shown():
    inquiry = retrieval_form.inquiry(memory, known, note)
    retrieval_views.show(memory, known, inquiry, unread=fault is not None)
if state.get(Key.RECORD):
    retrieval.record_dialog(memory["id"])
