"""LLM_INFERRED metadata of extracted records, by rules: found and copied, never thought up.

On AWS a language model fills the keys of a strategy's metadata schema. The rules here take a value only from
where it literally is: the metadata of the events, an allowed value that the text names, a number beside the
key's name. Whatever is ambiguous is left out. Source of the schema's meaning: AgentCore developer guide,
"Structured metadata for long-term memories".
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.aws_local.long_term.consolidation import REFLECTION, Change, Plan, Work
from services.aws_local.memory.strategies import reflection_of

Document = dict[str, Any]

LATEST_VALUE = "LATEST_VALUE"  # the one instruction that AWS defines; any other is a sentence for a model

_LONGEST_STRING = 256
_LONGEST_ITEM = 64
_MAX_ITEMS = 5
_NUMBER = r"-?\d+(?:,\d{3})*(?:\.\d+)?"
_BETWEEN = r"(?:\s+(?:is|was|of|are|were|at|to|now|about)\b|\s*[:=]){0,3}\s*[$€£]?\s*"
_NEGATED = re.compile(r"(?:\b(?:not|no|never|without|neither|nor)|n['’]t)(?:\s+\w+)?\s*$", re.I)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def filled(work: Work, made: Plan) -> Plan:
    """The plan of a group with the metadata of every record that it writes.

    Reference: a record that is consolidated is filled again, by the schema as it is now.
    """
    reflections = reflection_of(work.strategy).get("memoryRecordSchema", {}).get("metadataSchema", [])
    schema = work.strategy.schema()
    if not schema and not reflections:
        return made
    given = [json.loads(event["metadata"]) for event in work.events]
    said = [*work.context_messages(), *work.messages()]

    def with_metadata(change: Change) -> Change:
        sources = {*change.new.sources, *change.written.sources}
        texts = [message.text for message in said if (message.event_id, message.index) in sources]
        of_its_type = reflections if change.record_type == REFLECTION else schema
        return replace(change, metadata=infer(of_its_type, given, texts))

    return replace(made, changes=tuple(map(with_metadata, made.changes)))


def infer(schema: Sequence[Document], event_values: Sequence[Document], texts: Sequence[str]) -> Document:
    """The values of a schema's inferred keys, in AWS's shape; keys without a sure value are absent.

    `event_values`: the metadata of the events that were extracted together, oldest first. `texts`: the
    messages that this record was made from, oldest first.
    """
    found: Document = {}
    for entry in schema:
        if entry.get("extractionType", "LLM_INFERRED") == "LLM_INFERRED":
            given = [each[entry["key"]]["stringValue"] for each in event_values if entry["key"] in each]
            value = _value(entry, given, texts)
            if value is not None:
                found[entry["key"]] = value
    return found


def _value(entry: Document, given: list[str], texts: Sequence[str]) -> Document | None:
    config = entry.get("extractionConfig", {}).get("llmExtractionConfig", {})
    rule: Document = next(iter(config.get("validation", {}).values()), {})
    instruction = config.get("llmExtractionInstruction", LATEST_VALUE)
    match entry.get("type", "STRING"):
        case "NUMBER":
            return _number(entry["key"], rule, instruction, given, texts)
        case "STRINGLIST":
            return _string_list(rule, given, texts)
    return _string(rule, instruction, given, texts)


def _one(values: list[Any], instruction: str) -> Any:
    """The value that counts, or None: the latest, where that is the rule; otherwise the only one."""
    if not values or (instruction != LATEST_VALUE and len(set(values)) > 1):
        return None
    return values[-1]


def _string(rule: Document, instruction: str, given: list[str], texts: Sequence[str]) -> Document | None:
    allowed = rule.get("allowedValues")
    values = [spelled for value in given if (spelled := _allowed(value, allowed)) is not None]
    if not values and allowed:
        values = _named(allowed, texts)
    value = _one(values, instruction)
    return None if value is None or len(value) > _LONGEST_STRING else {"stringValue": value}


def _string_list(rule: Document, given: list[str], texts: Sequence[str]) -> Document | None:
    """Every value that occurs, once; those that came first when there are too many."""
    allowed = rule.get("allowedValues")
    values = [spelled for value in given if (spelled := _allowed(value, allowed)) is not None]
    values += _named(allowed, texts) if allowed else []
    kept = [value for value in dict.fromkeys(values) if 0 < len(value) <= _LONGEST_ITEM]
    items = kept[: rule.get("maxItems", _MAX_ITEMS)]
    return {"stringListValue": items} if items else None


def _allowed(value: str, allowed: list[str] | None) -> str | None:
    """The value in the spelling of the schema; None for one that is not allowed there."""
    if allowed is None:
        return value or None
    return next((each for each in allowed if each.casefold() == value.strip().casefold()), None)


def _named(allowed: list[str], texts: Sequence[str]) -> list[str]:
    """The allowed values that the texts name as whole words and do not deny, in the order of mention.

    The longest first at each place: `very high` does not name `high`.
    """
    spelled = {each.casefold(): each for each in allowed if each.strip()}
    if not spelled:
        return []
    any_of = "|".join(re.escape(each) for each in sorted(spelled, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])(?:{any_of})(?![\w-])", re.IGNORECASE)
    return [
        spelled[match[0].casefold()]
        for text in texts
        for match in pattern.finditer(text)
        if match[0].casefold() in spelled and not _NEGATED.search(text[: match.start()][-40:])
    ]


def _number(
    key: str, rule: Document, instruction: str, given: list[str], texts: Sequence[str]
) -> Document | None:
    """A number in the events' metadata, or right after the key's own words: `party size: 4`."""
    values = [number for value in given if (number := _as_number(value)) is not None]
    words = [re.escape(word) for word in _WORDS.findall(key)]
    if not values and words:
        pattern = re.compile(rf"\b{'[ _-]*'.join(words)}{_BETWEEN}({_NUMBER})(?![\w%]|[.,]\d)", re.IGNORECASE)
        found = [_as_number(match[1]) for text in texts for match in pattern.finditer(text)]
        values = [number for number in found if number is not None]
    within = [value for value in values if _is_within(value, rule)]
    value = _one(within, instruction)
    return None if value is None else {"numberValue": value}


def _as_number(text: str) -> float | None:
    if not re.fullmatch(_NUMBER, text.strip()):
        return None
    number = float(text.strip().replace(",", ""))
    return number if math.isfinite(number) else None


def _is_within(value: float, rule: Document) -> bool:
    return bool(rule.get("minValue", -math.inf) <= value <= rule.get("maxValue", math.inf))
