"""Loading and removing the sample data, on whatever connection is live."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import faults, resources, text
from dashboard.components import confirm, notices
from services import sample_data
from services.sample_data import Additions, HoldsAdditions, SampleDataError

_HELD = "sample-data-held"
"""(connection key, Additions): what a removal that was refused would have deleted of the person's own."""


def controls() -> None:
    """What the sample data is, and the buttons that load and remove it."""
    st.markdown("**Sample data**")
    st.caption(
        "Made-up memories with actors, conversations and what was extracted from them. "
        "Everything is written through the API into the live connection and marked by a tag; "
        "on AWS that costs what any events cost."
    )
    agreed = _agreed_to_write()
    with st.container(horizontal=True):
        st.button("Load", icon=":material/download:", key="sample-load", on_click=_load, disabled=not agreed)
        st.button("Remove", icon=":material/delete_sweep:", key="sample-remove", on_click=_remove)
    st.caption("Remove deletes the memories with that tag. What you wrote into them is counted first.")
    held = _held()
    if held:
        _confirm_additions(held)


def _agreed_to_write() -> bool:
    """An AWS account is written to only after somebody agreed; a local endpoint costs nothing."""
    live = resources.connection()
    if live.kind != "profile":
        return True
    account = resources.connection_health().account
    where = f"account {account}" if account else f"the account of {live.label}"
    return st.checkbox(
        f"Write to {text.label(where)} in {text.label(live.region)}: "
        f"about {sample_data.call_count():,} AWS calls",
        key=f"sample-agreed-{live.key}",
    )


def _confirm_additions(held: Additions) -> None:
    st.warning(f"{text.label(str(held))} in these memories are yours and would go too.")
    if confirm.typed("No copy is kept of them.", "remove mine too", "Remove all", key="sample-remove-all"):
        _remove(held)
        if _held() != held:
            st.rerun()


def _held() -> Additions | None:
    connection, held = st.session_state.get(_HELD, (None, None))
    return held if connection == resources.connection().key else None


def _load() -> None:
    with _shown():
        notices.leave(resources.load_sample_data(_progress("Loading the sample data…")))


def _remove(also: Additions | None = None) -> None:
    with _shown():
        try:
            notices.leave(resources.remove_sample_data(_progress("Removing the sample data…"), also))
            st.session_state.pop(_HELD, None)
        except HoldsAdditions as refused:
            st.session_state[_HELD] = (resources.connection().key, refused.additions)


@contextmanager
def _shown() -> Iterator[None]:
    """Shows any error in place; those of the sample data are instructions, so in their own words."""
    with faults.shown():
        try:
            yield
        except SampleDataError as problem:
            st.error(text.label(str(problem), 400), icon=":material/error:")


def _progress(title: str) -> Callable[[int, int, str], None]:
    bar = st.progress(0.0, title)

    def report(done: int, total: int, what: str) -> None:
        bar.progress(min(1.0, done / max(total, 1)), f"{title} {text.label(what)}")

    return report
