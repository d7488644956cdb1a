"""A memory or strategy before it exists: checked against AWS's rules while it is typed, then a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.constraints import CONTROL, constraint
from services.namespaces import StrategyKindName, check_template

MAX_STRATEGIES = 6
"""Per memory, the default quota in the developer guide."""

_NAME_HINT = "a letter, then letters, digits and _, at most 48 in all"
_STRATEGY = ("memoryStrategies", "[]")


@dataclass(frozen=True)
class StrategyKind:
    """One built-in kind of strategy. `type` is what GetMemory calls it, `member` its key in a request."""

    kind: StrategyKindName
    label: str
    type: str
    member: str
    default_name: str
    default_template: str
    description: str


# The templates are the defaults that AWS gives to a strategy without one (SDK constants, recorded answers).
_BY_ACTOR = "/strategies/{memoryStrategyId}/actors/{actorId}/"
_BY_SESSION = "/strategies/{memoryStrategyId}/actors/{actorId}/sessions/{sessionId}/"

STRATEGY_KINDS: dict[StrategyKindName, StrategyKind] = {
    "semantic": StrategyKind(
        "semantic",
        "Semantic facts",
        "SEMANTIC",
        "semanticMemoryStrategy",
        "SemanticFacts",
        _BY_ACTOR,
        "Facts that the user states, one sentence each.",
    ),
    "user_preference": StrategyKind(
        "user_preference",
        "User preferences",
        "USER_PREFERENCE",
        "userPreferenceMemoryStrategy",
        "UserPreferences",
        _BY_ACTOR,
        "What the user likes, dislikes and chooses, with context and categories.",
    ),
    "summary": StrategyKind(
        "summary",
        "Session summaries",
        "SUMMARIZATION",
        "summaryMemoryStrategy",
        "SessionSummaries",
        _BY_SESSION,
        "A running summary of each session, by topic.",
    ),
    "episodic": StrategyKind(
        "episodic",
        "Episodes",
        "EPISODIC",
        "episodicMemoryStrategy",
        "Episodes",
        _BY_SESSION,
        "What was tried and how it ended, with reflections across episodes.",
    ),
}


@dataclass(frozen=True)
class StrategyDraft:
    """A strategy to create."""

    kind: StrategyKindName
    name: str
    namespace_template: str
    description: str | None = None

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences; empty when it may be sent."""
        member = STRATEGY_KINDS[self.kind].member
        name = constraint(CONTROL, "CreateMemory", *_STRATEGY, member, "name")
        found = name.text_problems("The strategy's name", self.name, _NAME_HINT)
        if self.description:
            description = constraint(CONTROL, "CreateMemory", *_STRATEGY, member, "description")
            found += description.text_problems("The strategy's description", self.description)
        checked = check_template(self.kind, self.namespace_template)
        return found + [problem.text for problem in checked if problem.severity == "error"]

    def request(self) -> dict[str, Any]:
        """The MemoryStrategyInput that CreateMemory and UpdateMemory take."""
        fields: dict[str, Any] = {"name": self.name, "namespaceTemplates": [self.namespace_template]}
        if self.description:
            fields["description"] = self.description
        if self.kind == "episodic":
            fields["reflectionConfiguration"] = {
                "namespaceTemplates": [reflection_template(self.namespace_template)]
            }
        return {STRATEGY_KINDS[self.kind].member: fields}


def reflection_template(template: str) -> str:
    """Where the reflections of an episodic strategy go: its template without the session's part.

    Reflections look across sessions and may be less nested than episodes, under the same prefix (developer
    guide, "Episodic memory strategy").
    """
    above = re.sub(r"[^/{}]*/?\{sessionId\}.*$", "", template)
    return f"{above.rstrip('/')}/" if above.strip("/") else template


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

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences; empty when it may be sent."""
        name = constraint(CONTROL, "CreateMemory", "name")
        expiry = constraint(CONTROL, "CreateMemory", "eventExpiryDuration")
        found = name.text_problems("The memory's name", self.name, _NAME_HINT)
        found += expiry.number_problems("The event expiry in days", self.event_expiry_days)
        return found + self._optional_problems() + self._tag_problems() + self._strategy_problems()

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

    def _tag_problems(self) -> list[str]:
        keys = constraint(CONTROL, "CreateMemory", "tags", "{key}")
        values = constraint(CONTROL, "CreateMemory", "tags", "{}")
        most = constraint(CONTROL, "CreateMemory", "tags").maximum or len(self.tags)
        found = (
            [f"There are {len(self.tags)} tags; at most {most} are allowed."] if len(self.tags) > most else []
        )
        for key, value in self.tags.items():
            found += keys.text_problems(f"The tag key “{key}”", key)
            found += values.text_problems(f"The value of tag “{key}”", value)
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
        }
        required = {"name": self.name, "eventExpiryDuration": self.event_expiry_days}
        return required | {name: value for name, value in optional.items() if value}
