"""A session's events as the conversation they record."""

import json
from collections.abc import Iterator
from typing import Any

import streamlit as st

from dashboard import faults, format, resources, state, text
from dashboard.components import confirm, notices
from dashboard.components.memory_records import raw_json
from dashboard.state import Key
from services import transcripts
from services.listing import Listing
from services.transcripts import Turn

Row = dict[str, Any]
AVATARS = {
    "USER": ":material/person:",
    "ASSISTANT": ":material/smart_toy:",
    "TOOL": ":material/build:",
    "OTHER": ":material/chat_bubble:",
}
KIND_LABELS = {"tool_use": "tool call", "tool_result": "tool result", "blob": "blob", "json": "json"}
MAIN = "main"
TURNS_PER_PAGE = 60


def show(events: list[Row]) -> None:
    """The conversation, oldest first, a page at a time; the last page is where the session stands now."""
    all_turns = transcripts.turns(events)
    branches = sorted({_branch(turn) for turn in all_turns}, key=lambda name: (name != MAIN, name))
    turns = _of_chosen_branches(all_turns, branches)
    pages = max(1, -(-len(turns) // TURNS_PER_PAGE))
    page = pages
    if pages > 1:
        page = st.pagination(pages, default=pages, key=f"turns-{state.get(Key.SESSION)}-{len(turns)}")
    shown = turns[(page - 1) * TURNS_PER_PAGE : page * TURNS_PER_PAGE]
    previous: Turn | None = None
    for number, turn in enumerate(shown):
        _turn(turn, previous, number)
        previous = turn


def _branch(turn: Turn) -> str:
    return turn.branch or MAIN


def _of_chosen_branches(turns: list[Turn], branches: list[str]) -> list[Turn]:
    """Lets the person narrow a branched conversation down; all branches are shown at first."""
    if len(branches) < 2:
        return turns
    chosen = st.pills(
        "Branches",
        branches,
        selection_mode="multi",
        default=branches,
        key=f"branches-{format.fingerprint([state.get(Key.SESSION) or '', *branches])}",
        format_func=text.label,
    )
    return [turn for turn in turns if _branch(turn) in chosen]


def _turn(turn: Turn, previous: Turn | None, number: int) -> None:
    """One turn; what belongs to its event as a whole is said at the event's first turn only."""
    role = turn.role or "OTHER"
    first_of_event = previous is None or previous.event_id != turn.event_id
    avatar = AVATARS.get(role, AVATARS["OTHER"])
    with st.chat_message(role.lower(), avatar=avatar), st.container(gap="xxsmall"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            moment = f" · {format.utc(turn.timestamp)}" if first_of_event else ""
            st.caption(f"**{text.label(format.ROLE_LABELS.get(role, role))}**{moment}", width="content")
            _badges(turn)
            if first_of_event:
                st.space("stretch")
                _inspect_button(turn, number)
        _body(turn)
        if turn.metadata and first_of_event:
            st.caption(" · ".join(_metadata(turn)))


def _badges(turn: Turn) -> None:
    if turn.kind in KIND_LABELS:
        st.badge(KIND_LABELS[turn.kind], color="gray")
    if turn.wrapped:
        st.badge("unwrapped", color="gray", help="Stored as JSON by the agent's framework")
    if _branch(turn) != MAIN:
        st.badge(text.label(_branch(turn), 40), icon=":material/fork_right:", color="violet")


def _metadata(turn: Turn) -> Iterator[str]:
    """The event's metadata pairs; only string values exist, each wrapped as {"stringValue": …}."""
    for key, value in turn.metadata.items():
        yield f"{text.label(key)} = {text.label(str(value.get('stringValue', value)))}"


def _inspect_button(turn: Turn, number: int) -> None:
    st.button(
        "Inspect",
        key=f"inspect-{number}-{turn.event_id}",
        type="tertiary",
        icon=":material/data_object:",
        help="This event as the API returns it",
        on_click=state.put,
        kwargs={"event": turn.event_id},
    )


def _body(turn: Turn) -> None:
    if turn.kind == "text" and turn.role != "TOOL":
        text.plain(turn.text)
    else:
        st.code(text.visible(turn.text[:4000]), language=None, wrap_lines=True)
        if len(turn.text) > 4000:
            st.caption(f"The first 4,000 of {len(turn.text):,} characters; Inspect shows all.")


def _close() -> None:
    state.put(event=None)


@st.dialog("Event", width="large", on_dismiss=_close)
def event_dialog(memory_id: str, actor_id: str, session_id: str, listed: Listing[Row]) -> None:
    """One event in full, as the API returns it, and its deletion; asked for by id when it is not listed."""
    with faults.shown():
        event_id = state.get(Key.EVENT) or ""
        text.identifier(event_id)
        event = next((row for row in listed.rows if row["eventId"] == event_id), None)
        if event is None:
            event = resources.event(memory_id, actor_id, session_id, event_id)
        sizes = len(json.dumps(event, default=str))
        branch = event.get("branch", {}).get("name", "main")
        text.plain(
            f"{format.utc(event['eventTimestamp'])} · "
            f"{format.count(len(event.get('payload', [])), 'payload')} · branch {branch} · "
            f"{sizes:,} characters of JSON"
        )
        view, delete = st.tabs(["As the API returns it", "Delete"])
        with view:
            raw_json(event)
        with delete:
            _delete(memory_id, actor_id, session_id, event_id)


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
