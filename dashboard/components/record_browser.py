"""All records of a memory: the namespaces as a tree, a table to search, and one record in full."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import charts, faults, format, masking, navigation, resources, state, text, times
from dashboard.components import (
    exports,
    figures,
    memory_records,
    metadata_filters,
    pickers,
    record_bulk,
    record_edit,
    record_history,
    tables,
)
from dashboard.components.memory_records import raw_json
from dashboard.state import Key
from services import frames
from services.faults import CALL_ERRORS, explain
from services.listing import Listing
from services.memory import namespace_tree
from services.memory.namespaces import KnownNamespace
from services.records.filters import MetadataFilter
from services.records.provenance import Source

Row = dict[str, Any]
ROOT = "/"
LIMITS = (resources.LIST_LIMIT, 10_000, 100_000)
TALLEST = 526
"""Pixels: a table with more rows scrolls."""
TALLEST_BESIDE_A_RECORD = 281
"""The same while a record is open below it, which is to be seen without scrolling."""
ROW = 35
TALLEST_TREE = 386
"""The same of the tree, which stands above the table on a narrow screen."""

_CONFIDENCE_COLORS: dict[str, format.Color] = {"high": "green", "medium": "orange", "low": "gray"}


def filters(memory: Row, row: DeltaGenerator) -> tuple[str | None, list[MetadataFilter], int]:
    """What the table is narrowed to: a strategy, metadata filters, and how many records are read at most.

    `row` holds the choice of the memory; what else is chosen from a list stands beside it.
    """
    with row:
        _find()
        strategy_id = pickers.strategy(memory)
        limit = _limit()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        chosen = metadata_filters.chosen(memory)
    pickers.say_if_missing(
        Key.STRATEGY, [row["strategyId"] for row in memory.get("strategies", [])], "strategy"
    )
    return strategy_id, chosen, limit


def _find() -> None:
    st.session_state["find-text"] = state.get(Key.FIND) or ""

    def changed() -> None:
        state.put(find=st.session_state["find-text"].strip() or None)

    st.text_input(
        "Find in the text",
        key="find-text",
        type="search",
        on_change=changed,
        placeholder="Words that the record has, in any order",
    )


def _limit() -> int:
    linked = state.get(Key.LIMIT) or ""
    current = int(linked) if linked.isdecimal() and int(linked) in LIMITS else LIMITS[0]
    st.session_state["read-at-most"] = current

    def changed() -> None:
        state.put(limit=str(st.session_state["read-at-most"]))

    return int(
        st.selectbox(
            "Read at most",
            LIMITS,
            key="read-at-most",
            format_func=lambda number: f"{number:,} records",
            on_change=changed,
            help="AWS lists 100 records a call",
        )
    )


def tree(known: list[KnownNamespace], note: str | None) -> str:
    """The namespaces, each with what is at and below it; returns the chosen path, at first everything."""
    branches = namespace_tree.tree(known)
    state.default(Key.PATH, ROOT)
    frame = pd.DataFrame(
        {
            "name": [_indented(branch) for branch in branches],
            "records": pd.array([branch.records for branch in branches], dtype="Int64"),
        },
        index=pd.Index([branch.path for branch in branches], dtype="object"),
    )
    tables.choose_row(
        frame,
        Key.PATH,
        "namespaces",
        column_config={
            "name": st.column_config.TextColumn("Namespace", width=140),
            "records": st.column_config.NumberColumn("Records", width=60),
        },
        height="auto" if len(frame) <= 10 else TALLEST_TREE,
        placeholder="–",
        alt="Namespaces of the memory, as a tree",
    )
    if note:
        st.caption(text.label(note, 300))
    return state.get(Key.PATH) or ROOT


def _indented(branch: namespace_tree.Branch) -> str:
    if branch.path == ROOT:
        return "/  everything"
    return "\u2003" * branch.depth + text.preview(branch.name, 80) + "/" * branch.path.endswith("/")


def table(memory: Row, listing: Listing[Row], path: str) -> str | None:
    """The records found, last stored first; returns the id of the chosen one, or None."""
    frame = _frame(memory, listing.rows)
    found = _with_words(frame, state.get(Key.FIND) or "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_how_many(len(found), listing))
        wanted = set(found.index)
        shown = [row for row in listing.rows if row["memoryRecordId"] in wanted]
        st.space("stretch")
        record_bulk.switch()
        record_edit.create_button()
        exports.menu("records", found, [masking.record(row) for row in shown], complete=listing.complete)
    if found.empty:
        _nothing(listing, path)
        return state.get(Key.RECORD)
    columns = _columns(found)
    if record_bulk.is_on():
        selected = record_bulk.table(
            found,
            f"{memory['id']}{path}",
            column_order=tuple(columns),
            column_config=columns,
            height="auto" if len(found) <= 14 else TALLEST,
            alt="Memory records, to tick",
        )
        record_bulk.panel(memory, shown, selected, path, complete=listing.complete)
        return None
    tallest = TALLEST_BESIDE_A_RECORD if state.get(Key.RECORD) else TALLEST
    tables.choose_row(
        found,
        Key.RECORD,
        f"{memory['id']}{path}",
        column_order=tuple(columns),
        column_config=columns,
        height="auto" if ROW * (len(found) + 1) <= tallest else tallest,
        alt="Memory records",
    )
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
    frame = frames.memory_records_frame([masking.record(row) for row in records])
    names = strategy_names(memory)
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
    if state.get(Key.FIND):
        words = f"{format.count(found, 'record')} with these words among {read}"
    else:
        words = f"{read}, newest first (by Stored)"
    stopped = "" if listing.complete else ". The list was cut short there: read more, or choose a namespace"
    return words + stopped


def _nothing(listing: Listing[Row], path: str) -> None:
    if listing.rows or state.get(Key.FILTERS) or state.get(Key.STRATEGY):
        st.info(
            "No record fits. Change the words, the strategy or the filters above.",
            icon=":material/search_off:",
        )
        return
    place = "in this memory" if path == ROOT else f"below {text.label(path, 200)}"
    st.info(
        f"There is no record {place} yet. Records appear a while after the first event is stored, "
        "if a strategy extracts them.",
        icon=":material/inbox:",
    )


def timeline(memory: Row, listing: Listing[Row]) -> None:
    """When the things were said that the records hold; not while several are being chosen."""
    if record_bulk.is_on():
        return
    figures.draw(
        charts.records_by_day(
            frames.memory_records_frame(listing.rows), strategy_names(memory), times.zone()
        ),
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
    views: dict[str, Callable[[Row, Row], None]] = {
        "Record": lambda _memory, record: memory_records.detail(masking.record(record)),
        "Likely sources": _sources,
        "Near in meaning": _neighbours,
        "History": lambda memory, record: record_history.steps(memory, record, record["memoryRecordId"]),
        "As the API returns it": lambda _memory, record: raw_json(masking.record(record)),
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
        for tab, draw in zip(
            st.tabs(list(views), key="record-tabs", on_change="rerun"), views.values(), strict=True
        ):
            if tab.open:
                with tab:
                    draw(memory, record)


def _sources(memory: Row, record: Row) -> None:
    sources = resources.likely_sources(memory, record)
    st.caption(
        "A guess: AWS does not tell what a record was made from. Judged by words in common and by time."
    )
    for source in sources.found:
        with st.container(border=True):
            _source(memory, source)
    if not sources.found:
        text.plain("No message was found that says this.")
    more = "" if sources.complete else " There are more conversations than were read."
    text.plain(sources.searched + more)


def _source(memory: Row, source: Source) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(f"{source.confidence} confidence", color=_CONFIDENCE_COLORS[source.confidence])
        same_time = "same time · " if source.same_time else ""
        role = format.ROLE_LABELS.get(source.turn.role or "", "")
        st.caption(f"{same_time}{source.shared:.0%} of its words · {role}", width="content")
        times.badge(source.turn.timestamp)
        navigation.link(
            "Open the conversation",
            "events",
            {
                Key.MEMORY: memory["id"],
                Key.ACTOR: source.actor_id,
                Key.SESSION: source.session_id,
                Key.EVENT: source.turn.event_id,
            },
            icon=":material/forum:",
        )
    text.plain(masking.words(source.turn.text), limit=2_000)


def _neighbours(memory: Row, record: Row) -> None:
    if not record.get("namespaces"):
        text.plain("The record is in no namespace, so nothing is near it.")
        return
    answer = resources.neighbours(memory["id"], record)
    near = [row for row in answer.records if row["memoryRecordId"] != record["memoryRecordId"]]
    st.caption("RetrieveMemoryRecords with this record's text, in its own namespace.")
    for row in near:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(f"{row.get('score', 0.0):.3f}", color="blue")
            text.plain(text.preview(masking.words(frames.one_line_of(row)), 300))
            navigation.record_link("Open", memory["id"], row["memoryRecordId"])
    if not near:
        text.plain("No other record is in this namespace.")
