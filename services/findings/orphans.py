"""Records that no present strategy writes or updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from services.findings.model import Finding, Subject
from services.memory.namespace_tree import template_values
from services.memory.namespaces import strategy_templates


def finder(memory: dict[str, Any]) -> Callable[[Subject], Iterator[Finding]]:
    """The finder for a memory's strategies (GetMemory's dict)."""
    strategies = {row["strategyId"]: strategy_templates(row) for row in memory.get("strategies", [])}

    @cache
    def fits(strategy_id: str, namespace: str) -> bool:
        templates = (each.replace("{memoryStrategyId}", strategy_id) for each in strategies[strategy_id])
        return any(template_values(template, namespace) is not None for template in templates)

    def find(subject: Subject) -> Iterator[Finding]:
        strategy_id = subject.strategy_id
        if not strategy_id or strategy_id == "none":  # written by hand, and nobody's to update
            return
        if strategy_id not in strategies:
            reason = "Its strategy was deleted: agents still find it, nothing updates it."
        elif not fits(strategy_id, subject.namespace):
            reason = (
                "Its namespace fits no template of its strategy: agents that follow the template miss it."
            )
        else:
            return
        yield Finding(subject.record_id, "orphaned", "medium", reason)

    return find
