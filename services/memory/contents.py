"""Everything that a memory holds, a page at a time: for copies and snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.clients import Clients
from services.listing import pages
from services.memory.namespaces import root_paths
from services.short_term import events


def event_pages(
    clients: Clients, memory_id: str, actors: list[dict[str, Any]]
) -> Iterator[list[dict[str, Any]]]:
    """All events of these actors (ListActors' rows), session by session, newest first."""
    for actor in actors:
        for session in events.list_sessions(clients, memory_id, actor["actorId"], limit=None).rows:
            place = {"memoryId": memory_id, "actorId": actor["actorId"], "sessionId": session["sessionId"]}
            for page in pages(clients.data, "list_events", None, place | {"includePayloads": True}):
                yield page["events"]


def record_pages(
    clients: Clients, memory: dict[str, Any], actors: list[dict[str, Any]]
) -> Iterator[list[dict[str, Any]]]:
    """Records below every root, each once (roots of templates without a leading slash may overlap)."""
    seen: set[str] = set()
    for path in root_paths(memory, actors):
        params = {"memoryId": memory["id"], "namespacePath": path}
        for page in pages(clients.data, "list_memory_records", None, params):
            new = [row for row in page["memoryRecordSummaries"] if row["memoryRecordId"] not in seen]
            seen.update(row["memoryRecordId"] for row in new)
            yield new
