"""Strategies between their three shapes: CreateMemory's input, what is stored, GetMemory's output.

Input and output differ in AWS's model: `semanticOverride.extraction` goes in and
`extraction.customExtractionConfiguration.semanticExtractionOverride` comes out; a template goes in as
`namespaces` or `namespaceTemplates` and comes out as both. Built-in strategies have no `configuration`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from services.aws_local import namespaces
from services.aws_local.clock import now_ms, seconds
from services.aws_local.errors import ValidationException
from services.aws_local.identifiers import resource_id
from services.aws_local.memories import Strategy
from services.aws_local.store import Row

Document = dict[str, Any]

_BUILT_IN = {
    "semanticMemoryStrategy": "SEMANTIC",
    "summaryMemoryStrategy": "SUMMARIZATION",
    "userPreferenceMemoryStrategy": "USER_PREFERENCE",
    "episodicMemoryStrategy": "EPISODIC",
}
# member of customMemoryStrategy.configuration -> what it produces, type shown, stem of the output members
_OVERRIDES = {
    "semanticOverride": ("SEMANTIC", "SEMANTIC_OVERRIDE", "semantic"),
    "summaryOverride": ("SUMMARIZATION", "SUMMARY_OVERRIDE", "summary"),
    "userPreferenceOverride": ("USER_PREFERENCE", "USER_PREFERENCE_OVERRIDE", "userPreference"),
    "episodicOverride": ("EPISODIC", "EPISODIC_OVERRIDE", "episodic"),
}
_SELF_MANAGED = "selfManagedConfiguration"
_STEPS = ("extraction", "consolidation", "reflection")
# The model makes both members required in the output, not in the input; the values are ours.
_SELF_MANAGED_DEFAULTS: Document = {
    "triggerConditions": [{"messageBasedTrigger": {"messageCount": 6}}],
    "historicalContextWindowSize": 4,
}
_MAX_STRICT_KEYS = 3


def is_custom(given: Document) -> bool:
    """Whether a strategy of CreateMemory's input needs the memory's execution role."""
    return "customMemoryStrategy" in given


def new_strategy(given: Document, active_ms: int) -> Row:
    """The row of a strategy given to CreateMemory or UpdateMemory; ValidationException when it is wrong."""
    ((member, strategy),) = given.items()
    extracts, configuration = _produces(member, strategy)
    settings = {
        "description": strategy.get("description"),
        "configuration": configuration,
        "memoryRecordSchema": strategy.get("memoryRecordSchema"),
        "recordExpiryDurationDays": _new_expiry(strategy),
    }
    return {
        "strategy_id": resource_id(strategy["name"]),
        "name": strategy["name"],
        "type": _BUILT_IN.get(member, "CUSTOM"),
        "extracts": extracts,
        "template": template_of(strategy) or namespaces.default_template(extracts),
        "created_ms": now_ms(),
        "active_ms": active_ms,
        "settings": json.dumps(_set_only(settings)),
    }


def _produces(member: str, strategy: Document) -> tuple[str, Document | None]:
    """What the strategy produces, and its configuration in the output's shape."""
    if member in _BUILT_IN:
        reflection = strategy.get("reflectionConfiguration")
        return _BUILT_IN[member], _built_in_configuration(reflection)
    configuration = strategy.get("configuration")
    if not configuration:
        raise ValidationException(f"Custom strategy {strategy['name']} requires a configuration.")
    ((override, given),) = configuration.items()
    if override == _SELF_MANAGED:
        self_managed = _SELF_MANAGED_DEFAULTS | given
        return "SELF_MANAGED", {"type": "SELF_MANAGED", _SELF_MANAGED: self_managed}
    extracts, shown, stem = _OVERRIDES[override]
    return extracts, {"type": shown} | {
        step: _wrapped(step, stem, given[step]) for step in _STEPS if step in given
    }


def _wrapped(step: str, stem: str, given: Document) -> Document:
    """One step of an override in the output's nesting."""
    name = step.capitalize()
    value = with_both_templates(given) if step == "reflection" else given
    return {f"custom{name}Configuration": {f"{stem}{name}Override": value}}


def _built_in_configuration(reflection: Document | None) -> Document | None:
    """Only an episodic strategy with its own reflection settings shows a configuration."""
    if reflection is None:
        return None
    return {"reflection": {"episodicReflectionConfiguration": with_both_templates(reflection)}}


def with_both_templates(given: Document) -> Document:
    """The same with its template under the legacy name and the current one."""
    template = template_of(given)
    return given if template is None else given | _both(template)


def _both(template: str) -> Document:
    return {"namespaces": [template], "namespaceTemplates": [template]}


def template_of(given: Document) -> str | None:
    """The template in `namespaceTemplates` or in the legacy `namespaces`."""
    templates = {name: given[name][0] for name in ("namespaceTemplates", "namespaces") if given.get(name)}
    if len(set(templates.values())) > 1:
        raise ValidationException("namespaces and namespaceTemplates must not differ.")
    return next(iter(templates.values()), None)


def _new_expiry(strategy: Document) -> int | None:
    specification = strategy.get("recordExpirySpecification", {})
    if "action" in specification:
        raise ValidationException("recordExpirySpecification action REMOVE is not applicable on create.")
    days: int | None = specification.get("recordExpiryDurationDays")
    return days


def _set_only(settings: Document) -> Document:
    return {name: value for name, value in settings.items() if value is not None}


def modified(strategy: Strategy, given: Document) -> Strategy:
    """The strategy after a modifyMemoryStrategies request."""
    settings = dict(strategy.settings)
    settings |= {name: given[name] for name in ("description", "memoryRecordSchema") if name in given}
    if "configuration" in given:
        settings["configuration"] = _modified_configuration(strategy, given["configuration"])
    expiry = given.get("recordExpirySpecification", {})
    if "recordExpiryDurationDays" in expiry:
        settings["recordExpiryDurationDays"] = expiry["recordExpiryDurationDays"]
    elif expiry.get("action") == "REMOVE":
        settings.pop("recordExpiryDurationDays", None)
    return replace(strategy, template=template_of(given) or strategy.template, settings=settings)


def _modified_configuration(strategy: Strategy, given: Document) -> Document:
    """Merge the steps that were given (they come in the output's shape already)."""
    configuration: Document = dict(strategy.settings.get("configuration", {}))
    if _SELF_MANAGED in given:
        if strategy.extracts != "SELF_MANAGED":
            raise ValidationException(f"Strategy {strategy.strategy_id} is not self-managed.")
        configuration[_SELF_MANAGED] = configuration[_SELF_MANAGED] | given[_SELF_MANAGED]
    elif strategy.type not in {"CUSTOM", "EPISODIC"}:
        raise ValidationException(f"Built-in strategy {strategy.strategy_id} has no configuration to modify.")
    for step in _STEPS:
        if step in given:
            ((wrapper, value),) = given[step].items()
            configuration[step] = {wrapper: _reflection(value) if step == "reflection" else value}
    return configuration


def _reflection(value: Document) -> Document:
    """A reflection step with both template names, also when it is nested in an override."""
    if "episodicReflectionOverride" in value:
        return {"episodicReflectionOverride": with_both_templates(value["episodicReflectionOverride"])}
    return with_both_templates(value)


def shown(strategy: Strategy, at_ms: int) -> Document:
    """The strategy as GetMemory answers it; what was never set is absent."""
    return strategy.settings | {
        "strategyId": strategy.strategy_id,
        "name": strategy.name,
        "type": strategy.type,
        **_both(strategy.template),
        "createdAt": seconds(strategy.created_ms),
        "updatedAt": seconds(strategy.updated_ms),
        "status": strategy.status(at_ms),
    }


def check(
    extracts: str, template: str, settings: Document, declared: Mapping[str, str], keys: Iterable[str]
) -> None:
    """ValidationException unless the strategy's template and metadata schema are usable.

    `declared`: the memory's indexed keys with their types; `keys`: its namespaceKeys. Rules of the
    developer guide: only known variables, a summary per session, at most three STRICTLY_CONSISTENT keys.
    """
    unknown = namespaces.variables(template) - namespaces.BUILT_IN_VARIABLES - set(keys)
    if unknown:
        raise ValidationException(
            f"Namespace template {template} uses undeclared variables: {', '.join(sorted(unknown))}."
        )
    if extracts == "SUMMARIZATION" and "sessionId" not in namespaces.variables(template):
        raise ValidationException("The namespace template of a summary strategy must contain {sessionId}.")
    schema = settings.get("memoryRecordSchema", {}).get("metadataSchema", [])
    _check_strict_keys(extracts, [key for key in schema if is_strict(key)], declared)


def is_strict(key: Document) -> bool:
    """Whether a schema's key is copied from the events instead of inferred."""
    return bool(key.get("extractionType") == "STRICTLY_CONSISTENT")


def _check_strict_keys(extracts: str, strict: list[Document], declared: Mapping[str, str]) -> None:
    if len(strict) > _MAX_STRICT_KEYS or (strict and extracts == "SUMMARIZATION"):
        raise ValidationException(
            f"At most {_MAX_STRICT_KEYS} STRICTLY_CONSISTENT keys are allowed, and none for summaries."
        )
    for key in strict:
        if key.get("type", "STRING") != "STRING" or "extractionConfig" in key or key["key"] not in declared:
            raise ValidationException(
                f"STRICTLY_CONSISTENT key {key['key']} must be an indexed STRING without extractionConfig."
            )
