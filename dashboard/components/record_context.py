"""Around a record: the messages that it was probably made of, and the records near it in meaning."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import format, navigation, resources, text, times
from dashboard.state import Key
from services import frames
from services.records.provenance import Confidence, Source

Row = dict[str, Any]
_COLORS: dict[Confidence, format.Color] = {"high": "green", "medium": "orange", "low": "gray"}


def sources(memory: Row, record: Row) -> None:
    """The likely source messages of a record, each with a link to its conversation."""
    found = resources.likely_sources(memory, record)
    st.caption(
        "A guess: AWS does not tell what a record was made from. Judged by words in common and by time."
    )
    for source in found.found:
        with st.container(border=True):
            _source(memory, source)
    if not found.found:
        text.plain("No message was found that says this.")
    text.plain(found.searched + ("" if found.complete else " There are more conversations than were read."))


def _source(memory: Row, source: Source) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        confidence_badge(source.confidence)
        same_time = "same time · " if source.same_time else ""
        role = format.ROLE_LABELS.get(source.turn.role or "", "")
        st.caption(f"{same_time}{source.shared:.0%} of its words · {role}", width="content")
        times.badge(source.turn.timestamp)
        place = {
            Key.MEMORY: memory["id"],
            Key.ACTOR: source.actor_id,
            Key.SESSION: source.session_id,
            Key.EVENT: source.turn.event_id,
        }
        navigation.link("Open the conversation", "events", place, icon=":material/forum:")
    text.plain(source.turn.text, limit=2_000)


def confidence_badge(confidence: Confidence) -> None:
    """How sure a guess is of what came from where."""
    st.badge(f"{confidence} confidence", color=_COLORS[confidence])


def neighbours(memory: Row, record: Row, way: Callable[[str], None]) -> None:
    """The records nearest to a record, in its own namespace; `way` draws how one gets to the one of an id."""
    if not record.get("namespaces"):
        text.plain("The record is in no namespace, so nothing is near it.")
        return
    answer = resources.neighbours(memory["id"], record)
    near = [row for row in answer.records if row["memoryRecordId"] != record["memoryRecordId"]]
    st.caption("RetrieveMemoryRecords with this record's text, in its own namespace.")
    for row in near:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(f"{row.get('score', 0.0):.3f}", color="blue")
            text.plain(text.preview(frames.one_line_of(row), 300))
            way(row["memoryRecordId"])
    if not near:
        text.plain("No other record is in this namespace.")
