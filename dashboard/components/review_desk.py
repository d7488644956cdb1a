"""The record under review: read anew, with the ways to decide about it above what it says."""

from typing import Any

import streamlit as st

from dashboard import resources, state
from dashboard.components import record_edit, review_actions, review_card, review_keys
from services.faults import CALL_ERRORS, explain
from services.review.queue import Queue
from services.review.reviews import content_fingerprint
from services.review.scan import Scan

Row = dict[str, Any]


def show(memory: Row, scan: Scan, queue: Queue, record_id: str) -> None:
    """One GetMemoryRecord, so that nobody decides about a text that is not there any more."""
    review_keys.say_if_late()
    record = _record(memory["id"], record_id, queue)
    if record is None:
        return
    seen = scan.records.get(record_id)
    if seen is None or seen.fingerprint != content_fingerprint(record):
        resources.record_changed(memory["id"], record)
    standing = resources.review_standing(memory["id"], record, scan)
    place = review_actions.place_of(memory, record, standing, queue, settled=scan.compared)
    if review_actions.noticed_fix(place):
        st.rerun()
    with st.container(border=True, key="review-record"):
        with st.container(horizontal=True, vertical_alignment="center"):
            _position(queue, record_id)
            moves = st.container(horizontal=True, width="content")
        decisions = st.container()
        review_card.show(memory, scan, record, standing)
        # Last, although they stand above: their keys count for a record only once it is on the screen.
        with moves:
            review_actions.moves(place)
        with decisions:
            review_actions.show(place)
    record_edit.dialogs_of(memory, record_id)


def _record(memory_id: str, record_id: str, queue: Queue) -> Row | None:
    try:
        return resources.memory_record(memory_id, record_id)
    except CALL_ERRORS as error:
        fault = explain(error)
        if fault.kind != "not_found":
            raise
    resources.record_gone(memory_id, record_id)
    st.info(
        "This record does not exist any more. Somebody has deleted it, or it has expired.",
        icon=":material/delete:",
    )
    following = [each.record_id for each in queue.records if each.record_id != record_id]
    st.button(
        "Next",
        key="review-after-gone",
        shortcut=review_keys.KEYS["next"],
        on_click=state.put,
        kwargs={"reviewing": following[0] if following else None},
    )
    return None


def _position(queue: Queue, record_id: str) -> None:
    number = queue.place(record_id)
    if number is None:
        st.caption("Not in the queue as it is filtered now.")
    else:
        st.caption(f"Record {number + 1:,} of {len(queue.records):,} in the queue")
