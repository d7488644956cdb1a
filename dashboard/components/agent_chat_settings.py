"""How the next message is sent: traces, streaming, and the attributes of session and prompt."""

import streamlit as st

from dashboard import text
from services.agents.turns import Asked


def asked() -> Asked:
    """The settings, as a message without text."""
    with st.popover("Settings", icon=":material/tune:", key="agent-settings"):
        trace = st.toggle("Ask for the trace", value=True, key="agent-trace-on", persist_state="session")
        stream = st.toggle(
            "Stream the answer",
            value=True,
            key="agent-stream-on",
            persist_state="session",
            help="The agent's role needs bedrock:InvokeModelWithResponseStream for it",
        )
        session = _attributes(
            "Session attributes",
            "agent-session-attributes",
            "They last for the session; functions get them, the prompt does not.",
        )
        prompt = _attributes(
            "Prompt attributes",
            "agent-prompt-attributes",
            "They last for one message; the prompt and functions get them.",
        )
    return Asked("", session_attributes=session, prompt_attributes=prompt, trace=trace, stream=stream)


def _attributes(label: str, key: str, about: str) -> dict[str, str]:
    """Lines of `name = value`; a line without a name is told and left out."""
    typed = st.text_area(
        label, key=key, height=90, placeholder="customerId = 4711", help=about, persist_state="session"
    )
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, (typed or "").splitlines())):
        name, separator, value = line.partition("=")
        if separator and name.strip():
            found[name.strip()] = value.strip()
        else:
            st.caption(f":red[Not read: {text.label(line, 60)}. Write name = value.]")
    return found
