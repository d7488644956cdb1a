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
    the page that is all that changes with the choice.
    """
    ids = [str(id_) for id_ in frame.index]
    current = state.get(key)
    expected = [ids.index(current)] if current in ids else []
    widget = _widget_key(f"{key}-{format.fingerprint([within, *ids])}", expected)

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
        selection_mode="single-row-required" if expected else "single-row",
        selection_default={"selection": {"rows": expected}},
        hide_index=True,
        **arguments,
    )
    return current if expected else None


def _widget_key(name: str, expected: list[int]) -> str:
    """The table's key; a new one when the shown selection is not what the address bar says."""
    versions: dict[str, int] = st.session_state.setdefault("table-versions", {})
    version = versions.setdefault(name, 0)
    shown = st.session_state.get(f"{name}-{version}")
    if shown is not None and list(shown["selection"]["rows"]) != expected:
        versions[name] = version + 1
    return f"{name}-{versions[name]}"
