"""Rejecting a record; what that does in a memory is asked when it is pressed there for the first time."""

from collections.abc import Callable

import streamlit as st

from dashboard import faults, resources
from dashboard.components import dialogs
from services.workspace.reviews import Rejecting, Settings

KEY = "X"
ICON = ":material/close:"
DIALOG = "choose-rejecting"
_LABELS: dict[Rejecting | None, str] = {"delete": "Reject and delete", "mark": "Reject", None: "Reject"}
_CHOICES: tuple[tuple[Rejecting, str, str], ...] = (
    ("delete", "Reject and delete the record", "D"),
    ("mark", "Reject, and only mark it here", "M"),
)


def button(memory_id: str, reject: Callable[[], bool], *, may: bool) -> None:
    """The button; in a memory where nobody has rejected before, it asks what that is to do."""
    chosen = resources.review_settings(memory_id).rejecting

    def pressed() -> None:
        if chosen:
            reject()
        else:
            dialogs.open_(DIALOG)

    st.button(
        _LABELS[chosen],
        key="review-reject",
        icon=ICON,
        shortcut=KEY,
        disabled=not may,
        on_click=pressed,
    )


def dialog(memory_id: str, reject: Callable[[], bool]) -> None:
    """The question, while it is open: each answer rejects the record at once.

    `reject` tells whether it did; if not, it has drawn why.
    """
    if dialogs.is_open(DIALOG):
        _dialog(memory_id, reject)


@st.dialog("What shall rejecting do in this memory?", on_dismiss=dialogs.close)
def _dialog(memory_id: str, reject: Callable[[], bool]) -> None:
    st.caption("Asked once, for everybody; “How to review” changes it.")
    for value, words, key in _CHOICES:
        if st.button(words, key=f"reject-{value}", shortcut=key, icon=ICON, width="stretch"):
            with faults.shown():
                mirrored = resources.review_settings(memory_id).mirrored
                resources.keep_review_settings(memory_id, Settings(value, mirrored))
                if reject():
                    dialogs.close()
                    st.rerun()
    st.caption("What is deleted is kept as a copy: Undo and the Trash page bring it back.")
