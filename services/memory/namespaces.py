"""Namespaces: templates of strategies, what they resolve to, and which ones there are to choose from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.constraints import CONTROL, constraint

StrategyKindName = Literal["semantic", "user_preference", "summary", "episodic"]

PLACEHOLDERS = ("actorId", "sessionId", "memoryStrategyId")
"""What AWS fills in by itself; a memory may declare further namespaceKeys."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PATTERN_HINT = "letters, digits, - _ and / between placeholders such as {actorId}"


@dataclass(frozen=True)
class Problem:
    """What is wrong (`error`: AWS refuses it or nothing would be extracted) or unwise about a template."""

    severity: Literal["error", "warning"]
    text: str


def check_template(kind: StrategyKindName, template: str, declared: Collection[str] = ()) -> list[Problem]:
    """Problems of a namespace template, errors first; `declared` are the memory's own namespaceKeys.

    Pattern and length come from the service model; {sessionId} for summaries and the trailing slash from the
    developer guide ("Memory organization").
    """
    rules = constraint(
        CONTROL,
        "CreateMemory",
        "memoryStrategies",
        "[]",
        "semanticMemoryStrategy",
        "namespaceTemplates",
        "[]",
    )
    errors = rules.text_problems("The namespace template", template, _PATTERN_HINT)
    errors += _unknown_placeholders(template, declared)
    if kind == "summary" and "{sessionId}" not in template:
        errors.append("A summary belongs to one session, so its template must contain {sessionId}.")
    return [Problem("error", text) for text in errors] + [
        Problem("warning", text) for text in _unwise(template)
    ]


def placeholders(template: str) -> list[str]:
    """The names between braces, each once, in order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(template)))


def parts(template: str) -> Iterator[tuple[str, bool]]:
    """The template cut at its placeholders: each piece, and whether it is one (`{actorId}`)."""
    position = 0
    for found in _PLACEHOLDER.finditer(template):
        if found.start() > position:
            yield template[position : found.start()], False
        yield found[0], True
        position = found.end()
    if position < len(template):
        yield template[position:], False


def _unknown_placeholders(template: str, declared: Collection[str]) -> list[str]:
    known = (*PLACEHOLDERS, *declared)
    unknown = [name for name in placeholders(template) if name not in known]
    choice = ", ".join(f"{{{name}}}" for name in known)
    return [
        f"{{{name}}} is unknown: nothing would ever be extracted. Known placeholders: {choice}."
        for name in unknown
    ]


def _unwise(template: str) -> Iterator[str]:
    if template and not template.endswith("/"):
        yield (
            "End the template with a slash, so that the namespace of user-1 is no prefix of that of user-12."
        )
    if "//" in template:
        yield "Two slashes in a row make a level without a name."
    if "{actorId}" not in template:
        yield "Without {actorId} the memories of all actors share one namespace."


def resolve_template(
    template: str, actor_id: str | None, session_id: str | None, strategy_id: str | None
) -> str:
    """The namespace that the service makes of a template; a placeholder without a value stays as it is."""
    values = {"actorId": actor_id, "sessionId": session_id, "memoryStrategyId": strategy_id}
    return _PLACEHOLDER.sub(lambda found: values.get(found[1]) or found[0], template)


def is_resolved(namespace: str) -> bool:
    """Whether no placeholder is left."""
    return "{" not in namespace


@dataclass(frozen=True)
class KnownNamespace:
    """A namespace to choose: from records that were seen, from resolving a template, or both.

    `record_count` is exact, or None where the records were not listed to the end.
    """

    namespace: str
    strategy_ids: tuple[str, ...]
    record_count: int | None
    source: Literal["records", "template", "both"]


def known_namespaces(
    memory: dict[str, Any],
    records: Iterable[dict[str, Any]] = (),
    actors: Iterable[dict[str, Any]] = (),
    sessions: Iterable[dict[str, Any]] = (),
    records_complete: bool = False,
) -> list[KnownNamespace]:
    """Every namespace that is known of a memory, sorted by name.

    `memory` is GetMemory's dict; `records`, `actors` and `sessions` are summaries as the List operations
    return them (sessions name their actor). `records_complete` says that `records` are all there are: only
    then is there anything to count.
    """
    of_records = [
        (name, record.get("memoryStrategyId") or "")
        for record in records
        for name in record.get("namespaces", [])
    ]
    resolved = set(_resolved(memory, list(actors), list(sessions)))
    counts = Counter(name for name, _ in of_records)
    of_templates = {name for name, _ in resolved}
    strategies: dict[str, set[str]] = {}
    for name, strategy_id in (*of_records, *resolved):
        strategies.setdefault(name, set()).add(strategy_id)
    return [
        KnownNamespace(
            namespace=name,
            strategy_ids=tuple(sorted(strategies[name] - {""})),
            record_count=counts[name] if records_complete else None,
            source=_source(name in counts, name in of_templates),
        )
        for name in sorted(strategies)
    ]


def _source(in_records: bool, in_templates: bool) -> Literal["records", "template", "both"]:
    if in_records and in_templates:
        return "both"
    return "records" if in_records else "template"


def _resolved(
    memory: dict[str, Any], actors: Sequence[dict[str, Any]], sessions: Sequence[dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    """(namespace, strategy id) of every template for every actor and session; only fully resolved ones."""
    people: list[tuple[str | None, str | None]] = [(None, None)]
    people += [(actor["actorId"], None) for actor in actors]
    people += [(session["actorId"], session["sessionId"]) for session in sessions]
    for strategy in memory.get("strategies", []):
        for template in strategy_templates(strategy):
            for actor_id, session_id in people:
                namespace = resolve_template(template, actor_id, session_id, strategy["strategyId"])
                if is_resolved(namespace):
                    yield namespace, strategy["strategyId"]


def strategy_templates(strategy: dict[str, Any]) -> list[str]:
    """A strategy's templates, reflections' included; older answers call them `namespaces`."""
    reflection = strategy.get("configuration", {}).get("reflection", {})
    sources = [strategy, *(part for part in reflection.values() if isinstance(part, dict))]
    found = [
        name for part in sources for name in (part.get("namespaceTemplates") or part.get("namespaces") or [])
    ]
    return list(dict.fromkeys(found))


def parent_paths(namespaces: Iterable[str]) -> list[str]:
    """Every path above the namespaces and each one itself, sorted, to offer as namespacePath.

    `/facts/alice/` gives `/`, `/facts/`, `/facts/alice/`.
    """
    paths = {"/"}
    for namespace in namespaces:
        paths.update(namespace[: cut.end()] for cut in re.finditer("/", namespace))
        paths.add(namespace)
    return sorted(paths)


def all_below_slash(memory: dict[str, Any]) -> bool:
    """Whether every strategy's template begins with a slash, so that the path `/` holds all its records."""
    templates = [
        template for strategy in memory.get("strategies", []) for template in strategy_templates(strategy)
    ]
    return all(template.startswith("/") for template in templates)


def actor_paths(memory: dict[str, Any], actor_id: str) -> list[str]:
    """The namespacePaths that together hold what the strategies extracted of one actor, none below another.

    A template is resolved as far as the actor alone allows; where a session comes first, its path holds
    records of others, too. Templates that do not name the actor are left out: their records tell no actor.
    """
    found = {
        _whole_levels(resolve_template(template, actor_id, None, strategy["strategyId"]))
        for strategy in memory.get("strategies", [])
        for template in strategy_templates(strategy)
        if "{actorId}" in template
    }
    return sorted(path for path in found if not any(path.startswith(other) for other in found - {path}))


def _whole_levels(resolved: str) -> str:
    """What stands before the first placeholder that is left, cut behind its last slash."""
    start, brace, _ = resolved.partition("{")
    return start[: start.rfind("/") + 1] or "/" if brace else start


def root_paths(memory: dict[str, Any], actors: Iterable[dict[str, Any]]) -> list[str]:
    """The namespacePaths that together hold all records of a memory's strategies.

    `/` holds every namespace that begins with a slash; a template without a leading slash has a root of its
    own, one per actor if it begins with {actorId}.
    """
    actor_ids = [actor["actorId"] for actor in actors]
    roots = {"/"}
    for strategy in memory.get("strategies", []):
        for template in strategy_templates(strategy):
            if not template.startswith("/"):
                first = template.split("/", 1)[0]
                roots |= {resolve_template(first, actor, None, strategy["strategyId"]) for actor in actor_ids}
                roots.add(resolve_template(first, None, None, strategy["strategyId"]))
    return sorted(root for root in roots if root and is_resolved(root))
