"""The records of a memory as a table to search, one record in full, and when they were said."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import charts, faults, format, masking, navigation, outage, resources, state, text, times
from dashboard.components import (
    address_tabs,
    exports,
    figures,
    memory_records,
    namespace_browser,
    notices,
    record_bulk,
    record_context,
    record_edit,
    record_history,
    tables,
)
from dashboard.components.memory_records import raw_json
from dashboard.components.record_filters import Narrowing
from dashboard.state import Key
from services import frames
from services.faults import CALL_ERRORS, explain
from services.listing import Listing

Row = dict[str, Any]
TALLEST = 526
"""Pixels: a table with more rows scrolls."""
TALLEST_BESIDE_A_RECORD = 281
"""The same while a record is open below it, which is to be seen without scrolling."""
ROW = 35


@outage.part
def browse(memory: Row, wanted: Narrowing) -> None:
    """The namespaces, and the records below the chosen one; another one draws this part alone: the frame and
    the filters above stay as they are."""
    grid = st.grid(4, min_column_width=188, gap="small")  # fewer where it is narrow: the table takes all
    namespaces, records = grid.cell(), grid.cell(column_span=3)
    with records:  # first: where records are denied, the explanation has room there
        _records(memory, wanted, namespace_browser.chosen())
    with namespaces, faults.shown():
        known, note, fault = resources.namespaces_to_browse(memory, wanted.limit)
        namespace_browser.tree(memory, known, note)
        if fault:
            faults.show_fault(fault)


@outage.part
def _records(memory: Row, wanted: Narrowing, path: str) -> None:
    """The records below a path as a table with words to find in them, one in full, and when they were said.

    Whatever is done here draws this part again alone: the tree beside it stays as it is.
    """
    if notices.waiting() and outage.draws_alone():
        st.rerun()  # what was done may be told by the tree too
    notices.show()
    listing = resources.stored_records(
        memory, path, wanted.strategy_id, wanted.limit, wanted.filters, actor_id=wanted.actor_id
    )
    tools = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with tools:
        words = _find()
    found = _with_words(wanted.said_then(_frame(memory, listing.rows)), words)
    record_id = _table(memory, listing, found, wanted, path, tools=tools)
    if record_id:
        chosen(memory, record_id)
    if listing.rows and not record_bulk.is_on():
        _timeline(memory, found)
    record_edit.create_dialog(memory)


def _find() -> str:
    st.session_state["find-text"] = state.get(Key.FIND) or ""

    def changed() -> None:
        state.put(find=st.session_state["find-text"].strip() or None)

    st.text_input(
        "Find in the text",
        key="find-text",
        type="search",
        on_change=changed,
        placeholder="Find in the text: words that the record has, in any order",
        label_visibility="collapsed",
    )
    return state.get(Key.FIND) or ""


def _table(
    memory: Row,
    listing: Listing[Row],
    found: pd.DataFrame,
    wanted: Narrowing,
    path: str,
    *,
    tools: DeltaGenerator,
) -> str | None:
    """The records found, last stored first; returns the id of the chosen one, or None. What is done with them
    is put beside the words to find, at `tools`: over its rows the table has tools of its own."""
    ids = set(found.index)
    shown = [row for row in listing.rows if row["memoryRecordId"] in ids]
    with tools:
        record_bulk.switch()
        record_edit.create_button()
        exports.menu("records", found, masking.records(shown), complete=listing.complete)
    cut_short = "" if listing.complete else ". The list was cut short: read more, or choose a namespace."
    st.caption(_how_many(len(found), listing) + cut_short)
    if found.empty:
        _nothing(memory, listing, wanted, path)
        return state.get(Key.RECORD)
    columns = _columns(found)
    if record_bulk.is_on():
        selected = record_bulk.table(
            found[list(columns)],
            f"{memory['id']}{path}",
            column_config=columns,
            height="content" if len(found) <= 14 else TALLEST,
            alt="Memory records, to tick",
        )
        record_bulk.panel(memory, listing.rows, shown, selected, path, complete=listing.complete)
        return None
    tallest = TALLEST_BESIDE_A_RECORD if state.get(Key.RECORD) else TALLEST
    tables.choose_row(
        found[list(columns)],  # what is not shown is not sent
        Key.RECORD,
        f"{memory['id']}{path}",
        column_config=columns,
        height="content" if ROW * (len(found) + 1) <= tallest else tallest,
        alt="Memory records",
    )
    if not state.get(Key.RECORD):
        st.caption("Tick the box at the left of a row to open the record.")
    return state.get(Key.RECORD)


def _columns(listing: pd.DataFrame) -> dict[str, ColumnConfig]:
    """Narrow enough for all of them to be seen beside the namespaces on a screen of 1440 pixels."""
    return {
        "content": st.column_config.TextColumn("What it says", width=200),
        "kind": st.column_config.TextColumn("Kind", width=74),
        "strategy": st.column_config.TextColumn("Strategy", width=112),
        "namespace": st.column_config.TextColumn("Namespace", width=140),
        "timestamp": times.column("Said", listing["timestamp"]),
        "createdAt": times.column("Stored", listing["createdAt"]),
    }


def _frame(memory: Row, records: list[Row]) -> pd.DataFrame:
    """The table of records as this viewer may see them; of many it takes longer than all else on the page."""
    names = strategy_names(memory)
    if masking.is_on():
        return _made_frame(names, masking.records(records))
    return resources.of_kept(f"records {json.dumps(names)}", records, partial(_made_frame, names))


def _made_frame(names: dict[str, str], records: Sequence[Row]) -> pd.DataFrame:
    frame = frames.memory_records_frame(records)
    frame["content"] = [text.straight(line) for line in frame["content"]]
    frame["kind"] = [memory_records.kind_label(body) for body in frame["text"]]
    frame["strategy"] = [
        names.get(id_, "none" if id_ == "none" else f"{id_} (deleted)") for id_ in frame["memoryStrategyId"]
    ]
    return frame


def strategy_names(memory: Row) -> dict[str, str]:
    """The names of a memory's strategies by id."""
    return {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}


def _with_words(frame: pd.DataFrame, wanted: str) -> pd.DataFrame:
    """The rows whose text has every word of `wanted`, in any order and case."""
    texts = frame["text"].str.lower()
    for word in wanted.lower().split():
        frame = frame[texts.loc[frame.index].str.contains(word, regex=False)]
    return frame


def _how_many(found: int, listing: Listing[Row]) -> str:
    read = format.counted(len(listing.rows), listing.complete, "record")
    if state.get(Key.FIND) or found < len(listing.rows):
        those = "with these words" if state.get(Key.FIND) else "of this time"
        words = f"{format.count(found, 'record')} {those} among {read}"
    else:
        words = f"{read}, newest first (by Stored)"
    return words


def _nothing(memory: Row, listing: Listing[Row], wanted: Narrowing, path: str) -> None:
    if listing.rows or wanted.narrows:
        st.info(
            "No record fits. Change the words or the filters above.",
            icon=":material/search_off:",
        )
        return
    if not memory.get("strategies"):
        memory_records.nothing_extracted(memory)
        return
    place = "in this memory" if path == namespace_browser.ROOT else f"below {text.label(path, 200)}"
    st.info(
        f"There is no record {place} yet. Records appear a while after the first event is stored, "
        "if a strategy extracts them.",
        icon=":material/inbox:",
    )


def _timeline(memory: Row, found: pd.DataFrame) -> None:
    """When the things were said that the records of the table hold; drawn only while it is open."""

    def turned() -> None:
        state.put(timeline="open" if st.session_state["records-timeline-open"] else None)

    st.session_state["records-timeline-open"] = state.get(Key.TIMELINE) == "open"
    st.toggle(
        "Timeline", key="records-timeline-open", on_change=turned, help="The records of the table, by day"
    )
    if not state.get(Key.TIMELINE) or found.empty:
        return
    figures.draw(
        charts.records_by_day(found, strategy_names(memory), times.zone()),
        key="records-timeline",
    )
    st.caption(
        f"By day of what was said (in {times.zone_in_words()}); a record without that time counts on the day "
        "it was stored."
    )


def chosen(memory: Row, record_id: str) -> None:
    """The chosen record; of one that is gone, what was done to it here, and the way back."""
    try:
        record = resources.memory_record(memory["id"], record_id)
    except CALL_ERRORS as error:
        faults.show(error)
        if resources.record_steps(record_id) and explain(error).kind == "not_found":
            with st.container(border=True, key="record-gone"):
                record_history.steps(memory, None, record_id)
        return
    detail(memory, record)
    record_edit.dialogs_of(memory, record_id)


def detail(memory: Row, record: Row) -> None:
    """One record: what it says, where it was probably said, what is near it, and all that the API tells."""
    views: dict[str, Callable[[], None]] = {
        "Record": lambda: memory_records.detail(record),
        "Likely sources": lambda: record_context.sources(memory, record),
        "Near in meaning": lambda: _neighbours(memory, record),
        "History": lambda: record_history.steps(memory, record, record["memoryRecordId"]),
        "As the API returns it": lambda: raw_json(record),
    }
    with st.container(border=True, key="record-detail"):
        with st.container(horizontal=True, vertical_alignment="center"):
            memory_records.badges(record, strategy_names(memory))
            st.space("stretch")
            record_edit.record_buttons(memory["id"], record["memoryRecordId"])
            st.button(
                "Close",
                key="close-record",
                type="tertiary",
                icon=":material/close:",
                on_click=state.put,
                kwargs={"record": None},
            )
        address_tabs.show(views, Key.RECORD_TAB)


def _neighbours(memory: Row, record: Row) -> None:
    record_context.neighbours(
        memory, record, lambda record_id: navigation.record_link("Open", memory["id"], record_id)
    )
