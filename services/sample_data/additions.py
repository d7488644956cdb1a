"""What somebody else wrote into the sample memories: it would go with them, so it is counted first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.sample_data.plan import VERSION, plan
from services.sample_data.progress import Progress
from services.sample_data.sample_memories import SampleMemory
from services.sample_data.writing import IMPORT_NAMESPACE

PAGE_SIZE = 100


@dataclass(frozen=True)
class Additions:
    """How much there is in the sample memories that the sample data did not write; false when nothing.

    `sessions` are those that the events are in, be they of the sample data or not.
    """

    events: int = 0
    sessions: int = 0
    records: int = 0

    def __bool__(self) -> bool:
        return bool(self.events or self.records)

    def __str__(self) -> str:
        """For people: `12 events in 2 sessions and 1 memory record`."""
        events = f"{_count(self.events, 'event')} in {_count(self.sessions, 'session')}"
        records = _count(self.records, "memory record")
        parts = [part for part, there in ((events, self.events), (records, self.records)) if there]
        return " and ".join(parts) or "nothing"


def additions(control: Any, data: Any, memories: Sequence[SampleMemory], progress: Progress) -> Additions:
    """Counts the events and records of these memories that the sample data did not write.

    The API gives no client token back, so an event counts as sample data when the plan has one in its session
    at its very millisecond; a record, when a strategy of the memory extracted it or it is an imported
    profile. Records that somebody wrote under a strategy's id cannot be told from extracted ones.
    """
    events: list[int] = []
    records = 0
    for done, memory in enumerate(memories):
        progress(done, len(memories), f"Looking for what was added to {memory.name}")
        events += [count for count in _added_events(data, memory) if count]
        records += _added_records(control, data, memory)
    return Additions(sum(events), len(events), records)


def _added_events(data: Any, memory: SampleMemory) -> Iterator[int]:
    """Per session that exists, how many of its events are not planned."""
    planned = _planned_moments(memory)
    where = {"memoryId": memory.memory_id}
    for actor in _all(data, "list_actors", "actorSummaries", **where):
        who = where | {"actorId": actor["actorId"]}
        for session in _all(data, "list_sessions", "sessionSummaries", **who):
            session_id = session["sessionId"]
            ours = planned.get((actor["actorId"], session_id), frozenset())
            events = _all(data, "list_events", "events", **who, sessionId=session_id, includePayloads=False)
            yield sum(_milliseconds(event["eventTimestamp"]) not in ours for event in events)


def _planned_moments(memory: SampleMemory) -> dict[tuple[str, str], frozenset[int]]:
    """(actor, session) -> the milliseconds of its events, as planned for the memory's anchor.

    Nothing for a memory of another version: this one does not know what that wrote, and rather counts all.
    """
    if memory.anchor is None or memory.version != VERSION:
        return {}
    return {
        (session.actor_id, session.session_id): frozenset(_milliseconds(event.at) for event in session.events)
        for planned in plan(memory.anchor)
        if planned.blueprint.name == memory.name
        for session in planned.sessions
    }


def _milliseconds(moment: datetime) -> int:
    """Since 1970; the service keeps no more than milliseconds, and JSON numbers are not exact beyond."""
    return round(moment.timestamp() * 1000)


def _added_records(control: Any, data: Any, memory: SampleMemory) -> int:
    found = control.get_memory(memoryId=memory.memory_id)["memory"]
    strategies = {strategy["strategyId"] for strategy in found.get("strategies", [])}
    imported = IMPORT_NAMESPACE.partition("{")[0]
    return sum(
        record.get("memoryStrategyId") not in strategies
        and not all(namespace.startswith(imported) for namespace in record["namespaces"])
        for record in _all(
            data, "list_memory_records", "memoryRecordSummaries", memoryId=memory.memory_id, namespacePath="/"
        )
    )


def _all(data: Any, operation: str, member: str, **request: Any) -> Iterator[dict[str, Any]]:
    pages = data.get_paginator(operation).paginate(**request, PaginationConfig={"PageSize": PAGE_SIZE})
    for page in pages:
        yield from page[member]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
