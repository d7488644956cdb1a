"""Time inside the endpoint: whole epoch milliseconds, as the real service stores them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

DAY_MS = 86_400_000
LAST_MS = 253_370_764_800_000
"""The year 9999 begins: the latest moment that is answered. Later ones are no dates in most clients."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def milliseconds(moment: datetime) -> int:
    """The millisecond that an aware datetime falls into (exact, where float seconds would round)."""
    return (moment - _EPOCH) // _MILLISECOND


def seconds(value_ms: int) -> float:
    """Epoch seconds, the form of every timestamp on the wire."""
    return value_ms / 1000
