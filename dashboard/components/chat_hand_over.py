"""Handing a chat over: a report that anybody can open, a recording that replays on the Demos page."""

import time

import streamlit as st

from dashboard import masking, navigation
from dashboard.state import Key
from services.chat.room import ChatRoom
from services.demos.chat_moments import recording_of
from services.demos.recording import Recording, masked
from services.demos.report import report


def menu(room: ChatRoom) -> None:
    """The conversation and its memories as files, masked where the screen is."""
    hidden = masking.is_on()

    def recording() -> Recording:
        made = recording_of(room, time.time())
        return masked(made) if hidden else made

    with st.popover("Hand over", icon=":material/ios_share:", key="chat-hand-over"):
        st.download_button(
            "Report, one HTML file",
            lambda: report(recording()),
            file_name="conversation.html",
            mime="text/html",
            key="chat-report",
            on_click="ignore",
            icon=":material/description:",
            width="stretch",
        )
        st.download_button(
            "Recording, replays on the Demos page",
            lambda: recording().to_json(),
            file_name="conversation.json",
            mime="application/json",
            key="chat-recording",
            on_click="ignore",
            icon=":material/replay:",
            width="stretch",
        )
        if room.has_events:
            place = room.conversation
            navigation.workbench_link(
                "Try another extraction prompt on this session",
                place.memory_id,
                (Key.ACTOR, place.actor_id),
                (Key.SESSION, place.session_id),
            )
