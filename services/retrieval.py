"""Finding records by meaning: RetrieveMemoryRecords."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from services.clients import Clients
from services.constraints import DATA, constraint
from services.errors import InvalidValue
from services.listing import collect, pages
from services.memory_records import namespace_choice

MAX_TOP_K = constraint(DATA, "RetrieveMemoryRecords", "searchCriteria", "topK").maximum or 100

MAX_QUERY = constraint(DATA, "RetrieveMemoryRecords", "searchCriteria", "searchQuery").maximum or 10_000
"""Characters."""


@dataclass(frozen=True)
class Retrieval:
    """Records, best first, each with a `score` (higher is better; derived from cosine similarity, developer
    guide). `seconds` is the whole call, `limit_note` says when there may be more, `params` is what was sent.
    """

    records: list[dict[str, Any]]
    seconds: float
    limit_note: str | None
    params: dict[str, Any]


def retrieval_params(
    memory_id: str,
    *,
    namespace: str | None = None,
    namespace_path: str | None = None,
    query: str,
    top_k: int = 10,
    strategy_id: str | None = None,
) -> dict[str, Any]:
    """The parameters of the call; raises InvalidValue for what AWS would refuse."""
    _check(query, top_k)
    criteria: dict[str, Any] = {"searchQuery": query, "topK": top_k}
    if strategy_id:
        criteria["memoryStrategyId"] = strategy_id
    return {
        "memoryId": memory_id,
        **namespace_choice(namespace, namespace_path),
        "searchCriteria": criteria,
    }


def retrieve(
    clients: Clients,
    memory_id: str,
    *,
    namespace: str | None = None,
    namespace_path: str | None = None,
    query: str,
    top_k: int = 10,
    strategy_id: str | None = None,
) -> Retrieval:
    """The records most alike to a query, in one namespace or below one path."""
    params = retrieval_params(
        memory_id,
        namespace=namespace,
        namespace_path=namespace_path,
        query=query,
        top_k=top_k,
        strategy_id=strategy_id,
    )
    started = time.perf_counter()
    found = collect(
        pages(clients.data, "retrieve_memory_records", top_k, params), "memoryRecordSummaries", top_k
    )
    seconds = time.perf_counter() - started
    ranked = sorted(found.rows, key=lambda record: record.get("score", 0.0), reverse=True)
    return Retrieval(ranked, seconds, _limit_note(len(ranked), top_k), params)


def _check(query: str, top_k: int) -> None:
    rules = constraint(DATA, "RetrieveMemoryRecords", "searchCriteria", "searchQuery")
    limits = constraint(DATA, "RetrieveMemoryRecords", "searchCriteria", "topK")
    problems = rules.text_problems("The query", query) + limits.number_problems("topK", top_k)
    if not query.strip() and not problems:
        problems = ["The query is empty."]
    if problems:
        raise InvalidValue(" ".join(problems))


def _limit_note(found: int, top_k: int) -> str | None:
    """Retrieval ranks everything, so a full answer always may hide more."""
    if found < top_k:
        return None
    more = f"; raise topK (at most {MAX_TOP_K}) to see more" if top_k < MAX_TOP_K else ""
    return f"These are the best {found} records{more}."
