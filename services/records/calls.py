"""One batch call for at most a hundred records, repeated where that is safe, and its result per record.

The three batch operations may all be repeated: an update writes the same again, a create has a client
token, and a record that is gone after a repeated delete was deleted by it. So what was throttled, lost on
the way or answered with a server's error is sent again, by us and not by botocore: one call a second at
most, however much fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore import exceptions as botocore_errors

from services.clients import Clients
from services.errors import HeldBack
from services.faults import CALL_ERRORS, Fault, explain
from services.workspace.record_versions import ActKind, Outcome

Row = dict[str, Any]
Pause = Callable[[float], None]
"""Waits so many seconds; raises what ends the act."""

OPERATIONS: dict[ActKind, str] = {
    "create": "BatchCreateMemoryRecords",
    "update": "BatchUpdateMemoryRecords",
    "delete": "BatchDeleteMemoryRecords",
}
_METHODS: dict[ActKind, str] = {
    "create": "batch_create_memory_records",
    "update": "batch_update_memory_records",
    "delete": "batch_delete_memory_records",
}
THROTTLED_ATTEMPTS = 10
LOST_ATTEMPTS = 4
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
_NOT_SENT = (
    botocore_errors.EndpointConnectionError,
    botocore_errors.ConnectTimeoutError,
    botocore_errors.ProxyConnectionError,
)
UNKNOWN = "Unknown"
_UNTOLD = "The answer does not say what became of this record."


class BatchFailed(Exception):
    """A batch call failed as a whole. `uncertain`: it may have been carried out all the same."""

    def __init__(self, fault: Fault, error: Exception, *, uncertain: bool) -> None:
        super().__init__(fault.detail)
        self.fault = fault
        self.error = error
        self.uncertain = uncertain


@dataclass(frozen=True)
class Item:
    """One record of a batch: its number in the act, and what is sent of it."""

    number: int
    sent: Row

    def named(self, kind: ActKind) -> str:
        """What the answer calls it by."""
        return str(self.sent["requestIdentifier" if kind == "create" else "memoryRecordId"])


def call(clients: Clients, kind: ActKind, memory_id: str, items: Sequence[Item], more: Row) -> Row:
    """The batch call, tried once. `more` are further parameters: the expiry, a client token."""
    operation = getattr(clients.once("bedrock-agentcore"), _METHODS[kind])
    answer: Row = operation(memoryId=memory_id, records=[item.sent for item in items], **more)
    return answer


def send(
    kind: ActKind, items: Sequence[Item], attempt: Callable[[], Row], turn: Callable[[], None], pause: Pause
) -> list[Outcome]:
    """What became of each item, by an `attempt` that answers.

    `turn` waits for the operation's turn below the quota. Raises BatchFailed when the call failed as a
    whole, or was given up after an answer had been lost; else whatever `turn` and `pause` raise to end it.
    """
    throttled = lost = 0
    failed: BatchFailed | None = None
    while True:
        try:
            if failed is not None:
                pause(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (throttled + lost - 1)))
            turn()
        except Exception as ending:
            if failed is not None and failed.uncertain:
                raise failed from ending
            raise
        try:
            answer = attempt()
        except CALL_ERRORS as error:
            fault, before = explain(error), failed is not None and failed.uncertain
            arrived = may_have_arrived(fault, error)
            failed = BatchFailed(fault, error, uncertain=before or arrived)
            slow_down = fault.kind == "throttled" or isinstance(error, HeldBack)
            throttled += slow_down
            lost += arrived or isinstance(error, _NOT_SENT)
            again = slow_down or arrived or isinstance(error, _NOT_SENT)
            if not again or throttled >= THROTTLED_ATTEMPTS or lost >= LOST_ATTEMPTS:
                raise failed from error
            continue
        return _outcomes(kind, items, answer, repeated=failed is not None and failed.uncertain)


def may_have_arrived(fault: Fault, error: Exception) -> bool:
    """Whether the service may have carried out a call that failed like this."""
    lost = ("timeout", "unreachable", "incomplete", "service")
    return fault.kind in lost and not isinstance(error, (*_NOT_SENT, HeldBack))


def _outcomes(kind: ActKind, items: Sequence[Item], answer: Row, *, repeated: bool) -> list[Outcome]:
    name = "requestIdentifier" if kind == "create" else "memoryRecordId"
    done = {row.get(name): row for row in answer["successfulRecords"]}
    failed = {row.get(name): row for row in answer["failedRecords"]}
    return [
        _outcome(kind, item, done.get(item.named(kind)), failed.get(item.named(kind)), repeated=repeated)
        for item in items
    ]


def _outcome(kind: ActKind, item: Item, done: Row | None, failed: Row | None, *, repeated: bool) -> Outcome:
    known = None if kind == "create" else item.named(kind)
    if done is not None:
        return Outcome(item.number, "done", str(done["memoryRecordId"]))
    if failed is None:
        return Outcome(item.number, "sent", known, UNKNOWN, _UNTOLD)
    code, message = str(failed.get("errorCode", "")), str(failed.get("errorMessage", ""))
    if kind == "delete" and repeated and (code == "404" or "not found" in message.lower()):
        return Outcome(item.number, "done", known)
    return Outcome(item.number, "failed", known, code or "Failed", message or "AWS gives no reason.")
