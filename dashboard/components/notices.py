"""What the last act did and the way back, said on the page that follows it, until something else is done."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard import text

_KEY = "notice"


@dataclass(frozen=True)
class _Notice:
    message: str
    undo: Callable[[], None] | None
    failed: bool


def leave(message: str, undo: Callable[[], None] | None = None, *, failed: bool = False) -> None:
    """Keeps a message for the next run; `undo` takes back what it tells, where that can be done at once.
    `failed`: it tells what was not done."""
    st.session_state[_KEY] = _Notice(message, undo, failed)


def waiting() -> bool:
    """Whether a message is to be shown by the next run of the whole page."""
    return _KEY in st.session_state


def show() -> None:
    """Shows the message that the last act left, if any, and forgets it.

    Where a part of a page is drawn again alone, call it in that part: what stands above stays there.
    """
    notice: _Notice | None = st.session_state.pop(_KEY, None)
    if notice is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="notice-shown"):
        if notice.failed:
            st.warning(text.label(notice.message, 300), icon=":material/error:")
        else:
            st.success(text.label(notice.message, 300), icon=":material/check_circle:")
        if notice.undo is not None:
            st.button("Undo", key="notice-undo", icon=":material/undo:", on_click=notice.undo)
