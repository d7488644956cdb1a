"""Namespaces as a tree of paths with counts, and what a template says about a namespace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from services.memory.namespaces import KnownNamespace, strategy_templates

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Branch:
    """One path of the tree. `depth` is 0 for `/`; `records` counts everything at and below the path, None
    where not all records were read; `name` is the path's own last part.
    """

    path: str
    depth: int
    name: str
    records: int | None

    @property
    def parent(self) -> str:
        """The path above it; empty for `/` and for the first level of those without a leading slash."""
        return _parent(self.path)


def tree(known: Iterable[KnownNamespace]) -> list[Branch]:
    """Every path at and above the known namespaces, parents before their children."""
    namespaces = list(known)
    counts = {"/": 0}
    for each in namespaces:
        path = each.namespace
        counts[path] = counts.get(path, 0) + (each.record_count or 0)
        while (path := _parent(path)) and path not in counts:
            counts[path] = 0
    paths = sorted(counts)
    for path in reversed(paths):  # children before their parents
        if above := _parent(path):  # `/` is above only those that begin with a slash
            counts[above] += counts[path]
    uncounted = any(each.record_count is None for each in namespaces)
    return [_branch(path, None if uncounted else counts[path]) for path in paths]


def _parent(path: str) -> str:
    return path[: path[:-1].rfind("/") + 1]


def _branch(path: str, records: int | None) -> Branch:
    parts = [part for part in path.split("/") if part]
    depth = len(parts) if path.startswith("/") else len(parts) - 1
    return Branch(path, depth, parts[-1] if parts else "/", records)


def opened(branches: Iterable[Branch], path: str) -> list[Branch]:
    """Of a tree the levels that lead to `path`, and the one below it; the others are closed."""
    return [branch for branch in branches if path.startswith(branch.parent)]


def template_values(template: str, namespace: str) -> dict[str, str] | None:
    """What a template's placeholders stand for in a namespace; None when it is not of this template.

    A value may contain slashes (an actorId may, a sessionId may not), so where several readings are possible
    the shortest values come first, as regular expressions do it. A trailing slash more or less is no
    difference.
    """
    pattern, position = "", 0
    names: list[str] = []
    for found in _PLACEHOLDER.finditer(template.rstrip("/")):
        pattern += re.escape(template[position : found.start()])
        name = found[1]
        value = "[^/]+?" if name == "sessionId" else ".+?"
        pattern += f"(?P=p{names.index(name)})" if name in names else f"(?P<p{len(names)}>{value})"
        names += [] if name in names else [name]
        position = found.end()
    pattern += re.escape(template.rstrip("/")[position:])
    matched = re.fullmatch(pattern, namespace.rstrip("/"))
    if matched is None:
        return None
    return {name: matched[f"p{index}"] for index, name in enumerate(names)}


@dataclass(frozen=True)
class LikelyStrategy:
    """A strategy whose `template` may have made a namespace."""

    strategy_id: str
    template: str


def likely_strategy(memory: dict[str, Any], namespace: str) -> LikelyStrategy | None:
    """The one strategy whose template tells where a namespace comes from; None for none or several.

    Where an actorId with a slash would make it another strategy's too, that reading does not count.
    """
    plain: dict[str, LikelyStrategy] = {}
    others: dict[str, LikelyStrategy] = {}
    for strategy in memory.get("strategies", []):
        strategy_id = strategy["strategyId"]
        for template, values in _readings(strategy, [namespace]):
            readings = others if any("/" in value for value in values.values()) else plain
            readings.setdefault(strategy_id, LikelyStrategy(strategy_id, template))
    found = list((plain or others).values())
    return found[0] if len(found) == 1 else None


def origin_of(memory: dict[str, Any], record: dict[str, Any]) -> dict[str, str]:
    """The actorId, sessionId and further values that a record's namespace names, by its strategy's template.

    Empty when the strategy is gone, the record was written by hand elsewhere, or the template names nobody.
    """
    for strategy in memory.get("strategies", []):
        if strategy["strategyId"] == record.get("memoryStrategyId"):
            for _, values in _readings(strategy, record.get("namespaces", [])):
                return values
    return {}


def _readings(strategy: dict[str, Any], namespaces: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each template of a strategy that a namespace may come from, with its values there."""
    for template in strategy_templates(strategy):
        own = template.replace("{memoryStrategyId}", strategy["strategyId"])
        for namespace in namespaces:
            values = template_values(own, namespace)
            if values is not None:
                yield template, values
