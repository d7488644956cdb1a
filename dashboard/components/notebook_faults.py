"""The faults of the published notebook, tried on purpose, with what they mean."""

import json
from collections.abc import Callable

import streamlit as st

from dashboard import agent_rooms, faults, text
from dashboard.components import agent_chat, permissions, return_of_control
from services.agents import traces as agent_traces
from services.agents.rooms import AgentRoom
from services.agents.turns import AgentPlace, Asked
from services.faults import CALL_ERRORS
from services.notebook import acts as notebook_acts
from services.notebook import functions as notebook_functions
from services.notebook.acts import Guide

_CANCEL = "Please cancel my trip"


def show(guided: Guide) -> None:
    """Three faults; each is tried by a button once the tour's agent exists."""
    for name, title, draw in (
        ("memory", "memory_id=None", _memory_none),
        ("trace", "enable_trace=True", _trace),
        ("cancel", "Cancelling a trip", _cancel),
    ):
        folded = st.expander(title, key=f"tour-fault-{name}", icon=":material/bug_report:", on_change="rerun")
        if folded.open:
            with folded, faults.shown():
                draw(guided)


def _memory_none(guided: Guide) -> None:
    st.caption("The notebook's helper has memory_id=None as its default, and passes it on.")
    st.code('invoke_agent(agentId=…, sessionId=…, inputText="Hi", memoryId=None)', language="python")
    if _pressed("memory", guided):
        notebook_acts.invoke_without_memory_id(guided)


def _trace(guided: Guide) -> None:
    st.caption("With traces on, the helper writes them by json.dumps(event['trace']).")
    room = agent_rooms.room(guided.place("first_session"), 1_800, "tour")
    traces = [part for turn in room.turns for part in turn.traces]
    if not traces:
        st.caption("It takes a trace: run the step “Anna books a trip” in this browser tab first.")
        return
    if _pressed("trace", guided):
        try:
            json.dumps(traces[0])
        except TypeError as error:
            st.error(f"**json.dumps fails: {text.label(str(error))}**", icon=":material/error:")
            text.plain(
                "boto3 returns the trace's times as datetime objects, and json.dumps knows none. Nothing is "
                "wrong with the agent; the notebook's helper ends before it returns the answer."
            )
            st.caption("With default=str it works:")
            st.code("json.dumps(event['trace'], indent=2, default=str)", language="python")
            st.code(text.visible(agent_traces.as_json(traces[0])[:1_200]), language="json")


def _cancel(guided: Guide) -> None:
    st.caption("The notebook never cancels. If it did, its function would fail every time.")
    st.info(notebook_functions.CANCEL_FAULT, icon=":material/bug_report:")
    place = guided.place("second_session")
    session = f"cancel-{guided.tour.tour_id}"
    room = agent_rooms.room(
        AgentPlace(place.agent_id, place.alias_id, session, place.memory_id), 1_800, "tour"
    )
    for number, turn in enumerate(room.turns):
        agent_chat.exchange(turn, number)
    running = room.running
    if running is not None:
        st.fragment(_until_done, run_every=0.5)(room)
        return
    waiting = room.waiting_for
    if waiting is not None and waiting.control is not None:
        return_of_control.form(room, waiting.control, Asked(""))
        return
    _button("Ask to cancel", room, f"{_CANCEL}. The booking id is 12345678.", guided)
    if room.turns:
        _button("Confirm", room, "Yes, that is correct", guided)


def _until_done(room: AgentRoom) -> None:
    if room.running is None:
        st.rerun()
    st.caption(":shimmer[The agent is at it…]")


def _button(label: str, room: AgentRoom, message: str, guided: Guide) -> None:
    def send() -> None:
        try:
            room.ask(Asked(message, stream=False))
        except CALL_ERRORS as error:
            faults.show(error)

    _pressed(label.lower().replace(" ", "-"), guided, label, send)


def _pressed(name: str, guided: Guide, label: str = "Try it", act: Callable[[], None] | None = None) -> bool:
    ready = "agent_id" in guided.tour.values
    if not ready:
        st.caption("It takes the tour's agent: run the first steps.")
    return st.button(
        label,
        key=f"tour-fault-{name}-try",
        disabled=not ready or permissions.refused("InvokeAgent") is not None,
        on_click=act,
    )
