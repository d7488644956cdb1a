"""Removing the sample data from the dashboard, where every change is written down."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from services.authorization import authorize, current_role
from services.clients import Clients
from services.faults import explain
from services.sample_data.additions import Additions
from services.sample_data.progress import Progress
from services.sample_data.removal import RemoveReport, delete_memories, removable
from services.workspace import audit
from services.workspace.store import Workspace


def remove_audited(
    clients: Clients, workspace: Workspace, progress: Progress, *, also: Additions | None = None
) -> RemoveReport:
    """As `removal.remove`, with an audit row before the first deletion and one that says how it ended.

    Raises NotAuthorized, besides what `remove` raises.
    """
    authorize(current_role(), "DeleteMemory")  # before everything is counted for nothing
    started = time.monotonic()
    memories = removable(clients.control, clients.data, progress, also)
    memory_ids = tuple(memory.memory_id for memory in memories)
    with _written_down(clients, workspace, memory_ids, also):
        delete_memories(clients.control, memories, progress)
    return RemoveReport(memory_ids, time.monotonic() - started)


@contextmanager
def _written_down(
    clients: Clients, workspace: Workspace, memory_ids: Sequence[str], also: Additions | None
) -> Iterator[None]:
    resource = f"{clients.connection.key} sample data"
    before = {"memories": list(memory_ids), "additions": asdict(also) if also else None}

    def note(result: str) -> None:
        audit.append(
            workspace, clients.actor, "DeleteMemory", resource, before=before, after=None, result=result
        )

    note("started")
    try:
        yield
    except Exception as error:
        fault = explain(error)
        note(f"failed ({fault.kind}): {fault.detail}"[:1000])
        raise
    note("succeeded")
