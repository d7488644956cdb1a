"""The metadata schema of a strategy as rows of a table, in words, and back.

A key is inferred from the conversation by a language model (LLM_INFERRED, the default), or copied from the
events' metadata (STRICTLY_CONSISTENT; events are then grouped by its value). Limits depend on the type:
allowed values for STRING, allowed values and a number of items for STRINGLIST, a range for NUMBER.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

Row = dict[str, Any]
INFERRED = "LLM_INFERRED"
COPIED = "STRICTLY_CONSISTENT"
TYPES = ("STRING", "STRINGLIST", "NUMBER")
COLUMNS = ("key", "type", "from", "definition", "instruction", "allowed", "most", "lowest", "highest")
MAX_COPIED_KEYS = 3
_VALIDATION = {
    "STRING": "stringValidation",
    "STRINGLIST": "stringListValidation",
    "NUMBER": "numberValidation",
}


def to_rows(entries: Iterable[Row]) -> list[Row]:
    """One flat row (COLUMNS) per key; allowed values joined by commas, None for what is not set."""
    return [_to_row(entry) for entry in entries]


def _to_row(entry: Row) -> Row:
    config = entry.get("extractionConfig", {}).get("llmExtractionConfig", {})
    limits: Row = next(iter(config.get("validation", {}).values()), {})
    return {
        "key": entry["key"],
        "type": entry.get("type", "STRING"),
        "from": entry.get("extractionType", INFERRED),
        "definition": config.get("definition"),
        "instruction": config.get("llmExtractionInstruction"),
        "allowed": ", ".join(limits.get("allowedValues", [])) or None,
        "most": limits.get("maxItems"),
        "lowest": limits.get("minValue"),
        "highest": limits.get("maxValue"),
    }


def from_rows(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The `metadataSchema` of rows as `to_rows` makes them; rows without a key are left out."""
    return [_from_row(row) for row in rows if _text(row.get("key"))]


def _from_row(row: Mapping[str, Any]) -> Row:
    kind = _text(row.get("type")) or "STRING"
    entry: Row = {"key": _text(row.get("key")), "type": kind}
    if _text(row.get("from")) == COPIED:
        return entry | {"extractionType": COPIED}
    config: Row = {"definition": _text(row.get("definition"))}
    if _text(row.get("instruction")):
        config["llmExtractionInstruction"] = _text(row.get("instruction"))
    limits = _limits(row, kind)
    if limits:
        config["validation"] = {_VALIDATION[kind]: limits}
    return entry | {"extractionType": INFERRED, "extractionConfig": {"llmExtractionConfig": config}}


def _limits(row: Mapping[str, Any], kind: str) -> Row:
    if kind == "NUMBER":
        numbers = {"minValue": _number(row.get("lowest")), "maxValue": _number(row.get("highest"))}
        return {name: value for name, value in numbers.items() if value is not None}
    allowed = [value for value in map(str.strip, _text(row.get("allowed")).split(",")) if value]
    limits: Row = {"allowedValues": allowed} if allowed else {}
    most = _number(row.get("most"))
    return limits | ({"maxItems": int(most)} if kind == "STRINGLIST" and most is not None else {})


def same(one: Iterable[Row], other: Iterable[Row]) -> bool:
    """Whether two schemas mean the same: defaults may be written out or left out."""
    return to_rows(one) == to_rows(other)


def problems(entries: Iterable[Row], indexed: Mapping[str, str]) -> list[str]:
    """What AWS would refuse beyond the service model's rules; `indexed`: the indexed keys' types."""
    schema = list(entries)
    found: list[str] = []
    keys = [entry["key"] for entry in schema]
    found += [f"The metadata key {key} is there twice." for key in dict.fromkeys(keys) if keys.count(key) > 1]
    copied = [entry for entry in schema if entry.get("extractionType") == COPIED]
    if len(copied) > MAX_COPIED_KEYS:
        found.append(f"At most {MAX_COPIED_KEYS} keys may be {COPIED}.")
    for entry in copied:
        if entry.get("type", "STRING") != "STRING" or indexed.get(entry["key"]) != "STRING":
            found.append(
                f"{entry['key']} is {COPIED}, so it must be a STRING and an indexed key of the memory."
            )
    return found


def in_words(entry: Row) -> str:
    """One key on one line: type, where it comes from, what it means and its limits."""
    row = _to_row(entry)
    parts = [row["type"], row["from"], row["definition"]]
    parts += [f"instruction: {row['instruction']}"] if row["instruction"] else []
    return " · ".join(part for part in [*parts, limits_in_words(entry)] if part)


def limits_in_words(entry: Row) -> str:
    """Which values a key may take; empty for any."""
    row = _to_row(entry)
    parts = [f"one of {row['allowed']}"] if row["allowed"] else []
    parts += [f"at most {row['most']} values"] if row["most"] else []
    if row["lowest"] is not None or row["highest"] is not None:
        lowest, highest = (_shown(row[name]) for name in ("lowest", "highest"))
        parts.append(f"from {lowest} to {highest}")
    return " · ".join(parts)


def _shown(limit: float | None) -> str:
    return "any" if limit is None else f"{limit:g}"


def _text(value: Any) -> str:
    """A table's cell as text; a cell without a value is None or a float that is not a number."""
    return value.strip() if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    if value is None or isinstance(value, str) or (isinstance(value, float) and math.isnan(value)):
        return None
    return float(value)
