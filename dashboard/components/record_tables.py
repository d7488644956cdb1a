"""Records of a snapshot as a plain table."""

import pandas as pd
import streamlit as st

from dashboard import text


def frame(rows: tuple[dict[str, object], ...]) -> pd.DataFrame:
    """Records as a table: text, namespace, id."""
    return pd.DataFrame(
        {
            "text": [text.preview(text_of(row), 300) for row in rows],
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


def text_of(row: dict[str, object]) -> str:
    """What a record says."""
    content = row["content"]
    return str(content.get("text", "")) if isinstance(content, dict) else ""


def namespaces_of(row: dict[str, object]) -> list[object]:
    """The namespaces that a record is in."""
    namespaces = row.get("namespaces")
    return namespaces if isinstance(namespaces, list) else []
