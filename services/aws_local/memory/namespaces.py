"""Namespaces: templates of strategies, the hierarchy of records, and the tokens that index it.

A template such as `/facts/{actorId}/` becomes a record's namespace when an event is extracted. The
variables are `actorId`, `sessionId`, `memoryStrategyId` and the memory's own `namespaceKeys`; defaults as
observed on AWS resources and in the SDK's constants.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

BUILT_IN_VARIABLES = frozenset({"actorId", "sessionId", "memoryStrategyId"})

_VARIABLE = re.compile(r"\{([a-zA-Z][a-zA-Z0-9]*)\}")
_ACTOR_TEMPLATE = "/strategies/{memoryStrategyId}/actors/{actorId}/"
_SESSION_TEMPLATE = "/strategies/{memoryStrategyId}/actors/{actorId}/sessions/{sessionId}/"
_PER_SESSION = frozenset({"SUMMARIZATION", "EPISODIC"})

DEFAULT_REFLECTION_TEMPLATE = _ACTOR_TEMPLATE
"""Where the reflections of an episodic strategy go that names no place for them (AWS's error names it)."""


def default_template(extracts: str) -> str:
    """The template of a strategy that was created without one (`extracts`: what it produces)."""
    return _SESSION_TEMPLATE if extracts in _PER_SESSION else _ACTOR_TEMPLATE


def variables(template: str) -> set[str]:
    """The names in braces."""
    return set(_VARIABLE.findall(template))


@lru_cache(maxsize=256)
def is_built_in(template: str) -> bool:
    """Whether strategy, actor and session are all that a template names."""
    return variables(template) <= BUILT_IN_VARIABLES


def resolve(template: str, values: Mapping[str, str]) -> str | None:
    """The namespace, or None when a variable of the template has no value."""
    parts = _parts(template)
    if not values.keys() >= set(parts[1::2]):
        return None
    return "".join(values[part] if place % 2 else part for place, part in enumerate(parts))


@lru_cache(maxsize=256)
def _parts(template: str) -> tuple[str, ...]:
    """A template as text and names of variables, by turns. Each event is resolved with the same few."""
    return tuple(_VARIABLE.split(template))


def stem(namespace: str) -> str:
    """The namespace as a path that other paths are compared with: no slash at the end."""
    return namespace.removesuffix("/")


def bounds(path: str) -> tuple[str, str] | None:
    """The range of strings that holds everything strictly below `path` ('/' + 1 is '0'); None for all.

    A slash at the end makes no difference: AWS clients send paths with and without.
    """
    parent = stem(path)
    return (parent + "/", parent + "0") if parent else None


def levels(namespace: str) -> list[str]:
    """The stems of the paths that a record of this namespace lies at or below, but for that of the root."""
    segments = stem(namespace).split("/")
    return [level for count in range(1, len(segments) + 1) if (level := "/".join(segments[:count]))]


def scope_tokens(memory_no: int, namespace: str) -> str:
    """The words under which a record of this memory and namespace is indexed: one for each level."""
    return " ".join([f"m{memory_no}", *(_level_token(memory_no, level) for level in levels(namespace))])


def scope_token(memory_no: int, path: str) -> str:
    """The one word that selects the records at or below `path`."""
    level = stem(path)
    return _level_token(memory_no, level) if level else f"m{memory_no}"


def _level_token(memory_no: int, level: str) -> str:
    """A word for a level. It ends in a digit, so that the stemmer leaves it alone."""
    digest = hashlib.blake2b(f"{memory_no}:{level}".encode(), digest_size=8).hexdigest()
    return f"n{digest}0"
