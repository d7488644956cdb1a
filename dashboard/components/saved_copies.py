"""Copies of what was deleted here: downloaded as JSON, or written back."""

import streamlit as st

from dashboard import faults, resources, text, times
from dashboard.components import memory_rebuilding, notices
from services.workspace.copies import Copy

SHOWN = 20


def popover() -> None:
    """The button that opens the list of copies; they are read only while it is open."""
    opened = st.popover("Saved copies", icon=":material/inventory_2:", key="saved-copies", on_change="rerun")
    if opened.open:
        with opened, faults.shown():
            _list()


def _list() -> None:
    copies = resources.saved_copies(SHOWN + 1)
    if not copies:
        st.caption("Nothing was deleted here yet. Memories and events are copied to this place before.")
        return
    st.caption("What was deleted here, newest first. The copies are on the dashboard's computer only.")
    for copy in copies[:SHOWN]:
        _copy(copy)
    if len(copies) > SHOWN:
        st.caption(f"The newest {SHOWN}; older copies are kept too.")


def _copy(copy: Copy) -> None:
    """What was copied and when, and what can be done with it."""
    with st.container(border=True, key=f"copy-{copy.copy_id}", gap="xsmall"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.badge(copy.kind, color="gray")
            times.badge(copy.at)
        text.plain(copy.resource)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.download_button(
                "Download",
                resources.copy_json(copy.copy_id),
                file_name=f"{copy.kind}-{copy.copy_id}.json",
                mime="application/json",
                icon=":material/download:",
                on_click="ignore",
                key=f"download-{copy.copy_id}",
            )
            if copy.kind == "event":
                _restore(copy)
            if copy.kind == "memory":
                memory_rebuilding.offer(copy)


def _restore(copy: Copy) -> None:
    if copy.restored_as:
        st.caption(f"Written back as {text.label(copy.restored_as)}")
        return
    st.button(
        "Restore",
        icon=":material/undo:",
        key=f"restore-{copy.copy_id}",
        on_click=_write_back,
        args=(copy.copy_id,),
    )


def _write_back(copy_id: str) -> None:
    with faults.shown():
        restored = resources.restore_event(copy_id)
        notices.leave(f"The event was written again, as {restored['eventId']}.")
