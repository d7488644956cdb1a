"""Chat: talk to a test agent and watch memories being made."""

import time

import streamlit as st

from dashboard import chat_rooms
from dashboard.components import chat, chat_input, chat_outage, chat_settings, extraction_panel

# In containers, so that the conversation keeps its place, and what is being typed, whatever comes above it.
with st.container(key="chat-place"):
    place = chat_outage.place() or chat_settings.place() or chat_rooms.open_place()
if place is None:
    st.stop()

room = chat_rooms.room(*place)
chat_settings.apply(room)
with st.container(key="chat-left"):
    chat_settings.left_unstored(room)
chat_input.send_first(room)

# Side by side as 3 to 2 where there is room, else one above the other.
grid = st.grid(5, min_column_width=145, gap=("small", "medium"))
with grid.cell(column_span=3):
    chat.conversation(room)
with grid.cell(column_span=2):
    extraction_panel.show(room)

chat_settings.share_when_stored(room)
if room.catch_up(time.time()):
    st.rerun()
