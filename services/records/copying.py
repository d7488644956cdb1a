"""Writing records again: from a snapshot into the memory they came from, or into any other memory.

First a plan says what would be written and what not, then it is carried out as a batch of creates like any
other. Every record gets a new id and keeps its text, metadata and timestamp.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.clients import Clients
from services.errors import Cancelled
from services.memory import memories
from services.memory.contents import record_pages
from services.records.batches import ItemResult, create_records, update_records
from services.records.drafts import NO_STRATEGY, RecordDraft, RecordUpdate, draft_of, fingerprint
from services.records.runs import Progress
from services.short_term import events
from services.snapshots.comparison import Pair
from services.workspace.store import Workspace

Row = dict[str, Any]


@dataclass(frozen=True)
class Destination:
    """Where records go. `strategies`: the target's strategy id by the source's, None for none; one that is
    not named keeps its id where the target has it, else it gets none. `paths`: namespaces below the first
    path go below the second; the longest that fits counts.
    """

    strategies: Mapping[str, str | None] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)

    def draft(self, row: Row, known: Iterable[str]) -> RecordDraft:
        """A record as it would be written where these strategies are known."""
        draft = draft_of(row)
        own = draft.strategy_id or NO_STRATEGY
        strategy = self.strategies.get(own, own if own in set(known) else None)
        namespaces = tuple(self.moved(namespace) for namespace in draft.namespaces)
        return replace(draft, strategy_id=strategy, namespaces=namespaces)

    def moved(self, namespace: str) -> str:
        """A namespace at its new place. Whole path segments count: `/facts` is not the beginning of
        `/facts-old/`."""
        for old, new in sorted(self.paths.items(), key=lambda each: len(each[0]), reverse=True):
            stem = old.rstrip("/")
            if namespace == stem or namespace.startswith(f"{stem}/"):
                return new.rstrip("/") + namespace[len(stem) :]
        return namespace


@dataclass(frozen=True)
class Planned:
    """One record: what would be written, and why it would not be (`problem`), if so."""

    source: Row
    draft: RecordDraft
    problem: str | None = None


@dataclass(frozen=True)
class CopyPlan:
    """What would be written into a memory. `there`: records of the same content that are there already."""

    memory_id: str
    memory_name: str
    planned: tuple[Planned, ...]
    there: tuple[Row, ...]
    without_strategy: int

    @property
    def ready(self) -> list[Planned]:
        return [each for each in self.planned if each.problem is None]

    @property
    def refused(self) -> list[Planned]:
        return [each for each in self.planned if each.problem is not None]


def plan(
    clients: Clients,
    memory_id: str,
    rows: Sequence[Row],
    destination: Destination | None = None,
    progress: Callable[[int], bool | None] | None = None,
) -> CopyPlan:
    """What writing these records into a memory would do; nothing is written.

    Reads all that is there, telling `progress` how many records; Cancelled when that returns False.
    """
    destination = destination or Destination()
    memory = memories.get_memory(clients, memory_id)
    known = [strategy["strategyId"] for strategy in memory.get("strategies", [])]
    present = Counter(_content(draft_of(row)) for row in _stored(clients, memory, progress))
    planned, there = [], []
    for row in rows:
        draft = destination.draft(row, known)
        if present[_content(draft)]:
            present[_content(draft)] -= 1
            there.append(row)
        else:
            problems = draft.problems()
            planned.append(Planned(row, draft, problems[0] if problems else None))
    had_one = [
        each for each in planned if (each.source.get("memoryStrategyId") or NO_STRATEGY) != NO_STRATEGY
    ]
    lost = sum(each.draft.strategy_id is None for each in had_one)
    name = str(memory.get("name") or memory_id)
    return CopyPlan(memory_id, name, tuple(planned), tuple(there), lost)


def _stored(clients: Clients, memory: Row, progress: Callable[[int], bool | None] | None) -> Iterable[Row]:
    actors = events.list_actors(clients, memory["id"], limit=None).rows
    read = 0
    for page in record_pages(clients, memory, actors):
        yield from page
        read += len(page)
        if progress is not None and progress(read) is False:
            raise Cancelled


def _content(draft: RecordDraft) -> tuple[object, ...]:
    """What makes two records the same; the strategy's id may differ from memory to memory."""
    return draft.text, draft.namespaces, draft.timestamp


def put_back(
    clients: Clients,
    workspace: Workspace,
    memory_id: str,
    pairs: Sequence[Pair],
    progress: Progress | None = None,
) -> list[ItemResult]:
    """Make records that changed as they were before, in place; what became of each, in order.

    One that somebody changes in between is left alone.
    """
    changes = [_reverted(pair) for pair in pairs]
    return update_records(
        clients, workspace, memory_id, changes, title="Back to a snapshot", progress=progress
    )


def _reverted(pair: Pair) -> RecordUpdate:
    before, differs = draft_of(pair.before), set(pair.parts())
    return RecordUpdate(
        pair.after["memoryRecordId"],
        text=before.text if "text" in differs else None,
        namespaces=before.namespaces if "namespaces" in differs else None,
        strategy_id=before.strategy_id if "strategy" in differs else None,
        metadata=before.metadata if "metadata" in differs else None,
        timestamp=before.timestamp if "timestamp" in differs else None,
        expected=fingerprint(pair.after),
    )


def carry_out(
    clients: Clients, workspace: Workspace, plan: CopyPlan, title: str, progress: Progress | None = None
) -> list[ItemResult]:
    """Write what is ready of a plan; what became of each, in order. Can be undone in the history."""
    drafts = [each.draft for each in plan.ready]
    return create_records(clients, workspace, plan.memory_id, drafts, title=title, progress=progress)
