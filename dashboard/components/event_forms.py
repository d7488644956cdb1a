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
IN_TURN = ("USER", "ASSISTANT")
# memory id, actor id, session id
Place = tuple[str, str, str]
# A place, and the digest of the conversation that is written there.
Import = tuple[Place, str]
_UNFINISHED = "write-unfinished"
_OPENINGS = "openings-of-write-events"
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
    """Opens the dialog with the actor and session that are on screen, or a new session's name; its messages
    are fields of their own each time."""
    st.session_state[_OPENINGS] = st.session_state.get(_OPENINGS, 0) + 1
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


def _typed() -> ConversationFile | None:
    """What is typed by hand; None while something of it is wrong, which is said."""
    st.caption("All messages together are stored as one event. One without text is left out.")
    messages = typed_messages(f"write-messages-{st.session_state[_OPENINGS]}")
    if messages is None:
        return None
    groups = split_into_events(messages)
    return ConversationFile(tuple(EventDraft(tuple(one.payload() for one in group)) for group in groups))


def typed_messages(key: str) -> list[MessageDraft] | None:
    """Fields to type messages into, those with text in order; None while one is wrong, which is said.

    A field hands over what is in it when it is left, so a button beside it must not be disabled for want of
    a message: the click that leaves the field would be lost.
    """
    given = [_typed_message(f"{key}-{number}", number) for number in range(_rows(key))]
    st.button(
        "Add a message",
        icon=":material/add:",
        key=f"{key}-add",
        type="tertiary",
        on_click=_add_row,
        args=(key,),
    )
    messages = [(number, one) for number, one in enumerate(given, 1) if one.text.strip()]
    wrong = [said for number, one in messages for said in one.problems(f"Message {number}")]
    problems.show(wrong)
    return None if wrong else [one for _, one in messages]


def _typed_message(key: str, number: int) -> MessageDraft:
    with st.container(horizontal=True, gap="small"):
        role = st.selectbox(
            f"Role of message {number + 1}",
            ROLES,
            index=ROLES.index(IN_TURN[number % len(IN_TURN)]),
            key=f"{key}-role",
            label_visibility="collapsed",
            width=140,
        )
        said = st.text_area(
            f"Text of message {number + 1}",
            key=f"{key}-text",
            height="content",
            placeholder="What was said",
            label_visibility="collapsed",
        )
    return MessageDraft(role=role, text=said)


def _rows(key: str) -> int:
    shown: int = st.session_state.setdefault(f"{key}-rows", 1)
    return shown


def _add_row(key: str) -> None:
    st.session_state[f"{key}-rows"] += 1


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
    key: str, memory_id: str, actor_id: str, session_id: str, conversation: ConversationFile | None
) -> None:
    """Writes on a click. When a call fails on the way, what is written stays and the rest can follow.

    The conversation is None while something of it is wrong. What is lacking is said, and again after a click.
    """
    place = (memory_id, actor_id, session_id)
    given = conversation or ConversationFile(())
    earlier = _earlier(place, given)
    left = len(given.events) - (len(earlier.event_ids) if earlier else 0)
    label = f"{'Continue with' if earlier else 'Write'} {format.count(left, 'event')}" if left else "Write"
    refused = permissions.refused("CreateEvent")
    lacking = refused or _lacking(actor_id, session_id, conversation)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button(
            label,
            type="primary",
            icon=":material/edit_note:",
            disabled=refused is not None,
            key=f"write-{key}",
        )
        problems.lacking(lacking, pressed=pressed)
    if pressed and not lacking:
        with st.spinner("Writing…"):
            written = resources.write_conversation(*place, given, earlier=earlier)
        _after_writing(place, given, written)


def _lacking(actor_id: str, session_id: str, conversation: ConversationFile | None) -> str | None:
    """Why nothing can be written yet, as a sentence; None when it can. A wrong id is given as none."""
    for name, key, given in (
        ("actor", "write-actor", actor_id),
        ("session", "write-session", session_id),
    ):
        if not st.session_state[key].strip():
            return f"Give the {name} id first."
        if not given:
            return "Correct the ids first."
    if conversation is None:
        return "Correct the messages first."
    return None if conversation.events else "There is no message to write yet."


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
