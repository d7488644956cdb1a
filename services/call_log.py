"""What the dashboard has asked AWS: a bounded, thread-safe record of calls, without the memories' text."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

in_background: ContextVar[bool] = ContextVar("in_background", default=False)
"""Whether what is called now is called in the background, so that no page waits for it."""
caller: ContextVar[str] = ContextVar("caller", default="")
"""What calls now, in the words of who sets it; "" for nobody. `people.carried` takes it into threads."""
MAX_TEXT = 200
MAX_MEMBERS = 20
MAX_DEPTH = 8


@dataclass(frozen=True)
class CallRecord:
    """One call: `started_at` in UTC, `seconds` until the answer was read, `attempts` sent (0: none was sent).

    `waited` are seconds before it was sent, to stay below the quotas; they do not count in `seconds`.
    `status` is the HTTP status, None when no answer came; `error_code` AWS's code or an exception's name,
    None when all went well. `params` are the parameters with long texts cut. `background`: no page waits.
    `caller` as in the variable above.
    """

    operation: str
    service: str
    started_at: datetime
    seconds: float
    attempts: int
    status: int | None
    error_code: str | None
    params: Mapping[str, Any] = field(default_factory=dict)
    waited: float = 0.0
    background: bool = False
    caller: str = ""


@dataclass(frozen=True)
class Waiting:
    """A call under way for so many seconds; `held`: not sent yet, it waits for its turn below the quotas, or,
    `after_failures`, because the calls before it failed.

    `failure` is how its last attempt ended, None while none has: it is tried again.
    """

    operation: str
    seconds: float
    held: bool = False
    after_failures: bool = False
    failure: Exception | None = None


class CallLog:
    """The last `size` calls, oldest first, and how many there ever were."""

    def __init__(self, size: int = 500) -> None:
        self._records: deque[CallRecord] = deque(maxlen=size)
        self._lock = threading.Lock()
        self._count = 0
        self._under_way: dict[int, tuple[str, float]] = {}
        self._held: dict[int, bool] = {}  # by number, whether after failures
        self._failures: dict[int, Exception | None] = {}
        self._begun = 0
        self._well: tuple[float, float] | None = None

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
            if record.status and not record.error_code:
                self._well = (time.monotonic(), record.seconds)
            if begun is not None:
                self._under_way.pop(begun, None)
                self._held.pop(begun, None)
                self._failures.pop(begun, None)

    def attempted(self, begun: int, failure: Exception | None) -> None:
        """Notes how the last attempt of a call that is under way ended."""
        with self._lock:
            self._failures[begun] = failure

    @contextmanager
    def held(self, begun: int, *, after_failures: bool = False) -> Iterator[None]:
        """Around the time for which a call that is under way waits for its turn."""
        with self._lock:
            self._held[begun] = after_failures
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(begun, None)

    def waiting(self, since: float) -> Waiting | None:
        """Of the calls begun after `since` (time.monotonic) the one longest under way; None when none is."""
        with self._lock:
            begun = [number for number, (_, at) in self._under_way.items() if at >= since]
            if not begun:
                return None
            first = begun[0]  # numbered, and so kept, in their order
            operation, at = self._under_way[first]
            return Waiting(
                operation,
                time.monotonic() - at,
                held=first in self._held,
                after_failures=self._held.get(first, False),
                failure=self._failures.get(first),
            )

    def held_now(self) -> tuple[int, int]:
        """How many calls wait for their turn: below the quotas, and because the calls before them failed."""
        with self._lock:
            after_failures = sum(self._held.values())
            return len(self._held) - after_failures, after_failures

    def last_well(self) -> tuple[float, float] | None:
        """When a call last ended well (time.monotonic), and how many seconds its answer took."""
        with self._lock:
            return self._well

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
    if isinstance(value, bytes):
        return shortened(value.decode("utf-8", "replace"), depth)
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
