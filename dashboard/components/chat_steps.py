"""What an agent told of its own work: what went before the question, its steps, what it asks its caller."""

import streamlit as st

from dashboard import faults, format, navigation, text
from dashboard.components.agent_pickers import NO_MEMORY
from dashboard.state import Key
from services.chat.turns import AgentSession, AgentStep, Turn


def show(turn: Turn, key: str) -> None:
    """In the live panel, for one exchange."""
    for failure in turn.failures:
        if failure.what == "retrieval":
            faults.show_fault(failure.fault)
    for number, context in enumerate(turn.injected):
        size = format.count(len(context.text), "character")
        title = f"Put into the prompt from memory · {size}"
        with st.expander(title, icon=":material/input:", key=f"chat-injected-{key}-{number}"):
            st.code(text.visible(context.text), language=None, wrap_lines=True)
    if turn.steps:
        title = format.count(len(turn.steps), "step")
        with st.expander(f"What the agent did · {title}", icon=":material/list:", key=f"chat-steps-{key}"):
            for step in turn.steps:
                _step(step)
    if turn.agent_session is not None:
        _link("The whole trace in Agent chat", turn.agent_session)
    kept = len(turn.written) - len(turn.stored)
    if kept:
        events = format.count(kept, "event")
        st.caption(
            f":material/inventory_2: {events} of the session manager's own: the state of session and agent, "
            "which no strategy reads."
        )


def _step(step: AgentStep) -> None:
    took = f" · {format.seconds(step.seconds)}" if step.seconds is not None else ""
    st.markdown(f"**{text.label(step.title, 120)}**{took}")
    if step.text.strip():
        st.code(text.visible(step.text), language=None, wrap_lines=True)


def control(turn: Turn) -> None:
    """Below the answer: that the agent waits for its caller, and where that is answered."""
    if turn.control is None or turn.agent_session is None:
        return
    calls = ", ".join(turn.control.calls) or "something"
    st.info(
        f"The agent asks its caller to carry out {text.label(calls, 300)}, and waits for the result. Chat "
        "cannot do that: give the result in Agent chat, where this session goes on.",
        icon=":material/pan_tool:",
    )
    _link("Give the result in Agent chat", turn.agent_session)


def _link(label: str, place: AgentSession) -> None:
    navigation.agent_link(
        label,
        "agent_chat",
        place.agent_id,
        (Key.ALIAS, place.alias_id),
        (Key.AGENT_MEMORY, place.memory_id or NO_MEMORY),
        (Key.AGENT_SESSION, place.session_id),
    )
