"""The kinds of strategy that AWS has, with its names for each, and our defaults and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.memory.namespaces import StrategyKindName

Kind = StrategyKindName | Literal["self_managed"]
StepName = Literal["extraction", "consolidation", "reflection"]


@dataclass(frozen=True)
class StrategyKind:
    """One built-in kind of strategy. `type` is what GetMemory calls it, `member` its key in a request, `stem`
    how the names of its overrides begin."""

    kind: StrategyKindName
    label: str
    type: str
    member: str
    stem: str
    default_name: str
    default_template: str
    description: str


# The templates are the defaults that AWS gives to a strategy without one (SDK constants, recorded answers).
BY_ACTOR = "/strategies/{memoryStrategyId}/actors/{actorId}/"
BY_SESSION = "/strategies/{memoryStrategyId}/actors/{actorId}/sessions/{sessionId}/"

STRATEGY_KINDS: dict[StrategyKindName, StrategyKind] = {
    "semantic": StrategyKind(
        "semantic",
        "Semantic facts",
        "SEMANTIC",
        "semanticMemoryStrategy",
        "semantic",
        "SemanticFacts",
        BY_ACTOR,
        "Facts that the user states, one sentence each.",
    ),
    "user_preference": StrategyKind(
        "user_preference",
        "User preferences",
        "USER_PREFERENCE",
        "userPreferenceMemoryStrategy",
        "userPreference",
        "UserPreferences",
        BY_ACTOR,
        "What the user likes, dislikes and chooses, with context and categories.",
    ),
    "summary": StrategyKind(
        "summary",
        "Session summaries",
        "SUMMARIZATION",
        "summaryMemoryStrategy",
        "summary",
        "SessionSummaries",
        BY_SESSION,
        "A running summary of each session, by topic.",
    ),
    "episodic": StrategyKind(
        "episodic",
        "Episodes",
        "EPISODIC",
        "episodicMemoryStrategy",
        "episodic",
        "Episodes",
        BY_SESSION,
        "What was tried and how it ended, with reflections across episodes.",
    ),
}

_ADDS = "Adds each new item, or updates or skips it after a look at the nearest records of its namespace."

STEPS: dict[StrategyKindName, dict[StepName, str]] = {
    "semantic": {
        "extraction": "Reads USER and ASSISTANT turns and writes down what the user states, a sentence a "
        "fact. The assistant's turns are context only.",
        "consolidation": _ADDS,
    },
    "user_preference": {
        "extraction": "Reads USER and ASSISTANT turns for what the user likes, dislikes and chooses, told or "
        "shown, and writes each with its context and categories.",
        "consolidation": _ADDS,
    },
    "summary": {
        "consolidation": "Reads all roles and carries the session's running summary on, a passage a topic.",
    },
    "episodic": {
        "extraction": "Describes every turn, TOOL results included: situation, intent, action and thought.",
        "consolidation": "Joins the turns of an episode once it has ended, and judges whether it reached its "
        "goal.",
        "reflection": "Looks across episodes for what to do again and what to avoid, with a confidence.",
    },
}
"""What AWS's own instructions do, step by step (developer guide, "Built-in strategies")."""


def kind_label(kind: Kind | None) -> str:
    """The kind in words."""
    if kind is None:
        return "Unknown kind"
    return "Self-managed" if kind == "self_managed" else STRATEGY_KINDS[kind].label
