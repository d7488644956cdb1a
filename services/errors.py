"""What the dashboard's services raise of their own, besides botocore's exceptions.

The tree::

    Exception
    ├── ValueError
    │   └── InvalidValue             something the user gave; the text says what to change
    │       ├── InvalidConnection    a connection key that names no connection
    │       ├── InvalidEndpoint      an endpoint URL that must not be called
    │       ├── InvalidDraft         a memory or strategy that AWS would refuse; `.problems`
    │       ├── ChangedMeanwhile     somebody else changed the memory; `.memory`, `.tags` as they are now
    │       ├── RecordChangedMeanwhile  somebody else changed the record; `.record` as it is now
    │       ├── AgentChangedMeanwhile  somebody else changed the agent; `.agent` as it is now
    │       ├── InvalidWorkspace     the dashboard's database is of a newer version
    │       └── InvalidConversation  a conversation file that cannot be read; `.problems`
    ├── NotAuthorized                the role of this dashboard does not allow the operation
    ├── TimeoutError
    │   └── NoAnswer                 an answer is late; it may still come
    ├── WorkspaceUnavailable         the dashboard's database does not answer
    ├── NotAudited                   a change over clients that have no audit trail
    ├── Cancelled                    the user stopped it; nothing was changed
    ├── IncompleteAnswer             a 2xx answer without what the operation must return
    ├── HeldBack                     not sent, because the calls before it failed; `.failure` says how
    └── CopyNotFound                 no saved copy has this id

`services.faults.explain` turns each of them, and botocore's, into sentences for the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class InvalidValue(ValueError):
    """Something the user gave cannot be used; the text says what to change."""


class InvalidConnection(InvalidValue):
    """A connection key that names no connection."""


class InvalidEndpoint(InvalidValue):
    """An endpoint URL that must not be called."""


class InvalidWorkspace(InvalidValue):
    """The dashboard's own database cannot be used: its URL, version or audit key is wrong."""


class InvalidDraft(InvalidValue):
    """A memory or strategy that AWS would refuse."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


class ChangedMeanwhile(InvalidValue):
    """Somebody else changed the memory after it was read; nothing was sent.

    `memory` is GetMemory's dict and `tags` the memory's tags as they are now.
    """

    def __init__(self, memory_id: str, memory: dict[str, Any], tags: dict[str, str]) -> None:
        super().__init__(f"{memory_id} was changed by somebody else in the meantime. Nothing was sent.")
        self.memory = memory
        self.tags = tags


class RecordChangedMeanwhile(InvalidValue):
    """Somebody else changed the record after it was read; nothing was sent.

    `record` is how it is now, None when it was deleted.
    """

    def __init__(self, record_id: str, record: dict[str, Any] | None) -> None:
        super().__init__(f"{record_id} was changed by somebody else in the meantime. Nothing was sent.")
        self.record = record


class AgentChangedMeanwhile(InvalidValue):
    """Somebody else changed the agent after it was read; nothing was sent. `agent` is GetAgent's dict now."""

    def __init__(self, agent_id: str, agent: dict[str, Any]) -> None:
        super().__init__(f"{agent_id} was changed by somebody else in the meantime. Nothing was sent.")
        self.agent = agent


class InvalidConversation(InvalidValue):
    """A conversation that cannot be read or written; nothing was written."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


class NotAuthorized(Exception):
    """The role of this dashboard does not allow the operation; nothing was sent."""

    def __init__(self, role: str, operation: str) -> None:
        super().__init__(f"The role “{role}” may not call {operation}.")
        self.role = role
        self.operation = operation


class WorkspaceUnavailable(Exception):
    """The dashboard's own database does not answer, is full or cannot be written; the text says why."""


class NotAudited(Exception):
    """A change was to be sent over clients that have no audit trail; nothing was sent."""

    def __init__(self, operation: str) -> None:
        super().__init__(f"{operation} changes something, and there is no audit trail to write it down in.")
        self.operation = operation


class NoAnswer(TimeoutError):
    """An answer is late. It may still come, but nobody should be kept waiting for it."""

    def __init__(self, operation: str, seconds: float) -> None:
        super().__init__(f"There was no answer to {operation} within {seconds:g} seconds.")
        self.operation_name = operation


class Cancelled(Exception):
    """The user stopped it; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("Stopped before anything was changed.")


class IncompleteAnswer(Exception):
    """A 2xx answer lacks what the operation must return: never to be shown as an empty list.

    `missing` names the absent members (`memories`, `events[0].eventId`), or why the body cannot be read.
    """

    def __init__(self, operation: str, missing: Sequence[str], request_id: str | None = None) -> None:
        super().__init__(f"The answer to {operation} is incomplete: {', '.join(missing)}.")
        self.operation = operation
        self.missing = list(missing)
        self.request_id = request_id


class HeldBack(Exception):
    """A call that was not sent, because those before it failed and more would make it worse.

    `failure` is what the latest of them ended with.
    """

    def __init__(self, operation: str, failure: Exception) -> None:
        super().__init__(f"{operation} was not sent: {failure}")
        self.operation = operation
        self.failure = failure


class CopyNotFound(LookupError):
    """No saved copy has this id."""

    def __init__(self, copy_id: str) -> None:
        super().__init__(f"No saved copy has the id {copy_id}.")
        self.copy_id = copy_id
