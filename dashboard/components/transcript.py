"""A session's events as the conversation they record."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format, state, text, times
from dashboard.components import blobs, exports
from dashboard.state import Key
from services.listing import Listing
from services.short_term import blobs as blob_service
from services.short_term import transcripts
from services.short_term.blobs import Blob
from services.short_term.branches import MAIN
from services.short_term.transcripts import Turn

Row = dict[str, Any]
AVATARS = {
    "USER": ":material/person:",
    "ASSISTANT": ":material/smart_toy:",
    "TOOL": ":material/build:",
    "OTHER": ":material/chat_bubble:",
}
KIND_LABELS = {"tool_use": "tool call", "tool_result": "tool result", "json": "json"}
BLOB, NEWEST = "blob", "newest"
SPEAKERS = {role.lower(): label for role, label in format.ROLE_LABELS.items()} | {BLOB: "Blobs"}
"""Whose turns can be shown alone; what agents store beside what is said counts as somebody's, too."""
TURNS_PER_PAGE = 30


def controls(events: list[Row]) -> None:
    """Whose turns are shown, and in which order."""
    there = {_speaker(turn) for turn in transcripts.turns(events)}
    speakers = [name for name in SPEAKERS if name in there]
    if len(speakers) > 1 or state.get(Key.SPEAKER):
        state.bound(
            st.selectbox,
            "Whose turns",
            Key.SPEAKER,
            speakers,
            index=None,
            format_func=SPEAKERS.__getitem__,
            placeholder="Everybody",
            label_visibility="collapsed",
            width=150,
        )
    st.session_state["newest-first"] = _newest_first()

    def changed() -> None:
        state.put(turns=NEWEST if st.session_state["newest-first"] else None)

    st.toggle("Newest first", key="newest-first", on_change=changed)


def _newest_first() -> bool:
    return state.get(Key.TURNS) == NEWEST


def _speaker(turn: Turn) -> str:
    return BLOB if turn.kind == "blob" else (turn.role or "OTHER").lower()


def show(events: list[Row]) -> None:
    """The conversation, oldest first unless wanted otherwise, a page at a time: the page of the linked event,
    else the one where the session stands now."""
    if not events:
        st.info(_nothing(), icon=":material/search_off:")
        return
    wanted = state.get(Key.SPEAKER)
    turns = [turn for turn in transcripts.turns(events) if wanted in (None, _speaker(turn))]
    if wanted and not turns:
        st.info("Nothing here is theirs. Choose somebody else above.", icon=":material/search_off:")
    if _newest_first():
        turns.reverse()
    _empty([event for event in events if not event.get("payload")])
    pages = max(1, -(-len(turns) // TURNS_PER_PAGE))
    now = page = 1 if _newest_first() else pages
    if pages > 1:
        linked = _page_of(state.get(Key.EVENT), turns)
        key = f"turns-{state.get(Key.SESSION)}-{len(turns)}-{linked}-{now}"
        page = st.pagination(pages, default=linked or now, key=key)
    _turns(turns[(page - 1) * TURNS_PER_PAGE : page * TURNS_PER_PAGE], "transcript")


def turns_of(events: list[Row], place: str) -> None:
    """The turns of events for a narrow column, at most `TURNS_PER_PAGE`; `place` tells two lists apart."""
    turns = transcripts.turns(events)
    _turns(turns[:TURNS_PER_PAGE], place, narrow=True)
    if len(turns) > TURNS_PER_PAGE:
        st.caption(f"The first {TURNS_PER_PAGE} of {len(turns):,} turns. Choose the branch alone to see all.")


def _empty(events: list[Row]) -> None:
    """The events that nothing is in: AWS takes an empty payload."""
    if not events:
        return
    folded = st.expander(
        format.count(len(events), "event") + " with an empty payload", key="empty-events", on_change="rerun"
    )
    if folded.open:
        with folded:
            for number, event in enumerate(events[:TURNS_PER_PAGE]):
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    times.badge(event["eventTimestamp"])
                    _inspect_button(event["eventId"], f"empty-{number}")


def _nothing() -> str:
    if state.get(Key.EVENT_FILTERS):
        return "No event of this session fits the metadata filters."
    return "This session has no events any more: they expired or were deleted."


def _page_of(event_id: str | None, turns: list[Turn]) -> int | None:
    """The page that the event's first turn is on."""
    found = (number for number, turn in enumerate(turns) if turn.event_id == event_id)
    first = next(found, None)
    return None if first is None else first // TURNS_PER_PAGE + 1


def export(events: Listing[Row]) -> None:
    """The conversation as files; its JSON can be written into a session again."""
    exports.menu("transcript", partial(_frame, events.rows), events.rows, complete=events.complete)


def _frame(events: list[Row]) -> pd.DataFrame:
    turns = transcripts.turns(events)
    return pd.DataFrame(
        {
            "time": [turn.timestamp for turn in turns],
            "role": [turn.role for turn in turns],
            "kind": [turn.kind for turn in turns],
            "text": [turn.text for turn in turns],
            "branch": [turn.branch or MAIN for turn in turns],
            "eventId": [turn.event_id for turn in turns],
            "metadata": [turn.metadata for turn in turns],
        }
    )


def _turns(turns: list[Turn], place: str, *, narrow: bool = False) -> None:
    previous: Turn | None = None
    for number, turn in enumerate(turns):
        _turn(turn, previous, f"{place}-{number}", narrow)
        previous = turn


def _turn(turn: Turn, previous: Turn | None, key: str, narrow: bool) -> None:
    """One turn; what belongs to its event as a whole is said at the event's first turn only."""
    role = turn.role or "OTHER"
    first_of_event = previous is None or previous.event_id != turn.event_id
    avatar = AVATARS.get(role, AVATARS["OTHER"])
    blob = blob_service.read(turn.raw.get("blob")) if turn.kind == "blob" else None
    with st.chat_message(role.lower(), avatar=avatar), st.container(gap="xxsmall"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            _heading(turn, role, blob, told=first_of_event)
            if first_of_event:
                if turn.role is not None and not narrow:
                    _records_button(turn.event_id, key)
                _inspect_button(turn.event_id, key)
        if blob:
            blobs.body(blob)
        else:
            _body(turn)
        if turn.metadata and first_of_event:
            st.caption(" · ".join(_metadata(turn)))


def _heading(turn: Turn, role: str, blob: Blob | None, *, told: bool) -> None:
    """Who, when where that is `told`, and what kind of turn it is; what follows is at the right.

    Few elements on purpose: a page of turns is mostly these, and the browser goes over all that stand on the
    page in each step, whatever the step changes.
    """
    who = f"**{text.label(format.ROLE_LABELS.get(role, role))}**"
    plain = blob is None and turn.kind not in KIND_LABELS and not turn.wrapped and not turn.branch
    if told:
        times.badge(turn.timestamp, who, width="stretch" if plain else "content")
    else:
        st.badge(who, color="gray")
    if blob:
        blobs.badge(blob)
    _badges(turn)
    if told and not plain:
        st.space("stretch")


def _badges(turn: Turn) -> None:
    if turn.kind in KIND_LABELS:
        st.badge(KIND_LABELS[turn.kind], color="gray")
    if turn.wrapped:
        st.badge("unwrapped", color="gray", help="Stored as JSON by the agent's framework")
    if turn.branch:
        st.badge(text.label(turn.branch, 40), icon=":material/fork_right:", color="violet")


def _metadata(turn: Turn) -> Iterator[str]:
    """The event's metadata pairs; only string values exist, each wrapped as {"stringValue": …}."""
    for key, value in turn.metadata.items():
        yield f"{text.label(key)} = {text.label(str(value.get('stringValue', value)))}"


def _records_button(event_id: str, key: str) -> None:
    st.button(
        "Records",
        key=f"records-{key}-{event_id}",
        type="tertiary",
        icon=":material/database:",
        help="The memory records that probably came from this event",
        on_click=state.put,
        kwargs={"event": event_id, "event_view": "records"},
    )


def _inspect_button(event_id: str, key: str) -> None:
    st.button(
        "Inspect",
        key=f"inspect-{key}-{event_id}",
        type="tertiary",
        icon=":material/data_object:",
        help="This event as the API returns it; fork the conversation here; delete it",
        on_click=state.put,
        kwargs={"event": event_id},
    )


def _body(turn: Turn) -> None:
    if turn.kind == "text" and turn.role != "TOOL":
        text.plain(turn.text)
    else:
        st.code(text.visible(turn.text)[:4000], language=None, wrap_lines=True)
        if len(turn.text) > 4000:
            st.caption(f"The first 4,000 of {len(turn.text):,} characters; Inspect shows all.")
