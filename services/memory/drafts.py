"""A memory before it exists: checked against AWS's rules while it is typed, then a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.constraints import CONTROL, constraint
from services.memory.strategy_drafts import NAME_HINT, StrategyDraft

MAX_STRATEGIES = 6
"""Per memory, the default quota in the developer guide."""


@dataclass(frozen=True)
class MemoryDraft:
    """A memory to create; no strategies means short-term memory only. Expiry is in days."""

    name: str
    event_expiry_days: int = 90
    description: str | None = None
    encryption_key_arn: str | None = None
    execution_role_arn: str | None = None
    strategies: tuple[StrategyDraft, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    indexed_keys: Mapping[str, str] = field(default_factory=dict)
    """Metadata keys that records can be filtered by, with their types."""

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences; empty when it may be sent."""
        name = constraint(CONTROL, "CreateMemory", "name")
        expiry = constraint(CONTROL, "CreateMemory", "eventExpiryDuration")
        found = name.text_problems("The memory's name", self.name, NAME_HINT)
        found += expiry.number_problems("The event expiry in days", self.event_expiry_days)
        found += [*self._key_problems(), *self._role_problems()]
        return found + self._optional_problems() + tag_problems(self.tags) + self._strategy_problems()

    def _key_problems(self) -> Iterable[str]:
        keys = constraint(CONTROL, "CreateMemory", "indexedKeys", "[]", "key")
        types = constraint(CONTROL, "CreateMemory", "indexedKeys", "[]", "type")
        for key, kind in self.indexed_keys.items():
            yield from keys.text_problems(f"The indexed key “{key}”", key)
            yield from types.text_problems(f"The type of indexed key “{key}”", kind)
        most = constraint(CONTROL, "CreateMemory", "indexedKeys").maximum or len(self.indexed_keys)
        if len(self.indexed_keys) > most:
            yield f"A memory has at most {most} indexed keys."

    def _role_problems(self) -> Iterable[str]:
        if not self.execution_role_arn and any(draft.needs_role for draft in self.strategies):
            yield "Own instructions and self-managed strategies need an execution role."

    def _optional_problems(self) -> list[str]:
        values = {
            "description": ("The description", self.description),
            "encryptionKeyArn": ("The encryption key's ARN", self.encryption_key_arn),
            "memoryExecutionRoleArn": ("The execution role's ARN", self.execution_role_arn),
        }
        found: list[str] = []
        for member, (label, value) in values.items():
            if value:
                found += constraint(CONTROL, "CreateMemory", member).text_problems(label, value)
        return found

    def _strategy_problems(self) -> list[str]:
        found = [
            f"{draft.name or 'A strategy without a name'}: {problem}"
            for draft in self.strategies
            for problem in draft.problems()
        ]
        names = [draft.name for draft in self.strategies]
        if len(set(names)) < len(names):
            found.append("Two strategies have the same name.")
        if len(names) > MAX_STRATEGIES:
            found.append(f"A memory may have at most {MAX_STRATEGIES} strategies.")
        return found

    def request(self) -> dict[str, Any]:
        """The parameters of CreateMemory; what is empty is left out."""
        optional = {
            "description": self.description,
            "encryptionKeyArn": self.encryption_key_arn,
            "memoryExecutionRoleArn": self.execution_role_arn,
            "memoryStrategies": [draft.request() for draft in self.strategies],
            "tags": dict(self.tags),
            "indexedKeys": [{"key": key, "type": kind} for key, kind in self.indexed_keys.items()],
        }
        required = {"name": self.name, "eventExpiryDuration": self.event_expiry_days}
        return required | {name: value for name, value in optional.items() if value}


def tag_problems(tags: Mapping[str, str]) -> list[str]:
    """What AWS would refuse of a memory's tags, as sentences."""
    keys = constraint(CONTROL, "CreateMemory", "tags", "{key}")
    values = constraint(CONTROL, "CreateMemory", "tags", "{}")
    most = constraint(CONTROL, "CreateMemory", "tags").maximum or len(tags)
    found = [f"There are {len(tags)} tags; at most {most} are allowed."] if len(tags) > most else []
    for key, value in tags.items():
        found += keys.text_problems(f"The tag key “{key}”", key)
        found += values.text_problems(f"The value of tag “{key}”", value)
    return found
