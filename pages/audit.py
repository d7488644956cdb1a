"""Audit trail: what was changed through this dashboard, by whom, and whether that record is intact."""

import streamlit as st

from dashboard import faults
from dashboard.components import audit_trail, audit_verification

with st.container(horizontal=True, vertical_alignment="bottom"):
    search = audit_trail.controls()
    audit_verification.button()
audit_verification.result()

with faults.shown():
    act = audit_trail.table(search)
    if act:
        audit_trail.detail(act)
