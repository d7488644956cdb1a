"""What AWS demands of a memory resource beyond the service model.

Source: AgentCore developer guide and API reference; texts that users quote from AWS are used as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.aws_local.clock import now_ms
from services.aws_local.errors import ValidationException
from services.aws_local.memory import patterns, strategies, strategy_rules
from services.aws_local.memory.memories import Memory, Strategy
from services.aws_local.wire.validation import refused


def check_settled(memory: Memory, verb: str) -> None:
    """ValidationException while the memory is changing its status: nothing can be done to it then."""
    status = memory.status(now_ms())
    if status != "ACTIVE":
        raise ValidationException(f"Memory is in transitional state {status}. Cannot {verb} memory.")


def check(memory: Memory, added: list[dict[str, Any]]) -> None:
    """ValidationException unless the memory, as it would be stored, is usable; `added`: new strategies."""
    _check_role(memory.settings, added)
    for member in ("indexedKeys", "namespaceKeys"):
        _check_distinct(member, [key["key"] for key in memory.settings.get(member, [])])
    _check_patterns(memory.settings)
    _check_strategies(memory)


def _check_role(settings: dict[str, Any], added: list[dict[str, Any]]) -> None:
    """Custom strategies and stream delivery work in the customer's account, through a role."""
    if "memoryExecutionRoleArn" in settings:
        return
    needs = None
    if settings.get("streamDeliveryResources", {}).get("resources"):
        needs = "streamDeliveryResources is"
    elif any(map(strategies.is_custom, added)):
        needs = "custom strategies are"
    if needs:
        message = f"Please provide memoryExecutionRoleArn when {needs} specified"
        raise refused("memoryExecutionRoleArn", message)


def _check_distinct(member: str, values: list[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise refused(member, f"{value} appears more than once in {member}.")


def _check_patterns(settings: dict[str, Any]) -> None:
    """The regexPattern of every namespaceKey can be matched with."""
    for key in settings.get("namespaceKeys", []):
        try:
            patterns.check(key.get("validation", {}).get("regexPattern", ""))
        except patterns.UnusablePattern as error:
            raise refused("namespaceKeys", f"regexPattern of namespace key {key['key']}: {error}") from None


def _check_strategies(memory: Memory) -> None:
    """Names are unique in a memory; templates and schemas fit its keys. Those being deleted don't count."""
    staying = [strategy for strategy in memory.strategies if strategy.gone_ms is None]
    names = [strategy.name for strategy in staying]
    for name in names:
        if names.count(name) > 1:
            raise refused("memoryStrategies", f"Strategy with name {name} already exists")
    indexed = {key["key"]: key["type"] for key in memory.settings.get("indexedKeys", [])}
    keys = [key["key"] for key in memory.settings.get("namespaceKeys", [])]
    for strategy in staying:
        strategy_rules.check(strategy, indexed, keys)


def known_strategies(memory: Memory, changes: Iterable[dict[str, Any]], verb: str) -> list[Strategy]:
    """The strategies that are to be modified or deleted; ValidationException where the memory has none, or
    one is named twice.
    """
    wanted = [change["memoryStrategyId"] for change in changes]
    _check_distinct("memoryStrategies", wanted)
    found = {each.strategy_id: each for each in memory.strategies}
    missing = [strategy_id for strategy_id in wanted if strategy_id not in found]
    if missing:
        message = f"Cannot {verb} non-existent memory strategies: {', '.join(missing)}"
        raise refused("memoryStrategies", message)
    return [found[strategy_id] for strategy_id in wanted]
