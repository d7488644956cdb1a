"""Taking one person's data out of the dashboard's own database.

Rows that only count or name resources stay, and so does what concerns others. Of a copied memory the person's
events and records go, the rest stays restorable. Doing it twice is harmless. What happens to each table is
written down in docs/people-and-audit.md ("What an erasure does to the dashboard's own data").
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from services.workspace import copies as copies_service
from services.workspace import counts, mentions
from services.workspace.record_versions import some
from services.workspace.store import Workspace, to_json
from services.workspace.tables import (
    agent_tours,
    copies,
    copy_parts,
    golden_queries,
    record_acts,
    record_versions,
    review_decisions,
    review_filters,
    reviews,
    scratch_memories,
)
from services.workspace.traces import Traces

Row = dict[str, Any]
FOLD_SECONDS = 10.0
ERASED = "(erased)"
"""Stands where a document keeps its form and loses a person's name."""
_OF_AGENTS = "agent-summaries"


def widened(workspace: Workspace, traces: Traces) -> Traces:
    """The traces with the records of the person's that were deleted or restored here earlier: their ids are
    known from the versions that are kept, as long as these are."""
    ids = set(traces.record_ids)
    lineages: set[str] = set()
    for act_id, memory_id in _acts(workspace, traces):
        memory = traces.memories.get(memory_id)
        for row in _versions(workspace, act_id):
            if _is_their_version(row, traces, memory):
                ids |= {row["record_id"], row["lineage"]} - {None}
                lineages |= {row["lineage"]} - {None}
    with workspace.transaction() as connection:
        for part in some(sorted(lineages)):
            query = sa.select(record_versions.c.record_id).where(record_versions.c.lineage.in_(part))
            ids |= set(connection.execute(query).scalars()) - {None}
    return replace(traces, record_ids=frozenset(ids))


def forget(workspace: Workspace, traces: Traces) -> dict[str, int]:
    """Remove what concerns the person (`widened` traces); how much of each kind there was.

    The versions go last: until then they tell which records were the person's.
    """
    return {
        **_forget_copies(workspace, traces),
        "goldenQueries": _forget_golden_queries(workspace, traces),
        "reviews": _forget_reviews(workspace, traces),
        "savedFilters": _forget_filters(workspace, traces),
        "comments": _forget_unclaimed_comments(workspace, traces),
        "mentions": mentions.remove(workspace, traces.connection_key, traces.mentions),
        "notebookTours": _forget_tours(workspace, traces),
        "scratchNotes": _forget_scratch_notes(workspace, traces),
        "countedSessions": counts.forget(workspace, traces.connection_key, traces.subject.actor_ids),
        "recordVersions": _forget_versions(workspace, traces),
    }


def _forget_copies(workspace: Workspace, traces: Traces) -> dict[str, int]:
    gone = {"copies": 0, "copiedRows": 0}
    query = sa.select(copies.c.copy_id, copies.c.resource, copies.c.kind).order_by(copies.c.at)
    with workspace.transaction() as connection:
        found = connection.execute(query).all()
    for copy_id, resource, kind in found:
        if kind == _OF_AGENTS:
            if _is_their_summaries(workspace, copy_id, resource, traces):
                copies_service.discard(workspace, copy_id)
                gone["copies"] += 1
        elif traces.is_here(resource.split("/", 1)[0]):
            whole, rows = _forget_copy(workspace, copy_id, traces)
            gone["copies"] += whole
            gone["copiedRows"] += rows
    return gone


def _is_their_summaries(workspace: Workspace, copy_id: str, resource: str, traces: Traces) -> bool:
    """Whether a copy holds session summaries of the person's, from agents of this connection."""
    if not (traces.agents or traces.everywhere) or not traces.concerns(resource):
        return False
    first: Row = next(copies_service.iter_parts(workspace, copy_id), {})
    return first.get("connection") in (None, traces.connection_key)


def _forget_copy(workspace: Workspace, copy_id: str, traces: Traces) -> tuple[int, int]:
    """(1 when the whole copy went, else 0; rows that went out of its parts)."""
    memory: Row | None = None
    rows = 0
    for number, part in enumerate(copies_service.iter_parts(workspace, copy_id)):
        if number == 0 and part.get("connection") not in (None, traces.connection_key):
            return 0, 0
        memory = part.get("memory") or memory
        kept, dropped = _without_rows(part, lambda row: traces.concerns(row, memory))  # noqa: B023 - used at once
        if dropped:
            rows += dropped
            _rewrite(workspace, copy_id, number, kept)
        own = {name: each for name, each in kept.items() if name != "memory" and not isinstance(each, list)}
        if traces.concerns(own):
            copies_service.discard(workspace, copy_id)
            return 1, rows
    return 0, rows


def _without_rows(part: Row, theirs: Callable[[Any], bool]) -> tuple[Row, int]:
    """A part of a copy without the person's rows, and how many these were."""
    kept = {
        name: [row for row in value if not theirs(row)] if isinstance(value, list) else value
        for name, value in part.items()
    }
    lists = [name for name, value in part.items() if isinstance(value, list)]
    return kept, sum(len(part[name]) - len(kept[name]) for name in lists)


def _rewrite(workspace: Workspace, copy_id: str, number: int, part: Row) -> None:
    this = (copy_parts.c.copy_id == copy_id) & (copy_parts.c.number == number)
    with workspace.transaction() as connection:
        connection.execute(copy_parts.update().where(this).values(document=to_json(part)))


def _forget_versions(workspace: Workspace, traces: Traces) -> int:
    """The texts of earlier states; that something was changed, and when, stays."""
    gone = 0
    for act_id, memory_id in _acts(workspace, traces):
        memory = traces.memories.get(memory_id)
        theirs = [
            row["number"]
            for row in _versions(workspace, act_id)
            if (row["before"] or row["request"]) and _is_their_version(row, traces, memory)
        ]
        emptied = {"before": None, "request": None, "expected": None, "error_message": None}
        with workspace.transaction() as connection:
            for number in theirs:
                this = (record_versions.c.act_id == act_id) & (record_versions.c.number == number)
                connection.execute(record_versions.update().where(this).values(emptied))
        gone += len(theirs)
    _forget_titles(workspace, traces)
    return gone


def _forget_titles(workspace: Workspace, traces: Traces) -> None:
    """Titles of acts end with an id where session summaries were copied before titles named nobody."""
    query = sa.select(record_acts.c.act_id, record_acts.c.title).where(
        record_acts.c.connection == traces.connection_key
    )
    with workspace.transaction() as connection:
        for act_id, title in connection.execute(query).all():
            words, _, last = title.rpartition(" ")
            if words and last in traces.subject.actor_ids:
                this = record_acts.update().where(record_acts.c.act_id == act_id)
                connection.execute(this.values(title=f"{words} {ERASED}"))


def _versions(workspace: Workspace, act_id: str) -> list[sa.RowMapping]:
    query = sa.select(record_versions).where(record_versions.c.act_id == act_id)
    with workspace.transaction() as connection:
        return list(connection.execute(query).mappings())


def _acts(workspace: Workspace, traces: Traces) -> Iterator[tuple[str, str]]:
    query = sa.select(record_acts.c.act_id, record_acts.c.memory_id).where(
        record_acts.c.connection == traces.connection_key
    )
    with workspace.transaction() as connection:
        found = connection.execute(query).all()
    yield from ((act_id, memory_id) for act_id, memory_id in found if traces.is_here(memory_id))


def _is_their_version(row: sa.RowMapping, traces: Traces, memory: Row | None) -> bool:
    if {row["record_id"], row["lineage"]} & traces.record_ids:
        return True
    documents = [json.loads(row[name]) for name in ("before", "request") if row[name]]
    return any(traces.concerns(document, memory) for document in documents)


def _forget_reviews(workspace: Workspace, traces: Traces) -> int:
    """Decisions about the person's records, with their comments."""
    gone = 0
    with workspace.transaction() as connection:
        for ids in some(sorted(traces.record_ids)):
            for table in (reviews, review_decisions):
                here = (table.c.connection == traces.connection_key) & table.c.record_id.in_(ids)
                number = connection.execute(table.delete().where(here)).rowcount
                gone += number if table is reviews else 0
    return gone


def _forget_unclaimed_comments(workspace: Workspace, traces: Traces) -> int:
    """Comments about records that are gone, and of which nothing tells any more whose they were.

    The decisions stay: a text that is extracted anew finds its state again.
    """
    gone = 0
    for memory_id, present in traces.present.items():
        here = (reviews.c.connection == traces.connection_key) & (reviews.c.memory_id == memory_id)
        query = sa.select(reviews.c.record_id).where(here)
        decided = sa.select(review_decisions.c.record_id).where(
            review_decisions.c.connection == traces.connection_key, review_decisions.c.memory_id == memory_id
        )
        with workspace.transaction() as connection:
            known = set(connection.execute(sa.union(query, decided)).scalars())
        absent = known - set(present)
        absent -= _of_others(workspace, absent)
        gone += mentions.remove_comments(workspace, traces.connection_key, absent)
    return gone


def _of_others(workspace: Workspace, record_ids: Collection[str]) -> set[str]:
    """Those of the records whose earlier states are kept, and are not the person's (theirs went before)."""
    found: set[str] = set()
    versions = record_versions.c
    with workspace.transaction() as connection:
        for ids in some(sorted(record_ids)):
            kept = sa.or_(versions.before.is_not(None), versions.request.is_not(None))
            query = sa.select(versions.record_id, versions.lineage).where(
                sa.or_(versions.record_id.in_(ids), versions.lineage.in_(ids)), kept
            )
            for row in connection.execute(query):
                found |= {row.record_id, row.lineage} - {None}
    return found


def _forget_filters(workspace: Workspace, traces: Traces) -> int:
    """Saved filters that name an id."""
    gone = 0
    query = sa.select(review_filters).where(review_filters.c.connection == traces.connection_key)
    with workspace.transaction() as connection:
        for row in connection.execute(query).mappings().all():
            named = {*mentions.texts(json.loads(row["document"])), row["name"]}
            if traces.is_here(row["memory_id"]) and _names_them(named, traces):
                this = review_filters.c.filter_id == row["filter_id"]
                connection.execute(review_filters.delete().where(this))
                gone += 1
    return gone


def _names_them(texts: Iterable[str], traces: Traces) -> bool:
    return any(text in traces.subject.actor_ids or traces.concerns(text) for text in texts)


def _forget_golden_queries(workspace: Workspace, traces: Traces) -> int:
    """Golden queries that expect an erased record, or ask in a namespace of the person's."""
    query = sa.select(golden_queries).where(golden_queries.c.connection == traces.connection_key)
    with workspace.transaction() as connection:
        rows = connection.execute(query).mappings().all()
    theirs = [
        row["golden_query_id"]
        for row in rows
        if traces.is_here(row["memory_id"]) and _is_their_query(row, traces)
    ]
    for golden_query_id in theirs:
        mentions.remove_golden_query(workspace, golden_query_id)
    return len(theirs)


def _is_their_query(row: sa.RowMapping, traces: Traces) -> bool:
    expected = {record_id for _, record_id in json.loads(row["expected"])}
    asked = mentions.texts(json.loads(row["inquiry"]))
    return bool(expected & traces.record_ids) or any(map(traces.concerns, asked))


def _forget_tours(workspace: Workspace, traces: Traces) -> int:
    """Notebook tours under the person's memory id; what they made in AWS stays listed, to be removed."""
    if not (traces.agents or traces.everywhere):
        return 0
    gone = 0
    query = sa.select(agent_tours).where(agent_tours.c.connection == traces.connection_key)
    with workspace.transaction() as connection:
        for row in connection.execute(query).mappings().all():
            if json.loads(row["document"])["values"].get("memory_id") in traces.subject.actor_ids:
                connection.execute(agent_tours.delete().where(agent_tours.c.tour_id == row["tour_id"]))
                gone += 1
    return gone


def _forget_scratch_notes(workspace: Workspace, traces: Traces) -> int:
    """Whose session was replayed in a scratch memory; the memory itself is one like any other."""
    gone = 0
    query = sa.select(scratch_memories).where(scratch_memories.c.connection == traces.connection_key)
    with workspace.transaction() as connection:
        for row in connection.execute(query).mappings().all():
            about: Mapping[str, Any] = json.loads(row["document"])
            if about.get("actorId") in traces.subject.actor_ids:
                named = {name: ERASED for name in ("actorId", "sessionId") if name in about}
                this = scratch_memories.update().where(scratch_memories.c.name == row["name"])
                connection.execute(this.values(document=to_json({**about, **named})))
                gone += 1
    return gone


def fold(workspace: Workspace) -> bool | None:
    """Empty SQLite's write-ahead log, where text that was deleted may still stand. False when other
    connections kept it from that for ten seconds; None for other databases, whose log is not ours.
    """
    if workspace.engine.dialect.name != "sqlite":
        return None
    deadline = time.monotonic() + FOLD_SECONDS
    while True:
        connection = workspace.engine.raw_connection()
        try:
            busy = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            connection.close()
        if not busy:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
