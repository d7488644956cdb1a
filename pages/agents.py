"""Agents: what each agent of Bedrock Agents remembers, can do, and is tested with."""

import streamlit as st

from dashboard import faults
from dashboard.components import agent_pickers, agents, notices
from dashboard.resources import agents as bedrock

notices.show()
agents.toolbar()

listing = bedrock.agents()
if not listing.rows:
    agent_pickers.none_yet()
    st.stop()

agent_id = agents.table(listing)
with faults.shown():
    if agent_id:
        view = agents.detail(agent_id)
        agents.open_dialog(view)
