"""Trying a model out before it is talked to: what its server has, whether it answers and calls tools."""

import streamlit as st

from dashboard import faults, format, text
from services.chat.model_faults import explain_model_error
from services.chat.models import ModelChoice
from services.chat.probing import Probe, ToolProbe, list_models, probe

_LISTED = "listed-models"
_MEANING = (
    "So it cannot look into memory by itself, and no persona's tools work with it. An agent with the session "
    "manager is given memories without asking for them."
)


def button(choice: ModelChoice, place: str, *, tools: bool = True) -> None:
    """The test and what it showed; `tools` False: it does not matter whether the model calls them."""
    if not st.button("Test the model", key=f"{place}-probe", icon=":material/network_check:"):
        return
    with st.spinner("Asking for one word, then for a tool call…"):
        found = probe(choice)
    if found.fault is not None:
        faults.show_fault(found.fault)
        return
    st.success(_answered(found), icon=":material/check_circle:")
    if tools and found.tools is not None:
        _tools(found.tools)


def _answered(found: Probe) -> str:
    when = f"It answered in {format.seconds(found.seconds)}: {text.label(found.detail, 120)}"
    if found.streams:
        return f"{when} It streams: the first piece came after {format.seconds(found.first)}."
    return when


def _tools(found: ToolProbe) -> None:
    took = format.seconds(found.seconds)
    if found.can == "yes":
        st.success(f"It can call tools ({took}).", icon=":material/build:")
    elif found.can == "unknown":
        st.warning(f"Whether it can call tools could not be found out ({took}).", icon=":material/build:")
    elif found.fault is not None:
        st.warning(f"**It cannot call tools** ({took}). {_MEANING}", icon=":material/build:")
    else:
        told = text.label(found.told, 300)
        st.warning(f"**It does not call tools** ({took}). {told} {_MEANING}", icon=":material/build:")
    if found.fault is not None:
        st.caption(found.fault.next_step)
        with st.expander("What came back", icon=":material/dns:"):
            st.code(text.visible(found.fault.detail), language=None, wrap_lines=True)


def server_models(choice: ModelChoice, place: str) -> None:
    """The models of the chosen server, to take one over into the model's field, where it can be typed too."""
    key = f"{place}-server-model"

    def take() -> None:
        if name := st.session_state.get(key):
            st.session_state[f"{place}-openai_compatible-model"] = name

    if st.button(
        "List the server's models", key=f"{place}-list-models", icon=":material/list:", type="tertiary"
    ):
        try:
            st.session_state[_LISTED] = choice.base_url, list_models(choice)
        except Exception as error:  # whatever a model server does is shown, not raised
            st.session_state.pop(_LISTED, None)
            faults.show_fault(explain_model_error(error, choice.label, choice.api_key))
    base_url, names = st.session_state.get(_LISTED, (None, []))
    if base_url != choice.base_url:
        return
    if not names:
        st.caption("The server says that it has no models.")
        return
    st.selectbox(
        f"Its {format.count(len(names), 'model')}",
        names,
        index=None,
        placeholder="Choose one",
        key=key,
        on_change=take,
    )
