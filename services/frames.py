"""Lists of AWS dicts as data frames: fixed columns and types, also when empty, times in UTC.

Column names are AWS's. Each frame's index is the row's id, unnamed, so that a table's selection is an id; the
id is a column as well. Missing values are NA of the column's type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from services.records.contents import one_line, parse_content

# Milliseconds: what the service stores. (pandas' default would fail outside 1677 to 2262.)
TIME: Final = "datetime64[ms, UTC]"

_MEMORY = {
    "id": "string",
    "name": "string",
    "status": "string",
    "description": "string",
    "strategies": "Int64",
    "strategyTypes": "object",
    "eventExpiryDuration": "Int64",
    "encryptionKeyArn": "string",
    "memoryExecutionRoleArn": "string",
    "createdAt": TIME,
    "updatedAt": TIME,
    "arn": "string",
}
_SESSION = {"sessionId": "string", "actorId": "string", "createdAt": TIME}
_RECORD = {
    "memoryRecordId": "string",
    "content": "string",
    "score": "float64",
    "namespace": "string",
    "memoryStrategyId": "string",
    "createdAt": TIME,
    "timestamp": TIME,
    "metadata": "object",
    "text": "string",
}


def memories_frame(memories: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Summaries or GetMemory dicts; what a summary does not tell (name, strategies, …) is NA."""
    rows = [
        memory
        | {
            "strategies": len(memory["strategies"]) if "strategies" in memory else _no_strategies(memory),
            "strategyTypes": [strategy["type"] for strategy in memory.get("strategies", [])],
        }
        for memory in memories
    ]
    return _frame(rows, _MEMORY)


def _no_strategies(memory: Mapping[str, Any]) -> int | None:
    """GetMemory leaves out an empty list of strategies; a summary (which has no name) never tells."""
    return 0 if "name" in memory else None


def sessions_frame(sessions: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Session summaries of one actor."""
    return _frame(list(sessions), _SESSION)


def memory_records_frame(records: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Record summaries or records; `content` is the record on one line, `text` its stored text, whole."""
    rows = [
        record
        | {
            "content": one_line_of(record),
            "text": record["content"].get("text", ""),
            "namespace": next(iter(record.get("namespaces", [])), None),
            "metadata": {key: _value(value) for key, value in record.get("metadata", {}).items()},
        }
        for record in records
    ]
    return _frame(rows, _RECORD)


def one_line_of(record: Mapping[str, Any]) -> str:
    """What a record says, on one line."""
    return one_line(parse_content(record["content"].get("text", "")))


def _value(union: Mapping[str, Any]) -> Any:
    """The value inside a metadata union such as {"stringValue": …}."""
    return next(iter(union.values()), None)


def _frame(rows: list[dict[str, Any]], dtypes: Mapping[str, str]) -> pd.DataFrame:
    """Rows under fixed columns; the first column's values are the index too."""
    columns = {name: _column([row.get(name) for row in rows], dtype) for name, dtype in dtypes.items()}
    frame = pd.DataFrame(columns)
    frame.index = pd.Index(frame[next(iter(dtypes))].to_numpy(dtype="object"), dtype="object")
    return frame


def _column(values: list[Any], dtype: str) -> pd.Series[Any]:
    if dtype == TIME:
        return pd.to_datetime(pd.Series(values, dtype="object"), utc=True).astype(TIME)
    return pd.Series(values, dtype=dtype)
