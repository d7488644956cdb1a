"""Trash: deleted records to restore or remove for good, and what was done to records, to undo."""

import streamlit as st

from dashboard import faults
from dashboard.components import notices, pickers, record_acts, record_trash

notices.show()
memory = pickers.memory()
if memory is None:
    st.stop()

with faults.shown():
    record_acts.current(memory["id"])
deleted, changes = st.tabs([record_trash.DELETED, record_trash.CHANGES], key="trash-tabs", on_change="rerun")
if deleted.open:
    with deleted, faults.shown():
        record_trash.deleted(memory)
if changes.open:
    with changes, faults.shown():
        record_trash.changes(memory)
