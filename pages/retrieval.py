"""Retrieval: ask as an agent would, see what it would be given, and try what would find more."""

import streamlit as st

from dashboard import resources
from dashboard.components import pickers, retrieval_views

pickers.ahead(resources.begin_memory)
memory = pickers.memory()
if memory is None:
    st.stop()
retrieval_views.ask(memory)
