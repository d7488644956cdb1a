"""Calls kept well below the account's quotas, which the dashboard shares with production agents."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from services.errors import InvalidValue

SHARE_VARIABLE = "AGENTCORE_STUDIO_QUOTA_SHARE"
DEFAULT_SHARE = 0.25

# Calls a second for an account and region, the defaults of the service's quota page; others have 20.
_OTHERS = 20.0
_QUOTAS = {
    "GetMemory": 50.0,
    "ListMemories": 5.0,
    "CreateEvent": 200.0,
    "ListEvents": 200.0,
    "RetrieveMemoryRecords": 30.0,
    "ListMemoryRecords": 30.0,
}


def quota_share() -> float:
    """The part of each quota that background work may use; InvalidValue for a setting that is none."""
    text = os.environ.get(SHARE_VARIABLE, "").strip()
    try:
        share = float(text) if text else DEFAULT_SHARE
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise InvalidValue(f"{SHARE_VARIABLE} is “{text}”; it must be a number above 0 and at most 1.")
    return share


class Pace:
    """Says when the next call of an operation may go out. Threads may share it."""

    def __init__(self, share: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._clock = clock
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def seconds_until(self, operation: str) -> float:
        """Takes the operation's next place and returns how long to wait for it."""
        gap = 1 / (_QUOTAS.get(operation, _OTHERS) * self._share)
        with self._lock:
            now = self._clock()
            at = max(now, self._next.get(operation, now))
            self._next[operation] = at + gap
        return at - now
