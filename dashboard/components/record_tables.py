"""Records of a snapshot as a plain table."""

import pandas as pd
import streamlit as st

from dashboard import text
from services.records.contents import one_line, parse_content


def frame(rows: tuple[dict[str, object], ...]) -> pd.DataFrame:
    """Records as a table: what each says on one line, namespace, id."""
    return pd.DataFrame(
        {
            "text": [line(text_of(row)) for row in rows],
            "namespace": [text.preview(", ".join(map(str, namespaces_of(row)))) for row in rows],
            "id": [str(row["memoryRecordId"]) for row in rows],
        },
        index=[str(row["memoryRecordId"]) for row in rows],
    )


COLUMNS = {
    "text": st.column_config.TextColumn("Text", width="large"),
    "namespace": st.column_config.TextColumn("Namespace", width="medium"),
    "id": st.column_config.TextColumn("Record id", width="small"),
}


def line(body: str) -> str:
    """A record's text as lists show it: of a preference what is preferred, not its JSON."""
    return text.preview(one_line(parse_content(body)), 300)


def text_of(row: dict[str, object]) -> str:
    """What a record says."""
    content = row["content"]
    return str(content.get("text", "")) if isinstance(content, dict) else ""


def namespaces_of(row: dict[str, object]) -> list[object]:
    """The namespaces that a record is in."""
    namespaces = row.get("namespaces")
    return namespaces if isinstance(namespaces, list) else []
