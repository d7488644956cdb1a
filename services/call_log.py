"""What the dashboard has asked AWS: a bounded, thread-safe record of calls, without the memories' text."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MAX_TEXT = 200
MAX_MEMBERS = 20
MAX_DEPTH = 8


@dataclass(frozen=True)
class CallRecord:
    """One call: `started_at` in UTC, `seconds` until the answer was read, `attempts` sent (0: none was sent).

    `status` is the HTTP status, None when no answer came; `error_code` AWS's code or an exception's name,
    None when all went well. `params` are the parameters with long texts cut.
    """

    operation: str
    service: str
    started_at: datetime
    seconds: float
    attempts: int
    status: int | None
    error_code: str | None
    params: Mapping[str, Any] = field(default_factory=dict)


class CallLog:
    """The last `size` calls, oldest first, and how many there ever were."""

    def __init__(self, size: int = 500) -> None:
        self._records: deque[CallRecord] = deque(maxlen=size)
        self._lock = threading.Lock()
        self._count = 0
        self._under_way: dict[int, tuple[str, float]] = {}
        self._begun = 0

    def begin(self, operation: str) -> int:
        """Notes that a call is under way; returns the number with which `append` ends it."""
        with self._lock:
            self._begun += 1
            self._under_way[self._begun] = (operation, time.monotonic())
            return self._begun

    def append(self, record: CallRecord, begun: int | None = None) -> None:
        with self._lock:
            self._records.append(record)
            self._count += 1
            if begun is not None:
                self._under_way.pop(begun, None)

    def waiting(self, since: float) -> tuple[str, float] | None:
        """Of the calls begun after `since` (time.monotonic) the one longest under way, as operation and
        seconds; None when none is."""
        with self._lock:
            begun = [call for call in self._under_way.values() if call[1] >= since]
        first = min(begun, key=lambda call: call[1], default=None)
        return first and (first[0], time.monotonic() - first[1])

    def records(self) -> list[CallRecord]:
        """A snapshot, newest last."""
        with self._lock:
            return list(self._records)

    def count(self) -> int:
        """All calls since the log was made, also those that it has dropped."""
        with self._lock:
            return self._count


def shortened(value: Any, depth: int = 0) -> Any:
    """A copy for the log: texts over 200 characters, long lists and deep nesting are cut and say so."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}… ({len(value):,} characters)"
    if isinstance(value, (dict, list, tuple)) and depth >= MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {str(key): shortened(member, depth + 1) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        cut = [shortened(member, depth + 1) for member in value[:MAX_MEMBERS]]
        return cut if len(value) <= MAX_MEMBERS else [*cut, f"… ({len(value) - MAX_MEMBERS:,} more)"]
    return value
