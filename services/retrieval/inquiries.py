"""A question as the Retrieval page puts it: what is asked, where, and how much of the answer counts.

One inquiry is one RetrieveMemoryRecords call for each place that it names. It can be written as text, for an
address bar and for the dashboard's own database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, get_args

from services import bounded_json
from services.constraints import DATA, constraint
from services.errors import InvalidValue
from services.records import filters as record_filters
from services.records.filters import MetadataFilter
from services.records.memory_records import namespace_choice

Scope = Literal["path", "exact"]
"""Everything below each namespace path, or exactly each namespace."""

DEFAULT_TOP_K = 10
MAX_PLACES = 6
"""Calls of one question. All go out at once and stay below a quarter of the API's 30 a second."""

_UNREADABLE = "The question in the link cannot be read."


@dataclass(frozen=True)
class Place:
    """Where one call looks; `strategy_id` None: at the records of every strategy."""

    scope: Scope
    namespace: str
    strategy_id: str | None = None


@dataclass(frozen=True)
class Inquiry:
    """A question to every combination of namespace and strategy; no strategy means all of them together.

    `top_k` is asked of each place. Records that score below `min_score` are left out by whoever asks: the API
    has no such parameter, Strands calls it `relevance_score`.
    """

    query: str
    scope: Scope = "path"
    namespaces: tuple[str, ...] = ("/",)
    strategy_ids: tuple[str, ...] = ()
    top_k: int = DEFAULT_TOP_K
    min_score: float = 0.0
    filters: tuple[MetadataFilter, ...] = ()

    def places(self) -> list[Place]:
        """Where to look, in the order chosen. InvalidValue when they are none or too many."""
        pairs = dict.fromkeys(product(self.namespaces, self.strategy_ids or (None,)))
        found = [Place(self.scope, namespace, strategy_id) for namespace, strategy_id in pairs]
        if not found:
            raise InvalidValue("Choose at least one namespace to ask in.")
        if len(found) > MAX_PLACES:
            raise InvalidValue(
                f"That would ask in {len(found)} places at once; choose namespaces and strategies for at "
                f"most {MAX_PLACES}."
            )
        return found


def call_params(memory: Mapping[str, Any], inquiry: Inquiry) -> list[dict[str, Any]]:
    """The parameters of RetrieveMemoryRecords for each of the inquiry's places.

    `memory` is GetMemory's dict. InvalidValue for anything that AWS would refuse.
    """
    _check(inquiry)
    types = record_filters.filterable_keys(dict(memory))
    filters = record_filters.to_api(inquiry.filters, types)
    return [_place_params(str(memory["id"]), inquiry, place, filters) for place in inquiry.places()]


def _place_params(
    memory_id: str, inquiry: Inquiry, place: Place, filters: list[dict[str, Any]]
) -> dict[str, Any]:
    criteria: dict[str, Any] = {"searchQuery": inquiry.query, "topK": inquiry.top_k}
    if place.strategy_id:
        criteria["memoryStrategyId"] = place.strategy_id
    if filters:
        criteria["metadataFilters"] = filters
    exact = place.scope == "exact"
    where = namespace_choice(place.namespace if exact else None, None if exact else place.namespace)
    return {"memoryId": memory_id, **where, "searchCriteria": criteria}


def _check(inquiry: Inquiry) -> None:
    rules = constraint(DATA, "RetrieveMemoryRecords", "searchCriteria", "searchQuery")
    limits = constraint(DATA, "RetrieveMemoryRecords", "searchCriteria", "topK")
    problems = rules.text_problems("The query", inquiry.query)
    problems += limits.number_problems("topK", inquiry.top_k)
    if not inquiry.query.strip() and not problems:
        problems = ["The query is empty."]
    if problems:
        raise InvalidValue(" ".join(problems))


def dumps(inquiry: Inquiry) -> str:
    """The inquiry as text."""
    document = {
        "query": inquiry.query,
        "scope": inquiry.scope,
        "namespaces": inquiry.namespaces,
        "strategies": inquiry.strategy_ids,
        "topK": inquiry.top_k,
        "minScore": inquiry.min_score,
        "filters": record_filters.dumps(inquiry.filters),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Inquiry:
    """The inquiry in a text from `dumps`; InvalidValue when it is something else."""
    try:
        document = bounded_json.read(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InvalidValue(_UNREADABLE)
    scope: Any = document.get("scope")
    top_k: Any = document.get("topK")
    min_score: Any = document.get("minScore")
    if scope not in get_args(Scope) or type(top_k) is not int or type(min_score) not in {int, float}:
        raise InvalidValue(_UNREADABLE)
    if not 0 <= min_score <= 1:
        raise InvalidValue(_UNREADABLE)
    return Inquiry(
        query=_texts([document.get("query")])[0],
        scope=scope,
        namespaces=_texts(document.get("namespaces")),
        strategy_ids=_texts(document.get("strategies")),
        top_k=top_k,
        min_score=float(min_score),
        filters=tuple(record_filters.loads(_texts([document.get("filters")])[0])),
    )


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(member, str) for member in value):
        raise InvalidValue(_UNREADABLE)
    return tuple(value)
