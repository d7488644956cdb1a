"""Agent chat: talk to an agent, and see its steps and the memory in its prompt."""

import streamlit as st

from dashboard import agent_rooms
from dashboard.components import agent_chat, agent_chat_settings, agent_pickers, agent_trace

chosen = st.grid(4, min_column_width=170, vertical_alignment="bottom")
with chosen.cell():
    view = agent_pickers.agent()
if view is None:
    agent_pickers.explain_none()
    st.stop()
agent_id = view.agent["agentId"]
with chosen.cell():
    alias_id = agent_pickers.alias(view)
if alias_id is None:
    st.stop()
with chosen.cell():
    memory_id = agent_pickers.memory_id(agent_id, alias_id, or_none=True)
with chosen.cell():
    place = agent_chat.place(view, alias_id, memory_id)
agent_chat.notes(view, alias_id, memory_id)
asked = agent_chat_settings.asked()
if place is None:
    st.stop()

room = agent_rooms.room(place, view.agent["idleSessionTTLInSeconds"])
grid = st.grid(5, min_column_width=145, gap=("small", "medium"))
with grid.cell(column_span=3):
    agent_chat.conversation(room, asked)
with grid.cell(column_span=2):
    agent_trace.panel(room)
