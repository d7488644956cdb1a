"""A count as a JSON document and back: what the dashboard's own database keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from services.faults import Fault
from services.inventory.snapshot import Count, MemoryInventory, SessionSeen, Snapshot

Row = dict[str, Any]
_OF_MEMORY = ("id", "name", "status", "failureReason", "eventExpiryDuration")
_OF_STRATEGY = ("strategyId", "name", "status")


@dataclass(frozen=True)
class Progress:
    """A count at a place where it can go on: what is settled, and of each memory the last actor (in the order
    of their ids) whose conversations are in it."""

    snapshot: Snapshot
    counted_to: Mapping[str, str] = field(default_factory=dict)


def dump(progress: Progress) -> Row:
    """What `load` reads. Of a memory only what the Overview shows is kept."""
    now = progress.snapshot
    return {
        "started": now.started.isoformat(),
        "asOf": now.as_of and now.as_of.isoformat(),
        "listed": now.listed,
        "fault": now.fault and asdict(now.fault),
        "memories": [_memory_row(each) for each in now.memories],
        "sessions": [
            [seen.memory_id, seen.actor_id, seen.session_id, seen.created_at.isoformat()]
            for seen in now.sessions
        ],
        "countedTo": dict(progress.counted_to),
    }


def load(row: Row) -> Progress:
    """The count of a document."""
    snapshot = Snapshot(
        memories=tuple(_memory(each) for each in row["memories"]),
        listed=row["listed"],
        sessions=tuple(
            SessionSeen(memory_id, actor_id, session_id, datetime.fromisoformat(created_at))
            for memory_id, actor_id, session_id, created_at in row["sessions"]
        ),
        started=datetime.fromisoformat(row["started"]),
        as_of=datetime.fromisoformat(row["asOf"]) if row["asOf"] else None,
        fault=_fault(row["fault"]),
    )
    return Progress(snapshot, row["countedTo"])


def _memory_row(each: MemoryInventory) -> Row:
    memory = each.memory
    return {
        "id": each.memory_id,
        "memory": memory
        and _part(memory, _OF_MEMORY)
        | {"strategies": [_part(strategy, _OF_STRATEGY) for strategy in memory.get("strategies", [])]},
        "fault": each.fault and asdict(each.fault),
        "counts": {thing: asdict(count) for thing, count in each.counts.items()},
    }


def _memory(row: Row) -> MemoryInventory:
    counts = {
        thing: Count(count["number"], count["complete"], _fault(count["fault"]))
        for thing, count in row["counts"].items()
    }
    return MemoryInventory(row["id"], row["memory"], _fault(row["fault"]), counts)


def _part(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row[name] for name in names if name in row}


def _fault(row: Row | None) -> Fault | None:
    return Fault(**row) if row else None
