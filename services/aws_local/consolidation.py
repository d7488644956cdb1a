"""From extracted statements to stored records: neighbours, decisions, one transaction.

The records, their words and vectors, the evidence for each decision and the removal from the queue are
committed together: a process killed before it leaves all of them undone, and the group is extracted again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import apsw
import numpy as np

from services.aws_local import extraction_queue, identifiers, records
from services.aws_local.clock import milliseconds, now_ms
from services.aws_local.encoding import Vectors, as_blob, from_blobs
from services.aws_local.extraction import EXTRACTOR, Extracted
from services.aws_local.extraction.consolidation import Decision, Neighbour, decide, reconcile_summary
from services.aws_local.memories import Strategy
from services.aws_local.ranking import query_terms
from services.aws_local.records import Record
from services.aws_local.store import Row, rows
from services.aws_local.vectors import DIMENSIONS

# Neighbours a decision sees. More than one would be compared with: a slot ("home city") may be filled by
# a statement that is not the nearest.
_NEIGHBOURS = 20


class Outdated(RuntimeError):
    """What a plan was made from changed before it was carried out: an event of the group was deleted, or a
    record that it would change, or finds known, was written by somebody else.
    """


@dataclass(frozen=True)
class Work:
    """A group with all that its extraction needs and gave.

    `events` are those to extract, `context` those before them; for a summary `events` is the session, and
    `whole` says whether it is all of it.
    """

    group: extraction_queue.Group
    memory_no: int
    strategy: Strategy
    queued: list[Row]
    events: list[Row]
    context: list[Row]
    whole: bool = True
    extracted: tuple[Extracted, ...] = ()

    @property
    def is_summary(self) -> bool:
        return self.strategy.extracts == "SUMMARIZATION"


@dataclass(frozen=True)
class Change:
    """One decision, ready to be carried out."""

    decision: Decision
    new: Extracted
    record_id: str
    vector: bytes | None
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class Plan:
    """What a group leads to: changes in order, and records that no longer say anything true.

    `rests_on` are the stored records that it names, as they were when it was made.
    """

    changes: tuple[Change, ...]
    rests_on: tuple[Row, ...]
    stale: tuple[str, ...] = ()

    @classmethod
    def of(cls, changes: Sequence[Change], found: list[Row], stale: tuple[str, ...] = ()) -> Plan:
        named = {change.record_id for change in changes} | set(stale)
        return cls(tuple(changes), tuple(each for each in found if each["record_id"] in named), stale)


@dataclass(frozen=True)
class _Known:
    """A record as new statements are compared with it."""

    record_id: str
    content: str
    embed_text: str
    vector: Vectors | None


class _Stored:
    """The records that new statements are compared with: those stored, and those of this group so far."""

    def __init__(self, found: list[Row], embedded: bool) -> None:
        vectors = from_blobs([each["vector"] for each in found], DIMENSIONS)
        self._known = {
            each["record_id"]: _Known(each["record_id"], each["content"], each["embed_text"], vector)
            for each, vector in zip(found, vectors if embedded else [None] * len(found), strict=True)
        }

    def near(self, new: Extracted, vector: Vectors | None) -> tuple[Neighbour, ...]:
        """The nearest, nearest first."""
        known = list(self._known.values())
        likeness = _likeness(known, new, vector)
        order = np.argsort(-likeness, kind="stable")[:_NEIGHBOURS]
        return tuple(Neighbour(known[at].record_id, known[at].content, float(likeness[at])) for at in order)

    def put(self, record_id: str, new: Extracted, vector: Vectors | None) -> None:
        """Count `new` among the stored, as a new record or in the place of an older state."""
        self._known[record_id] = _Known(record_id, new.content, new.embed_text, vector)


def _likeness(known: list[_Known], new: Extracted, vector: Vectors | None) -> Vectors:
    """Cosines; without an embedder the share of telling words in common."""
    if not known:
        return np.empty(0, np.float32)
    if vector is not None:
        cosines: Vectors = np.stack([each.vector for each in known if each.vector is not None]) @ vector
        return cosines
    words = set(query_terms(new.embed_text))
    return np.array([_overlap(words, set(query_terms(each.embed_text))) for each in known], np.float32)


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def stored(connection: apsw.Connection, work: Work) -> list[Row]:
    """The living records that the group's statements are compared with: those of the same namespace,
    strategy and strict metadata, and for a summary of the same session.
    """
    sql = """
    SELECT * FROM records
    WHERE memory_no = ? AND namespace = ? AND strategy_id = ? AND (expires_ms IS NULL OR expires_ms > ?)
    ORDER BY record_no
    """
    where = (work.memory_no, work.group.namespace, work.strategy.strategy_id)
    found = rows(connection, sql, (*where, now_ms()))
    if work.is_summary:
        own = _of_session(connection, work)
        return [each for each in found if each["record_id"] in own]
    strict = json.loads(work.group.strict_metadata)
    return [each for each in found if _strict_part(each, strict) == strict]


def _of_session(connection: apsw.Connection, work: Work) -> set[str]:
    """The ids of the records that this strategy made from this session."""
    sql = "SELECT DISTINCT record_id FROM decisions WHERE session_no = ? AND strategy_id = ?"
    found = rows(connection, sql, (work.group.session_no, work.strategy.strategy_id))
    return {each["record_id"] for each in found}


def _strict_part(found: Row, strict: dict[str, Any]) -> dict[str, Any]:
    metadata = json.loads(found["metadata"])
    return {key: metadata[key] for key in strict if key in metadata}


def plan(found: list[Row], work: Work, vectors: Vectors | None) -> Plan:
    """A decision for each extracted statement, in order; each sees what the earlier ones changed."""
    known = _Stored(found, embedded=vectors is not None)
    changes = []
    for at, new in enumerate(work.extracted):
        vector = None if vectors is None else vectors[at]
        neighbours = known.near(new, vector)
        decision = decide(work.strategy.extracts, new, neighbours)
        change = _change(work, decision, new, vector, neighbours)
        if decision.operation != "SkipMemory":
            known.put(change.record_id, new, vector)
        changes.append(change)
    return Plan.of(changes, found)


def plan_summary(found: list[Row], work: Work) -> Plan:
    """A decision for each topic of the session, and the records of topics that no longer exist.

    Where only the end of a long session was read, topics that are missing in it are kept. No vectors: they
    are made later.
    """
    neighbours = tuple(Neighbour(each["record_id"], each["content"], 0.0) for each in found)
    summary = reconcile_summary(work.extracted, neighbours)
    changes = [_change(work, decision, new, None, ()) for decision, new in summary.changes]
    return Plan.of(changes, found, summary.stale if work.whole else ())


def _change(
    work: Work, decision: Decision, new: Extracted, vector: Vectors | None, neighbours: Sequence[Neighbour]
) -> Change:
    new_id = identifiers.summary_record_id() if work.is_summary else identifiers.record_id()
    blob = None if vector is None else as_blob(vector)
    return Change(decision, new, decision.record_id or new_id, blob, tuple(neighbours))


def carry_out(connection: apsw.Connection, work: Work, made: Plan, embedder: str | None) -> list[int]:
    """Write everything that the group led to and take it off the queue; numbers of the changed records."""
    if not extraction_queue.remove(connection, work.queued):
        raise Outdated(f"An event of session {work.group.session_no} was deleted meanwhile.")
    for seen in made.rests_on:
        if records.find(connection, work.memory_no, seen["record_id"]) != seen:
            raise Outdated(f"Record {seen['record_id']} was changed meanwhile.")
    numbers = [_erase(connection, work, record_id) for record_id in made.stale]
    for change in made.changes:
        if change.decision.operation == "SkipMemory":
            _note(connection, work, change, previous=None)
        else:
            numbers.append(_store(connection, work, change, embedder))
    return [number for number in numbers if number is not None]


def _erase(connection: apsw.Connection, work: Work, record_id: str) -> int | None:
    found = records.find(connection, work.memory_no, record_id)
    if found is None:
        return None
    records.delete(connection, work.memory_no, found["record_no"], record_id)
    number: int = found["record_no"]
    return number


def _store(connection: apsw.Connection, work: Work, change: Change, embedder: str | None) -> int:
    """Add the record, or put it in the place of its older state (when that still exists)."""
    older = records.find(connection, work.memory_no, change.record_id)
    record = _record(work, change, embedder)
    if older is None:
        number = records.insert(connection, work.memory_no, record)
    else:  # the metadata that a client gave it stays; what is strict is the same in both
        number = older["record_no"]
        kept = replace(record, metadata=json.loads(older["metadata"]))
        records.replace(connection, work.memory_no, number, kept)
    _note(connection, work, change, previous=older["content"] if older else None)
    return number


def _record(work: Work, change: Change, embedder: str | None) -> Record:
    return Record(
        record_id=change.record_id,
        strategy_id=work.strategy.strategy_id,
        namespace=work.group.namespace,
        content=change.new.content,
        metadata=json.loads(work.group.strict_metadata),
        timestamp_ms=milliseconds(change.new.timestamp),
        embed_text=change.new.embed_text,
        embedder=embedder if change.vector else None,
        vector=change.vector,
        expiry_days=work.strategy.settings.get("recordExpiryDurationDays"),
    )


def _note(connection: apsw.Connection, work: Work, change: Change, previous: str | None) -> None:
    """Keep why the record is what it is: sources, rule, decision, neighbours."""
    sql = """
    INSERT INTO decisions (memory_no, session_no, strategy_id, record_id, decided_ms, operation, reason,
                           extractor, rule, content, previous, sources, neighbours)
    VALUES (:memory_no, :session_no, :strategy_id, :record_id, :decided_ms, :operation, :reason,
            :extractor, :rule, :content, :previous, :sources, :neighbours)
    """
    near = [[neighbour.record_id, round(neighbour.cosine, 4)] for neighbour in change.neighbours]
    bindings = {
        "memory_no": work.memory_no,
        "session_no": work.group.session_no,
        "strategy_id": work.strategy.strategy_id,
        "record_id": change.record_id,
        "decided_ms": now_ms(),
        "operation": change.decision.operation,
        "reason": change.decision.reason,
        "extractor": EXTRACTOR,
        "rule": change.new.rule,
        "content": change.new.content,
        "previous": previous,
        "sources": json.dumps(change.new.sources),
        "neighbours": json.dumps(near),
    }
    connection.execute(sql, bindings)
