"""The calls of a question as code to copy: boto3, the AWS CLI, the AgentCore SDK."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import resources, state, text
from dashboard.components.retrieval import place_name
from dashboard.state import Key
from services.connection import Connection
from services.retrieval import snippets as retrieval_snippets
from services.retrieval.inquiries import Inquiry, call_params

Row = dict[str, Any]
_Writer = Callable[[Connection, Row, float], str]
LANGUAGES: dict[str, tuple[str, str, _Writer]] = {
    "boto3": ("boto3", "python", retrieval_snippets.boto3_code),
    "cli": ("AWS CLI", "bash", retrieval_snippets.cli_code),
    "sdk": ("AgentCore SDK", "python", retrieval_snippets.sdk_code),
}


def code(memory: Row, inquiry: Inquiry) -> None:
    """One call a place, in the chosen language; nothing is sent for this."""
    language, write = _language()
    calls = call_params(memory, inquiry)
    for place, params in zip(inquiry.places(), calls, strict=True):
        if len(calls) > 1:
            st.caption(text.label(place_name(memory, place), 200))
        body = write(resources.connection(), params, inquiry.min_score)
        st.code(text.visible(body), language=language, wrap_lines=True)
    if state.get(Key.FORMAT) == "sdk":
        st.caption(
            "MemoryClient.retrieve_memories reads one page of the answer, takes no strategy (with one, this "
            "is MemorySessionManager) and returns an empty list when the call fails."
        )


def _language() -> tuple[str, _Writer]:
    linked = state.get(Key.FORMAT)
    st.session_state["code-language"] = linked if linked in LANGUAGES else "boto3"

    def changed() -> None:
        state.put(format=st.session_state["code-language"])

    chosen = st.segmented_control(
        "Language",
        list(LANGUAGES),
        key="code-language",
        format_func=lambda name: LANGUAGES[name][0],
        required=True,
        on_change=changed,
        label_visibility="collapsed",
    )
    _, language, write = LANGUAGES[str(chosen)]
    return language, write
