"""Tabs of which the open one is in the address bar. Only that one is drawn: others may cost AWS calls."""

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import faults, state
from dashboard.state import Key


def show(views: Mapping[str, Callable[[], None]], address: Key, first: str | None = None) -> None:
    """The views by their names; `first` is open where the address names none, else the first of all."""
    key = f"{address.value}-tabs"
    linked = state.get(address) or first
    st.session_state[key] = linked if linked in views else next(iter(views))

    def opened() -> None:
        state.put(**{address.value: st.session_state[key]})

    for tab, draw in zip(st.tabs(list(views), key=key, on_change=opened), views.values(), strict=True):
        if tab.open:
            with tab, faults.shown():
                draw()
