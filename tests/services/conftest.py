"""A connection to the real endpoint, memories in it, and a server that misbehaves."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from services import clients as service_clients
from services.clients import Clients, open_clients
from services.connection import Connection
from services.memory import memories
from services.memory.memories import MemoryDraft, StrategyDraft
from services.workspace.store import Workspace, open_workspace
from tests.conftest import REGION, Endpoint
from tests.services.fault_server import FaultServer

PATIENCE_SECONDS = 60.0
T = TypeVar("T")


def eventually(read: Callable[[], T], done: Callable[[T], bool]) -> T:
    """What `read` returns once `done` says so; fails when that takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done(value := read()):
        if time.monotonic() > deadline:
            pytest.fail(f"Still {value!r} after {PATIENCE_SECONDS} s")
        time.sleep(0.05)
    return value


@pytest.fixture(scope="session")
def live(endpoint: Endpoint, trail: Workspace) -> Clients:
    """Clients of the real endpoint, as for a custom URL."""
    return open_clients(
        Connection("custom", REGION, endpoint_url=endpoint.url), actor="tester", trail=lambda: trail
    )


def new_memory(live: Clients, *strategies: StrategyDraft) -> dict[str, Any]:
    """A memory of its own for a test, ACTIVE."""
    name = f"Test{uuid.uuid4().hex[:12]}"
    created = memories.create_memory(live, MemoryDraft(name, strategies=strategies))
    return eventually(
        lambda: memories.get_memory(live, created["id"]), lambda memory: memory["status"] == "ACTIVE"
    )


@pytest.fixture
def memory(live: Clients) -> dict[str, Any]:
    """A memory without strategies."""
    return new_memory(live)


@pytest.fixture
def faulty() -> Iterator[FaultServer]:
    """A server that misbehaves as told."""
    server = FaultServer()
    yield server
    server.close()


@pytest.fixture
def faulty_clients(faulty: FaultServer, trail: Workspace, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Clients of the misbehaving server that lose patience after two seconds."""
    monkeypatch.setattr(service_clients, "READ_SECONDS", 2.0)
    return open_clients(
        Connection("custom", REGION, endpoint_url=faulty.url), actor="tester", trail=lambda: trail
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with a workspace runs on each database, unless its module says SQLITE_IS_ENOUGH or has a
    workspace of its own."""
    own = any(hasattr(place, "workspace") for place in (metafunc.module, metafunc.cls))
    if "workspace" in metafunc.fixturenames and not own:
        is_enough = getattr(metafunc.module, "SQLITE_IS_ENOUGH", False)
        databases = ["sqlite"] if is_enough else ["sqlite", "postgresql"]
        metafunc.parametrize("workspace", databases, indirect=True)


@pytest.fixture
def workspace(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """An empty workspace of the test's own, which `open_workspace()` opens too."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").new_url()
        monkeypatch.setenv("AGENTCORE_STUDIO_DATABASE_URL", url)
    opened = open_workspace()
    yield opened
    opened.close()
