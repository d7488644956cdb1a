"""Making one record of several that say the same: which one stays, what it gets, and what goes."""

from typing import Any

import streamlit as st

from dashboard import faults, format, resources, state, text, times
from dashboard.components import memory_records, notices, review_undo
from services import frames
from services.review import reviews
from services.review.reviews import Merge

Row = dict[str, Any]
_KEY = "merging"
MOST = 20


def button(memory: Row, name: str, records: list[Row]) -> None:
    """The button that opens the preview for a record (the first) and those that say the same; `name` tells it
    from another one on the page."""
    st.button(
        "Merge…",
        key=f"merge-{name}",
        icon=":material/merge:",
        disabled=not reviews.may_review(),
        on_click=_open,
        args=(memory["id"], [row["memoryRecordId"] for row in records[:MOST]]),
    )


def _open(memory_id: str, record_ids: list[str]) -> None:
    st.session_state[_KEY] = (memory_id, record_ids)


def _close() -> None:
    st.session_state.pop(_KEY, None)


def dialog(memory: Row) -> None:
    """The preview, while it is open for this memory."""
    opened = st.session_state.get(_KEY)
    if opened and opened[0] == memory["id"]:
        _dialog(memory, opened[1])


@st.dialog("Merge records", width="large", on_dismiss=_close)
def _dialog(memory: Row, record_ids: list[str]) -> None:
    """Reads the records as they are now, so that nobody's change is merged away unseen."""
    with faults.shown():
        records = {id_: resources.memory_record(memory["id"], id_) for id_ in record_ids}
        newest = max(records, key=lambda id_: records[id_].get("timestamp") or records[id_]["createdAt"])
        survivor_id = st.radio(
            "The record that stays",
            list(records),
            index=list(records).index(newest),
            format_func=lambda id_: text.preview(frames.one_line_of(records[id_]), 150),
            captions=[_when(records[id_]) for id_ in records],
            key="merge-survivor",
        )
        others = [row for id_, row in records.items() if id_ != survivor_id]
        planned = reviews.merge(records[survivor_id or newest], others)
        _preview(planned)
        if st.button(
            f"Keep one, delete {format.count(len(others), 'record')}",
            key="merge-now",
            type="primary",
            icon=":material/merge:",
        ):
            _carry_out(memory["id"], planned)


def _when(record: Row) -> str:
    said = record.get("timestamp") or record["createdAt"]
    namespace = next(iter(record.get("namespaces", [])), "no namespace")
    return text.label(f"said {times.local(said)} · {namespace}", 160)


def _preview(planned: Merge) -> None:
    """The survivor as it will be, and what goes."""
    st.markdown("**What stays**")
    with st.container(border=True, key="merge-survivor-content", gap="xsmall"):
        memory_records.content(planned.survivor["content"]["text"])
    for key, union in planned.metadata.items():
        added = key not in planned.survivor.get("metadata", {})
        mark = " (from another one)" if added else ""
        text.plain(f"{key} = {next(iter(union.values()), '')}{mark}", limit=400)
    st.markdown("**What is deleted**")
    for number, row in enumerate(planned.gone):
        with st.container(border=True, key=f"merge-gone-{number}", gap="xsmall"):
            memory_records.content(row["content"]["text"])
    st.caption("A copy of each is kept: Undo, here or on the Trash page, takes the whole merge back.")


def _carry_out(memory_id: str, planned: Merge) -> None:
    done = resources.merge_records(memory_id, planned)
    if done.act_ids:
        review_undo.remember(memory_id, (), done.act_ids)
    if done.problem:
        st.error(text.label(f"Not all was done: {done.problem.error_message}", 400))
        return
    _close()
    survivor_id = planned.survivor["memoryRecordId"]
    resources.record_changed(memory_id, resources.memory_record(memory_id, survivor_id))
    notices.leave(
        f"One record stays, {format.count(len(planned.gone), 'other')} deleted. Undo takes it back."
    )
    state.put(reviewing=survivor_id)
    st.rerun()
