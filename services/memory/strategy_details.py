"""What a strategy does, step by step, read off GetMemory's dict.

A strategy's own instructions lie three levels deep (`configuration.extraction.customExtractionConfiguration.
semanticExtractionOverride`); those of the built-in strategies are AWS's and in no answer.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from services.memory.strategy_kinds import STEPS, STRATEGY_KINDS, Kind, StepName

Row = dict[str, Any]

# GetMemory's type, or a custom strategy's configuration.type -> kind
_KINDS: dict[str, Kind] = {
    **{each.type: each.kind for each in STRATEGY_KINDS.values()},
    "SEMANTIC_OVERRIDE": "semantic",
    "USER_PREFERENCE_OVERRIDE": "user_preference",
    "SUMMARY_OVERRIDE": "summary",
    "EPISODIC_OVERRIDE": "episodic",
    "SELF_MANAGED": "self_managed",
}
_WRAPPERS = ("custom", *(each.stem for each in STRATEGY_KINDS.values()))


@dataclass(frozen=True)
class Step:
    """One step of a strategy. `prompt` and `model_id` are its own, None where AWS's are used."""

    name: StepName
    about: str
    prompt: str | None
    model_id: str | None


def kind_of(strategy: Row) -> Kind | None:
    """The kind of a strategy; None for a type that we do not know."""
    override = strategy.get("configuration", {}).get("type")
    return _KINDS.get(str(override or strategy.get("type", "")))


def is_override(strategy: Row) -> bool:
    """Whether it is a built-in strategy with instructions of its own (`…_OVERRIDE`)."""
    return str(strategy.get("configuration", {}).get("type", "")).endswith("_OVERRIDE")


def steps(strategy: Row) -> list[Step]:
    """The steps of a strategy in order; none for a self-managed one, whose steps are elsewhere."""
    kind = kind_of(strategy)
    if kind is None or kind == "self_managed":
        return []
    found = [(name, about, own_part(strategy, name)) for name, about in STEPS[kind].items()]
    return [Step(name, about, own.get("appendToPrompt"), own.get("modelId")) for name, about, own in found]


def own_part(strategy: Row, step: StepName) -> Row:
    """What a strategy sets for a step itself, without its wrappers; empty where it sets nothing."""
    part: Any = strategy.get("configuration", {}).get(step, {})
    while isinstance(part, dict) and len(part) == 1 and next(iter(part)).startswith(_WRAPPERS):
        part = next(iter(part.values()))
    return dict(part) if isinstance(part, dict) else {}


def with_own_part(strategy: Row, step: StepName, part: Row) -> Row:
    """The strategy with another own part for a step, wrapped as GetMemory and UpdateMemory wrap it."""
    changed = deepcopy(strategy)
    kind, name = kind_of(strategy), step.capitalize()
    wrapped: Row = {f"episodic{name}Configuration": part}
    if is_override(strategy) and kind is not None and kind != "self_managed":
        stem = STRATEGY_KINDS[kind].stem
        wrapped = {f"custom{name}Configuration": {f"{stem}{name}Override": part}}
    changed.setdefault("configuration", {})[step] = wrapped
    return changed


def template_of(part: Row) -> str:
    """The template in `namespaceTemplates` or in the legacy `namespaces`; empty for none."""
    return str(next(iter(part.get("namespaceTemplates") or part.get("namespaces") or [""])))


def with_template(part: Row, template: str) -> Row:
    """The strategy, or reflection part, with another template under both names."""
    return part | {"namespaceTemplates": [template], "namespaces": [template]}


def schema_of(part: Row) -> list[Row]:
    """The metadata schema of a strategy or of its reflection part; empty for none."""
    return list(part.get("memoryRecordSchema", {}).get("metadataSchema", []))
