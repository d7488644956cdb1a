"""Snapshots: saving one, bringing one, and the list of those that are kept here."""

import pandas as pd
import streamlit as st

from dashboard import faults, format, resources, state, text, times
from dashboard.components import notices, permissions, tables, work
from dashboard.state import Key
from services.authorization import KEEP_SNAPSHOTS
from services.snapshots.snapshots import LONGEST_NOTE, Snapshot

TALLEST = 320
"""A list of more rows scrolls."""
LARGEST_UPLOAD = 200
"""Megabytes, packed or not: some 400,000 records, packed. It is held in memory while it is read."""
_DONE = "snapshots-done"


def toolbar(memory_id: str | None) -> None:
    """Saving a snapshot of the chosen memory, and bringing a file."""
    if permissions.say(KEEP_SNAPSHOTS):
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if memory_id:
            with st.popover("Save a snapshot", icon=":material/add_a_photo:", key=_fresh("save-snapshot")):
                _saving(memory_id)
        with st.popover("Bring a file", icon=":material/upload_file:", key=_fresh("bring-snapshot")):
            _bringing()
    if memory_id:
        work.progress(_about(memory_id), "Saving the snapshot", _saved)


def _fresh(name: str) -> str:
    """A popover's key; another one after it has done its work, so that it is closed."""
    return f"{name}-{st.session_state.get(_DONE, 0)}"


def _close_popovers() -> None:
    st.session_state[_DONE] = st.session_state.get(_DONE, 0) + 1


def _about(memory_id: str) -> str:
    return f"snapshot {resources.connection().key} {memory_id}"


def _saving(memory_id: str) -> None:
    with st.form("snapshot-form", border=False):
        note = st.text_input("Note (optional)", key="snapshot-note", max_chars=LONGEST_NOTE)
        with_events = st.checkbox("Also all events", key="snapshot-events")
        st.caption(
            "The memory's configuration and every record are written to a file in the dashboard's data "
            "directory. Lists do not tell when a record expires, so a snapshot does not know."
        )
        if st.form_submit_button("Save", type="primary", icon=":material/save:"):
            resources.start_saving(_about(memory_id), memory_id, with_events=with_events, note=note)
            _close_popovers()
            st.rerun()


def _saved(snapshot: object) -> None:
    if isinstance(snapshot, Snapshot):
        notices.leave(f"Saved: {_held(snapshot)}.")
        state.put(snapshot=snapshot.snapshot_id)


def _held(snapshot: Snapshot) -> str:
    counts = snapshot.counts
    events = format.count(counts["event"], "event")
    return format.count(counts["record"], "record") + (f" and {events}" if counts["event"] else "")


def _bringing() -> None:
    with st.form("bring-form", border=False, clear_on_submit=True), faults.shown():
        file = st.file_uploader(
            "Snapshot (.jsonl or .jsonl.gz)",
            type=["jsonl", "gz"],
            key="snapshot-file",
            max_upload_size=LARGEST_UPLOAD,
        )
        if st.form_submit_button("Keep it here", type="primary") and file is not None:
            snapshot = resources.take_in_snapshot(file.getvalue())
            notices.leave(f"Kept: {_held(snapshot)} of {snapshot.header.memory_name}.")
            state.put(snapshot=snapshot.snapshot_id)
            _close_popovers()
            st.rerun()


def choose(memory_id: str | None) -> Snapshot | None:
    """The list of snapshots, and the one that is chosen in it."""
    every = resources.snapshots_here()
    _unreadable()
    here = [each for each in every if each.header.memory_id == memory_id]
    chosen = state.get(Key.SNAPSHOT)
    elsewhere = any(each.snapshot_id == chosen for each in every if each not in here)
    if len(every) > len(here):
        others = st.toggle(
            f"Also {format.count(len(every) - len(here), 'snapshot')} of other memories",
            key="snapshots-of-all",
            value=elsewhere or not here,
        )
        here = every if others else here
    if not here:
        if memory_id:
            st.info(
                "No snapshot of this memory yet. Save one before you change much: then you can compare, and "
                "write records again.",
                icon=":material/photo_camera:",
            )
        return None
    frame = _frame(here)
    id_ = tables.choose_row(
        frame,
        Key.SNAPSHOT,
        "snapshots",
        height="content" if len(here) < 8 else TALLEST,
        column_config={
            "at": times.column("Saved", frame["at"]),
            "memory": st.column_config.TextColumn("Memory"),
            "note": st.column_config.TextColumn("Note", width="medium"),
            "records": st.column_config.NumberColumn("Records", format="localized"),
            "events": st.column_config.NumberColumn("Events", format="localized"),
            "who": st.column_config.TextColumn("By"),
            "size": st.column_config.NumberColumn("Bytes", format="bytes"),
        },
        alt="Snapshots",
    )
    return next((each for each in here if each.snapshot_id == id_), None)


def _unreadable() -> None:
    """Files in the folder of snapshots that are none, or damaged."""
    names = resources.unreadable_snapshots()
    if names:
        st.warning(
            f"{format.count(len(names), 'snapshot file')} cannot be read, so what is in there is not known: "
            f"{text.label(', '.join(names), 600)}. Take such a file out of the folder “snapshots” of the "
            "dashboard's data directory, or put an intact copy in its place.",
            icon=":material/broken_image:",
        )


def _frame(snapshots: list[Snapshot]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "at": pd.to_datetime([each.header.made_at for each in snapshots], utc=True),
            "memory": [text.preview(each.header.memory_name) for each in snapshots],
            "note": [text.preview(each.header.note) for each in snapshots],
            "records": [each.counts["record"] for each in snapshots],
            "events": [each.counts["event"] for each in snapshots],
            "who": [text.preview(each.header.made_by) for each in snapshots],
            "size": [each.size for each in snapshots],
        },
        index=[each.snapshot_id for each in snapshots],
    )
