"""The Streamlit part of AgentCore Memory Studio."""

__version__ = "0.4.0"
