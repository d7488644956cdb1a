"""Whom to talk to: the personas, and the notice that what their tools do is made up."""

import streamlit as st

from dashboard import state
from dashboard.state import Key
from services.chat.agent import ChatAgent
from services.chat.personas import ASSISTANT, PERSONAS, Persona

_KEY = "chat-persona"
MADE_UP = (
    "Its tools really run, in a made-up world: no order, flight, hotel or restaurant in it exists, and "
    "nothing is bought or booked. What an actor did in it is found again until the dashboard is restarted."
)


def picker() -> str:
    """The choice of a persona, which the address bar names; returns its name."""
    asked = state.get(Key.PERSONA)
    persona = PERSONAS.get(asked or "", ASSISTANT)
    st.session_state[_KEY] = persona.name

    def changed() -> None:
        picked = st.session_state[_KEY]
        state.put(persona=None if picked == ASSISTANT.name else picked)

    st.selectbox(
        "Persona",
        list(PERSONAS),
        format_func=lambda name: PERSONAS[name].title,
        key=_KEY,
        on_change=changed,
        help="Who the agent is, and which tools it has beside memory",
    )
    st.caption(persona.caption)
    if persona.has_tools:
        st.caption(f":material/science: {MADE_UP}")
    return persona.name


def beside(model: str) -> str:
    """For a small label: the chosen persona's title, or with the plain assistant the model's name."""
    persona = PERSONAS.get(state.get(Key.PERSONA) or "", ASSISTANT)
    return persona.title if persona.has_tools else model


def of(agent: ChatAgent) -> Persona:
    """Whom an agent plays; one that runs elsewhere plays none, and is spoken to as to the plain assistant."""
    name = agent.choice.persona if agent.choice.runs_here else ASSISTANT.name
    return PERSONAS.get(name, ASSISTANT)


def notice(persona: Persona) -> None:
    """Beside the conversation, as long as somebody with tools is talked to."""
    if persona.has_tools:
        st.caption(f"{persona.icon} **{persona.title}** · made-up data", help=MADE_UP)
