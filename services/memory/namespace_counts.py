"""How many records each namespace of a memory holds: all are listed in the background, AWS counts nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from services.background import Progress, Reading, Row
from services.clients import Clients
from services.memory.namespaces import KnownNamespace, all_below_slash
from services.pacing import Pace


@dataclass(frozen=True)
class NamespaceCounts(Progress):
    """`records` listed so far. `counts` by namespace, once all are (`as_of`); not to be changed."""

    records: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    as_of: datetime | None = None


class NamespaceCounting(Reading[NamespaceCounts]):
    """The counting of one memory's records; for memories that `can_count` is true of."""

    def __init__(self, clients: Clients, pace: Pace, memory_id: str) -> None:
        self._memory_id = memory_id
        super().__init__(clients, pace, NamespaceCounts())

    def _read(self) -> Iterator[str]:
        counts: Counter[str] = Counter()
        listed = 0

        def take(rows: list[Row]) -> None:
            nonlocal listed
            listed += len(rows)
            counts.update(namespaces_of(rows))
            self._tell(replace(self._now, records=listed))

        yield from self._pages(
            "list_memory_records",
            "memoryRecordSummaries",
            take,
            memoryId=self._memory_id,
            namespacePath="/",
        )
        self._tell(replace(self._now, counts=counts, as_of=datetime.now(UTC)))


def namespaces_of(rows: Iterable[Row]) -> Iterator[str]:
    """The namespaces of records, one for each place that a record has."""
    return (name for row in rows for name in row.get("namespaces", []))


def all_counted(counts: Counter[str], records: int) -> NamespaceCounts:
    """What somebody else counted who has just listed all records of a memory."""
    return NamespaceCounts(ended=True, complete=True, records=records, counts=counts, as_of=datetime.now(UTC))


def can_count(memory: dict[str, Any]) -> bool:
    """Whether the path `/` holds all records of the memory (GetMemory's dict)."""
    return all_below_slash(memory)


def counted(known: list[KnownNamespace], counts: Mapping[str, int]) -> list[KnownNamespace]:
    """The known namespaces, and all others that hold records, with their counts; sorted by name.

    None is the count of one that is known by its records alone and was not there yet when they were counted.
    """
    found = {
        each.namespace: replace(
            each, record_count=counts.get(each.namespace, None if each.source == "records" else 0)
        )
        for each in known
    }
    for name in counts:
        if name not in found:
            found[name] = KnownNamespace(name, (), counts[name], "records")
    return [found[name] for name in sorted(found)]
