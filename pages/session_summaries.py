"""Session summaries: what an agent remembers of whom, per alias and memory id."""

import streamlit as st

from dashboard import faults, state
from dashboard.components import address_book, agent_pickers, notices, session_summaries
from dashboard.resources import agents as bedrock
from dashboard.state import Key

notices.show()
chosen = st.grid(4, min_column_width=170, vertical_alignment="bottom")
with chosen.cell():
    view = agent_pickers.agent()
if view is None:
    agent_pickers.explain_none()
    st.stop()
with chosen.cell():
    alias_id = agent_pickers.alias(view)
if alias_id is None:
    st.stop()
where = bedrock.home(view.agent["agentId"], alias_id)
with chosen.cell():
    memory_id = agent_pickers.memory_id(where.agent_id, alias_id)
with chosen.cell():
    address_book.popover(where)

remembers = session_summaries.memory_note(view)
if memory_id is None:
    session_summaries.no_memory_id()
    st.stop()
with faults.shown():
    listing = session_summaries.show(where, memory_id, remembers=remembers)
    session_summaries.everywhere(where, state.get(Key.SUMMARY_WORDS) or "", remembers=remembers)
    session_summaries.detail(where, memory_id, listing)
