"""A memory's deletion in its own thread: it ends, it can be stopped, and it tells how it ended."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from services.clients import Clients
from services.errors import Cancelled
from services.memory import memories
from services.memory.deletion import MemoryDeletion
from services.short_term import events
from services.short_term.events import MessageDraft
from services.workspace import copies
from services.workspace.store import Workspace
from tests.services.conftest import PATIENCE_SECONDS
from tests.services.fault_server import FaultServer, refuses


def test_the_memory_is_deleted_after_it_was_copied(
    live: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    events.create_event(live, memory["id"], "ann", "s1", [MessageDraft("USER", "Hello")])
    ended = threading.Event()
    deletion = MemoryDeletion(live, workspace, memory["id"], on_end=ended.set)
    assert not deletion.finished
    deletion.start()
    assert deletion.wait(PATIENCE_SECONDS)
    assert ended.is_set()
    assert deletion.error is None
    assert deletion.copy_id is not None
    assert '"Hello"' in copies.whole_json(workspace, deletion.copy_id)
    assert memory["id"] not in {
        row["id"] for row in memories.list_memories(live).rows if row["status"] == "ACTIVE"
    }


def test_stopped_while_copying_nothing_is_deleted_and_no_copy_left(
    live: Clients, memory: dict[str, Any], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    events.create_event(live, memory["id"], "ann", "s1", [MessageDraft("USER", "Hello")])
    copying, go_on = threading.Event(), threading.Event()
    append = copies.append

    def slow_append(*args: Any) -> None:
        copying.set()
        assert go_on.wait(PATIENCE_SECONDS)
        append(*args)

    monkeypatch.setattr(copies, "append", slow_append)
    deletion = MemoryDeletion(live, workspace, memory["id"], on_end=lambda: None)
    deletion.start()
    assert copying.wait(PATIENCE_SECONDS)
    deletion.stop()
    assert deletion.stopping
    go_on.set()
    assert deletion.wait(PATIENCE_SECONDS)
    assert isinstance(deletion.error, Cancelled)
    assert deletion.copy_id is None
    assert memories.get_memory(live, memory["id"])["status"] == "ACTIVE"
    assert copies.list_copies(workspace) == []


def test_an_error_is_kept_for_whoever_looks(
    faulty: FaultServer, faulty_clients: Clients, workspace: Workspace
) -> None:
    faulty.plays(refuses("AccessDeniedException", 403))
    ended = threading.Event()
    deletion = MemoryDeletion(faulty_clients, workspace, "Memory-0123456789", on_end=ended.set)
    deletion.start()
    assert deletion.wait(PATIENCE_SECONDS)
    assert ended.is_set()
    assert "AccessDenied" in str(deletion.error)
