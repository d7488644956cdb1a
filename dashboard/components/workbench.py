"""The workbench's three views of one session: dry run, replay, drafts."""

import streamlit as st

from dashboard import faults, state
from dashboard.components import (
    workbench_drafts,
    workbench_dry_run,
    workbench_prompts,
    workbench_replay,
)
from dashboard.components.workbench_place import Place
from dashboard.state import Key

VIEWS = {
    "Dry run": workbench_dry_run.show,
    "Replay": workbench_replay.show,
    "Drafts": workbench_drafts.show,
}
_TABS = "bench-tabs"


def tabs(place: Place) -> None:
    """The views as tabs; only the open one is drawn."""
    workbench_prompts.fill(place)
    linked = state.get(Key.BENCH)
    st.session_state[_TABS] = linked if linked in VIEWS else next(iter(VIEWS))
    for tab, draw in zip(st.tabs(list(VIEWS), key=_TABS, on_change=_opened), VIEWS.values(), strict=True):
        if tab.open:
            with tab, faults.shown():
                draw(place)


def _opened() -> None:
    state.put(bench=st.session_state[_TABS])
