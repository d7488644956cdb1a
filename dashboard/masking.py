"""Masked text: personal data and secrets replaced by what they are, as long as the viewer's switch is on.

The switch starts as AGENTCORE_STUDIO_MASK says. Showing what was masked is written into the audit trail.
"""

import os
from typing import Any

import streamlit as st

from dashboard import resources
from services.findings import sensitive

Row = dict[str, Any]
SETTING = "AGENTCORE_STUDIO_MASK"
_KEY = "mask-sensitive"


def is_on() -> bool:
    """Whether sensitive text is masked for this viewer."""
    return bool(st.session_state.get(_KEY, _default()))


def _default() -> bool:
    return os.environ.get(SETTING, "").strip().lower() in {"1", "true", "yes", "on"}


def toggle(memory_id: str) -> None:
    """The viewer's switch."""
    st.session_state["mask-toggle"] = is_on()

    def changed() -> None:
        if is_on():
            resources.note_revealed(memory_id)
        st.session_state[_KEY] = st.session_state["mask-toggle"]

    st.toggle(
        "Mask sensitive text",
        key="mask-toggle",
        on_change=changed,
        help="Personal data and secrets that rules can tell, replaced by what they are; names and health are "
        "not among them. Switching it off is written into the audit trail.",
    )


def words(text: str) -> str:
    """A text as this viewer may see it."""
    return sensitive.masked(text) if is_on() else text


def body(text: str) -> str:
    """A record's `content.text` as this viewer may see it; JSON keeps its form."""
    return sensitive.masked_body(text) if is_on() else text


def record(row: Row) -> Row:
    """A record to be shown, never one to be edited."""
    if not is_on():
        return row
    content = row["content"] | {"text": sensitive.masked_body(row["content"].get("text", ""))}
    return row | {"content": content, "metadata": sensitive.masked_document(row.get("metadata", {}))}
