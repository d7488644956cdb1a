"""Golden queries and their runs, as the workspace keeps them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from services.retrieval import inquiries
from services.retrieval.inquiries import Inquiry
from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import golden_queries, golden_results, golden_runs


@dataclass(frozen=True)
class Home:
    """The memory that golden queries are about, and the connection it is reached by."""

    connection_key: str
    memory_id: str


@dataclass(frozen=True)
class Expectation:
    """What an answer should hold: a record, by its id and its text, or with no id a phrase in any record."""

    text: str
    record_id: str | None = None


@dataclass(frozen=True)
class GoldenQuery:
    """A question of one connection's memory, with what it should find."""

    golden_query_id: str
    at: datetime
    who: str
    inquiry: Inquiry
    expected: tuple[Expectation, ...]


@dataclass(frozen=True)
class GoldenResult:
    """The rank of each expectation in order, None for one not found; `fault` says why there is no answer."""

    golden_query_id: str
    ranks: tuple[int | None, ...]
    fault: str | None = None

    @property
    def recall(self) -> float | None:
        """The part of the expectations that was found; None when the question could not be asked."""
        if self.fault is not None:
            return None
        return sum(rank is not None for rank in self.ranks) / len(self.ranks)

    @property
    def reciprocal_rank(self) -> float | None:
        """1 divided by the best rank, 0 when nothing was found; None when it could not be asked."""
        if self.fault is not None:
            return None
        return max((1 / rank for rank in self.ranks if rank is not None), default=0.0)


@dataclass(frozen=True)
class GoldenRun:
    """All golden queries of a memory, asked at one time."""

    run_id: str
    at: datetime
    who: str
    results: tuple[GoldenResult, ...]

    @property
    def recall(self) -> float | None:
        """The mean recall of the questions that were answered; None when none was."""
        return _mean([result.recall for result in self.results])

    @property
    def mean_reciprocal_rank(self) -> float | None:
        """MRR over the questions that were answered; None when none was."""
        return _mean([result.reciprocal_rank for result in self.results])

    @property
    def failed(self) -> int:
        """How many questions could not be asked; they count for neither mean."""
        return sum(result.fault is not None for result in self.results)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def add_query(
    workspace: Workspace, home: Home, who: str, inquiry: Inquiry, expected: Sequence[Expectation]
) -> str:
    """Keep a golden query; returns its id."""
    golden_query_id = str(uuid.uuid4())
    row = {
        "golden_query_id": golden_query_id,
        "at": now_text(),
        "who": who,
        "connection": home.connection_key,
        "memory_id": home.memory_id,
        "inquiry": to_json(inquiries.dumps(inquiry)),
        "expected": to_json([[each.text, each.record_id] for each in expected]),
    }
    with workspace.transaction() as connection:
        connection.execute(golden_queries.insert().values(row))
    return golden_query_id


def delete_query(workspace: Workspace, golden_query_id: str) -> None:
    """Remove a golden query and its results; nothing happens when it is gone already."""
    with workspace.transaction() as connection:
        for table in (golden_results, golden_queries):
            connection.execute(table.delete().where(table.c.golden_query_id == golden_query_id))


def list_queries(workspace: Workspace, home: Home) -> list[GoldenQuery]:
    """The golden queries of a memory, in the order they were saved."""
    query = (
        sa.select(golden_queries)
        .where(
            golden_queries.c.connection == home.connection_key, golden_queries.c.memory_id == home.memory_id
        )
        .order_by(golden_queries.c.at)
    )
    with workspace.transaction() as connection:
        return [_query(row._mapping) for row in connection.execute(query)]


def add_run(workspace: Workspace, home: Home, who: str, results: Sequence[GoldenResult]) -> str:
    """Keep a run; returns its id. Results of queries that were deleted meanwhile are left out."""
    run_id = str(uuid.uuid4())
    run = {
        "run_id": run_id,
        "at": now_text(),
        "who": who,
        "connection": home.connection_key,
        "memory_id": home.memory_id,
    }
    with workspace.transaction() as connection:
        known = set(connection.execute(sa.select(golden_queries.c.golden_query_id)).scalars())
        rows = [_result_row(run_id, result) for result in results if result.golden_query_id in known]
        connection.execute(golden_runs.insert().values(run))
        if rows:
            connection.execute(golden_results.insert(), rows)
    return run_id


def list_runs(workspace: Workspace, home: Home, limit: int = 100) -> list[GoldenRun]:
    """The last runs that have results, oldest first."""
    chosen = (
        sa.select(golden_runs)
        .where(golden_runs.c.connection == home.connection_key, golden_runs.c.memory_id == home.memory_id)
        .order_by(golden_runs.c.at.desc())
        .limit(limit)
        .subquery()
    )
    query = (
        sa.select(chosen, golden_results.c.golden_query_id, golden_results.c.ranks, golden_results.c.fault)
        .join(golden_results, golden_results.c.run_id == chosen.c.run_id)
        .order_by(chosen.c.at)
    )
    runs: dict[str, list[sa.RowMapping]] = {}
    with workspace.transaction() as connection:
        for row in connection.execute(query):
            runs.setdefault(row._mapping["run_id"], []).append(row._mapping)
    return [_run(rows) for rows in runs.values()]


def _result_row(run_id: str, result: GoldenResult) -> dict[str, str | None]:
    return {
        "run_id": run_id,
        "golden_query_id": result.golden_query_id,
        "ranks": None if result.fault is not None else to_json(result.ranks),
        "fault": result.fault,
    }


def _query(row: sa.RowMapping) -> GoldenQuery:
    return GoldenQuery(
        golden_query_id=row["golden_query_id"],
        at=datetime.fromisoformat(row["at"]),
        who=row["who"],
        inquiry=inquiries.loads(json.loads(row["inquiry"])),
        expected=tuple(Expectation(text, record_id) for text, record_id in json.loads(row["expected"])),
    )


def _run(rows: Sequence[sa.RowMapping]) -> GoldenRun:
    first = rows[0]
    results = [
        GoldenResult(row["golden_query_id"], tuple(json.loads(row["ranks"] or "[]")), row["fault"])
        for row in rows
    ]
    return GoldenRun(first["run_id"], datetime.fromisoformat(first["at"]), first["who"], tuple(results))
