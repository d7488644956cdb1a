"""Notebook tour: AWS's notebook “Create Agent with Memory”, step by step."""

import streamlit as st

from dashboard import faults
from dashboard.components import notebook_tour, notices

notices.show()
notebook_tour.introduction()
guided = notebook_tour.chosen()
if guided is None:
    st.stop()

grid = st.grid(5, min_column_width=150, gap=("small", "medium"))
with grid.cell(column_span=3), faults.shown():
    notebook_tour.steps(guided)
with grid.cell(column_span=2), faults.shown():
    notebook_tour.created(guided)
    notebook_tour.known_faults(guided)
