"""A menu to download what is on screen."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format, masking
from services import exports
from services.findings import sensitive


def menu(name: str, frame: pd.DataFrame, rows: Sequence[Any], *, complete: bool) -> None:
    """Offers the table as CSV and Parquet, its rows as JSON; says when the list was cut short.

    What is masked on screen is masked in the files.
    """
    masked = masking.is_on()  # asked now: the files are made where nobody is known to look

    def table() -> pd.DataFrame:
        return sensitive.masked_frame(frame) if masked else frame

    def listed() -> Sequence[Any]:
        return [sensitive.masked_document(row) for row in rows] if masked else rows

    kinds: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("CSV, safe in a spreadsheet", "csv", "text/csv", lambda: exports.csv_bytes(table())),
        ("JSON, as the API returns it", "json", "application/json", lambda: exports.json_bytes(listed())),
        ("Parquet", "parquet", "application/vnd.apache.parquet", lambda: exports.parquet_bytes(table())),
    ]
    with st.popover("Export", icon=":material/download:", key=f"export-{name}", disabled=frame.empty):
        st.caption(f"What the table shows: {format.count(len(frame), 'row')}.")
        if not complete:
            st.caption("The list was cut short: there are more than these.")
        if masked:
            st.caption("Sensitive text is masked in these files, too.")
        for label, ending, mime, data in kinds:
            st.download_button(
                label,
                data,
                file_name=f"{name}.{ending}",
                mime=mime,
                key=f"export-{name}-{ending}",
                on_click="ignore",
                icon=":material/download:",
                width="stretch",
            )
