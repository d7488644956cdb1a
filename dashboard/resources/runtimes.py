"""Agents on AgentCore Runtime, as the connection lists them."""

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import calling, clients_of, source
from dashboard.resources.keeping import FRESH_SECONDS, Row
from services.chat import runtime_agent
from services.listing import Listing

RUNTIMES = "runtimes"


@st.cache_data(ttl=FRESH_SECONDS, max_entries=32, show_spinner="Reading the agents…")
def _runtimes(asked: Source) -> Listing[Row]:
    return runtime_agent.list_runtimes(clients_of(asked))


def runtimes() -> Listing[Row]:
    """The agents as ListAgentRuntimes tells them."""
    with calling():
        return _runtimes(source(RUNTIMES))
