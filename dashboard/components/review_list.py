"""The queue as a list, and as a report to download."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format, masking, state, text
from dashboard.components import review_actions, review_bar, tables
from dashboard.state import Key
from services import exports as files
from services.findings import sensitive
from services.findings.model import TITLES, Severity
from services.review import queue as review_queue
from services.review.queue import Queue, Waiting
from services.review.scan import Scan

Row = dict[str, Any]
ROWS = 200
TALLEST = 620
MARKS: dict[Severity, str] = {"high": "●●●", "medium": "●●", "low": "●"}
COLORS: dict[Severity, format.Color] = {"high": "red", "medium": "orange", "low": "gray"}


def current(scan: Scan, queue: Queue) -> str | None:
    """The id of the record that is looked at, at first the first of the queue; None when there is none."""
    chosen = state.get(Key.REVIEWING)
    if chosen or not queue.records:
        return chosen
    first = queue.records[0].record_id
    if scan.compared:  # before that the first is still another one
        state.default(Key.REVIEWING, first)
    return first


def show(memory: Row, scan: Scan, queue: Queue) -> None:
    """The records around the one that is looked at, to choose another, and what can be done with all."""
    if not queue.records:
        _nothing(scan, queue)
        return
    place = queue.place(current(scan, queue)) or 0
    first = max(0, min(place - ROWS // 2, len(queue.records) - ROWS))
    shown = queue.records[first : first + ROWS]
    more = "" if len(shown) == len(queue.records) else f", {first + 1:,} to {first + len(shown):,} shown"
    with st.container(horizontal=True, vertical_alignment="center"):
        review_actions.approve_many(memory, queue)
        _export(memory, scan, queue)
    tables.choose_row(
        _frame(shown),
        Key.REVIEWING,
        f"review-{memory['id']}",
        column_config={
            "mark": st.column_config.TextColumn("", width=34, help="Severity of the gravest suggestion"),
            "text": st.column_config.TextColumn("What it says", width=175),
            "finding": st.column_config.TextColumn("Why", width=115, help="The suggestions, or the state"),
        },
        height="auto" if len(shown) <= 16 else TALLEST,
        alt="Records in the queue",
    )
    st.caption(f"{format.count(len(queue.records), 'record')}{more}")


def _frame(shown: tuple[Waiting, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "mark": [MARKS[each.severity] if each.severity else "" for each in shown],
            "text": [text.preview(each.seen.line, 160) for each in shown],
            "finding": [_why(each) for each in shown],
        },
        index=pd.Index([each.record_id for each in shown], dtype="object"),
    )


def _why(each: Waiting) -> str:
    if not each.standing.is_open:
        return each.standing.state.capitalize()
    if each.standing.state == "rejected":
        return "Rejected before"
    return ", ".join(dict.fromkeys(TITLES[finding.kind] for finding in each.seen.findings))


def _export(memory: Row, scan: Scan, queue: Queue) -> None:
    """The queue as it is filtered, with states, reasons and suggestions; masked where the screen is.

    The files are made when they are asked for.
    """
    name = f"review-{format.memory_name(memory)}-{datetime.now(UTC):%Y-%m-%d}"
    kinds: list[tuple[str, str, str, Callable[[pd.DataFrame], bytes]]] = [
        ("CSV, safe in a spreadsheet", "csv", "text/csv", files.csv_bytes),
        ("JSON", "json", "application/json", lambda frame: files.json_bytes(frame.to_dict("records"))),
    ]
    with st.popover("Report", icon=":material/download:", key="review-report"):
        st.caption(f"{format.count(len(queue.records), 'record')} as filtered: state, who, why, suggestions.")
        if not scan.read or scan.full:
            st.caption("Not all records of the memory were read.")
        for label, ending, mime, made in kinds:
            st.download_button(
                label,
                partial(_file, queue, made, masked=masking.is_on()),
                file_name=f"{name}.{ending}",
                mime=mime,
                key=f"review-report-{ending}",
                on_click="ignore",
                icon=":material/download:",
                width="stretch",
            )


def _file(queue: Queue, made: Callable[[pd.DataFrame], bytes], *, masked: bool) -> bytes:
    bodies = {each.record_id: str(each.seen.row["content"].get("text", "")) for each in queue.records}
    texts = {id_: sensitive.masked_body(body) for id_, body in bodies.items()} if masked else None
    return made(review_queue.report(queue.records, texts))


def _nothing(scan: Scan, queue: Queue) -> None:
    if not scan.read:
        st.info("No record fits so far; the memory is still being read.", icon=":material/hourglass_empty:")
    elif not queue.total:
        st.info(
            "There is no record in this memory yet, so nothing waits. Records appear a while after the first "
            "event is stored, if a strategy extracts them.",
            icon=":material/inbox:",
        )
    elif review_bar.wanted().dumps().keys() - {"show"}:
        st.info("No record fits the filters above.", icon=":material/search_off:")
    else:
        st.success("Nothing is left here.", icon=":material/task_alt:")
