"""The count of everything: right on a real store, honest while it runs, and never zero for "not allowed"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.clients import Clients, open_clients
from services.connection import Connection
from services.inventory import counting
from services.inventory.counting import Inventory
from services.inventory.snapshot import Count, MemoryInventory, SessionSeen, Snapshot
from services.memory.memories import StrategyDraft
from services.memory.namespace_counts import NamespaceCounts
from services.pacing import Pace
from services.workspace.store import Workspace
from tests.conftest import Endpoint
from tests.services.conftest import eventually, new_memory
from tests.services.fault_server import FaultServer, answers, refuses

FACTS = StrategyDraft("semantic", "Facts", "/facts/{actorId}/")
UNHURRIED = Pace(share=1e6)
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def alone(endpoint: Endpoint, trail: Workspace) -> Clients:
    """A region that no other test writes to."""
    here = Connection("custom", "eu-north-1", endpoint_url=endpoint.url)
    return open_clients(here, actor="tester", trail=lambda: trail)


def counted(clients: Clients) -> Snapshot:
    running = Inventory(clients, UNHURRIED)
    return eventually(running.look, lambda now: now.as_of is not None)


def say(clients: Clients, memory_id: str, actor_id: str, session_id: str, text: str) -> None:
    clients.data.create_event(
        memoryId=memory_id,
        actorId=actor_id,
        sessionId=session_id,
        eventTimestamp=datetime.now(UTC),
        payload=[{"conversational": {"role": "USER", "content": {"text": text}}}],
    )


def test_everything_is_counted(alone: Clients) -> None:
    memory_id = new_memory(alone, FACTS)["id"]
    for actor_id, session_id in (("ann", "one"), ("ann", "two"), ("bob/x:1", "one")):
        say(alone, memory_id, actor_id, session_id, "I live in Berlin.")
        say(alone, memory_id, actor_id, session_id, "Hello.")
    records = {"memoryId": memory_id, "namespacePath": "/"}
    eventually(
        lambda: alone.data.list_memory_records(**records)["memoryRecordSummaries"],
        lambda rows: {row["namespaces"][0] for row in rows} == {"/facts/ann/", "/facts/bob/x:1/"},
    )
    by_namespace: dict[str, NamespaceCounts] = {}
    running = Inventory(alone, UNHURRIED, by_namespace=by_namespace.__setitem__)
    now = eventually(running.look, lambda now: now.as_of is not None)
    [found] = [each for each in now.memories if each.memory_id == memory_id]
    assert by_namespace[memory_id].complete
    assert by_namespace[memory_id].counts == {"/facts/ann/": 1, "/facts/bob/x:1/": 1}
    numbers = {thing: (count.number, count.complete) for thing, count in found.counts.items()}
    assert numbers == {
        "actors": (2, True),
        "records": (2, True),
        "failed jobs": (0, True),
        "sessions": (3, True),
        "events": (6, True),
    }
    assert {(seen.actor_id, seen.session_id) for seen in now.sessions if seen.memory_id == memory_id} == {
        ("ann", "one"),
        ("ann", "two"),
        ("bob/x:1", "one"),
    }
    assert now.sessions == tuple(sorted(now.sessions, key=lambda seen: seen.created_at, reverse=True))


def test_a_total_is_complete_only_when_every_part_is() -> None:
    whole = MemoryInventory("A", counts={"events": Count(2, complete=True)})
    partial = MemoryInventory("B", counts={"events": Count(3)})
    of_both = Snapshot((whole, partial), True, (), NOW, None).total("events")
    assert (of_both.number, of_both.complete) == (5, False)
    assert Snapshot((whole,), True, (), NOW, None).total("events").complete
    assert not Snapshot((whole,), False, (), NOW, None).total("events").complete


def test_no_memories_are_counted_as_none(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(answers({"memories": []}))
    now = counted(faulty_clients)
    assert (now.listed, now.memories, now.fault) == (True, (), None)


def test_what_may_not_be_listed_is_a_fault_and_no_zero(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(refuses("AccessDeniedException", 403))
    now = counted(faulty_clients)
    assert not now.listed
    assert now.fault is not None
    assert now.fault.kind == "denied"
    assert not now.total("events").complete


def test_it_can_be_stopped(alone: Clients) -> None:
    new_memory(alone)
    running = Inventory(alone, Pace(share=1e-6))
    running.look()
    running.stop()
    assert running.look().as_of is None


def test_it_pauses_while_nobody_looks(alone: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "LOOKED_AT_SECONDS", -1.0)
    new_memory(alone)
    running = Inventory(alone, UNHURRIED)
    running.look()
    assert running.look().as_of is None
    monkeypatch.setattr(counting, "LOOKED_AT_SECONDS", 60.0)
    eventually(running.look, lambda now: now.as_of is not None)


def test_what_expires_soon_goes_by_the_memorys_expiry() -> None:
    def seen(name: str, age_days: float) -> SessionSeen:
        return SessionSeen("A", "ann", name, NOW - timedelta(days=age_days))

    memory = MemoryInventory("A", memory={"eventExpiryDuration": 30})
    sessions = (seen("new", 1), seen("soon", 25), seen("gone", 31))
    now = Snapshot((memory,), True, sessions, NOW, NOW)
    assert [each.session_id for each in now.expiring(timedelta(days=7), NOW)] == ["soon"]
