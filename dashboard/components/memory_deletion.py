"""Deleting a memory: its name is typed, a copy is made, and then AWS is asked."""

from typing import Any

import streamlit as st

from dashboard import faults, format, resources, state
from dashboard.components import confirm, dialogs, notices
from services.memory.deletion import MemoryDeletion

Row = dict[str, Any]
# Most copies are written by then, and the progress of the others is looked at this often.
FIRST_LOOK_SECONDS = 2.0
LOOK_SECONDS = 1.0
_DELETION = "memory-deletion"


def _dismissed() -> None:
    """Closing the dialog is no consent: what is being copied is not deleted, unless AWS was asked already."""
    deletion = _deletion()
    if deletion:
        deletion.stop()
        deletion.wait(FIRST_LOOK_SECONDS)
        if deletion.copy_id:
            _leave_notice(deletion)
    _close_deletion()


@st.dialog("Delete this memory", width="large", on_dismiss=_dismissed)
def delete_dialog(memory: Row) -> None:
    """Deletes a memory after its name was typed; its configuration, events and records are saved first."""
    with faults.shown():
        place = st.empty()
        deletion = _deletion()
        if deletion is None:
            with place.container():
                if not _confirmed(memory):
                    return
            deletion = resources.start_deleting_memory(memory["id"])
            st.session_state[_DELETION] = deletion
            # An element first: a container in place of a container would keep its children on screen.
            place.markdown(":shimmer[A copy is made before anything is deleted.]")
            deletion.wait(FIRST_LOOK_SECONDS)
        with place.container():
            ticking = not deletion.finished
            st.fragment(_progress, run_every=LOOK_SECONDS if ticking else None)(deletion, ticking=ticking)


def _confirmed(memory: Row) -> bool:
    name = format.memory_name(memory)
    return confirm.typed(
        f"{name} will be deleted with all its events and memory records. Agents that use it will fail. "
        "AWS can't bring it back; a copy of its configuration, events and records is saved here first.",
        name,
        "Delete memory",
        key=f"delete-{memory['id']}",
    )


def _deletion() -> MemoryDeletion | None:
    """The deletion that this dialog has begun."""
    deletion: MemoryDeletion | None = st.session_state.get(_DELETION)
    return deletion


@faults.shown()
def _progress(deletion: MemoryDeletion, *, ticking: bool) -> None:
    """How far the copy is; when it has ended, how. Ends the ticking then."""
    if deletion.copy_id:
        _leave_notice(deletion)
        _close_deletion()
        st.rerun()
    if deletion.error:
        if ticking:
            st.rerun()
        faults.show(deletion.error)
        if st.button("Close", key="close-deletion"):
            _close_deletion()
            st.rerun()
        return
    copied = f"{deletion.copied} saved so far" if deletion.copied else "reading the memory"
    st.markdown(f":shimmer[A copy is made before anything is deleted: {copied}.]")
    st.button(
        "Stopping…" if deletion.stopping else "Stop, delete nothing",
        icon=":material/stop_circle:",
        key="stop-deletion",
        disabled=deletion.stopping,
        on_click=deletion.stop,
    )


def _leave_notice(deletion: MemoryDeletion) -> None:
    name = deletion.memory_id.rpartition("-")[0]
    notices.leave(f"{name} is being deleted. A copy was saved as {deletion.copy_id}: see Saved copies.")
    state.put(memory=None)


def _close_deletion() -> None:
    st.session_state.pop(_DELETION, None)
    dialogs.close()
