"""Where a memory's records are, held against where its templates say that they belong, and what is wrong.

Records are counted from a list that may have been cut short; then counts are "at least", and no template is
said to be without records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from services.memory import namespaces
from services.memory.namespace_tree import template_values
from services.memory.strategy_details import kind_of, own_part, template_of
from services.records.drafts import NO_STRATEGY

Row = dict[str, Any]
Severity = Literal["error", "warning", "note"]
_RECORD_TYPE = "x-amz-agentcore-memory-recordType"


@dataclass(frozen=True)
class Template:
    """One namespace template. `reflections`: where reflections of an episodic strategy go, not episodes."""

    strategy_id: str
    strategy_name: str
    template: str
    reflections: bool = False


@dataclass(frozen=True)
class Place:
    """A namespace that holds records of one strategy. `template` None: no template leads there.

    `strategy_name` is None for records without a strategy, and for a strategy that no longer exists.
    """

    namespace: str
    strategy_id: str | None
    strategy_name: str | None
    template: str | None
    reflections: bool
    values: dict[str, str]
    records: int


@dataclass(frozen=True)
class Usage:
    """Templates, and the namespaces that really exist, most records first. `complete`: all were read."""

    templates: list[Template]
    places: list[Place]
    complete: bool

    def of(self, template: Template) -> list[Place]:
        """The namespaces that a template led to."""
        wanted = (template.strategy_id, template.template, template.reflections)
        return [place for place in self.places if wanted == _of_template(place)]


def _of_template(place: Place) -> tuple[str | None, str | None, bool]:
    return place.strategy_id, place.template, place.reflections


@dataclass(frozen=True)
class Finding:
    """Something about namespaces to look at. `where` is a template or namespace, untrusted text."""

    severity: Severity
    title: str
    where: str
    strategy_name: str | None
    meaning: str
    next_step: str


def templates(memory: Row) -> list[Template]:
    """Every template of every strategy, reflections' behind their episodes'."""
    found: list[Template] = []
    for strategy in memory.get("strategies", []):
        for part, reflections in ((strategy, False), (own_part(strategy, "reflection"), True)):
            template = template_of(part)
            if template:
                found.append(Template(strategy["strategyId"], strategy["name"], template, reflections))
    return found


def usage(memory: Row, records: Iterable[Row], *, complete: bool) -> Usage:
    """What ListMemoryRecords' summaries say about the templates; `complete`: they are all there are."""
    names = {strategy["strategyId"]: strategy["name"] for strategy in memory.get("strategies", [])}
    known = templates(memory)
    counts = Counter(
        (namespace, _strategy_id(record), _is_reflection(record))
        for record in records
        for namespace in record.get("namespaces", [])
    )
    places = [_place(known, names, *where, records=number) for where, number in counts.most_common()]
    return Usage(known, places, complete)


def _strategy_id(record: Row) -> str | None:
    """Whose record it is; None for one that was written without a strategy."""
    strategy_id = record.get("memoryStrategyId")
    return None if strategy_id == NO_STRATEGY else strategy_id


def _is_reflection(record: Row) -> bool:
    kind: Row = record.get("metadata", {}).get(_RECORD_TYPE, {})
    return kind.get("stringValue") == "REFLECTION"


def _place(
    known: list[Template],
    names: dict[str, str],
    namespace: str,
    strategy_id: str | None,
    is_reflection: bool,
    *,
    records: int,
) -> Place:
    own = [each for each in known if each.strategy_id == strategy_id]
    own.sort(key=lambda each: each.reflections != is_reflection)
    for each in own:
        values = template_values(each.template.replace("{memoryStrategyId}", str(strategy_id)), namespace)
        if values is not None:
            name = each.strategy_name
            return Place(namespace, strategy_id, name, each.template, each.reflections, values, records)
    return Place(namespace, strategy_id, names.get(str(strategy_id)), None, False, {}, records)


def findings(memory: Row, used: Usage) -> list[Finding]:
    """What is wrong or unwise, errors first."""
    found = [finding for each in used.templates for finding in _of_one(memory, used, each)]
    found += [*_shared(used.templates), *_strays(used)]
    order: tuple[Severity, ...] = ("error", "warning", "note")
    return sorted(found, key=lambda finding: order.index(finding.severity))


def _of_one(memory: Row, used: Usage, each: Template) -> Iterator[Finding]:
    declared = [key["key"] for key in memory.get("namespaceKeys", [])]
    strategy = next(row for row in memory["strategies"] if row["strategyId"] == each.strategy_id)
    placeholders = namespaces.placeholders(each.template)
    about = (each.template, each.strategy_name)
    unknown = [name for name in placeholders if name not in (*namespaces.PLACEHOLDERS, *declared)]
    if unknown:
        yield Finding(
            "error",
            f"Nothing fills in {{{'}, {'.join(unknown)}}}",
            *about,
            "AWS knows actorId, sessionId, memoryStrategyId and the memory's namespace keys. A placeholder "
            "without a value stops extraction: events are stored, records never appear.",
            "Correct the placeholder, or declare it as a namespace key and send its value with each event.",
        )
    if kind_of(strategy) == "summary" and "sessionId" not in placeholders:
        yield Finding(
            "error",
            "Summaries of different sessions share a namespace",
            *about,
            "A summary belongs to one session. Without {sessionId} one session's summary cannot be told from "
            "another's.",
            "Put {sessionId} into the template.",
        )
    yield from _unwise(each, placeholders, reflections=each.reflections)
    own_keys = [name for name in placeholders if name in declared]
    if own_keys:
        yield Finding(
            "note",
            f"Events must bring {{{'}, {'.join(own_keys)}}}",
            *about,
            "An event without a value for a namespace key is stored, but nothing is extracted from it here.",
            "Send extractionConfig.namespaceVariables with every CreateEvent.",
        )
    if used.complete and not used.of(each):
        yield _empty(each, strategy)


def _unwise(each: Template, placeholders: list[str], *, reflections: bool) -> Iterator[Finding]:
    about = (each.template, each.strategy_name)
    if not each.template.endswith("/"):
        yield Finding(
            "warning",
            "No slash at the end",
            *about,
            "Where a namespace is used as a prefix, that of user-1 also finds what belongs to user-12.",
            "End the template with a slash. Records keep the namespace they have.",
        )
    if not each.template.startswith("/"):
        yield Finding(
            "warning",
            "No slash at the beginning",
            *about,
            "The path / then does not find these records: whoever lists the whole memory misses them.",
            "Begin the template with a slash. Records keep the namespace they have.",
        )
    if "//" in each.template:
        yield Finding(
            "warning",
            "Two slashes in a row",
            *about,
            "They make a level without a name, which no path that people type will have.",
            "Leave one of them out.",
        )
    if "actorId" not in placeholders and not reflections:
        yield Finding(
            "warning",
            "All actors share a namespace",
            *about,
            "Without {actorId} an agent that asks for one person's memories is given everybody's.",
            "Put {actorId} into the template, unless these records are meant for all.",
        )


def _empty(each: Template, strategy: Row) -> Finding:
    status = strategy.get("status", "ACTIVE")
    not_active = f" The strategy is {status}." if status != "ACTIVE" else ""
    return Finding(
        "note",
        "No record yet",
        each.template,
        each.strategy_name,
        f"This template led to no namespace so far.{not_active} Only events stored while a strategy is "
        "ACTIVE are extracted, a minute or more later, and a changed template moves nothing.",
        "Look for events and for failed extraction jobs; on a new memory, wait.",
    )


def _shared(known: list[Template]) -> Iterator[Finding]:
    by_template: dict[str, list[str]] = {}
    for each in known:
        if "{memoryStrategyId}" not in each.template:
            by_template.setdefault(each.template.rstrip("/"), []).append(each.strategy_name)
    for template, names in by_template.items():
        if len(set(names)) > 1:
            yield Finding(
                "note",
                f"{' and '.join(names)} write to the same namespaces",
                template,
                None,
                "Whoever reads the namespace gets records of different kinds; consolidation stays within one "
                "strategy.",
                "Give each strategy a namespace of its own, unless agents are meant to get all of it.",
            )


def _strays(used: Usage) -> Iterator[Finding]:
    """Records that no present template explains, one finding a strategy."""
    at_least = "" if used.complete else "At least "
    strays: dict[str, list[Place]] = {}
    for place in used.places:
        if place.strategy_id and place.template is None:
            strays.setdefault(place.strategy_id, []).append(place)
    for strategy_id, places in strays.items():
        number = _records(sum(place.records for place in places))
        more = f" and {len(places) - 1:,} more" if len(places) > 1 else ""
        where = f"{places[0].namespace}{more}"
        name = places[0].strategy_name
        if name is None:
            yield Finding(
                "warning",
                f"{at_least}{number} of a deleted strategy",
                where,
                strategy_id,
                "Deleting a strategy leaves its records. Agents still retrieve them; nothing updates them.",
                "Delete them on the Records page, or keep them knowingly.",
            )
        else:
            yield Finding(
                "note",
                f"{at_least}{number} outside the templates",
                where,
                name,
                "The strategy's template was changed since, or they were written by hand. Agents that follow "
                "the present template do not find them.",
                "Move them with BatchUpdateMemoryRecords, or search their path too.",
            )


def _records(number: int) -> str:
    return f"{number:,} {'record' if number == 1 else 'records'}"
