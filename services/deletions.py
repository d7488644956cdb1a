"""Destructive acts, in the order that loses nothing: copy, audit row, call, result row.

The copy and the first audit row are on disk before anything is deleted. The result row says `succeeded`, or
how the call failed; a row `started` without one after it means that the outcome is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from services.auditing import audited
from services.authorization import RESTORE_OWN_EVENT, acting, authorize, current_role
from services.clients import Clients
from services.errors import Cancelled, InvalidValue
from services.faults import CALL_ERRORS, explain
from services.memory import memories
from services.memory.contents import event_pages, record_pages
from services.short_term import events
from services.workspace import copies
from services.workspace.store import Workspace

CopyProgress = Callable[[int, str], bool | None]
"""Called with (rows copied so far, "events" or "records") after every page; returning False cancels."""


def delete_event(  # noqa: PLR0917 - where an event is takes four names
    clients: Clients, workspace: Workspace, memory_id: str, actor_id: str, session_id: str, event_id: str
) -> str:
    """Delete an event and return the id of its copy, for `restore_event`.

    Records that were extracted from the event stay (developer guide, "Delete an event").
    """
    authorize(current_role(), "DeleteEvent")  # before a copy is made for nothing
    event = events.get_event(clients, memory_id, actor_id, session_id, event_id)
    resource = f"{memory_id}/{actor_id}/{session_id}/{event_id}"
    saved = {"connection": clients.connection.key, "deletedBy": clients.actor, "event": event}
    copy_id = copies.save(workspace, "event", resource, saved)
    with audited(clients, workspace, "DeleteEvent", resource, before={"copy": copy_id}):
        events.delete_event(clients, memory_id, actor_id, session_id, event_id)
    return copy_id


def restore_event(clients: Clients, workspace: Workspace, copy_id: str) -> dict[str, Any]:
    """Write a deleted event again: CreateEvent's `event`, with a new eventId and the old time.

    extractionMode SKIP keeps the strategies from extracting a second time what they extracted before. The
    copy's id is the client token, so asking twice does not write twice. Whoever deleted the event may restore
    it; for anybody else this is a CreateEvent like any other.
    Raises CopyNotFound, NotAuthorized, or InvalidValue if the copy is of another connection or was restored
    before.
    """
    saved = copies.document(workspace, copy_id)
    _refuse_restoring(clients, copies.get(workspace, copy_id), saved)
    event = saved["event"]
    action = RESTORE_OWN_EVENT if saved.get("deletedBy") == clients.actor else "CreateEvent"
    with (
        acting(current_role(), action),
        audited(clients, workspace, "CreateEvent", _resource(event), before={"copy": copy_id}) as after,
    ):
        restored: dict[str, Any] = clients.data.create_event(
            **_create_event_params(event), extractionMode="SKIP", clientToken=copy_id
        )["event"]
        after["eventId"] = restored["eventId"]
        copies.mark_restored(workspace, copy_id, restored["eventId"])
    return restored


def _refuse_restoring(clients: Clients, copy: copies.Copy, saved: dict[str, Any]) -> None:
    if copy.kind != "event":
        raise InvalidValue("Only an event can be restored from its copy; this is the copy of a memory.")
    if copy.restored_as is not None:
        raise InvalidValue(f"This copy was already written back, as event {copy.restored_as}.")
    if saved["connection"] != clients.connection.key:
        raise InvalidValue(
            f"This event was deleted at another connection ({saved['connection']}). Choose it in the sidebar."
        )


def _create_event_params(event: dict[str, Any]) -> dict[str, Any]:
    """A copied event as CreateEvent takes it; the default branch is never named (as the SDK does)."""
    optional = {"metadata": event.get("metadata"), "branch": event.get("branch")}
    if (event.get("branch") or {}).get("name") == "main":
        optional["branch"] = None
    return {
        "memoryId": event["memoryId"],
        "actorId": event["actorId"],
        "sessionId": event["sessionId"],
        "eventTimestamp": datetime.fromisoformat(event["eventTimestamp"]),
        "payload": event["payload"],
        **{name: value for name, value in optional.items() if value},
    }


def _resource(event: dict[str, Any]) -> str:
    return "/".join(event[name] for name in ("memoryId", "actorId", "sessionId", "eventId"))


def delete_memory(
    clients: Clients, workspace: Workspace, memory_id: str, progress: CopyProgress | None = None
) -> str:
    """Delete a memory and return the id of its copy: configuration, every event, every record.

    The copy has one part `{"connection", "memory", "tags"}`, then parts `{"events": […]}` and
    `{"records": […]}`. Raises Cancelled when `progress` returns False; then, and when reading fails, nothing
    is deleted and the unfinished copy is removed.
    """
    authorize(current_role(), "DeleteMemory")
    copy_id = copies.start(workspace, "memory", memory_id)
    try:
        for number, part in enumerate(_memory_parts(clients, memory_id, progress or _carry_on)):
            copies.append(workspace, copy_id, number, part)
        copies.finish(workspace, copy_id)
    except BaseException:
        copies.discard(workspace, copy_id)
        raise
    with audited(clients, workspace, "DeleteMemory", memory_id, before={"copy": copy_id}):
        memories.delete_memory(clients, memory_id)
    return copy_id


def _carry_on(_done: int, _what: str) -> None:
    """The progress of a caller who asked for none."""


def _memory_parts(clients: Clients, memory_id: str, progress: CopyProgress) -> Iterator[dict[str, Any]]:
    """Everything in a memory, a page at a time, read to the end."""
    memory = memories.get_memory(clients, memory_id)
    actors = events.list_actors(clients, memory_id, limit=None).rows
    yield {"connection": clients.connection.key, "memory": memory, "tags": _tags(clients, memory)}
    yield from _counted("events", event_pages(clients, memory_id, actors), progress)
    yield from _counted("records", record_pages(clients, memory, actors), progress)


def _tags(clients: Clients, memory: dict[str, Any]) -> dict[str, str] | None:
    """The memory's tags; None where they may not be read, which is no reason to keep the memory."""
    try:
        return memories.list_tags(clients, memory["arn"])
    except CALL_ERRORS as error:
        if explain(error).kind != "denied":
            raise
        return None


def _counted(
    what: str, found: Iterable[list[dict[str, Any]]], progress: CopyProgress
) -> Iterator[dict[str, Any]]:
    """The pages that hold something, reporting after each; raises Cancelled."""
    done = 0
    for rows in found:
        done += len(rows)
        if rows:
            yield {what: rows}
        if progress(done, what) is False:
            raise Cancelled
