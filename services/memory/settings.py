"""Everything that can be set about a memory as named values, and where two memories, or two versions of
one, differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.memory import metadata_schema
from services.memory.self_managed import hand_over
from services.memory.strategy_details import kind_of, own_part, schema_of, steps, template_of
from services.memory.strategy_kinds import kind_label

Row = dict[str, Any]
MEMORY = "Memory"
BUILT_IN = "built in"
KIND = "Kind"
"""The setting that every strategy has: without it, there is no strategy."""


@dataclass(frozen=True)
class Difference:
    """One setting on both sides, None where it is not there. `section` is Memory or a strategy's name."""

    section: str
    name: str
    before: str | None
    after: str | None

    @property
    def differs(self) -> bool:
        return self.before != self.after


def settings(memory: Row, tags: Mapping[str, str] | None = None) -> dict[tuple[str, str], str]:
    """Every setting by (section, name), in reading order. `memory` is GetMemory's dict; tags are asked for
    separately (ListTagsForResource), None leaves them out."""
    found = {(MEMORY, name): value for name, value in _of_memory(memory, tags or {})}
    for strategy in memory.get("strategies", []):
        section = f"Strategy {strategy['name']}"
        while (section, KIND) in found:  # a draft may have the name of a strategy that exists
            section += " (another)"
        found |= {(section, name): value for name, value in _of_strategy(strategy)}
    return found


def _of_memory(memory: Row, tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    optional = {
        "Description": memory.get("description"),
        "Events kept": f"{memory.get('eventExpiryDuration')} days",
        "Execution role": memory.get("memoryExecutionRoleArn"),
        "Encryption key": memory.get("encryptionKeyArn"),
    }
    yield from ((name, str(value)) for name, value in optional.items() if value)
    for key in memory.get("indexedKeys", []):
        yield f"Indexed key {key['key']}", str(key["type"])
    for key in memory.get("namespaceKeys", []):
        yield f"Namespace key {key['key']}", namespace_key_in_words(key)
    for resource in memory.get("streamDeliveryResources", {}).get("resources", []):
        kinesis = resource.get("kinesis", {})
        yield "Stream", str(kinesis.get("dataStreamArn", ""))
        levels = [str(each.get("level", "")) for each in kinesis.get("contentConfigurations", [])]
        yield "Stream content", ", ".join(filter(None, levels))
    yield from ((f"Tag {key}", value) for key, value in sorted(tags.items()))


def namespace_key_in_words(key: Row) -> str:
    """Which values a namespace key takes."""
    validation = key.get("validation", {})
    if validation.get("allowedValues"):
        return f"one of {', '.join(validation['allowedValues'])}"
    if validation.get("regexPattern"):
        return f"fits {validation['regexPattern']}"
    return "any value"


def _of_strategy(strategy: Row) -> Iterator[tuple[str, str]]:
    yield KIND, kind_label(kind_of(strategy))
    if strategy.get("description"):
        yield "Description", str(strategy["description"])
    if template_of(strategy):
        yield "Namespace template", template_of(strategy)
    days = strategy.get("recordExpiryDurationDays")
    yield "Records kept", f"{days} days" if days else "without end"
    for step in steps(strategy):
        title = step.name.capitalize()
        yield f"{title} model", step.model_id or BUILT_IN
        yield f"{title} instructions", step.prompt or BUILT_IN
    reflection = own_part(strategy, "reflection")
    if template_of(reflection):
        yield "Reflections' namespace template", template_of(reflection)
    yield from _schema("Metadata", strategy)
    yield from _schema("Reflections' metadata", reflection)
    yield from _handed_over(strategy)


def _schema(title: str, part: Row) -> Iterator[tuple[str, str]]:
    for entry in schema_of(part):
        yield f"{title} {entry['key']}", metadata_schema.in_words(entry)


def _handed_over(strategy: Row) -> Iterator[tuple[str, str]]:
    given = hand_over(strategy)
    if given is None:
        return
    triggers = {
        f"{given.messages} messages": given.messages,
        f"{given.tokens} tokens": given.tokens,
        f"{given.idle_seconds} idle seconds": given.idle_seconds,
    }
    yield "Handed over after", " or ".join(words for words, number in triggers.items() if number) or "never"
    yield "Told on SNS topic", given.topic_arn
    yield "Delivered to bucket", given.bucket
    yield "Earlier messages handed over too", str(given.history)


def differences(
    before: Mapping[tuple[str, str], str], after: Mapping[tuple[str, str], str]
) -> list[Difference]:
    """Every setting of either side, in the order of the first; those that are equal too."""
    places = list(dict.fromkeys([*before, *after]))
    sections = list(dict.fromkeys(section for section, _ in places))
    places.sort(key=lambda place: sections.index(place[0]))  # stable: names stay in their order
    return [Difference(*place, before.get(place), after.get(place)) for place in places]
