"""The viewer's switch for masked text, in the sidebar of every page."""

import streamlit as st

from dashboard import faults, masking, resources, state
from dashboard.state import Key

_KEY = "mask-toggle"


def sidebar() -> None:
    """The switch. Where it cannot be written down that somebody switched it off, text stays masked."""
    st.session_state[_KEY] = masking.is_on()
    with st.sidebar:
        st.toggle(
            "Mask sensitive text",
            key=_KEY,
            on_change=_changed,
            help="Personal data and secrets that rules can tell, replaced by what they are, on every page; "
            "names and health are not among them. Switching it off is written into the audit trail.",
        )


def _changed() -> None:
    with faults.shown():
        if masking.is_on():
            resources.note_revealed(state.get(Key.MEMORY))
        masking.switch(on=st.session_state[_KEY])
