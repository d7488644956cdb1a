"""A menu to download what is on screen."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format, masking
from services import exports
from services.findings import sensitive

_KINDS = (
    ("CSV, safe in a spreadsheet", "csv", "text/csv"),
    ("JSON, as the API returns it", "json", "application/json"),
    ("Parquet", "parquet", "application/vnd.apache.parquet"),
)


def menu(
    name: str, table: pd.DataFrame | Callable[[], pd.DataFrame], rows: Sequence[Any], *, complete: bool
) -> None:
    """Offers the table as CSV and Parquet, its rows as JSON; says when the list was cut short.

    What is masked on screen is masked in the files. Drawn only while it is open: its buttons keep the table
    and the rows for as long as their viewer's page stands. A `table` that takes long to make is handed over
    as the function that makes it.
    """
    opened = st.popover(
        "Export",
        icon=":material/download:",
        key=f"export-{name}",
        disabled=table.empty if isinstance(table, pd.DataFrame) else not rows,
        on_change="rerun",
    )
    if opened.open:
        with opened:
            frame = table if isinstance(table, pd.DataFrame) else table()
            _files(name, frame, rows, complete=complete)


def _files(name: str, frame: pd.DataFrame, rows: Sequence[Any], *, complete: bool) -> None:
    masked = masking.is_on()  # asked now: the files are made where nobody is known to look

    def table() -> pd.DataFrame:
        return sensitive.masked_frame(frame) if masked else frame

    def listed() -> Sequence[Any]:
        return [sensitive.masked_document(row) for row in rows] if masked else rows

    data: tuple[Callable[[], bytes], ...] = (
        lambda: exports.csv_bytes(table()),
        lambda: exports.json_bytes(listed()),
        lambda: exports.parquet_bytes(table()),
    )
    st.caption(f"What the table shows: {format.count(len(frame), 'row')}.")
    if not complete:
        st.caption("The list was cut short: there are more than these.")
    if masked:
        st.caption("Sensitive text is masked in these files, too.")
    for (label, ending, mime), made in zip(_KINDS, data, strict=True):
        st.download_button(
            label,
            made,
            file_name=f"{name}.{ending}",
            mime=mime,
            key=f"export-{name}-{ending}",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
        )
