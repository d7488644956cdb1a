"""Somebody else changed what a form was opened on: what they changed, and the form anew on top of that."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.components import differences
from services.memory.settings import Difference


def show(
    noun: str,
    found: Sequence[Difference],
    start_again: Callable[[], None],
    *,
    key: str,
    draw: Callable[[Sequence[Difference]], None] = differences.show,
) -> None:
    """`found` is what they changed, drawn by `draw`; `start_again` opens the form on their version."""
    st.error(
        f"Somebody else changed this {noun} while the form was open. Nothing of yours was sent.",
        icon=":material/sync_problem:",
    )
    if found:
        st.caption("What they changed:")
        draw(found)
    else:
        st.caption("It reads the same as before; it was written all the same.")
    st.button(
        "Start again from the new version",
        type="primary",
        icon=":material/refresh:",
        key=key,
        on_click=start_again,
    )
