"""A tried prompt as a custom strategy: the request that UpdateMemory is sent, and the role that it needs."""

from __future__ import annotations

import json
from typing import Any

from services.clients import Clients
from services.memory import changes as memory_changes
from services.memory import execution_role, memories
from services.memory.changes import MemoryChange
from services.memory.strategy_details import steps
from services.memory.strategy_drafts import Instructions, StrategyDraft
from services.memory.strategy_kinds import StepName
from services.workbench import saving
from services.workspace.store import Workspace
from tests.services.conftest import eventually, new_memory

Row = dict[str, Any]
ROLE = "arn:aws:iam::123456789012:role/MemoryRole"
MODEL = "anthropic.claude-haiku-4-5-20251001-v1:0"
OWN: dict[StepName, Instructions] = {"extraction": Instructions("Only cities.", MODEL)}


def test_a_new_strategy_is_added_with_the_role_and_can_be_changed_then(
    live: Clients, trail: Workspace
) -> None:
    memory = new_memory(live, StrategyDraft("semantic", "Facts", "/facts/{actorId}/"))
    assert saving.changeable(memory, "semantic") == []  # AWS's own instructions stay what they are
    draft = StrategyDraft("semantic", "Cities", "/cities/{actorId}/", instructions=OWN)
    without_role = MemoryChange(memory, memory, {}, {}, (draft,))
    assert any("role" in problem for problem in without_role.problems())
    change = MemoryChange(memory, memory | {"memoryExecutionRoleArn": ROLE}, {}, {}, (draft,))
    policy = json.loads(execution_role.permissions_policy(saving.after_change(change)) or "")
    assert any(MODEL in arn for arn in policy["Statement"][0]["Resource"])
    memory_changes.send(live, trail, change)
    changed = eventually(
        lambda: memories.get_memory(live, memory["id"]), lambda now: bool(now["status"] == "ACTIVE")
    )
    [custom] = saving.changeable(changed, "semantic")
    assert custom["name"] == "Cities"
    assert saving.changeable(changed, "summary") == []

    other: dict[StepName, Instructions] = {"extraction": Instructions("Only cities in Austria.", MODEL)}
    change = saving.with_instructions(MemoryChange(changed, changed), custom["strategyId"], other)
    [difference] = change.differences()
    assert (difference.before, difference.after) == ("Only cities.", "Only cities in Austria.")
    assert change.problems() == []
    memory_changes.send(live, trail, change)
    now = memories.get_memory(live, memory["id"])
    strategy = next(row for row in now["strategies"] if row["strategyId"] == custom["strategyId"])
    assert [(step.name, step.prompt) for step in steps(strategy)] == [
        ("extraction", "Only cities in Austria."),
        ("consolidation", None),
    ]
