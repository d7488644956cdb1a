"""All records of a memory: the namespaces as a tree, a table to search, and one record in full."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, format, navigation, resources, state, text
from dashboard.components import exports, figures, memory_records, metadata_filters, pickers, tables
from dashboard.components.memory_records import raw_json
from dashboard.state import Key
from services import frames, namespace_tree
from services.listing import Listing
from services.namespaces import KnownNamespace
from services.provenance import Source
from services.record_filters import MetadataFilter

Row = dict[str, Any]
ROOT = "/"
LIMITS = (1_000, 10_000, 100_000)
TALLEST = 526
"""Pixels: a table with more rows scrolls."""

_TABLE = {
    "content": st.column_config.TextColumn("What it says", width=310),
    "kind": st.column_config.TextColumn("Kind", width=80),
    "timestamp": st.column_config.DatetimeColumn("Said", format="distance", width=125),
    "createdAt": st.column_config.DatetimeColumn("Stored", format="distance", width=125),
    "namespace": st.column_config.TextColumn("Namespace", width="medium"),
    "strategy": st.column_config.TextColumn("Strategy", width="medium"),
}
_CONFIDENCE_COLORS: dict[str, format.Color] = {"high": "green", "medium": "orange", "low": "gray"}


def filters(memory: Row) -> tuple[str | None, list[MetadataFilter], int]:
    """What the table is narrowed to: a strategy, metadata filters, and how many records are read at most."""
    grid = st.grid(8, min_column_width=90)
    with grid.cell(column_span=3):
        _find()
    with grid.cell(column_span=3):
        strategy_id = pickers.strategy(memory)
    with grid.cell(column_span=2):
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
            "name": st.column_config.TextColumn("Namespace", width=170),
            "records": st.column_config.NumberColumn("Records", width=60),
        },
        height="auto" if len(frame) <= 14 else TALLEST,
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
        exports.menu("records", found, shown, complete=listing.complete)
    if found.empty:
        _nothing(listing, path)
        return state.get(Key.RECORD)
    tables.choose_row(
        found,
        Key.RECORD,
        f"{memory['id']}{path}",
        column_order=tuple(_TABLE),
        column_config=_TABLE,
        height="auto" if len(found) <= 14 else TALLEST,
        alt="Memory records",
    )
    return state.get(Key.RECORD)


def _frame(memory: Row, records: list[Row]) -> pd.DataFrame:
    frame = frames.memory_records_frame(records)
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
    """When the things were said that the records hold."""
    figures.draw(
        charts.records_by_day(frames.memory_records_frame(listing.rows), strategy_names(memory)),
        key="records-timeline",
    )
    st.caption("By day of what was said (UTC); a record without that time counts on the day it was stored.")


def detail(memory: Row, record: Row) -> None:
    """One record: what it says, where it was probably said, what is near it, and all that the API tells."""
    views: dict[str, Callable[[Row, Row], None]] = {
        "Record": lambda _memory, record: memory_records.detail(record),
        "Likely sources": _sources,
        "Near in meaning": _neighbours,
        "As the API returns it": lambda _memory, record: raw_json(record),
    }
    with st.container(border=True, key="record-detail"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{text.label(frames.one_line_of(record), 120)}**")
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
        st.caption(
            f"{same_time}{source.shared:.0%} of its words · {role} · {format.utc(source.turn.timestamp)}"
        )
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
    text.plain(source.turn.text, limit=2_000)


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
            text.plain(text.preview(frames.one_line_of(row), 300))
            navigation.record_link("Open", memory["id"], row["memoryRecordId"])
    if not near:
        text.plain("No other record is in this namespace.")
