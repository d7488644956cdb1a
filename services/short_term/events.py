"""Short-term memory: actors, their sessions, and the events in them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.clients import Clients
from services.constraints import DATA, constraint
from services.errors import InvalidConversation
from services.faults import CALL_ERRORS, Fault, explain
from services.listing import Listing, collect, pages
from services.short_term.conversation_file import (
    ConversationFile,
    EventDraft,
    MessageDraft,
    parse_conversation_file,
    split_into_events,
)

__all__ = [
    "ConversationFile",
    "EventDraft",
    "InvalidConversation",
    "MessageDraft",
    "Progress",
    "Written",
    "actor_problems",
    "create_event",
    "delete_event",
    "get_event",
    "list_actors",
    "list_events",
    "list_sessions",
    "parse_conversation_file",
    "session_problems",
    "split_into_events",
    "write_conversation",
]

Progress = Callable[[int, int], bool | None]
"""Called with (done, total) after every event; returning False stops."""


def actor_problems(actor_id: str) -> list[str]:
    """What AWS would refuse about an actor's id."""
    hint = "begin with a letter or digit; then letters, digits, - _ / and : between parts"
    return constraint(DATA, "CreateEvent", "actorId").text_problems("The actor's id", actor_id, hint)


def session_problems(session_id: str) -> list[str]:
    """What AWS would refuse about a session's id."""
    hint = "begin with a letter or digit; then letters, digits, - and _"
    return constraint(DATA, "CreateEvent", "sessionId").text_problems("The session's id", session_id, hint)


def list_actors(clients: Clients, memory_id: str, limit: int | None = 1000) -> Listing[dict[str, Any]]:
    """Actor summaries (actorId) in the service's order."""
    found = pages(clients.data, "list_actors", limit, {"memoryId": memory_id})
    return collect(found, "actorSummaries", limit)


def list_sessions(
    clients: Clients, memory_id: str, actor_id: str, limit: int | None = 1000
) -> Listing[dict[str, Any]]:
    """Session summaries (sessionId, actorId, createdAt), newest first.

    An actor that does not exist has none (observed on AWS). An incomplete listing is the newest of what was
    read; the service's own order is not documented.
    """
    found = pages(clients.data, "list_sessions", limit, {"memoryId": memory_id, "actorId": actor_id})
    return collect(found, "sessionSummaries", limit).map(_newest_first)


def _newest_first(sessions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(sessions, key=lambda session: session["createdAt"], reverse=True)


def list_events(
    clients: Clients,
    memory_id: str,
    actor_id: str,
    session_id: str,
    limit: int | None = 1000,
    *,
    metadata_filters: Sequence[Mapping[str, Any]] = (),
    branch: str | None = None,
    payloads: bool = True,
) -> Listing[dict[str, Any]]:
    """Events newest first (observed on AWS), so an incomplete listing is the newest ones.

    Of every branch, or what is read on `branch`: its events and its ancestors' up to where each forks off.
    AWS's clients never ask for `main` that way. `metadata_filters` are ListEvents' own
    (`event_filters.to_api`); AWS applies both. Without `payloads` the events have none.
    """
    wanted: dict[str, Any] = {"eventMetadata": list(metadata_filters)} if metadata_filters else {}
    if branch is not None:
        wanted["branch"] = {"name": branch, "includeParentBranches": True}
    params = {
        "memoryId": memory_id,
        "actorId": actor_id,
        "sessionId": session_id,
        "includePayloads": payloads,
        "filter": wanted or None,
    }
    return collect(pages(clients.data, "list_events", limit, params), "events", limit)


def get_event(
    clients: Clients, memory_id: str, actor_id: str, session_id: str, event_id: str
) -> dict[str, Any]:
    """GetEvent's `event`, payload included."""
    answer = clients.data.get_event(
        memoryId=memory_id, actorId=actor_id, sessionId=session_id, eventId=event_id
    )
    event: dict[str, Any] = answer["event"]
    return event


def delete_event(clients: Clients, memory_id: str, actor_id: str, session_id: str, event_id: str) -> str:
    """DeleteEvent; the id that was deleted. Records extracted from the event stay (developer guide).

    `services.deletions.delete_event` keeps a copy first.
    """
    answer = clients.data.delete_event(
        memoryId=memory_id, actorId=actor_id, sessionId=session_id, eventId=event_id
    )
    return str(answer["eventId"])


def create_event(
    clients: Clients,
    memory_id: str,
    actor_id: str,
    session_id: str | None,
    messages: Sequence[MessageDraft],
    *,
    timestamp: datetime | None = None,
    metadata: Mapping[str, str] | None = None,
    branch: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write messages as one event, now unless `timestamp` says otherwise; CreateEvent's `event`.

    Without a session id the service makes a new session (observed on AWS). `branch` is `{"name",
    "rootEventId"}`. Raises InvalidConversation before anything is sent.
    """
    numbered = enumerate(messages, 1)
    problems = [text for number, message in numbered for text in message.problems(f"Message {number}")]
    if problems:
        raise InvalidConversation(problems)
    draft = EventDraft(
        payload=tuple(message.payload() for message in messages),
        timestamp=timestamp,
        metadata={key: {"stringValue": value} for key, value in (metadata or {}).items()},
        branch=dict(branch) if branch else None,
    )
    place = {"memoryId": memory_id, "actorId": actor_id, "sessionId": session_id}
    return _create(clients, place, draft, datetime.now(UTC))


def _create(clients: Clients, place: dict[str, Any], draft: EventDraft, now: datetime) -> dict[str, Any]:
    """CreateEvent at a place (memoryId, actorId, sessionId, maybe a clientToken); None is left out."""
    params = place | {
        "eventTimestamp": draft.timestamp or now,
        "payload": list(draft.payload),
        "metadata": draft.metadata or None,
        "branch": draft.branch,
    }
    given = {name: value for name, value in params.items() if value is not None}
    event: dict[str, Any] = clients.data.create_event(**given)["event"]
    return event


@dataclass(frozen=True)
class Written:
    """How far a conversation was written: the new events' ids, oldest first, of `total` to write.

    `fault` says why writing stopped early; None with fewer events than `total` means that it was cancelled.
    Nothing that was written is undone: give this to `write_conversation` again to write the rest.
    `import_id` and `started_at` stay the same then, so that an event whose answer got lost, though it was
    stored, is sent again as the very same request and not stored twice.
    """

    event_ids: tuple[str, ...]
    total: int
    session_id: str | None
    import_id: uuid.UUID
    started_at: datetime
    fault: Fault | None = None

    @property
    def complete(self) -> bool:
        return self.fault is None and len(self.event_ids) == self.total


def write_conversation(
    clients: Clients,
    memory_id: str,
    actor_id: str,
    session_id: str | None,
    conversation: ConversationFile,
    *,
    progress: Progress | None = None,
    earlier: Written | None = None,
) -> Written:
    """Write a conversation's events in order into one session, or the rest of them after `earlier`.

    Events without a time of their own are a millisecond apart, so that their order survives (the service
    keeps milliseconds). A failing call ends the writing; its fault is in the result, as are the events that
    were written before it. `earlier` must be of the same conversation and place.
    """
    written = _begun(session_id, conversation) if earlier is None else replace(earlier, fault=None)
    place: dict[str, Any] = {"memoryId": memory_id, "actorId": actor_id}
    new_ids = _new_ids(conversation, written)
    for index in range(len(written.event_ids), written.total):
        draft = conversation.events[index]
        moment = written.started_at + timedelta(milliseconds=index)
        once = {"sessionId": written.session_id, "clientToken": _token(written, index)}
        try:
            event = _create(clients, place | once, _rerooted(draft, new_ids), moment)
        except CALL_ERRORS as error:
            return replace(written, fault=explain(error))
        new_ids[draft.event_id or ""] = event["eventId"]
        event_ids = (*written.event_ids, event["eventId"])
        written = replace(written, event_ids=event_ids, session_id=event["sessionId"])
        if progress is not None and progress(len(event_ids), written.total) is False:
            break
    return written


def _begun(session_id: str | None, conversation: ConversationFile) -> Written:
    return Written((), len(conversation.events), session_id, uuid.uuid4(), datetime.now(UTC))


def _new_ids(conversation: ConversationFile, written: Written) -> dict[str, str]:
    """The ids that exported events have got, by the ids that they had."""
    drafts = conversation.events[: len(written.event_ids)]
    return {draft.event_id or "": event_id for draft, event_id in zip(drafts, written.event_ids, strict=True)}


def _token(written: Written, index: int) -> str:
    """The client token of an import's `index`-th event, the same whenever it is sent."""
    return str(uuid.uuid5(written.import_id, str(index)))


def _rerooted(draft: EventDraft, new_ids: Mapping[str, str]) -> EventDraft:
    """An exported event of a branch, its root changed to the id that the root has got now."""
    root = (draft.branch or {}).get("rootEventId")
    if draft.branch is None or not root:
        return draft
    return replace(draft, branch=draft.branch | {"rootEventId": new_ids.get(root, root)})
