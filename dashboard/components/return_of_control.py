"""What an agent asks its caller to carry out: shown, and answered in a form."""

from collections.abc import Iterator
from typing import Any

import streamlit as st

from dashboard import faults, text
from dashboard.components import permissions
from services.agents.rooms import AgentRoom, function_result
from services.agents.turns import Asked, ReturnControl
from services.faults import CALL_ERRORS
from services.notebook import functions as notebook_functions

Row = dict[str, Any]
_ANSWER, _FAILED, _AGAIN, _DENIED = "Result", "It failed", "Ask again", "Refused"
_STATES = {
    _ANSWER: "The text goes to the agent as the result.",
    _FAILED: "The agent is told that the action failed, with the text as the reason.",
    _AGAIN: "The text goes back to the model, to ask for something else (REPROMPT).",
    _DENIED: "The agent is told that you do not confirm the action (DENY).",
}


def told(control: ReturnControl) -> None:
    """What was asked for, in the conversation."""
    for given in control.inputs:
        with st.container(border=True):
            st.caption(":material/front_hand: The agent asks you to carry this out")
            text.plain(_call(given))


def form(room: AgentRoom, control: ReturnControl, asked: Asked) -> None:
    """One field per call; sent together.

    What was typed is there again when the answer has to be given once more.
    """
    with st.container(border=True, key="return-of-control"):
        st.markdown("**Return of control: your answer**")
        results = []
        for position, given in enumerate(control.inputs):
            results.append(_answer(given, f"control-{control.invocation_id}-{position}"))
        refused = permissions.say("InvokeAgent")
        st.button(
            "Give the result to the agent",
            type="primary",
            icon=":material/send:",
            key=f"control-send-{control.invocation_id}",
            disabled=bool(refused) or any(each is None for each in results),
            on_click=_send,
            args=(room, [each for each in results if each is not None], asked),
        )


def _answer(given: Row, key: str) -> Row | None:
    """The result of one call, as it stands in the form; None while it lacks its text."""
    text.plain(_call(given))
    confirms = _kind(given) != "RESULT"
    states = [_ANSWER, _FAILED, _AGAIN, *([_DENIED] if confirms else [])]
    suggestion = notebook_functions.answer(_name(given), dict(_parameters(given)))
    state = st.segmented_control(
        "Outcome",
        states,
        default=_FAILED if suggestion and suggestion.failed else _ANSWER,
        key=f"{key}-state",
        required=True,
    )
    st.caption(_STATES[state])
    body_key = f"{key}-body"
    if body_key not in st.session_state:
        st.session_state[body_key] = suggestion.body if suggestion else ""  # a booking id is made up once
    body = st.text_area(
        "Text", key=body_key, height=90, placeholder="What came of it", persist_state="session"
    )
    if suggestion:
        st.caption("Filled in as the notebook's own function would answer.")
        if suggestion.failed:
            st.info(notebook_functions.CANCEL_FAULT, icon=":material/bug_report:")
    if state == _DENIED:
        return function_result(given, "", confirmed=False)
    only_confirms = _kind(given) == "USER_CONFIRMATION"
    if not body.strip() and not only_confirms:
        return None
    return function_result(
        given,
        body,
        failed=state == _FAILED,
        reprompt=state == _AGAIN,
        confirmed=True if confirms else None,
    )


def _send(room: AgentRoom, results: list[Row], asked: Asked) -> None:
    try:
        room.answer_control(results, asked)
    except CALL_ERRORS as error:
        faults.show(error)


def _details(given: Row) -> Row:
    found: Row = given.get("functionInvocationInput") or given.get("apiInvocationInput") or {}
    return found


def _kind(given: Row) -> str:
    return str(_details(given).get("actionInvocationType", "RESULT"))


def _name(given: Row) -> str:
    details = _details(given)
    return str(details.get("function") or f"{details.get('httpMethod', '')} {details.get('apiPath', '')}")


def _parameters(given: Row) -> Iterator[tuple[str, str]]:
    for each in _details(given).get("parameters", []):
        yield str(each.get("name", "")), str(each.get("value", ""))


def _call(given: Row) -> str:
    arguments = ", ".join(f"{name}={value}" for name, value in _parameters(given))
    return f"{_details(given).get('actionGroup', '')}: {_name(given)}({arguments})"
