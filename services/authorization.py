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

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from services.agents.operations import DELETE_ONE_SUMMARY, WRITES_OF_ADMINS
from services.errors import NotAuthorized
from services.people import Role, present

__all__ = [
    "ERASE_PERSON",
    "KEEP_ADDRESS_BOOK",
    "KEEP_GOLDEN_QUERIES",
    "KEEP_PROMPT_DRAFTS",
    "KEEP_SNAPSHOTS",
    "REMOVE_FOR_GOOD",
    "RESTORE_OWN_EVENT",
    "REVIEW_RECORDS",
    "NotAuthorized",
    "Role",
    "acting",
    "acting_name",
    "authorize",
    "current_role",
    "is_read",
]

_READ_PREFIXES = ("Get", "List", "Retrieve")
# Calls of a language model: they change nothing in AWS.
_MODEL_CALLS = frozenset({"Converse", "ConverseStream"})

RESTORE_OWN_EVENT = "RestoreOwnEvent"
"""Writing back, from its copy, an event that the same person deleted here."""

REMOVE_FOR_GOOD = "RemoveForGood"
"""Removing deleted records from the trash: the dashboard's own data, nothing in AWS changes."""

KEEP_ADDRESS_BOOK = "KeepAddressBook"
"""Writing memory ids into the address book of an agent, and taking them out: the dashboard's own data."""

KEEP_GOLDEN_QUERIES = "KeepGoldenQueries"
"""Saving, running and deleting golden queries: the dashboard's own data, nothing in AWS changes."""

KEEP_PROMPT_DRAFTS = "KeepPromptDrafts"
"""Keeping what is typed in the workbench, saving and deleting drafts: the dashboard's own data, nothing in
AWS changes."""

REVIEW_RECORDS = "ReviewRecords"
"""Deciding about records and saving filters for it: the dashboard's own data. What a decision changes in AWS
is authorised as that."""

KEEP_SNAPSHOTS = "KeepSnapshots"
"""Saving, bringing and deleting snapshots: files of the dashboard's own, nothing in AWS changes."""

ERASE_PERSON = "ErasePerson"
"""Erasing everything of one person, the dashboard's own copies too: nothing of it can be undone."""

# Our own actions, and the AWS operations that each consists of.
_CONSISTS_OF = {
    RESTORE_OWN_EVENT: frozenset({"CreateEvent"}),
    DELETE_ONE_SUMMARY: frozenset({"DeleteAgentMemory"}),
}
_action: ContextVar[str | None] = ContextVar("action", default=None)

_CURATOR = frozenset(
    {
        KEEP_ADDRESS_BOOK,
        KEEP_GOLDEN_QUERIES,
        KEEP_PROMPT_DRAFTS,
        KEEP_SNAPSHOTS,
        REMOVE_FOR_GOOD,
        RESTORE_OWN_EVENT,
        REVIEW_RECORDS,
        DELETE_ONE_SUMMARY,
        "BatchCreateMemoryRecords",
        "BatchDeleteMemoryRecords",
        "BatchUpdateMemoryRecords",
        "DeleteEvent",
        "DeleteMemoryRecord",
        "StartMemoryExtractionJob",
    }
)
_ADMIN = (
    _CURATOR
    | WRITES_OF_ADMINS
    | {
        ERASE_PERSON,
        "CreateEvent",
        "CreateMemory",
        "DeleteMemory",
        "InvokeAgentRuntime",
        "TagResource",
        "UntagResource",
        "UpdateMemory",
    }
)
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
    """The role of whoever acts now (`people.present`), viewer for everybody where all is read-only.

    Raises InvalidValue for a role of the deployment that does not exist, rather than guessing one.
    """
    return present().role


def acting_name() -> str:
    """The name of whoever acts now."""
    return present().name
