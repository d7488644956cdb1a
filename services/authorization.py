"""Who may do what: one function that every AWS call passes before it is sent, deny by default.

Three roles: a viewer reads and chats with models, a curator also removes single events and records, edits
records and keeps golden queries, an admin also creates, changes and deletes memories and writes events. An
operation that is neither a read nor listed here is refused for everyone, so a new operation of AWS cannot
slip through.

Undoing is an action of the dashboard's own: a curator may not write events, but may write back the event that
they deleted. Such an action is authorised by its own name and lets through, while it lasts, the AWS operation
that it consists of.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

from services.errors import InvalidValue, NotAuthorized

__all__ = [
    "KEEP_GOLDEN_QUERIES",
    "RESTORE_OWN_EVENT",
    "NotAuthorized",
    "Role",
    "acting",
    "authorize",
    "current_role",
    "is_read",
]

Role = Literal["viewer", "curator", "admin"]

_READ_PREFIXES = ("Get", "List", "Retrieve")
# Calls of a language model: they change nothing in AWS.
_MODEL_CALLS = frozenset({"Converse", "ConverseStream"})

RESTORE_OWN_EVENT = "RestoreOwnEvent"
"""Writing back, from its copy, an event that the same person deleted here."""

KEEP_GOLDEN_QUERIES = "KeepGoldenQueries"
"""Saving, running and deleting golden queries: the dashboard's own data, nothing in AWS changes."""

# Our own actions, and the AWS operations that each consists of.
_CONSISTS_OF = {RESTORE_OWN_EVENT: frozenset({"CreateEvent"})}
_action: ContextVar[str | None] = ContextVar("action", default=None)

_CURATOR = frozenset(
    {
        KEEP_GOLDEN_QUERIES,
        RESTORE_OWN_EVENT,
        "BatchCreateMemoryRecords",
        "BatchDeleteMemoryRecords",
        "BatchUpdateMemoryRecords",
        "DeleteEvent",
        "DeleteMemoryRecord",
        "StartMemoryExtractionJob",
    }
)
_ADMIN = _CURATOR | {
    "CreateEvent",
    "CreateMemory",
    "DeleteMemory",
    "TagResource",
    "UntagResource",
    "UpdateMemory",
}
_WRITES: dict[Role, frozenset[str]] = {"viewer": frozenset(), "curator": _CURATOR, "admin": _ADMIN}


def is_read(operation: str) -> bool:
    """Whether an operation (`ListMemories`) changes nothing, going by AWS's naming."""
    return operation.startswith(_READ_PREFIXES) or operation in _MODEL_CALLS


def authorize(role: Role, operation: str) -> None:
    """Return if the role may call the operation, else raise NotAuthorized."""
    through = _CONSISTS_OF.get(_action.get() or "", frozenset())
    if not is_read(operation) and operation not in _WRITES[role] | through:
        raise NotAuthorized(role, operation)


@contextmanager
def acting(role: Role, action: str) -> Iterator[None]:
    """Authorise an action, and let its AWS operations through in this block (of this thread)."""
    authorize(role, action)
    before = _action.set(action)
    try:
        yield
    finally:
        _action.reset(before)


def current_role() -> Role:
    """The role of this dashboard's users.

    AGENTCORE_STUDIO_READ_ONLY=1 makes everyone a viewer; else AGENTCORE_STUDIO_ROLE, else admin.
    Raises InvalidValue for a role that does not exist, rather than guessing one.
    """
    if os.environ.get("AGENTCORE_STUDIO_READ_ONLY", "").strip().lower() in {"1", "true", "yes", "on"}:
        return "viewer"
    name = os.environ.get("AGENTCORE_STUDIO_ROLE") or "admin"
    for role in get_args(Role):
        if name == role:
            return role  # type: ignore[no-any-return]  # get_args is untyped
    raise InvalidValue(f"AGENTCORE_STUDIO_ROLE is “{name}”; use viewer, curator or admin.")
