"""What AWS demands of a strategy beyond the service model: templates and metadata schemas.

Rules of the developer guide: "Memory organization", "Episodic memory strategy" and "Structured metadata for
long-term memories". The texts about {sessionId} and reflections are AWS's, as users quote them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.aws_local.memory import namespaces
from services.aws_local.memory.memories import Strategy
from services.aws_local.memory.strategies import Document, is_strict, reflection_of, template_of
from services.aws_local.wire.validation import refused

_MAX_STRICT_KEYS = 3
_VALIDATED_TYPES = {
    "stringValidation": "STRING",
    "stringListValidation": "STRINGLIST",
    "numberValidation": "NUMBER",
}


def check(strategy: Strategy, indexed: Mapping[str, str], namespace_keys: Iterable[str]) -> None:
    """ValidationException unless the strategy's templates and metadata schemas are usable.

    `indexed`: the memory's indexed keys with their types; `namespace_keys`: its own template variables.
    """
    known = namespaces.BUILT_IN_VARIABLES | set(namespace_keys)
    _check_variables(strategy.template, known)
    if strategy.extracts == "SUMMARIZATION" and "sessionId" not in namespaces.variables(strategy.template):
        raise refused(
            "namespaceTemplates",
            f"Memory strategy {strategy.name} is of Summarization type requiring {{sessionId}} as a "
            "mandatory part of namespace",
        )
    _check_schema(strategy, strategy.schema(), indexed)
    reflection = reflection_of(strategy)
    template = template_of(reflection)
    if template is not None:
        _check_variables(template, known)
        _check_reflection(strategy, template)
    _check_schema(strategy, reflection.get("memoryRecordSchema", {}).get("metadataSchema", []), indexed)


def _check_variables(template: str, known: frozenset[str]) -> None:
    unknown = namespaces.variables(template) - known
    if unknown:
        names = ", ".join(sorted(unknown))
        message = f"Namespace template {template} uses undeclared variables: {names}."
        raise refused("namespaceTemplates", message)


def _check_reflection(strategy: Strategy, reflections: str) -> None:
    """Reflections may be less nested than their episodes, and must not lie elsewhere."""
    if not strategy.template.startswith(reflections):
        message = (
            f"Reflection namespace '{reflections}' must be the same as or a prefix of the episodic namespace "
            f"for strategy {strategy.name}"
        )
        raise refused("namespaceTemplates", message)


def _check_schema(strategy: Strategy, schema: list[Document], indexed: Mapping[str, str]) -> None:
    keys = [entry["key"] for entry in schema]
    for key in keys:
        if keys.count(key) > 1:
            raise refused("metadataSchema", f"Metadata schema key {key} is declared more than once.")
    strict = [entry for entry in schema if is_strict(entry)]
    if len(strict) > _MAX_STRICT_KEYS:
        message = f"A metadata schema has at most {_MAX_STRICT_KEYS} STRICTLY_CONSISTENT keys."
        raise refused("metadataSchema", message)
    if strict and strategy.extracts == "SUMMARIZATION":
        raise refused("metadataSchema", "Summary strategies do not support STRICTLY_CONSISTENT keys.")
    for entry in schema:
        if is_strict(entry):
            _check_strict(entry, indexed)
        else:
            _check_inferred(entry)


def _check_strict(entry: Document, indexed: Mapping[str, str]) -> None:
    is_string = entry.get("type", "STRING") == "STRING" == indexed.get(entry["key"])
    if not is_string or "extractionConfig" in entry:
        message = (
            f"STRICTLY_CONSISTENT key {entry['key']} must be an indexed STRING key without extractionConfig."
        )
        raise refused("metadataSchema", message)


def _check_inferred(entry: Document) -> None:
    """An LLM_INFERRED key has a definition, and no validation but that of its type."""
    key = entry["key"]
    if "extractionConfig" not in entry:
        raise refused(
            "metadataSchema", f"LLM_INFERRED key {key} requires extractionConfig with a definition."
        )
    validation = entry["extractionConfig"]["llmExtractionConfig"].get("validation", {})
    for name, rule in validation.items():
        if _VALIDATED_TYPES[name] != entry.get("type", "STRING"):
            raise refused("metadataSchema", f"The validation of key {key} must match its type.")
        if rule.get("minValue", float("-inf")) > rule.get("maxValue", float("inf")):
            raise refused("metadataSchema", f"minValue of key {key} must not be greater than its maxValue.")
