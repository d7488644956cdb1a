"""A table of which one row is chosen, in step with the address bar."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format, outage, state
from dashboard.state import Key


def choose_row(
    frame: pd.DataFrame, key: Key, within: str, *, redraws: str | None = None, **arguments: Any
) -> str | None:
    """Draws a table whose chosen row is the address bar's value of `key`; returns the id, or None.

    The frame's index holds the ids; `within` names what they belong to. A table keeps its selection by
    position, so its widget key changes with its rows, and also when the address bar was changed by anything
    but a click in it (a link, Back): then it starts afresh from the address bar. `redraws` names the part of
    the page that changes with the choice, where that is another than the table's own.
    """
    ids = [str(id_) for id_ in frame.index]
    current = state.get(key)
    expected = [ids.index(current)] if current in ids else []
    widget, at_first = _widget(f"{key}-{format.fingerprint([within, *ids])}", expected)

    def opened() -> None:
        rows = st.session_state[widget]["selection"]["rows"]
        if rows:
            state.put(**{key: ids[rows[0]]})
        if rows and redraws:
            outage.redraw(redraws)

    st.dataframe(
        frame,
        key=widget,
        on_select=opened,
        selection_mode="single-row-required" if at_first else "single-row",
        selection_default={"selection": {"rows": at_first}},
        hide_index=True,
        **arguments,
    )
    return current if expected else None


def _widget(name: str, expected: list[int]) -> tuple[str, list[int]]:
    """The table's key, a new one when the shown selection is not what the address bar says; and the rows
    chosen when the table of that key was drawn first. With those it is told each time: else a choice would
    make it another table to the browser, which is sent as a whole and scrolls back to its top."""
    tables: dict[str, tuple[int, list[int]]] = st.session_state.setdefault("table-versions", {})
    version, at_first = tables.setdefault(name, (0, expected))
    shown = st.session_state.get(f"{name}-{version}")
    now = at_first if shown is None else list(shown["selection"]["rows"])
    if now != expected:
        version, at_first = tables[name] = (version + 1, expected)
    return f"{name}-{version}", at_first
