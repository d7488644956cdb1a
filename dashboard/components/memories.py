"""Memory resources: the table of all, and one of them in detail."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, faults, format, navigation, resources, state, text
from dashboard.components import dialogs, memory_forms, notices, sample_data, saved_copies, tables
from dashboard.components.memory_records import raw_json
from dashboard.state import Key
from services import frames
from services.faults import Fault
from services.listing import Listing

Row = dict[str, Any]
IN_TRANSITION = {"CREATING", "UPDATING", "DELETING"}
WATCH_SECONDS = 2.0


_COLUMNS = {
    "name": st.column_config.TextColumn("Name", width="medium"),
    "status": st.column_config.TextColumn("Status", width="small"),
    "strategyTypes": st.column_config.ListColumn("Strategies", width="large"),
    "eventExpiryDuration": st.column_config.NumberColumn("Events kept", format="%d days", width="small"),
    "createdAt": st.column_config.DatetimeColumn("Created (UTC)", format="YYYY-MM-DD HH:mm", timezone="UTC"),
    "updatedAt": st.column_config.DatetimeColumn("Updated (UTC)", format="YYYY-MM-DD HH:mm", timezone="UTC"),
}


def toolbar() -> None:
    """What can be done without choosing a memory first."""
    with st.container(horizontal=True):
        st.button(
            "Create memory",
            type="primary",
            icon=":material/add:",
            key="open-create",
            on_click=dialogs.open_,
            args=("create",),
        )
        with st.popover("Sample data", icon=":material/dataset:"):
            sample_data.controls()
        saved_copies.popover()
    if dialogs.is_open("create"):
        memory_forms.create_dialog()


def open_dialog(memory: Row) -> None:
    """Draws the dialog about this memory that is open, if any."""
    if dialogs.is_open("add-strategy"):
        memory_forms.add_strategy_dialog(memory)
    elif dialogs.is_open("delete"):
        memory_forms.delete_dialog(memory)


def none_yet() -> None:
    """An account and region without any memory."""
    st.info(
        "There is no memory in this account and region yet. Create one, load the sample data, "
        "or point an agent's SDK at this connection.",
        icon=":material/inbox:",
    )


def table(listing: Listing[Row], details: dict[str, Row | Fault]) -> str | None:
    """All memories, one row each; returns the chosen one's id, at first the first row's."""
    frame = memory_frame(listing.rows, details)
    state.default(Key.MEMORY, str(frame.index[0]))
    tables.choose_row(
        frame,
        Key.MEMORY,
        "memories",
        column_order=tuple(_COLUMNS),
        column_config=_COLUMNS,
        height="auto" if len(frame) <= 12 else 456,
        alt="Memory resources",
    )
    count = format.counted(len(frame), listing.complete, "memory", "memories")
    st.caption(f"{count}. Choose another row to see what it extracts.")
    return state.get(Key.MEMORY)


def memory_frame(summaries: list[Row], details: dict[str, Row | Fault]) -> pd.DataFrame:
    """The table's rows by name: a memory's details, or its summary alone where GetMemory was refused."""
    found = [details.get(row["id"]) for row in summaries]
    rows = [row if isinstance(row, dict) else summary for row, summary in zip(found, summaries, strict=True)]
    frame = frames.memories_frame(sorted(rows, key=lambda row: format.memory_name(row).lower()))
    frame["name"] = frame["name"].fillna(frame["id"].str.rsplit("-", n=1).str[0])
    frame["strategyTypes"] = [_strategy_words(details.get(memory_id)) for memory_id in frame.index]
    return frame


def _strategy_words(detail: Row | Fault | None) -> list[str]:
    """The strategies in words; a memory that may not be read is not taken for one without strategies."""
    if isinstance(detail, Fault):
        return [f"not readable ({detail.kind.replace('_', ' ')})"]
    strategies = detail.get("strategies", []) if detail else []
    return [format.strategy_type(strategy) for strategy in strategies] or ["None: short-term only"]


def detail(memory_id: str, found: Row | Fault | None) -> Row | None:
    """One memory in full; while it or a strategy changes state it is read again until it has settled."""
    if isinstance(found, Fault):
        faults.show_fault(found)
        return None
    memory = found or resources.memory(memory_id)
    if _in_transition(memory):
        _watched_detail(memory_id)
    else:
        _detail(memory)
    return memory


def _in_transition(memory: Row) -> bool:
    states = [memory["status"], *(strategy.get("status") for strategy in memory.get("strategies", []))]
    return any(one in IN_TRANSITION for one in states)


@st.fragment(run_every=WATCH_SECONDS)
def _watched_detail(memory_id: str) -> None:
    with faults.shown():
        resources.forget_memories()
        found = resources.memory_details([memory_id])[memory_id]
        if isinstance(found, Fault):
            _gone_or_unreadable(memory_id, found)
            return
        if not _in_transition(found):
            st.rerun()
        st.caption(f"Changing. Read again every {WATCH_SECONDS:.0f} seconds until it has settled.")
        _detail(found)


def _gone_or_unreadable(memory_id: str, fault: Fault) -> None:
    """A deleted memory ends the watch and leaves the page; anything else is shown."""
    if fault.kind != "not_found":
        faults.show_fault(fault)
        return
    notices.leave(f"{memory_id} is deleted.")
    state.put(memory=None)
    st.rerun()


def _detail(memory: Row) -> None:
    with st.container(border=True, key="memory-detail"):
        _heading(memory)
        _tabs(memory)


def _tabs(memory: Row) -> None:
    """Only the open tab is drawn: records cost AWS calls, code blocks a megabyte of highlighter."""
    views: dict[str, Callable[[Row], None]] = {
        "Strategies": _strategies,
        "Records": _records,
        "Configuration": _configuration,
        "As the API returns it": raw_json,
    }
    for tab, draw in zip(
        st.tabs(list(views), key="memory-tabs", on_change="rerun"), views.values(), strict=True
    ):
        if tab.open:
            with tab:
                draw(memory)


def _heading(memory: Row) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(text.label(format.memory_name(memory)), anchor=False, width="content")
        status = memory["status"]
        st.badge(text.label(status), color=format.status_color(status))
    if memory.get("failureReason"):
        st.error(text.label(memory["failureReason"], 400), icon=":material/error:")
    if memory.get("description"):
        text.plain(memory["description"])
    with st.container(horizontal=True, vertical_alignment="center"):
        memory_id = memory["id"]
        navigation.link("Events", "events", {Key.MEMORY: memory_id}, icon=":material/forum:")
        navigation.link("Retrieval", "retrieval", {Key.MEMORY: memory_id}, icon=":material/search:")
        navigation.link("Chat", "chat", {Key.MEMORY: memory_id}, icon=":material/chat:")
        for name, label, icon in (("add-strategy", "Add strategy", "add"), ("delete", "Delete", "delete")):
            st.button(
                label,
                icon=f":material/{icon}:",
                type="tertiary" if name == "delete" else "secondary",
                key=f"open-{name}",
                on_click=dialogs.open_,
                args=(name,),
            )


def _strategies(memory: Row) -> None:
    strategies = memory.get("strategies", [])
    if not strategies:
        st.info(
            "Short-term memory only: events are kept, nothing is extracted. Add a strategy to change that.",
            icon=":material/info:",
        )
    for strategy in strategies:
        with st.container(border=True, key=f"strategy-{strategy['strategyId']}"):
            _strategy(strategy)


def _strategy(strategy: Row) -> None:
    status = strategy.get("status", "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{text.label(strategy['name'])}**", width="content")
        st.badge(text.label(format.strategy_type(strategy)), color="blue")
        if status:
            st.badge(text.label(status), color=format.status_color(status))
    purpose = format.strategy_purpose(strategy)
    if purpose:
        st.caption(purpose)
    if strategy.get("description"):
        text.plain(strategy["description"])
    for template in strategy.get("namespaceTemplates") or strategy.get("namespaces", []):
        text.plain(f"Namespace template  {template}")
    st.caption(f"Strategy id {text.label(strategy['strategyId'], 120)}")
    if strategy.get("configuration"):
        _prompts(strategy)


def _prompts(strategy: Row) -> None:
    """A custom strategy's prompts, drawn once they are wanted: a code block loads 1.5 MB of highlighter."""
    prompts = st.expander("Prompts and models", key=f"prompts-{strategy['strategyId']}", on_change="rerun")
    if prompts.open:
        with prompts:
            raw_json(strategy["configuration"])


def _records(memory: Row) -> None:
    """How many records each strategy made, by the day that they are about."""
    listing = resources.memory_records(memory["id"])
    if not listing.rows:
        text.plain("No memory record exists yet.")
        return
    st.caption(
        f"{format.counted(len(listing.rows), listing.complete, 'record')}, by day of what was said (UTC)"
    )
    names = {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}
    st.plotly_chart(
        charts.records_by_day(frames.memory_records_frame(listing.rows), names), key="records-by-day"
    )


def _configuration(memory: Row) -> None:
    rows = {
        "Memory id": memory["id"],
        "ARN": memory.get("arn"),
        "Execution role": memory.get("memoryExecutionRoleArn") or "none (needed for custom strategies only)",
        "Encryption key": memory.get("encryptionKeyArn") or "AWS owned key",
    }
    for title, value in rows.items():
        st.caption(title)
        text.identifier(str(value))
    expiry = memory.get("eventExpiryDuration")
    text.plain(
        f"Events expire after {expiry} days · created {format.utc(memory.get('createdAt'))} · "
        f"updated {format.utc(memory.get('updatedAt'))}"
    )
