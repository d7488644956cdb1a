"""Memory resources: the table of all, and one of them in detail."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import charts, faults, format, navigation, resources, state, text, times
from dashboard.components import (
    address_tabs,
    dialogs,
    figures,
    memory_comparison,
    memory_configuration,
    memory_creation,
    memory_deletion,
    memory_edit,
    memory_rebuilding,
    namespace_map,
    notices,
    permissions,
    sample_data,
    saved_copies,
    strategies,
    tables,
)
from dashboard.components.memory_records import raw_json
from dashboard.state import Key
from services import frames
from services.faults import Fault
from services.listing import Listing

Row = dict[str, Any]
IN_TRANSITION = {"CREATING", "UPDATING", "DELETING"}
WATCH_SECONDS = 2.0
# dialog, label, icon, and the operation that it needs
_ACTIONS = (
    ("edit", "Edit", "edit", "UpdateMemory"),
    ("add-strategy", "Add strategy", "add", "UpdateMemory"),
    ("delete", "Delete", "delete", "DeleteMemory"),
)


def _columns(frame: pd.DataFrame) -> dict[str, ColumnConfig]:
    return {
        "name": st.column_config.TextColumn("Name", width="medium"),
        "status": st.column_config.TextColumn("Status", width="small"),
        "strategyTypes": st.column_config.ListColumn("Strategies", width="large"),
        "eventExpiryDuration": st.column_config.NumberColumn("Events kept", format="%d days", width="small"),
        "createdAt": times.column("Created", frame["createdAt"]),
        "updatedAt": times.column("Updated", frame["updatedAt"]),
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
            disabled=permissions.refused("CreateMemory") is not None,
        )
        with st.popover("Sample data", icon=":material/dataset:"):
            sample_data.controls()
        saved_copies.popover()
    if dialogs.is_open("create"):
        memory_creation.create_dialog()
    elif dialogs.is_open("rebuild"):
        memory_rebuilding.dialog()


def open_dialog(memory: Row) -> None:
    """Draws the dialog about this memory that is open, if any."""
    if dialogs.is_open("edit"):
        memory_edit.edit_dialog(memory["id"])
    elif dialogs.is_open("add-strategy"):
        memory_edit.add_strategy_dialog(memory["id"])
    elif dialogs.is_open("delete"):
        memory_deletion.delete_dialog(memory)


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
    columns = _columns(frame)
    state.default(Key.MEMORY, str(frame.index[0]))
    tables.choose_row(
        frame,
        Key.MEMORY,
        "memories",
        column_order=tuple(columns),
        column_config=columns,
        placeholder="–",
        height="auto" if len(frame) <= 12 else 456,
        alt="Memory resources",
    )
    count = format.counted(len(frame), listing.complete, "memory", "memories")
    st.caption(f"{count}. Choose another row to see what it extracts." if len(frame) > 1 else count)
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


def detail(memory_id: str, found: Row | Fault | None, listing: Listing[Row]) -> Row | None:
    """One memory in full; while it or a strategy changes state it is read again until it has settled."""
    if isinstance(found, Fault):
        faults.show_fault(found)
        return None
    memory = found or resources.memory(memory_id)
    if _in_transition(memory):
        _watched_detail(memory_id, listing)
    else:
        _detail(memory, listing)
    return memory


def _in_transition(memory: Row) -> bool:
    states = [memory["status"], *(strategy.get("status") for strategy in memory.get("strategies", []))]
    return any(one in IN_TRANSITION for one in states)


@st.fragment(run_every=WATCH_SECONDS)
def _watched_detail(memory_id: str, listing: Listing[Row]) -> None:
    faults.part_anew()
    with faults.shown():
        resources.forget_memories()
        found = resources.memory_details([memory_id])[memory_id]
        if isinstance(found, Fault):
            _gone_or_unreadable(memory_id, found)
            return
        if not _in_transition(found):
            st.rerun()
        st.caption(f"Changing. Read again every {WATCH_SECONDS:.0f} seconds until it has settled.")
        _detail(found, listing)


def _gone_or_unreadable(memory_id: str, fault: Fault) -> None:
    """A deleted memory ends the watch and leaves the page; anything else is shown."""
    if fault.kind != "not_found":
        faults.show_fault(fault)
        return
    notices.leave(f"{memory_id} is deleted.")
    state.put(memory=None)
    st.rerun()


def _detail(memory: Row, listing: Listing[Row]) -> None:
    with st.container(border=True, key="memory-detail"):
        _heading(memory)
        _tabs(memory, listing)


def _tabs(memory: Row, listing: Listing[Row]) -> None:
    """Only the open tab is drawn: records cost AWS calls, code blocks a megabyte of highlighter.

    The open tab is in the address bar; a link to a comparison opens its tab.
    """
    views: dict[str, Callable[[], None]] = {
        "Strategies": lambda: strategies.show(memory),
        "Namespaces": lambda: namespace_map.show(memory),
        "Records": lambda: _records(memory),
        "Configuration": lambda: memory_configuration.show(memory),
        "Compare": lambda: memory_comparison.show(memory, listing),
        "As the API returns it": lambda: raw_json(memory),
    }
    address_tabs.show(views, Key.TAB, "Compare" if state.get(Key.COMPARE) else None)


def _heading(memory: Row) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(text.label(format.memory_name(memory)), anchor=False, width="content")
        status = memory["status"]
        st.badge(text.label(status), color=format.status_color(status))
    if memory.get("failureReason"):
        st.error(text.label(memory["failureReason"], 400), icon=":material/error:")
    if memory.get("description"):
        text.plain(memory["description"])
    text.identifier(memory["id"])
    with st.container(horizontal=True, vertical_alignment="center"):
        memory_id = memory["id"]
        navigation.link("Events", "events", {Key.MEMORY: memory_id}, icon=":material/forum:")
        navigation.link("Records", "records", {Key.MEMORY: memory_id}, icon=":material/database:")
        navigation.link("Retrieval", "retrieval", {Key.MEMORY: memory_id}, icon=":material/search:")
        navigation.link("Chat", "chat", {Key.MEMORY: memory_id}, icon=":material/chat:")
        for name, label, icon, operation in _ACTIONS:
            st.button(
                label,
                icon=f":material/{icon}:",
                type="tertiary" if name == "delete" else "secondary",
                key=f"open-{name}",
                on_click=dialogs.open_ if name == "delete" else memory_edit.begin,
                args=(name,),
                disabled=permissions.refused(operation) is not None,
            )
    permissions.say("UpdateMemory")


def _records(memory: Row) -> None:
    """How many records each strategy made, by the day that they are about."""
    listing = resources.memory_records(memory["id"])
    if not listing.rows:
        text.plain("No memory record exists yet.")
        return
    st.caption(
        f"{format.counted(len(listing.rows), listing.complete, 'record')}, by day of what was said "
        f"(in {times.zone_in_words()})"
    )
    names = {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}
    figures.draw(
        charts.records_by_day(frames.memory_records_frame(listing.rows), names, times.zone()),
        key="records-by-day",
    )
