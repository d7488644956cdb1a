"""A prompt that has proved itself, as a custom strategy: the change of its memory, and the role it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from services.memory.changes import MemoryChange
from services.memory.namespaces import StrategyKindName
from services.memory.strategy_details import is_override, kind_of, own_part, with_own_part
from services.memory.strategy_drafts import Instructions
from services.memory.strategy_kinds import StepName

Row = dict[str, Any]


def changeable(memory: Row, kind: StrategyKindName) -> list[Row]:
    """The strategies of a kind whose instructions UpdateMemory can change: custom ones. Built-in strategies
    stay what they are, so beside them a new one is added."""
    return [
        strategy
        for strategy in memory.get("strategies", [])
        if kind_of(strategy) == kind and is_override(strategy)
    ]


def with_instructions(
    change: MemoryChange, strategy_id: str, instructions: Mapping[StepName, Instructions]
) -> MemoryChange:
    """The change, with other instructions and models for steps of one strategy."""
    strategies = [
        _instructed(strategy, instructions) if strategy["strategyId"] == strategy_id else strategy
        for strategy in change.after.get("strategies", [])
    ]
    return replace(change, after=change.after | {"strategies": strategies})


def _instructed(strategy: Row, instructions: Mapping[StepName, Instructions]) -> Row:
    for step, given in instructions.items():
        part = own_part(strategy, step) | {"appendToPrompt": given.prompt, "modelId": given.model_id}
        strategy = with_own_part(strategy, step, part)
    return strategy


def after_change(change: MemoryChange) -> Row:
    """The memory as it will be, for working out what its role has to be allowed."""
    added: Iterable[Row] = ({"strategyId": "new"} | draft.shown() for draft in change.added)
    return change.after | {"strategies": [*change.after.get("strategies", []), *added]}
