"""Writing events: a conversation typed by hand, or read from a JSON file."""

import uuid
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, format, resources, state, text
from dashboard.components import dialogs, notices, permissions, problems
from dashboard.state import Key
from services.short_term.events import (
    ConversationFile,
    EventDraft,
    InvalidConversation,
    MessageDraft,
    Written,
    actor_problems,
    parse_conversation_file,
    session_problems,
    split_into_events,
)

Row = dict[str, Any]
ROLES = ["USER", "ASSISTANT", "TOOL", "OTHER"]
# memory id, actor id, session id
Place = tuple[str, str, str]
# A place, and the digest of the conversation that is written there.
Import = tuple[Place, str]
_UNFINISHED = "write-unfinished"
EXAMPLE = '[{"role": "USER", "text": "I prefer window seats."}, {"role": "ASSISTANT", "text": "Noted."}]'


def write_button(memory_id: str) -> None:
    """The button that opens the dialog, and the dialog while it is open."""
    st.button(
        "Write events",
        icon=":material/edit_note:",
        key="write-events",
        on_click=_open,
    )
    if dialogs.is_open("write-events"):
        write_dialog(memory_id)


def _open() -> None:
    """Opens the dialog with the actor and session that are on screen, or a new session's name."""
    st.session_state["write-actor"] = state.get(Key.ACTOR) or ""
    st.session_state["write-session"] = state.get(Key.SESSION) or f"session-{uuid.uuid4().hex[:8]}"
    st.session_state.pop(_UNFINISHED, None)
    dialogs.open_("write-events")


def _close() -> None:
    """Closes the dialog and forgets what it was in the middle of: opened again, it starts anew."""
    st.session_state.pop(_UNFINISHED, None)
    dialogs.close()


@st.dialog("Write events", width="large", on_dismiss=_close)
def write_dialog(memory_id: str) -> None:
    """Writes a conversation into a session; on any error what was typed stays where it is."""
    with faults.shown():
        actor_id, session_id = _target()
        by_hand, from_file = st.tabs(["By hand", "From a JSON file"], key="write-tabs", on_change="rerun")
        with by_hand:
            _write_button("by-hand", memory_id, actor_id, session_id, _typed())
        with from_file:
            conversation = _uploaded()
            if conversation:
                _preview(conversation)
                _write_button("from-file", memory_id, actor_id, session_id, conversation)


def _target() -> tuple[str, str]:
    left, right = st.columns(2)
    actor_id = left.text_input("Actor id", key="write-actor", placeholder="alice", live=True)
    session_id = right.text_input("Session id", key="write-session", live=True)
    actor_id, session_id = actor_id.strip(), session_id.strip()
    wrong = (actor_problems(actor_id) if actor_id else []) + session_problems(session_id)
    problems.show(wrong)
    return ("", "") if wrong else (actor_id, session_id)


def _typed() -> ConversationFile:
    st.caption("One row per message. All rows together are stored as one event.")
    groups = split_into_events(typed_messages("write-messages"))
    return ConversationFile(tuple(EventDraft(tuple(one.payload() for one in group)) for group in groups))


def typed_messages(key: str) -> list[MessageDraft]:
    """A table to type messages into; none are returned while one of them is wrong, which is said."""
    rows = st.data_editor(
        pd.DataFrame([{"role": "USER", "text": ""}]),
        num_rows="dynamic",
        hide_index=True,
        key=key,
        column_config={
            "role": st.column_config.SelectboxColumn(
                "Role", options=ROLES, required=True, default="USER", width="small"
            ),
            "text": st.column_config.TextColumn("Text", width="large", required=True),
        },
    )
    messages = [
        MessageDraft(role=str(row["role"]), text=str(row["text"]))
        for row in rows.to_dict("records")
        if isinstance(row["text"], str) and row["text"].strip()
    ]
    wrong = [said for number, one in enumerate(messages, 1) for said in one.problems(f"Row {number}")]
    problems.show(wrong)
    return [] if wrong else messages


def _uploaded() -> ConversationFile | None:
    st.caption("A list of messages, an export of events, or JSON lines. For example:")
    st.code(EXAMPLE, language="json", wrap_lines=True)
    upload = st.file_uploader("Conversation file", type=["json", "jsonl", "txt"], key="write-file")
    if upload is None:
        return None
    try:
        return parse_conversation_file(upload.getvalue().decode("utf-8"))
    except UnicodeDecodeError as error:
        problems.show([f"The file is not UTF-8 text (byte {error.start})."])
    except InvalidConversation as error:
        problems.show(error.problems)
    return None


def _preview(conversation: ConversationFile) -> None:
    st.caption(f"{format.count(len(conversation.messages), 'message')} found")
    st.dataframe(
        pd.DataFrame([{"Role": m.role, "Text": text.preview(m.text, 200)} for m in conversation.messages]),
        hide_index=True,
        height="auto" if len(conversation.messages) <= 8 else 316,
        column_config={"Role": st.column_config.TextColumn(width="small")},
        alt="Messages of the file",
    )


def _write_button(
    key: str, memory_id: str, actor_id: str, session_id: str, conversation: ConversationFile
) -> None:
    """Writes on a click. When a call fails on the way, what is written stays and the rest can follow."""
    place = (memory_id, actor_id, session_id)
    earlier = _earlier(place, conversation)
    left = len(conversation.events) - (len(earlier.event_ids) if earlier else 0)
    label = f"{'Continue with' if earlier else 'Write'} {format.count(left, 'event')}" if left else "Write"
    lacking = _lacking(actor_id, session_id, left)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button(
            label,
            type="primary",
            icon=":material/edit_note:",
            disabled=lacking is not None,
            key=f"write-{key}",
        )
        if lacking:
            st.caption(lacking)
    if pressed:
        with st.spinner("Writing…"):
            written = resources.write_conversation(*place, conversation, earlier=earlier)
        _after_writing(place, conversation, written)


def _lacking(actor_id: str, session_id: str, events: int) -> str | None:
    """Why nothing can be written yet, as a sentence; None when it can. A wrong id is given as none."""
    if refused := permissions.refused("CreateEvent"):
        return refused
    for name, key, given in (
        ("actor", "write-actor", actor_id),
        ("session", "write-session", session_id),
    ):
        if not st.session_state[key].strip():
            return f"Give the {name} id first."
        if not given:
            return "Correct the ids first."
    return None if events else "There is no message to write yet."


def _earlier(place: Place, conversation: ConversationFile) -> Written | None:
    """How far this very conversation was written into this very session, when a call failed on the way."""
    unfinished: dict[Import, Written] = st.session_state.get(_UNFINISHED, {})
    return unfinished.get((place, conversation.digest())) if unfinished else None


def _after_writing(place: Place, conversation: ConversationFile, written: Written) -> None:
    """Keeps what is unfinished for the next click; or goes to the session that was written."""
    if written.fault:
        unfinished = st.session_state.setdefault(_UNFINISHED, {})
        unfinished[place, conversation.digest()] = written
        st.caption(f"{len(written.event_ids):,} of {format.count(written.total, 'event')} written so far.")
        faults.show_fault(written.fault)
        return
    _, actor_id, session_id = place
    notices.leave(f"{format.count(written.total, 'event')} written to {session_id}.")
    state.put(actor=actor_id, session=session_id)
    _close()
    st.rerun()
