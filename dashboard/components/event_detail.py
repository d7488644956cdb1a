"""One event in a dialog: as the API returns it, the records that it probably led to, a fork, its deletion."""

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import faults, format, navigation, resources, state, text, times
from dashboard.components import confirm, event_forms, notices, problems, record_context
from dashboard.components.memory_records import raw_json
from dashboard.state import Key
from services import frames
from services.authorization import authorize, current_role
from services.errors import NotAuthorized
from services.listing import Listing
from services.records.provenance import LikelyRecord
from services.short_term import branches, forking, transcripts
from services.short_term.events import MessageDraft

Row = dict[str, Any]
_VIEWS = {
    "raw": "As the API returns it",
    "records": "Likely records",
    "fork": "Fork from here",
    "delete": "Delete",
}


def _close() -> None:
    state.put(event=None)


@st.dialog("Event", width="large", on_dismiss=_close)
def event_dialog(memory: Row, actor_id: str, session_id: str, listed: Listing[Row]) -> None:
    """The event of the address bar; asked for by id when it is not among those listed."""
    with faults.shown():
        event_id = state.get(Key.EVENT) or ""
        text.identifier(event_id)
        event = next((row for row in listed.rows if row["eventId"] == event_id), None)
        if event is None:
            event = resources.event(memory["id"], actor_id, session_id, event_id)
        parts = [
            format.count(len(event.get("payload", [])), "payload"),
            f"branch {branches.branch_of(event)}",
            f"{format.count(_said(event), 'character')} said",
            f"{len(json.dumps(event, default=str)):,} characters of JSON",
        ]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            times.badge(event["eventTimestamp"])
            text.plain(" · ".join(parts))
        draw: dict[str, Callable[[], None]] = {
            "raw": lambda: raw_json(event),
            "records": lambda: _records(memory, event),
            "fork": lambda: _fork(event, [branch.name for branch in branches.tree(listed.rows)]),
            "delete": lambda: _delete(memory["id"], actor_id, session_id, event_id),
        }
        view = _chosen_view(event_id)
        draw[view]()


def _said(event: Row) -> int:
    """How long the words of an event are, without what its agent's framework wrapped them in."""
    return sum(len(turn.text) for turn in transcripts.turns([event]) if turn.kind != "blob")


def _chosen_view(event_id: str) -> str:
    current = state.get(Key.EVENT_VIEW) or ""
    current = current if current in _VIEWS else "raw"
    widget = f"event-view-{event_id}"
    st.session_state[widget] = current

    def changed() -> None:
        state.put(event_view=st.session_state[widget])

    st.segmented_control(
        "View",
        list(_VIEWS),
        key=widget,
        required=True,
        format_func=lambda name: _VIEWS[name],
        label_visibility="collapsed",
        on_change=changed,
    )
    return current


def _records(memory: Row, event: Row) -> None:
    likely = resources.likely_records(memory, event)
    st.caption("A guess: AWS does not tell what was made of an event. Judged by words in common and by time.")
    for each in likely.found:
        with st.container(border=True):
            _record(memory["id"], each)
    if not likely.found:
        text.plain("No record was found that says what this event says.")
    more = "" if likely.complete else " There are more records there than were read."
    text.plain(likely.searched + more)


def _record(memory_id: str, likely: LikelyRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        record_context.confidence_badge(likely.confidence)
        same_time = "same time · " if likely.same_time else ""
        st.caption(f"{same_time}{likely.shared:.0%} of its words · {next(iter(_namespaces(likely)), '')}")
        navigation.record_link("Open the record", memory_id, likely.record["memoryRecordId"])
    text.plain(text.preview(frames.one_line_of(likely.record), 600))


def _namespaces(likely: LikelyRecord) -> list[str]:
    return [text.label(name, 100) for name in likely.record.get("namespaces", [])]


def _fork(root: Row, taken: list[str]) -> None:
    text.plain(
        "Writes a new event with a branch name and this event as its root. AWS copies nothing: whoever reads "
        "the branch with its parents gets everything up to here, then what was said on the branch. The "
        "conversation as it stands does not change. Strategies extract from the new event as from any other."
    )
    try:
        authorize(current_role(), "CreateEvent")
    except NotAuthorized as error:
        faults.show(error)
        return
    name = st.text_input("Name of the branch", key="fork-name", placeholder="second-try", live=True).strip()
    wrong = forking.branch_problems(name, taken) if name else []
    if wrong:
        text.plain(" ".join(wrong))
    messages = event_forms.typed_messages(f"fork-messages-{root['eventId']}")
    lacking = _lacking(name, wrong, messages)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button("Fork the conversation", key="fork", type="primary", icon=":material/fork_right:")
        problems.lacking(lacking, pressed=pressed)
    if pressed and messages and not lacking:
        made = resources.fork(root, name, messages)
        notices.leave(f"The branch {name} begins with event {made['eventId']}.")
        state.put(event=None, branch=name)
        st.rerun()


def _lacking(name: str, wrong: list[str], messages: list[MessageDraft] | None) -> str | None:
    """What keeps a branch from being written, as a sentence; None when nothing does."""
    if wrong or messages is None:
        return f"Correct the {'name' if wrong else 'messages'} first."
    needed = " and ".join(["a name"] * (not name) + ["at least one message"] * (not messages))
    return f"The branch still needs {needed}." if needed else None


def _delete(memory_id: str, actor_id: str, session_id: str, event_id: str) -> None:
    if confirm.typed(
        "The event leaves short-term memory. Records that were extracted from it stay (AWS keeps them too). "
        "A copy is saved on this machine, so that it can be written again under a new id.",
        "delete",
        "Delete event",
        key=f"delete-{event_id}",
    ):
        st.session_state["deleted-event"] = resources.delete_event(memory_id, actor_id, session_id, event_id)
        state.put(event=None)
        st.rerun()


def undo_notice() -> None:
    """After a deletion: says so once, and offers to write the event again."""
    copy_id = st.session_state.get("deleted-event")
    if not copy_id:
        return

    def undo() -> None:
        with faults.shown():
            restored = resources.restore_event(copy_id)
            st.session_state.pop("deleted-event", None)
            notices.leave(f"The event was written again, as {restored['eventId']}.")

    with st.container(horizontal=True, vertical_alignment="center"):
        st.success("The event was deleted. A copy is kept.", icon=":material/delete:")
        st.button("Undo", key="undo-delete-event", icon=":material/undo:", on_click=undo)
        st.button(
            "Dismiss",
            key="dismiss-delete-event",
            type="tertiary",
            on_click=st.session_state.pop,
            args=("deleted-event", None),
        )
