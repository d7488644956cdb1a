"""Rejecting a record; what that does in a memory is asked when it is pressed there for the first time."""

from collections.abc import Callable

import streamlit as st

from dashboard import faults, resources, state
from dashboard.components import dialogs, notices
from services.workspace.reviews import Rejecting, Settings

KEY = "X"
ICON = ":material/close:"
DIALOG = "choose-rejecting"
_ABOUT = "choose-rejecting-about"
_LABELS: dict[Rejecting | None, str] = {"delete": "Reject and delete", "mark": "Reject", None: "Reject"}
_CHOICES: tuple[tuple[Rejecting, str, str], ...] = (
    ("delete", "Reject and delete the record", "D"),
    ("mark", "Reject, and only mark it here", "M"),
)


def button(memory_id: str, record_id: str, reject: Callable[[Rejecting], bool], *, may: bool) -> None:
    """The button; in a memory where nobody has rejected before, it asks what that is to do.

    `reject` is told what the button said that it does.
    """
    chosen = resources.review_settings(memory_id).rejecting

    def pressed() -> None:
        if dialogs.is_open(DIALOG):
            return  # pressed again before the question was drawn
        if chosen:
            reject(chosen)
        else:
            st.session_state[_ABOUT] = record_id
            state.put(reviewing=record_id)  # while the memory is looked over, the first is still another one
            dialogs.open_(DIALOG)

    st.button(
        _LABELS[chosen],
        key=f"review-reject-{record_id}",
        icon=ICON,
        shortcut=KEY,
        disabled=not may,
        on_click=pressed,
    )


def close_unless_about(record_id: str) -> None:
    """Closes the question where it was asked about another record; Back leads there while it is open."""
    if dialogs.is_open(DIALOG) and st.session_state.get(_ABOUT) != record_id:
        dialogs.close()


def tell_changed() -> None:
    """Says on the next run that rejecting does something else by now, and that nothing was done."""
    notices.leave(
        "Somebody has just changed what rejecting does in this memory, so nothing was rejected. The button "
        "says now what it does.",
        failed=True,
    )


def dialog(memory_id: str, reject: Callable[[Rejecting], bool]) -> None:
    """The question, while it is open: each answer rejects the record at once.

    `reject` tells whether it did; if not, it has drawn why.
    """
    if dialogs.is_open(DIALOG):
        _dialog(memory_id, reject)


@st.dialog("What shall rejecting do in this memory?", on_dismiss=dialogs.close)
def _dialog(memory_id: str, reject: Callable[[Rejecting], bool]) -> None:
    st.caption("Asked once, for everybody; “How to review” changes it.")
    for value, words, key in _CHOICES:
        if st.button(words, key=f"reject-{value}", shortcut=key, icon=ICON, width="stretch"):
            with faults.shown():
                now = resources.review_settings(memory_id)
                if now.rejecting is None:
                    resources.keep_review_settings(memory_id, Settings(value, now.mirrored))
                if reject(value):  # not where somebody has given another answer meanwhile
                    dialogs.close()
                    st.rerun()
    st.caption("What is deleted is kept as a copy: Undo and the Trash page bring it back.")
