"""The service's default quotas, enforced when `--quotas strict` asks for it.

Figures: "Quotas for Amazon Bedrock AgentCore", AgentCore Memory, of the developer guide (autumn 2026). AWS
does not say how bursts are counted: here a rate of N calls a second is a bucket of N tokens that refills
at N a second, so N calls pass at once and then one every 1/N s. Rates belong to an account and a region; a
call that breaks the model is refused before it is counted.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apsw
from botocore.model import OperationModel

from services.aws_local.call import Scope
from services.aws_local.clock import now_ms
from services.aws_local.errors import ServiceQuotaExceededException
from services.aws_local.storage.store import row
from services.aws_local.wire import modelled_errors
from services.aws_local.wire.rest_json import dump_json

MODES = ("off", "strict")

CALLS_PER_SECOND = {
    "CreateMemory": 3,
    "UpdateMemory": 3,
    "DeleteMemory": 3,
    "GetMemory": 50,
    "ListMemories": 5,
    "CreateEvent": 200,
    "ListEvents": 200,
    "DeleteEvent": 20,
    "RetrieveMemoryRecords": 30,
    "ListMemoryRecords": 30,
}
OTHER_CALLS_PER_SECOND = 20
CONVERSATION_EVENTS_PER_SECOND = 5
OTHER_EVENTS_PER_SECOND = 10
DELETED_EVENTS_PER_SECOND = 5

MEMORIES = 150
STRATEGIES_OF_A_MEMORY = 6
STRATEGIES = 900
MESSAGE_BYTES = 100 * 1024
EVENT_BYTES = 10 * 1024 * 1024

_A_TOKEN = 1 - 1e-6  # refilling adds fractions, which floats round
_MANY_BUCKETS = 10_000

# A memory whose deletion is complete may wait to be erased; it counts no more.
_OF_ACCOUNT = "account_id = ? AND region = ? AND NOT (transition = 'DELETING' AND settled_ms <= ?)"

Key = tuple[str, ...]


@dataclass
class _Bucket:
    """Tokens that are left, counted at a moment of the quotas' clock."""

    rate: int
    tokens: float
    at: float

    def refill(self, now: float) -> None:
        passed = max(0.0, now - self.at)
        self.tokens = min(float(self.rate), self.tokens + passed * self.rate)
        self.at = now


class Quotas:
    """The quotas of all accounts and regions. Off, `is_strict` is all that a call looks at."""

    def __init__(self, mode: str = "off") -> None:
        self.is_strict = False
        self._clock: float | None = None
        self._buckets: dict[Key, _Bucket] = {}
        self._guard = threading.Lock()
        self.switch(mode, None)

    def switch(self, mode: object, clock: object) -> None:
        """Set the mode (None: leave it) and the clock that refills the buckets: seconds at which it stands
        until it is set again, or None for real time. ValueError for anything else.

        Buckets are full after a change of the mode, and after one between real time and a set clock.
        """
        if mode is not None and mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}")
        number = isinstance(clock, (int, float)) and not isinstance(clock, bool)
        if not (clock is None or (number and math.isfinite(float(str(clock))))):
            raise ValueError("clock is a number of seconds, or null for real time")
        with self._guard:
            is_strict = self.is_strict if mode is None else mode == "strict"
            if is_strict != self.is_strict or (clock is None) != (self._clock is None):
                self._buckets.clear()
            self.is_strict = is_strict
            self._clock = None if clock is None else float(str(clock))

    def shown(self) -> dict[str, Any]:
        """Mode and clock."""
        return {"mode": "strict" if self.is_strict else "off", "clock": self._clock}

    def admit(self, scope: Scope, operation: OperationModel, params: dict[str, Any]) -> None:
        """Count a valid call. Raises the operation's throttling error when it comes too soon, and
        ServiceQuotaExceededException for an event or message that is too large.
        """
        if operation.name == "CreateEvent":
            _check_sizes(params["payload"])
        with self._guard:
            now = time.monotonic() if self._clock is None else self._clock
            buckets = [self._bucket(key, rate, now) for key, rate in _limits(scope, operation.name, params)]
            if any(bucket.tokens < _A_TOKEN for bucket in buckets):
                raise modelled_errors.throttled(operation)
            for bucket in buckets:
                bucket.tokens -= 1

    def _bucket(self, key: Key, rate: int, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            self._forget_full(now)
            bucket = self._buckets[key] = _Bucket(rate, float(rate), now)
        bucket.refill(now)
        return bucket

    def _forget_full(self, now: float) -> None:
        """Sessions come and go: a bucket that is full again says nothing."""
        if len(self._buckets) < _MANY_BUCKETS:
            return
        for key, bucket in list(self._buckets.items()):
            bucket.refill(now)
            if bucket.tokens >= bucket.rate:
                del self._buckets[key]

    def check_memories(self, connection: apsw.Connection, scope: Scope) -> None:
        """For a transaction that made a memory: ServiceQuotaExceededException when it is one too many."""
        sql = f"SELECT count(*) AS found FROM memories WHERE {_OF_ACCOUNT}"  # noqa: S608 - a constant
        if self.is_strict and _count(connection, sql, _account(scope)) > MEMORIES:
            raise ServiceQuotaExceededException(
                f"The account has reached its quota of {MEMORIES} memories in this Region."
            )

    def check_strategies(self, connection: apsw.Connection, scope: Scope, memory_no: int) -> None:
        """For a transaction that added strategies: the same. Those that are being deleted don't count."""
        if not self.is_strict:
            return
        of_memory = "SELECT count(*) AS found FROM strategies WHERE memory_no = ? AND gone_ms IS NULL"
        if _count(connection, of_memory, (memory_no,)) > STRATEGIES_OF_A_MEMORY:
            raise ServiceQuotaExceededException(
                f"A memory has at most {STRATEGIES_OF_A_MEMORY} memory strategies."
            )
        of_account = f"""
        SELECT count(*) AS found FROM strategies JOIN memories USING (memory_no)
        WHERE {_OF_ACCOUNT} AND gone_ms IS NULL
        """  # noqa: S608 - a constant
        if _count(connection, of_account, _account(scope)) > STRATEGIES:
            raise ServiceQuotaExceededException(
                f"The account has reached its quota of {STRATEGIES} memory strategies in this Region."
            )


def _account(scope: Scope) -> tuple[str, str, int]:
    return scope.account_id, scope.region, now_ms()


def _count(connection: apsw.Connection, sql: str, bindings: tuple[Any, ...]) -> int:
    found = row(connection, sql, bindings)
    return int(found["found"]) if found else 0


def _limits(scope: Scope, operation: str, params: dict[str, Any]) -> Iterator[tuple[Key, int]]:
    """Each rate that a call counts against, with the name of its bucket."""
    account = (scope.account_id, scope.region, operation)
    yield account, CALLS_PER_SECOND.get(operation, OTHER_CALLS_PER_SECOND)
    if operation not in {"CreateEvent", "DeleteEvent"} or "sessionId" not in params:
        return  # an event without a session is the first of a new one
    memory_id = params["memoryId"].rpartition("/")[2]  # of an ARN
    session = (*account, memory_id, params["actorId"], params["sessionId"])
    if operation == "DeleteEvent":
        yield session, DELETED_EVENTS_PER_SECOND
    elif any("conversational" in part for part in params["payload"]):
        yield (*session, "conversational"), CONVERSATION_EVENTS_PER_SECOND
    else:
        yield session, OTHER_EVENTS_PER_SECOND


def _check_sizes(payload: list[dict[str, Any]]) -> None:
    """The model counts characters and no whole event; the quotas are in bytes."""
    for part in payload:
        text = part.get("conversational", {}).get("content", {}).get("text", "")
        if len(text) * 4 > MESSAGE_BYTES and len(text.encode("utf-8")) > MESSAGE_BYTES:
            raise ServiceQuotaExceededException(f"A message is larger than {MESSAGE_BYTES} bytes.")
    if len(dump_json(payload)) > EVENT_BYTES:
        raise ServiceQuotaExceededException(f"The event is larger than {EVENT_BYTES} bytes.")
