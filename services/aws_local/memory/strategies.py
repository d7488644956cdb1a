"""Strategies between their three shapes: CreateMemory's input, what is stored, GetMemory's output.

Input and output differ in AWS's model: `semanticOverride.extraction` goes in and
`extraction.customExtractionConfiguration.semanticExtractionOverride` comes out; a template goes in as
`namespaces` or `namespaceTemplates` and comes out as both. Built-in strategies have no `configuration`, but
for episodic ones: `reflection.episodicReflectionConfiguration` is the output's only place for where their
reflections go.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from services.aws_local.clock import now_ms, seconds
from services.aws_local.identifiers import resource_id
from services.aws_local.memory import namespaces
from services.aws_local.memory.memories import Strategy
from services.aws_local.storage.store import Row
from services.aws_local.wire.validation import refused

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
        return _BUILT_IN[member], _built_in_configuration(member, strategy)
    configuration = strategy.get("configuration")
    if not configuration:
        raise refused("configuration", f"Custom strategy {strategy['name']} requires a configuration.")
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


def _built_in_configuration(member: str, strategy: Document) -> Document | None:
    """Only an episodic strategy shows a configuration: where its reflections go, by default too."""
    if _BUILT_IN[member] != "EPISODIC":
        return None
    reflection = strategy.get("reflectionConfiguration", {})
    template = template_of(reflection) or namespaces.DEFAULT_REFLECTION_TEMPLATE
    return {"reflection": {"episodicReflectionConfiguration": reflection | _both(template)}}


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
        raise refused("namespaceTemplates", "namespaces and namespaceTemplates must not differ.")
    return next(iter(templates.values()), None)


def _new_expiry(strategy: Document) -> int | None:
    specification = strategy.get("recordExpirySpecification", {})
    if "action" in specification:
        message = "recordExpirySpecification action REMOVE is not applicable on create."
        raise refused("recordExpirySpecification.action", message)
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
    """The configuration with the given steps in place of its own (they come in the output's shape)."""
    configuration: Document = dict(strategy.settings.get("configuration", {}))
    if _SELF_MANAGED in given:
        if strategy.extracts != "SELF_MANAGED":
            raise refused("configuration", f"Strategy {strategy.strategy_id} is not self-managed.")
        configuration[_SELF_MANAGED] = _modified_self_managed(
            configuration[_SELF_MANAGED], given[_SELF_MANAGED]
        )
    for step in _STEPS:
        if step in given:
            configuration[step] = _modified_step(strategy, configuration.get(step, {}), step, given[step])
    return configuration


def _modified_self_managed(known: Document, given: Document) -> Document:
    """All members are optional here, also those of the invocation."""
    invocation = known["invocationConfiguration"] | given.get("invocationConfiguration", {})
    return known | given | {"invocationConfiguration": invocation}


def _modified_step(strategy: Strategy, known: Document, step: str, given: Document) -> Document:
    """One step, after a check that it is a step of this strategy and its override."""
    ((wrapper, value),) = given.items()
    if strategy.type == "EPISODIC":
        wanted, override = "episodicReflectionConfiguration", None
    else:
        shown_as = strategy.settings.get("configuration", {}).get("type")
        stems = {shown: stem for _, shown, stem in _OVERRIDES.values()}
        name = step.capitalize()
        wanted, override = f"custom{name}Configuration", f"{stems.get(shown_as)}{name}Override"
    if wrapper != wanted or (override is not None and override not in value):
        raise refused("configuration", f"Strategy {strategy.strategy_id} has no such {step} to modify.")
    if override is None:
        return {wrapper: with_both_templates(_kept_templates(known.get(wrapper, {}), value))}
    older = known.get(wrapper, {}).get(override, {})
    return {wrapper: {override: with_both_templates(_kept_templates(older, value[override]))}}


def _kept_templates(known: Document, given: Document) -> Document:
    """The step as given; where it names no template the one it had stays."""
    template = template_of(given) or template_of(known)
    return given if template is None else given | _both(template)


def reflection_of(strategy: Strategy) -> Document:
    """The reflection step of an episodic strategy, whichever way it is configured; empty without one."""
    step = strategy.settings.get("configuration", {}).get("reflection", {})
    for value in step.values():
        inner: Document = value.get("episodicReflectionOverride", value)
        return inner
    return {}


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


def is_strict(key: Document) -> bool:
    """Whether a schema's key is copied from the events instead of inferred."""
    return bool(key.get("extractionType") == "STRICTLY_CONSISTENT")
