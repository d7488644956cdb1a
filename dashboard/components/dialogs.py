"""Which dialog is open. It stays so over reruns until it is dismissed or done, or the place changes."""

import streamlit as st

from dashboard import state
from dashboard.state import Key

_KEY = "dialog"


def open_(name: str) -> None:
    """Opens a dialog on the next run, for the memory that is chosen now; a button's `on_click`."""
    st.session_state[_KEY] = _here(name)


def is_open(name: str) -> bool:
    """Whether the page should draw this dialog now; on another page or memory than its own it should not."""
    return bool(st.session_state.get(_KEY) == _here(name))


def close() -> None:
    """Closes whichever is open; a dialog's `on_dismiss`."""
    st.session_state.pop(_KEY, None)


def _here(name: str) -> tuple[str, str, str | None]:
    return name, state.page(), state.get(Key.MEMORY)
