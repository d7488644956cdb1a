"""What a strategy has stored where it puts the records of a session, to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from services.clients import Clients
from services.listing import Listing
from services.memory.namespaces import is_resolved, resolve_template
from services.memory.strategy_details import template_of
from services.records.memory_records import list_memory_records
from services.records.provenance import best_fit
from services.retrieval.retrieval import MAX_QUERY
from services.short_term.transcripts import turns

Row = dict[str, Any]
MOST_RECORDS = 500
NEAREST = 5
"""As many stored records a consolidation prompt shows for each new item."""


def namespace_of(strategy: Row, actor_id: str, session_id: str) -> str | None:
    """Where a strategy puts the records of a session; None when its template has keys of the events' own."""
    namespace = resolve_template(template_of(strategy), actor_id, session_id, strategy["strategyId"])
    return namespace if namespace and is_resolved(namespace) else None


def records(clients: Clients, memory_id: str, strategy: Row, actor_id: str, session_id: str) -> Listing[Row]:
    """The strategy's records there, also those that other sessions of the actor have left."""
    namespace = namespace_of(strategy, actor_id, session_id)
    if namespace is None:
        return Listing([], complete=True)
    return list_memory_records(
        clients,
        memory_id,
        namespace=namespace,
        strategy_id=strategy["strategyId"],
        limit=MOST_RECORDS,
    )


def is_of_session(strategy: Row, events: Iterable[Row]) -> Callable[[Row], bool]:
    """A guess whether a record stems from these events: always where the template names the session, else
    when a message of theirs says it (`services.records.provenance`)."""
    if "{sessionId}" in template_of(strategy):
        return lambda record: True
    said = [turn for turn in turns(events) if turn.role is not None]
    return lambda record: best_fit(record, said) is not None


def nearest(
    clients: Clients, memory_id: str, strategy: Row, namespace: str
) -> Callable[[str], Sequence[Row]]:
    """What asks for the records of a strategy nearest in meaning to a text."""
    return partial(_nearest, clients, memory_id, strategy["strategyId"], namespace)


def _nearest(clients: Clients, memory_id: str, strategy_id: str, namespace: str, text: str) -> Sequence[Row]:
    criteria = {"searchQuery": text[:MAX_QUERY], "topK": NEAREST, "memoryStrategyId": strategy_id}
    answer = clients.data.retrieve_memory_records(
        memoryId=memory_id, namespace=namespace, searchCriteria=criteria
    )
    found: list[Row] = answer["memoryRecordSummaries"]
    return found[:NEAREST]
