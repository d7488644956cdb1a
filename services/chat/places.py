"""Where a memory keeps what it knows about one actor: the namespaces to read, and the ones to watch.

Both follow from the strategies' namespace templates. Reading covers all sessions of the actor; watching
covers what the present session can change.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.memory.namespaces import strategy_templates

Row = dict[str, Any]
_VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Place:
    """A namespace (`exact`) or everything below a namespace path."""

    path: str
    exact: bool = False

    def arguments(self) -> dict[str, str]:
        """The member of RetrieveMemoryRecords and ListMemoryRecords that means this place."""
        return {"namespace" if self.exact else "namespacePath": self.path}

    def holds(self, other: "Place") -> bool:
        """Whether everything in `other` is in this place too."""
        if self.exact or self.path == other.path:
            return self == other or not self.exact
        return other.path.startswith(self.path.rstrip("/") + "/")


def places_to_read(strategies: Sequence[Row], actor_id: str, session_id: str) -> list[Place]:
    """Everything that the strategies keep about the actor, from any session, without doubles.

    Where the session does not come below the actor (`/{sessionId}/{actorId}`, `/sessions/{sessionId}`) only
    this session is read: the path above it holds other actors' records.
    """
    places = [
        _place_to_read(template, _values(strategy, actor_id, session_id))
        for strategy in strategies
        for template in strategy_templates(strategy)
    ]
    return _without_doubles(place for place in places if place is not None)


def places_to_watch(strategies: Sequence[Row], actor_id: str, session_id: str) -> list[Place]:
    """The namespaces into which a new event of this session can write records."""
    places = [
        _resolved(template, _values(strategy, actor_id, session_id))
        for strategy in strategies
        for template in strategy_templates(strategy)
    ]
    return _without_doubles(place for place in places if place is not None)


def _values(strategy: Row, actor_id: str, session_id: str) -> dict[str, str]:
    return {
        "actorId": actor_id,
        "sessionId": session_id,
        "memoryStrategyId": str(strategy.get("strategyId", "")),
    }


def _resolved(template: str, values: dict[str, str]) -> Place | None:
    """The template with its variables replaced: exact, or up to the first one without a value here."""
    unknown = next((match for match in _VARIABLE.finditer(template) if not values.get(match[1])), None)
    if unknown is None:
        return Place(_filled(template, values), exact=True)
    return _prefix(template, unknown.start(), values)


def _place_to_read(template: str, values: dict[str, str]) -> Place | None:
    session_at = template.find("{sessionId}")
    if "{actorId}" not in template[: max(session_at, 0)]:
        return _resolved(template, values)
    return _prefix(template, session_at, values)


def _prefix(template: str, end: int, values: dict[str, str]) -> Place | None:
    """What comes before position `end`, cut at a slash; None when it would hold other actors' records too."""
    path = template[:end]
    path = path[: path.rfind("/") + 1]
    return Place(_filled(path, values).rstrip("/")) if "{actorId}" in path else None


def _filled(template: str, values: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values[match[1]], template)


def _without_doubles(places: Iterable[Place]) -> list[Place]:
    kept: list[Place] = []
    for place in places:
        if any(other.holds(place) for other in kept):
            continue
        kept = [other for other in kept if not place.holds(other)] + [place]
    return kept
