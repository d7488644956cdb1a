"""How statuses follow the clock: transitions that take an hour here, unless the test ends them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.errors import ResourceNotFoundException, ValidationException
from tests.aws_local.agentcore import START, facts
from tests.aws_local.in_process import InProcess

SUMMARY = {"summaryMemoryStrategy": {"name": "sums"}}


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    opened = Backend.open(tmp_path / "data", Settings(extraction_delay=60, transition_seconds=3600))
    yield opened
    opened.close()


def settle(backend: Backend) -> None:
    """Let all transitions be over."""
    for sql in (
        "UPDATE memories SET settled_ms = 1",
        "UPDATE strategies SET active_ms = 1",
        "UPDATE strategies SET gone_ms = 1 WHERE gone_ms IS NOT NULL",
    ):
        backend.write(lambda connection, sql=sql: connection.execute(sql))


def statuses(memory: dict[str, Any]) -> tuple[str, list[str]]:
    return memory["status"], [strategy["status"] for strategy in memory["strategies"]]


def test_memory_and_strategies_go_through_their_statuses(backend: Backend) -> None:
    aws = InProcess(backend)
    created = aws("CreateMemory", name="Slow", eventExpiryDuration=30, memoryStrategies=[facts()])["memory"]
    where = {"memoryId": created["id"]}
    assert statuses(created) == statuses(aws("GetMemory", **where)["memory"]) == ("CREATING", ["CREATING"])
    assert [each["status"] for each in aws("ListMemories")["memories"]] == ["CREATING"]
    with pytest.raises(ValidationException, match="transitional state CREATING"):
        aws("UpdateMemory", **where, description="d")
    with pytest.raises(ValidationException, match="transitional state CREATING"):
        aws("DeleteMemory", **where)
    aws("CreateEvent", **where, actorId="alice", sessionId="s", eventTimestamp=START, payload=[])

    settle(backend)
    assert statuses(aws("GetMemory", **where)["memory"]) == ("ACTIVE", ["ACTIVE"])
    updating = aws("UpdateMemory", **where, memoryStrategies={"addMemoryStrategies": [SUMMARY]})["memory"]
    assert statuses(updating) == ("UPDATING", ["ACTIVE", "CREATING"])
    with pytest.raises(ValidationException, match=r"UPDATING[.] Cannot update memory"):
        aws("UpdateMemory", **where, description="d")
    with pytest.raises(ValidationException, match=r"UPDATING[.] Cannot delete memory"):
        aws("DeleteMemory", **where)

    settle(backend)
    strategy_id = updating["strategies"][0]["strategyId"]
    gone = {"deleteMemoryStrategies": [{"memoryStrategyId": strategy_id}]}
    deleting = aws("UpdateMemory", **where, memoryStrategies=gone)["memory"]
    assert statuses(deleting) == ("UPDATING", ["DELETING", "ACTIVE"])
    settle(backend)
    assert statuses(aws("GetMemory", **where)["memory"]) == ("ACTIVE", ["ACTIVE"])


def test_plain_settings_change_at_once(backend: Backend) -> None:
    aws = InProcess(backend)
    where = {"memoryId": aws.memory()}
    settle(backend)
    updated = aws("UpdateMemory", **where, description="d", eventExpiryDuration=90)["memory"]
    assert (updated["status"], updated["description"]) == ("ACTIVE", "d")
    assert aws("UpdateMemory", **where, memoryStrategies={})["memory"]["status"] == "ACTIVE"


def test_a_memory_that_is_deleted_is_shown_until_it_is_gone(backend: Backend) -> None:
    aws = InProcess(backend)
    where = {"memoryId": aws("CreateMemory", name="Twice", eventExpiryDuration=30)["memory"]["id"]}
    settle(backend)
    assert aws("DeleteMemory", **where)["status"] == "DELETING"
    assert aws("DeleteMemory", **where)["status"] == "DELETING"
    assert aws("GetMemory", **where)["memory"]["status"] == "DELETING"
    assert [each["status"] for each in aws("ListMemories")["memories"]] == ["DELETING"]
    with pytest.raises(ValidationException, match="transitional state DELETING"):
        aws("UpdateMemory", **where, description="d")
    with pytest.raises(ValidationException, match="already exists"):
        aws("CreateMemory", name="Twice", eventExpiryDuration=30)
    with pytest.raises(ResourceNotFoundException):
        aws("ListActors", **where)

    settle(backend)
    assert aws("ListMemories")["memories"] == []
    for operation in ("GetMemory", "UpdateMemory", "DeleteMemory"):
        with pytest.raises(ResourceNotFoundException):
            aws(operation, **where)
    assert aws("CreateMemory", name="Twice", eventExpiryDuration=30)["memory"]["id"] != where["memoryId"]


def test_only_events_after_a_strategy_is_active_are_queued(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    aws.say(memory_id, "I live in Irvine.", "s")
    assert backend.pipeline.pending() == 0
    settle(backend)
    aws.say(memory_id, "I live in Irvine.", "s")
    assert backend.pipeline.pending() == 1


def test_a_namespace_key_may_go_together_with_the_strategy_that_uses_it(backend: Backend) -> None:
    aws = InProcess(backend)
    given = {"name": "Keys", "eventExpiryDuration": 30, "namespaceKeys": [{"key": "tenant"}]}
    strategies = [facts("/{tenant}/{actorId}/")]
    memory = aws("CreateMemory", **given, memoryStrategies=strategies)["memory"]
    settle(backend)
    gone = {"deleteMemoryStrategies": [{"memoryStrategyId": memory["strategies"][0]["strategyId"]}]}
    updated = aws("UpdateMemory", memoryId=memory["id"], memoryStrategies=gone, namespaceKeys=[])["memory"]
    assert statuses(updated) == ("UPDATING", ["DELETING"])
    assert updated["namespaceKeys"] == []
