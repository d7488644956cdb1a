"""Masked text: personal data and secrets replaced by what they are, as long as the viewer's switch is on.

The switch starts as AGENTCORE_STUDIO_MASK says and is for all pages. `dashboard.text`, through which whatever
is shown passes, asks here; so what is masked does not depend on a page's care. A text is masked before it is
cut or taken apart: half of a key would not be known for one.
"""

import os
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from services.findings import sensitive

Row = dict[str, Any]
SETTING = "AGENTCORE_STUDIO_MASK"
_KEY = "mask-sensitive"
_SENTENCE_ENDS = re.compile(r"[.!?]\s|\n")


def is_on() -> bool:
    """Whether sensitive text is masked for this viewer."""
    return bool(st.session_state.get(_KEY, _default()))


def _default() -> bool:
    return os.environ.get(SETTING, "").strip().lower() in {"1", "true", "yes", "on"}


def switch(*, on: bool) -> None:
    """Masks from now on, or no longer."""
    st.session_state[_KEY] = on


def words(text: str) -> str:
    """A text as this viewer may see it."""
    return sensitive.masked(text) if is_on() else text


def all_words(texts: Sequence[str]) -> Sequence[str]:
    """Texts as this viewer may see them; of many, it is asked once whether anything is masked."""
    return [sensitive.masked(text) for text in texts] if is_on() else texts


def growing(text: str) -> str:
    """Of a text that is still being written what this viewer may see: while the switch is on whole sentences,
    since the beginning of a telephone number is not known for one."""
    if not is_on():
        return text
    return text[: max((end.end() for end in _SENTENCE_ENDS.finditer(text)), default=0)]


def part(text: str, start: int, end: int) -> str:
    """Part of a text as this viewer may see it; what is sensitive is told from the whole."""
    return sensitive.masked_part(text, start, end) if is_on() else text[start:end]


def document(value: Any) -> Any:
    """Any JSON-like value with all its texts as this viewer may see them."""
    return sensitive.masked_document(value) if is_on() else value


def frame(table: pd.DataFrame) -> pd.DataFrame:
    """A table as this viewer may see it: the browser is sent its columns that are not shown, too."""
    return sensitive.masked_frame(table) if is_on() else table


def record(row: Row) -> Row:
    """A record to be shown or exported, never one to be edited."""
    return records([row])[0]


def records(rows: Sequence[Row]) -> Sequence[Row]:
    """Records to be shown or exported; of many, it is asked once whether anything is masked."""
    return [_masked_record(row) for row in rows] if is_on() else rows


def _masked_record(row: Row) -> Row:
    content = row["content"] | {"text": sensitive.masked_body(row["content"].get("text", ""))}
    return row | {"content": content, "metadata": sensitive.masked_document(row.get("metadata", {}))}
