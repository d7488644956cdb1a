"""The keys of the Review page, and what is said when one comes too late."""

import streamlit as st

from dashboard import state, text
from dashboard.components import review_rejecting
from dashboard.state import Key

KEYS: dict[str, str] = {
    "approve": "A",
    "fix": "F",
    "reject": review_rejecting.KEY,
    "skip": "S",
    "undo": "U",
    "next": "N",
    "back": "P",
}
_TOLD = "review-told"


def of(name: str, what: str) -> str:
    """The key of a widget that is of one record, or of one decision."""
    return f"review-{name}-{what}"


def tell(message: str) -> None:
    """Says briefly what was done, without moving what is on the page."""
    st.session_state[_TOLD] = True
    st.toast(text.label(message, 300))


def say_if_late() -> None:
    """Says that a key or click was for a record that was left before it came, and so changed nothing."""
    if state.came_late(Key.REVIEWING) and not st.session_state.pop(_TOLD, False):
        tell("What you pressed last came before this record was on the screen, so it was not applied.")
    st.session_state.pop(_TOLD, None)
