"""An endpoint whose files hold what these tests wrote and nothing else; a memory with look-alikes in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.clients import Clients, open_clients
from services.connection import Connection
from services.erasure import plan as erasure_plan
from services.memory.memories import StrategyDraft
from services.pacing import Pace
from services.workspace.store import Workspace, open_workspace
from tests.conftest import REGION, Endpoint, quick_endpoint
from tests.services.conftest import new_memory
from tests.services.erasure.examples import say, write_all


@pytest.fixture(scope="package")
def own(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The endpoint."""
    yield from quick_endpoint(tmp_path_factory.mktemp("erasures") / "data")


@pytest.fixture
def sqlite() -> Iterator[Workspace]:
    """An empty workspace in a SQLite file: what differs between databases is in test_erased_traces.py."""
    opened = open_workspace()
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def _opened(own: Endpoint) -> tuple[Clients, list[Workspace]]:
    """Clients of the endpoint that never wait for a quota, made once, and in which workspace they write down
    what they change."""
    trail: list[Workspace] = []
    connection = Connection("custom", REGION, endpoint_url=own.url)
    pace = Pace(1_000.0)
    return open_clients(connection, actor="tester", pace=pace, trail=lambda: trail[-1]), trail


@pytest.fixture
def fast(_opened: tuple[Clients, list[Workspace]], sqlite: Workspace) -> Clients:
    """Clients whose every change is written down in the test's workspace."""
    clients, trail = _opened
    trail[:] = [sqlite]
    return clients


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second check may be made at once."""
    monkeypatch.setenv(erasure_plan.RECHECK_VARIABLE, "0")


@pytest.fixture
def crowded(fast: Clients) -> str:
    """A memory with the person, neighbours whose ids look alike, and records beside any template."""
    memory_id = str(new_memory(fast, StrategyDraft("semantic", "Facts", "/facts/{actorId}/"))["id"])
    for actor in ("user-1", "user-10", "User-1", "my-user-1"):
        for session in ("s1", "s2"):
            say(fast, memory_id, actor, "Good morning.", session)
    theirs = ("/facts/user-1/", "/old/user-1", "user-1/notes/", "/x/user-1/y/")
    others = ("/facts/user-10/", "/facts/User-1/", "/facts/my-user-1/", "/facts/user-1x/", "/team/")
    found = [(each, f"theirs in {each}") for each in theirs]
    write_all(fast, memory_id, found + [(each, f"not theirs in {each}") for each in others])
    return memory_id
