"""Frames: the same columns and types whatever comes in, times in UTC, ids as the index."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest

from services import frames

MOMENT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
IN_UTC = pd.Timestamp("2026-03-01T10:00:00.123Z")

MEMORY = {
    "id": "M-1",
    "name": "M",
    "status": "ACTIVE",
    "eventExpiryDuration": 90,
    "createdAt": MOMENT,
    "updatedAt": MOMENT,
    "strategies": [{"type": "SEMANTIC"}, {"type": "SUMMARIZATION"}],
}
RECORD = {
    "memoryRecordId": "mem-1",
    "content": {"text": '{"preference": "Tea", "context": "", "categories": []}'},
    "memoryStrategyId": "S-1",
    "namespaces": ["/a/"],
    "createdAt": MOMENT,
    "score": 0.5,
    "metadata": {"n": {"numberValue": 2.0}},
}
BUILDERS: list[tuple[Callable[..., pd.DataFrame], dict[str, Any], str]] = [
    (frames.memories_frame, MEMORY, "id"),
    (frames.sessions_frame, {"sessionId": "s", "actorId": "a", "createdAt": MOMENT}, "sessionId"),
    (frames.memory_records_frame, RECORD, "memoryRecordId"),
]


@pytest.mark.parametrize(("build", "row", "id_column"), BUILDERS)
def test_columns_and_types_do_not_depend_on_the_rows(
    build: Callable[..., pd.DataFrame], row: dict[str, Any], id_column: str
) -> None:
    full, empty = build([row]), build([])
    assert list(full.dtypes.items()) == list(empty.dtypes.items())
    assert list(full.index) == [row[id_column]]
    assert list(full[id_column]) == [row[id_column]]
    assert len(empty) == 0
    assert full.index.dtype == empty.index.dtype


def test_times_are_utc() -> None:
    frame = frames.sessions_frame(
        [
            {"sessionId": "a", "createdAt": MOMENT},
            {"sessionId": "b", "createdAt": MOMENT.astimezone(UTC)},
            {"sessionId": "c", "createdAt": datetime(1600, 1, 1, tzinfo=UTC)},
            {"sessionId": "d"},
        ]
    )
    assert str(frame["createdAt"].dtype) == "datetime64[ms, UTC]"
    assert list(frame["createdAt"][:2]) == [IN_UTC, IN_UTC]
    assert frame["createdAt"]["c"].year == 1600
    assert frame["createdAt"].isna()["d"]


def test_a_memory_in_detail_as_a_summary_and_without_strategies() -> None:
    summary = {"id": "M-2", "status": "CREATING", "createdAt": MOMENT, "updatedAt": MOMENT}
    short_term = {"id": "M-3", "name": "N", "eventExpiryDuration": 7}
    frame = frames.memories_frame([MEMORY, summary, short_term])
    assert frame["strategies"].dropna().to_dict() == {"M-1": 2, "M-3": 0}
    assert frame["strategyTypes"]["M-1"] == ["SEMANTIC", "SUMMARIZATION"]
    assert frame["name"].isna()["M-2"]


def test_records_tell_what_they_say() -> None:
    frame = frames.memory_records_frame([RECORD, RECORD | {"score": None, "namespaces": [], "metadata": {}}])
    assert list(frame["content"]) == ["Tea", "Tea"]
    assert frame["text"].iloc[0] == RECORD["content"]["text"]
    assert frame["score"].isna().tolist() == [False, True]
    assert frame["namespace"].isna().tolist() == [False, True]
    assert frame["metadata"].iloc[0] == {"n": 2.0}
