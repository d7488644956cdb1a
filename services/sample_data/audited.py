"""Removing the sample data, with what was removed written down in one place."""

from __future__ import annotations

import time
from dataclasses import asdict

from services.auditing import audited
from services.authorization import authorize, current_role
from services.clients import Clients
from services.sample_data.additions import Additions
from services.sample_data.progress import Progress
from services.sample_data.removal import RemoveReport, delete_memories, removable
from services.workspace.store import Workspace


def remove_audited(
    clients: Clients, workspace: Workspace, progress: Progress, *, also: Additions | None = None
) -> RemoveReport:
    """Deletes every sample memory with its events and records, and no other memory; with an audit row before
    the first deletion and one that says how it ended.

    Raises NotAuthorized, and what `removal.removable` and `removal.delete_memories` raise.
    """
    authorize(current_role(), "DeleteMemory")  # before everything is counted for nothing
    started = time.monotonic()
    memories = removable(clients.control, clients.data, progress, also)
    memory_ids = tuple(memory.memory_id for memory in memories)
    before = {"memories": list(memory_ids), "additions": asdict(also) if also else None}
    with audited(clients, workspace, "RemoveSampleData", "sample data", before):
        delete_memories(clients.control, memories, progress)
    return RemoveReport(memory_ids, time.monotonic() - started)
