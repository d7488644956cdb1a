"""In the live panel: exchanges that were stored before this page was opened, as far as they can be known."""

import streamlit as st

from dashboard import format, navigation, text, times
from dashboard.components import memory_records, record_changes, record_context
from services.chat.earlier_turns import EarlierTurn
from services.chat.room import ChatRoom, Panel
from services.records.provenance import LikelyRecord

MOST = 12
MOST_RECORDS = 5


def show(room: ChatRoom, panel: Panel) -> None:
    """The newest of them, newest first, and what is not known of any."""
    turns = room.earlier_turns(panel)
    if not turns:
        return
    with st.container(gap="xxsmall"):
        st.markdown(":material/history: **Stored before this page was opened**")
        st.caption(
            "Which records came of it is a guess, by words in common and by time. What was retrieved for an "
            "answer, what the model was given and how long each step took is not kept: not known any more."
        )
    for position, turn in enumerate(reversed(turns[-MOST:])):
        _turn(room, turn, len(turns) - position)
    if len(turns) > MOST:
        st.caption(
            f"The newest {MOST} of {len(turns):,}; Events tells of each message what may have come of it."
        )


def _turn(room: ChatRoom, turn: EarlierTurn, number: int) -> None:
    with st.container(border=True, key=f"chat-panel-earlier-{number}", gap="xsmall"):
        st.markdown(f"**{text.label(turn.text, 70)}**")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            several = f" as {len(turn.event_ids)} events" if len(turn.event_ids) > 1 else ""
            st.markdown(f":material/check_circle: Event stored{several}", width="content")
            times.badge(turn.timestamp)
        for likely in turn.records[:MOST_RECORDS]:
            _record(room, likely)
        if len(turn.records) > MOST_RECORDS:
            st.caption(f"and {format.count(len(turn.records) - MOST_RECORDS, 'less likely record')}")
        if not turn.records:
            st.caption("No record here says this. Whether one ever did is not known.")


def _record(room: ChatRoom, likely: LikelyRecord) -> None:
    body = likely.record["content"]["text"]
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", wrap=False):
        record_context.confidence_badge(likely.confidence)
        st.badge(memory_records.kind_label(body), color="blue")
        words = text.label(record_changes.line(body), 60)
        navigation.record_link(words, room.conversation.memory_id, likely.record["memoryRecordId"])
