"""Taking one person's data out of the dashboard's own database: copies, record versions, golden queries.

Rows that only count or name resources stay. Of a copied memory the person's events and records go, the rest
stays restorable. Doing it twice is harmless.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from services.erasure.subject import Subject, names_actor
from services.workspace import copies as copies_service
from services.workspace.store import Workspace, to_json
from services.workspace.tables import (
    copies,
    copy_parts,
    golden_queries,
    golden_results,
    record_acts,
    record_versions,
    review_decisions,
    review_filters,
    reviews,
)

Row = dict[str, Any]
FOLD_SECONDS = 10.0
_AT_ONCE = 500
_OF_AGENTS = "agent-summaries"
# A strategy has namespaces too, and is nobody's.
_OF_RECORDS = frozenset({"memoryRecordId", "content", "text"})
_TEXT_MEMBERS = frozenset({"content", "text", "payload", "metadata", "before", "request", "comment"})


@dataclass(frozen=True)
class Traces:
    """What to look for, and where: a person's ids, the records of theirs that were erased, the memories.

    `digests` stand for their texts (`text_digest`), for documents that name no id. `memories`: GetMemory's
    dicts by id, whose templates tell neighbours apart, as the `actors` of each memory do. `everywhere`: also
    what belonged to memories of this connection that are there no more.
    """

    subject: Subject
    connection_key: str
    memory_ids: Collection[str]
    record_ids: frozenset[str]
    everywhere: bool = False
    digests: frozenset[str] = frozenset()
    memories: Mapping[str, Row] = field(default_factory=dict)
    actors: Mapping[str, Collection[str]] = field(default_factory=dict)

    def is_here(self, memory_id: str) -> bool:
        """Whether a memory is one of those that are cleaned."""
        return self.everywhere or memory_id in self.memory_ids

    def concerns(self, document: Any, memory: Row | None = None) -> bool:
        """Whether a document is the person's: an event, a record, or something that has one inside.

        Texts concern them when an id stands in them as a whole path segment, as in a resource's name.
        """
        if isinstance(document, str):
            return any(names_actor(document, actor_id) for actor_id in self.subject.actor_ids)
        if isinstance(document, list):
            return any(self.concerns(each, memory) for each in document if not isinstance(each, str))
        if not isinstance(document, dict):
            return False
        if document.get("actorId") in self.subject.actor_ids or self._is_their_record(document, memory):
            return True
        inside = [each for each in document.values() if isinstance(each, (dict, list))]
        return any(self.concerns(each, memory) for each in inside)

    def _is_their_record(self, document: Row, memory: Row | None) -> bool:
        namespaces = document.get("namespaces")
        if isinstance(namespaces, list) and document.keys() & _OF_RECORDS:
            if self.subject.owns(memory or {}, document, self._actors_of(memory)):
                return True
            content = document.get("content")
            said = content.get("text") if isinstance(content, dict) else document.get("text")
            if isinstance(said, str) and text_digest(next(iter(namespaces), ""), said) in self.digests:
                return True
        ids = {value for value in document.values() if isinstance(value, str)}
        return bool(ids & self.record_ids) and bool(document.keys() & _TEXT_MEMBERS)

    def _actors_of(self, memory: Row | None) -> Collection[str]:
        """The actors that a record may be of: its memory's, or, of a document that names none, anybody."""
        known = self.actors.get(str((memory or {}).get("id", "")))
        return {each for ids in self.actors.values() for each in ids} if known is None else known


def text_digest(namespace: str, said: str) -> str:
    """What stands for a record's text in its namespace."""
    return hashlib.sha256(f"{namespace}\0{said}".encode("utf-8", "surrogatepass")).hexdigest()


def forget(workspace: Workspace, traces: Traces) -> dict[str, int]:
    """Remove what concerns the person; how much of each kind there was."""
    return {
        **_forget_copies(workspace, traces),
        "recordVersions": _forget_versions(workspace, traces),
        "goldenQueries": _forget_golden_queries(workspace, traces),
        "reviews": _forget_reviews(workspace, traces),
    }


def _forget_copies(workspace: Workspace, traces: Traces) -> dict[str, int]:
    gone = {"copies": 0, "copiedRows": 0}
    query = sa.select(copies.c.copy_id, copies.c.resource, copies.c.kind).order_by(copies.c.at)
    with workspace.transaction() as connection:
        found = connection.execute(query).all()
    for copy_id, resource, kind in found:
        if kind == _OF_AGENTS and traces.everywhere and traces.concerns(resource):
            copies_service.discard(workspace, copy_id)
            gone["copies"] += 1
        elif traces.is_here(resource.split("/", 1)[0]):
            whole, rows = _forget_copy(workspace, copy_id, traces)
            gone["copies"] += whole
            gone["copiedRows"] += rows
    return gone


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
        with workspace.transaction() as connection:
            query = sa.select(record_versions).where(record_versions.c.act_id == act_id)
            theirs = [
                row["number"]
                for row in connection.execute(query).mappings()
                if (row["before"] or row["request"]) and _is_their_version(row, traces, memory)
            ]
            for number in theirs:
                this = (record_versions.c.act_id == act_id) & (record_versions.c.number == number)
                emptied = record_versions.update().where(this)
                connection.execute(emptied.values(before=None, request=None, error_message=None))
        gone += len(theirs)
    return gone


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
    """Decisions about the person's records, with their comments, and saved filters that name an id."""
    gone = 0
    ids = list(traces.record_ids)
    with workspace.transaction() as connection:
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            for table in (reviews, review_decisions):
                here = (table.c.connection == traces.connection_key) & table.c.record_id.in_(some)
                number = connection.execute(table.delete().where(here)).rowcount
                gone += number if table is reviews else 0
        query = sa.select(review_filters).where(review_filters.c.connection == traces.connection_key)
        for row in connection.execute(query).mappings().all():
            named = {*_texts(json.loads(row["document"])), row["name"]}
            if not traces.is_here(row["memory_id"]):
                continue
            if named & set(traces.subject.actor_ids) or any(map(traces.concerns, named)):
                this = review_filters.c.filter_id == row["filter_id"]
                connection.execute(review_filters.delete().where(this))
    return gone


def _forget_golden_queries(workspace: Workspace, traces: Traces) -> int:
    """Golden queries that expect an erased record, or ask in a namespace of the person's."""
    query = sa.select(golden_queries).where(golden_queries.c.connection == traces.connection_key)
    with workspace.transaction() as connection:
        theirs = [
            row["golden_query_id"]
            for row in connection.execute(query).mappings()
            if traces.is_here(row["memory_id"]) and _is_their_query(row, traces)
        ]
        for golden_query_id in theirs:
            for table in (golden_results, golden_queries):
                connection.execute(table.delete().where(table.c.golden_query_id == golden_query_id))
    return len(theirs)


def _is_their_query(row: sa.RowMapping, traces: Traces) -> bool:
    expected = {record_id for _, record_id in json.loads(row["expected"])}
    asked = _texts(json.loads(row["inquiry"]))
    return bool(expected & traces.record_ids) or any(map(traces.concerns, asked))


def _texts(document: Any) -> Iterator[str]:
    """The texts in a JSON document, also in JSON inside of texts."""
    if isinstance(document, str):
        yield document
        if document[:1] in {"{", "["}:
            try:
                yield from _texts(json.loads(document))
            except ValueError:
                return
    elif isinstance(document, (dict, list)):
        for each in document.values() if isinstance(document, dict) else document:
            yield from _texts(each)


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
