"""What the last action did, said once on the page that follows it."""

import streamlit as st

from dashboard import text

_KEY = "notice"


def leave(message: str) -> None:
    """Keeps a message for the next run."""
    st.session_state[_KEY] = message


def waiting() -> bool:
    """Whether a message is to be shown by the next run of the whole page."""
    return _KEY in st.session_state


def show() -> None:
    """Shows the message that the last action left, if any, and forgets it."""
    message = st.session_state.pop(_KEY, None)
    if message:
        st.success(text.label(message, 300), icon=":material/check_circle:")
