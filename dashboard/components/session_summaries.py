"""The sessions of a memory id with their summaries: listed by state, searched, read, compared, deleted."""

from typing import Any

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import faults, format, masking, navigation, resources, state, text, times
from dashboard.components import (
    confirm,
    differences,
    exports,
    notices,
    permissions,
    pickers,
    summary_copying,
    tables,
)
from dashboard.resources import agents as bedrock
from dashboard.state import Key
from services.agents import bedrock_agents, session_summaries
from services.agents.bedrock_agents import AgentView
from services.agents.operations import DELETE_ONE_SUMMARY
from services.agents.session_summaries import SessionRow, SessionState
from services.listing import Listing
from services.workspace.agent_memories import Home

Row = dict[str, Any]
STATES: dict[SessionState, format.Color] = {
    "open": "blue",
    "ended": "gray",
    "summary pending": "orange",
    "stored": "green",
    "expired": "gray",
    "deleted": "gray",
}
FIRST_LOOK_SECONDS = 3.0
"""A page with a pending summary looks this often at first, and ever less often."""
LOOKS = 200
_WATCH = "summaries-watch"


def _columns(frame: pd.DataFrame) -> dict[str, ColumnConfig]:
    return {
        "sessionId": st.column_config.TextColumn("Session", width="medium"),
        "state": st.column_config.TextColumn("State", width="small"),
        "sessionStartTime": times.column("Started", frame["sessionStartTime"]),
        "sessionExpiryTime": times.column("Expires", frame["sessionExpiryTime"]),
        "topics": st.column_config.TextColumn("Topics", width="medium"),
        "note": st.column_config.TextColumn("What that means", width="large"),
    }


def filters() -> tuple[str, list[SessionState]]:
    """Words to look for, and the states to show; both are in the address bar."""
    st.session_state["summary-words"] = state.get(Key.SUMMARY_WORDS) or ""
    wanted = (state.get(Key.SUMMARY_STATES) or "").split(",")
    chosen = [each for each in STATES if each in wanted]
    st.session_state["summary-states"] = chosen

    def changed() -> None:
        state.put(
            summary_words=st.session_state["summary-words"].strip() or None,
            summary_states=",".join(st.session_state["summary-states"]) or None,
        )

    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Words in the summary", key="summary-words", on_change=changed, icon=":material/search:"
        )
        st.pills("States", list(STATES), selection_mode="multi", key="summary-states", on_change=changed)
    return words.strip(), chosen


def show(where: Home, memory_id: str, *, remembers: bool) -> Listing[SessionRow]:
    """The sessions of a memory id; while one waits for its summary it is looked for again and again."""
    listing = bedrock.sessions_of_memory(where, memory_id, remembers=remembers)
    _watch(where, memory_id, listing, remembers)
    words, states = filters()
    rows = [row for row in listing.rows if not states or row.state in states]
    if words:
        rows = session_summaries.found_in(rows, words)
    _counts(listing)
    if not rows:
        _nothing(listing, words or states)
        return listing
    frame = session_summaries.summaries_frame(memory_id, rows)
    columns = _columns(frame)
    stored = [row.session_id for row in rows if row.summary is not None]
    state.default(Key.SUMMARY, (stored or [rows[0].session_id])[0])
    pickers.say_if_missing(Key.SUMMARY, [row.session_id for row in listing.rows], "session")
    tables.choose_row(
        masking.frame(frame),
        Key.SUMMARY,
        f"{where.agent_id}-{where.alias_id}-{memory_id}",
        column_order=tuple(columns),
        column_config=columns,
        height="auto" if len(frame) <= 10 else 386,
        alt="Sessions of the memory id",
    )
    with st.container(horizontal=True):
        exports.menu("session-summaries", frame, _as_rows(memory_id, rows), complete=listing.complete)
        summary_copying.popover(where, memory_id, rows)
        _delete_all(where, memory_id, listing)
    return Listing(rows, listing.complete, listing.limit)


def _counts(listing: Listing[SessionRow]) -> None:
    with st.container(horizontal=True, gap="small"):
        for name, color in STATES.items():
            number = sum(row.state == name for row in listing.rows)
            if number:
                st.badge(f"{number} {name}", color=color)
        if not listing.complete:
            st.caption("There are more summaries than were read.")


def _nothing(listing: Listing[SessionRow], filtered: object) -> None:
    if filtered and listing.rows:
        st.info("No session fits the words and states.", icon=":material/search_off:")
        return
    st.info(
        "AWS has no summary under this memory id, and no session of it was held here. It may be of another "
        "alias, may have expired, or nobody has used it.",
        icon=":material/inbox:",
    )


def _as_rows(memory_id: str, rows: list[SessionRow]) -> list[Row]:
    """What a file holds of each session: AWS's members first."""
    return [
        {
            "memoryId": memory_id,
            "sessionId": row.session_id,
            "sessionStartTime": row.started,
            "sessionExpiryTime": row.expires,
            "summaryText": row.summary,
            "state": row.state,
            "topics": {topic.name: topic.text for topic in row.topics},
        }
        for row in rows
    ]


def _watch(where: Home, memory_id: str, listing: Listing[SessionRow], remembers: bool) -> None:
    """Looks again in the background, for what is expected or for what comes late after a deletion."""
    name = f"{where.agent_id}/{where.alias_id}/{memory_id}"
    waiting = sum(row.state == "summary pending" for row in listing.rows)
    watch: Row = st.session_state.setdefault(_WATCH, {})
    deleted_at = watch.get("deleted", {}).get(name)
    late = [row for row in listing.rows if row.note.startswith("It appeared after")]
    if late:
        counted = format.count(len(late), "summary", "summaries")
        st.warning(
            f"{counted} came after the deletion: it was still being made then. Delete again.",
            icon=":material/history:",
        )
    if not (waiting or deleted_at) or watch.get("stopped") == name:
        return
    st.fragment(_look, run_every=FIRST_LOOK_SECONDS)(where, memory_id, listing, remembers, name)


@faults.shown()
def _look(where: Home, memory_id: str, before: Listing[SessionRow], remembers: bool, name: str) -> None:
    watch: Row = st.session_state[_WATCH]
    looks = watch.get("looks", 0) + 1 if watch.get("name") == name else 1
    watch |= {"name": name, "looks": looks}
    if looks > LOOKS:
        watch["stopped"] = name
        st.rerun()
    # At first at every turn, later at every second, third … one.
    if looks % (1 + looks // 10) == 0:
        bedrock.forget_summaries()
        now = bedrock.sessions_of_memory(where, memory_id, remembers=remembers)
        if [(row.session_id, row.state) for row in now.rows] != [
            (row.session_id, row.state) for row in before.rows
        ]:
            watch["looks"] = 0
            st.rerun()
    waiting = sum(row.state == "summary pending" for row in before.rows)
    with st.container(horizontal=True, vertical_alignment="center"):
        if waiting and not watch.get("deleted", {}).get(name):
            summaries = format.count(waiting, "summary", "summaries")
            st.caption(f":shimmer[Waiting for {summaries}; looked {looks} times…]", width="content")
        else:
            st.caption(
                f"Deleted. Looked {looks} times whether a summary comes late: none so far.", width="content"
            )
        if st.button("Stop looking", key="summaries-stop", type="tertiary"):
            watch["stopped"] = name
            watch.get("deleted", {}).pop(name, None)
            st.rerun()


def _watch_for_late(where: Home, memory_id: str) -> None:
    watch: Row = st.session_state.setdefault(_WATCH, {})
    name = f"{where.agent_id}/{where.alias_id}/{memory_id}"
    watch.setdefault("deleted", {})[name] = True
    watch |= {"stopped": None, "looks": 0}


def _delete_all(where: Home, memory_id: str, listing: Listing[SessionRow]) -> None:
    with st.popover("Delete this memory id", icon=":material/delete:", key="delete-memory-id"):
        if permissions.say("DeleteAgentMemory"):
            return
        stored = sum(row.state == "stored" for row in listing.rows)
        pending = sum(row.state == "summary pending" for row in listing.rows)
        counted = format.counted(stored, listing.complete, "summary", "summaries")
        late = f" {pending} more may still come, and will be looked for." if pending else ""
        if confirm.typed(
            f"{counted} of {memory_id} are deleted at AWS, for good.{late} A copy is kept here first: see "
            "Saved copies on the Memories page.",
            memory_id,
            "Delete all summaries",
            key="delete-memory-id",
        ):
            bedrock.delete_agent_memory(where, memory_id)
            _watch_for_late(where, memory_id)
            notices.leave(f"The summaries of {memory_id} were deleted.")
            st.rerun()


def detail(where: Home, memory_id: str, listing: Listing[SessionRow]) -> None:
    """The chosen session: its topics as cards, its raw text, beside another, and its deletion."""
    chosen = state.get(Key.SUMMARY)
    row = next((each for each in listing.rows if each.session_id == chosen), None)
    if row is None:
        return
    with st.container(border=True, key="summary-detail"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(text.label(row.session_id, 100), anchor=False, width="content")
            st.badge(row.state, color=STATES[row.state])
        with st.container(horizontal=True, gap="xsmall"):
            times.badge(row.started, "Started")
            times.badge(row.expires, "Expires")
        if row.note:
            text.plain(row.note)
        other = _other(listing, row)
        if other is not None:
            _beside(row, other)
        elif row.summary is not None:
            topic_cards(row.summary)
        with st.container(horizontal=True, vertical_alignment="center"):
            navigation.agent_link(
                "Talk on in this session" if row.state == "open" else "Talk under this memory id",
                "agent_chat",
                where.agent_id,
                (Key.ALIAS, where.alias_id),
                (Key.AGENT_MEMORY, memory_id),
                (Key.AGENT_SESSION, row.session_id if row.state == "open" else None),
            )
            if row.summary is not None:
                _delete_one(where, memory_id, row)


def topic_cards(summary: str) -> None:
    """The topics, one card each, and the text as it is stored."""
    topic_texts(summary)
    folded = st.expander("As it is stored", key="summary-raw", on_change="rerun")
    if folded.open:
        with folded:
            st.code(text.visible(summary)[:40_000], language=None, wrap_lines=True)
            if len(summary) > 40_000:
                st.caption(f"The first 40,000 of {len(summary):,} characters; an export has all.")
    if resources.connection().endpoint_url is not None:
        st.caption(
            "On an embedded endpoint summaries are made by its own brain: extractive rules, unless a model "
            "was configured."
        )


def topic_texts(summary: str) -> None:
    """The topics, one card each."""
    found = session_summaries.topics(summary)
    if not found:
        st.caption("The summary is empty.")
    for topic in found:
        with st.container(border=True):
            st.markdown(f"**{text.label(topic.name)}**")
            text.plain(topic.text)


def _other(listing: Listing[SessionRow], row: SessionRow) -> SessionRow | None:
    """The session to compare with, if one is chosen."""
    others = [each for each in listing.rows if each.summary is not None and each is not row]
    if row.summary is None or not others:
        return None
    ids = [each.session_id for each in others]
    chosen = state.bound(
        st.selectbox, "Compare with", Key.COMPARE_SUMMARY, ids, index=None, placeholder="Another session"
    )
    return next((each for each in others if each.session_id == chosen), None)


def _beside(row: SessionRow, other: SessionRow) -> None:
    older, newer = sorted((row, other), key=lambda each: each.started.timestamp() if each.started else 0.0)
    before, after = text.label(older.session_id, 60), text.label(newer.session_id, 60)
    st.caption(f"From {before} (struck out) to {after} (marked).")
    found = session_summaries.compared(older.summary or "", newer.summary or "")
    if found:
        differences.show(found)
    else:
        st.caption("Both summaries say the same.")


def _delete_one(where: Home, memory_id: str, row: SessionRow) -> None:
    with st.popover("Delete this summary", icon=":material/delete:", key="delete-summary"):
        if permissions.say(DELETE_ONE_SUMMARY):
            return
        if confirm.typed(
            f"The summary of {row.session_id} is deleted at AWS, for good; other sessions of {memory_id} "
            "stay. A copy is kept here first.",
            row.session_id,
            "Delete summary",
            key=f"delete-summary-{row.session_id}",
        ):
            bedrock.delete_summary(where, memory_id, row.session_id)
            _watch_for_late(where, memory_id)
            notices.leave(f"The summary of {row.session_id} was deleted.")
            st.rerun()


def everywhere(where: Home, words: str, *, remembers: bool) -> None:
    """Which other memory ids of the alias hold the words; each is read."""
    if not words or not st.toggle("Look in every memory id of the address book", key="summaries-everywhere"):
        return
    current = state.get(Key.AGENT_MEMORY)
    for address in bedrock.addresses(where):
        if address.memory_id == current:
            continue
        with faults.shown():
            listing = bedrock.sessions_of_memory(where, address.memory_id, remembers=remembers)
            for row in session_summaries.found_in(listing.rows, words):
                if row.summary is None:
                    continue
                navigation.agent_link(
                    f"{text.label(address.memory_id)} · {text.label(row.session_id, 60)}",
                    "session_summaries",
                    where.agent_id,
                    (Key.ALIAS, where.alias_id),
                    (Key.AGENT_MEMORY, address.memory_id),
                    (Key.SUMMARY, row.session_id),
                )


def memory_note(view: AgentView) -> bool:
    """Whether the agent's memory is on; says so when it is not, since then nothing can be read."""
    if bedrock_agents.memory_settings(view.agent) is not None:
        return True
    st.warning(
        "Memory is switched off for this agent. Summaries made earlier cannot be read while it is off.",
        icon=":material/psychology_alt:",
    )
    return False


def no_memory_id() -> None:
    """Nothing is known to look under."""
    if state.get(Key.AGENT_MEMORY):
        return
    st.info(
        "No memory id is known for this alias. Chat with the agent, or write one into the address book: AWS "
        "has no call that lists them.",
        icon=":material/contacts:",
    )
