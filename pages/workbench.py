"""Prompt workbench: try an extraction prompt on a stored session before it becomes a strategy."""

import streamlit as st

from dashboard.components import notices, workbench, workbench_place

notices.show()
place = workbench_place.choose()
if place is None:
    st.stop()

workbench.tabs(place)
