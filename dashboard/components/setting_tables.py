"""Small tables to fill in: indexed keys, namespace keys, tags, metadata schemas.

Rows without a key are left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import text
from services.memory import metadata_schema

Row = dict[str, Any]
_KINDS = list(metadata_schema.TYPES)


def indexed_keys(known: Sequence[Row], key: str) -> list[Row]:
    """The known indexed keys, which stay as they are, and the new ones that are typed."""
    if known:
        named = ", ".join(f"{row['key']} ({row['type']})" for row in known)
        st.caption(f"Already indexed, for good: {text.label(named, 2_000)}")
    rows = _edited(
        [],
        {
            "key": st.column_config.TextColumn("New key", width="medium"),
            "type": st.column_config.SelectboxColumn("Type", options=_KINDS, default=_KINDS[0]),
        },
        key,
        "New indexed keys",
    )
    return [*known, *({"key": row["key"], "type": row.get("type") or _KINDS[0]} for row in rows)]


def namespace_keys(known: Sequence[Row], key: str) -> list[Row]:
    """The namespace keys; the whole list is sent."""
    rows = _edited(
        [
            {
                "key": row["key"],
                "allowed": ", ".join(row.get("validation", {}).get("allowedValues", [])) or None,
                "pattern": row.get("validation", {}).get("regexPattern"),
            }
            for row in known
        ],
        {
            "key": st.column_config.TextColumn("Placeholder", help="Small letters and digits"),
            "allowed": st.column_config.TextColumn("Allowed values", help="With commas between; empty: any"),
            "pattern": st.column_config.TextColumn("Or a pattern", help="A regular expression"),
        },
        key,
        "Namespace keys",
    )
    return [_namespace_key(row) for row in rows]


def _namespace_key(row: Row) -> Row:
    allowed = [value for value in map(str.strip, (row.get("allowed") or "").split(",")) if value]
    validation: Row = {"allowedValues": allowed} if allowed else {}
    if row.get("pattern"):
        validation["regexPattern"] = row["pattern"]
    return {"key": row["key"]} | ({"validation": validation} if validation else {})


def tags(known: Mapping[str, str], key: str) -> dict[str, str]:
    """The tags; of two rows with one key the lower counts."""
    rows = _edited(
        [{"key": name, "value": known[name]} for name in sorted(known)],
        {"key": st.column_config.TextColumn("Key"), "value": st.column_config.TextColumn("Value")},
        key,
        "Tags",
    )
    return {row["key"]: row.get("value") or "" for row in rows}


def schema(known: Sequence[Row], key: str) -> list[Row]:
    """The metadata schema; as it was given when it means the same."""
    rows = _edited(
        metadata_schema.to_rows(known),
        {
            "key": st.column_config.TextColumn("Key"),
            "type": st.column_config.SelectboxColumn("Type", options=_KINDS, default=_KINDS[0]),
            "from": st.column_config.SelectboxColumn(
                "How it is filled",
                options=[metadata_schema.INFERRED, metadata_schema.COPIED],
                default=metadata_schema.INFERRED,
            ),
            "definition": st.column_config.TextColumn("What it means", help="LLM_INFERRED needs it"),
            "instruction": st.column_config.TextColumn("Instruction", help="Such as LATEST_VALUE"),
            "allowed": st.column_config.TextColumn("Allowed values", help="With commas between"),
            "most": st.column_config.NumberColumn("Most values", help="STRINGLIST", step=1),
            "lowest": st.column_config.NumberColumn("From", help="NUMBER"),
            "highest": st.column_config.NumberColumn("To", help="NUMBER"),
        },
        key,
        "Metadata schema",
    )
    entries = metadata_schema.from_rows(rows)
    return list(known) if metadata_schema.same(known, entries) else entries


def _edited(rows: list[Row], columns: dict[str, Any], key: str, alt: str) -> list[Row]:
    """The rows that the table has now, without those that have no key; empty cells are None."""
    numbers = {"most", "lowest", "highest"}
    frame = pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in rows], dtype="Float64" if name in numbers else "object")
            for name in columns
        }
    )
    edited = st.data_editor(
        frame, num_rows="dynamic", column_config=columns, hide_index=True, key=key, alt=alt, width="stretch"
    )
    found = [{str(name): _cell(value) for name, value in row.items()} for row in edited.to_dict("records")]
    return [row | {"key": row["key"].strip()} for row in found if (row.get("key") or "").strip()]


def _cell(value: Any) -> Any:
    return None if pd.isna(value) else value
