"""What is on screen as a file: CSV that is safe to open in a spreadsheet, exact JSON, Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pandas as pd

_STARTS_FORMULA = frozenset("=+-@\t\r\n＝＋－＠|%")
_IGNORED_IN_FRONT = " \u00a0\u200b\u200c\u200d\u2060\ufeff"
_TEXT_MARK = "'"


def safe_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: such a text gets an apostrophe in front.

    Spreadsheets skip spaces and invisible characters before a formula, and read full-width signs as signs.
    Numbers, dates and missing values stay what they are. (OWASP, "CSV Injection".)
    """
    if not isinstance(value, str):
        return value
    begins = value.lstrip(_IGNORED_IN_FRONT)[:1]
    return _TEXT_MARK + value if begins in _STARTS_FORMULA and begins else value


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as CSV, every text quoted, in UTF-8 with the mark by which spreadsheets know it."""
    safe = _flat(frame).map(safe_cell)
    safe.columns = [safe_cell(name) for name in safe.columns]
    text = safe.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC, date_format="%Y-%m-%dT%H:%M:%S.%f%z")
    return text.encode("utf-8-sig")


def json_bytes(rows: Iterable[Any]) -> bytes:
    """Rows as the API returned them; times as ISO 8601 in UTC."""
    return json.dumps(list(rows), ensure_ascii=False, indent=2, default=_json_value).encode()


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as Parquet; nested values as JSON text."""
    buffer = io.BytesIO()
    _flat(frame).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with nested values (metadata, lists) as JSON text."""
    flat = frame.copy()
    for name in flat.columns:
        if flat[name].dtype == object:
            flat[name] = pd.Series(
                [
                    value if _is_plain(value) else json.dumps(value, ensure_ascii=False, default=_json_value)
                    for value in flat[name]
                ],
                index=flat.index,
                dtype="object",
            )
    return flat


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, datetime))


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
