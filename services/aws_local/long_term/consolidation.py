"""From extracted statements to stored records: neighbours, decisions, one transaction.

The records, their words and vectors, the evidence for each decision and the removal from the queue are
committed together: a process killed before it leaves all of them undone, and the group is extracted again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import apsw

from services.aws_local.clock import milliseconds, now_ms
from services.aws_local.extraction import Extracted, Message
from services.aws_local.extraction.consolidation import Decision, Neighbour
from services.aws_local.extraction.messages import conversational_messages
from services.aws_local.long_term import extraction_queue
from services.aws_local.memory import events, records
from services.aws_local.memory.memories import Strategy
from services.aws_local.memory.metadata_filters import RECORD_TYPE_KEY
from services.aws_local.memory.records import Record
from services.aws_local.memory.strategies import is_strict
from services.aws_local.storage.store import Row, rows

REFLECTION = "REFLECTION"
"""Record type of what was learned from several episodes; every other record is BASE."""

_EPISODES = 2_000  # the newest records of an episodic strategy that new episodes are compared with


class Outdated(RuntimeError):
    """What a plan was made from changed before it was carried out: an event of the group was deleted, or a
    record that it would change, or finds known, was written by somebody else.
    """


@dataclass(frozen=True)
class Work:
    """A group with all that its extraction needs and gave.

    `events` are those to extract, `context` those before them; for a summary `events` is the session, and
    `whole` says whether it is all of it. `quiet`: nothing was said for so long that even an episode without
    an end is over. `reflections` is the namespace of an episodic strategy's reflections, where it has one.
    """

    group: extraction_queue.Group
    memory_no: int
    strategy: Strategy
    namespace: str
    queued: list[Row]
    events: list[Row]
    context: list[Row]
    whole: bool = True
    quiet: bool = True
    reflections: str | None = None
    extracted: tuple[Extracted, ...] = ()
    extractor: str = ""

    @property
    def is_summary(self) -> bool:
        return self.strategy.extracts == "SUMMARIZATION"

    @property
    def is_episodic(self) -> bool:
        return self.strategy.extracts == "EPISODIC"

    def messages(self) -> list[Message]:
        """What was said in the events to extract, oldest first."""
        return _messages(self.events)

    def context_messages(self) -> list[Message]:
        """What was said just before."""
        return _messages(self.context)


def _messages(found: list[Row]) -> list[Message]:
    return [message for event in found for message in conversational_messages(events.shown(event, {}, None))]


@dataclass(frozen=True)
class Change:
    """One decision, ready to be carried out.

    `new` is the candidate, `merged` what the record becomes where that is not the candidate itself (a model
    may merge it with what is stored). `namespace` is the group's unless another is given. Without a vector
    the record is embedded later.
    """

    decision: Decision
    new: Extracted
    record_id: str
    vector: bytes | None
    neighbours: tuple[Neighbour, ...]
    merged: Extracted | None = None
    namespace: str | None = None
    record_type: str = "BASE"
    metadata: dict[str, Any] = field(default_factory=dict)  # of the schema's inferred keys

    @property
    def written(self) -> Extracted:
        return self.merged or self.new


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


def stored(connection: apsw.Connection, work: Work) -> list[Row]:
    """The living records that the group's statements are compared with: those of the same namespace,
    strategy and strict metadata, for a summary of the same session; for episodes also the reflections, and
    the episodes that these look at.
    """
    strict = json.loads(work.group.strict_metadata)
    if work.is_episodic:
        found = _episodes(connection, work)
        return [each for each in found if _strict_part(each, work.strategy) == strict]
    sql = """
    SELECT * FROM records
    WHERE memory_no = ? AND namespace = ? AND strategy_id = ? AND (expires_ms IS NULL OR expires_ms > ?)
    ORDER BY record_no
    """
    where = (work.memory_no, work.namespace, work.strategy.strategy_id)
    found = rows(connection, sql, (*where, now_ms()))
    if work.is_summary:
        own = _of_session(connection, work)
        return [each for each in found if each["record_id"] in own]
    return [each for each in found if _strict_part(each, work.strategy) == strict]


def _episodes(connection: apsw.Connection, work: Work) -> list[Row]:
    """The newest episodes and reflections at or below the namespaces of both, oldest first."""
    places = [records.in_namespace(work.namespace)]
    if work.reflections is not None:
        places.append(records.below(work.reflections))
    where = " OR ".join(f"({place.sql})" for place in places)
    sql = f"""
    SELECT * FROM records
    WHERE memory_no = ? AND strategy_id = ? AND (expires_ms IS NULL OR expires_ms > ?) AND ({where})
    ORDER BY record_no DESC LIMIT ?
    """  # noqa: S608 - composed of constants
    bound = [value for place in places for value in place.bindings]
    memory = (work.memory_no, work.strategy.strategy_id, now_ms())
    return rows(connection, sql, (*memory, *bound, _EPISODES))[::-1]


def is_reflection(found: Row) -> bool:
    """Whether a stored record is one."""
    kind = json.loads(found["metadata"]).get(RECORD_TYPE_KEY, {})
    return bool(kind.get("stringValue") == REFLECTION)


def _of_session(connection: apsw.Connection, work: Work) -> set[str]:
    """The ids of the records that this strategy made from this session."""
    sql = "SELECT DISTINCT record_id FROM decisions WHERE session_no = ? AND strategy_id = ?"
    found = rows(connection, sql, (work.group.session_no, work.strategy.strategy_id))
    return {each["record_id"] for each in found}


def _strict_part(found: Row, strategy: Strategy) -> dict[str, Any]:
    """A record's values of the strategy's strict keys; events without any are a group of their own."""
    metadata = json.loads(found["metadata"])
    strict = [key["key"] for key in strategy.schema() if is_strict(key)]
    return {key: metadata[key] for key in strict if key in metadata}


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
    else:  # what a client gave it stays, expiry and metadata, but for keys that were inferred anew
        number = older["record_no"]
        metadata = json.loads(older["metadata"]) | record.metadata
        kept = replace(record, metadata=metadata, expiry_days=older["expiry_days"])
        records.replace(connection, work.memory_no, number, kept, consolidated=True)
    _note(connection, work, change, previous=older["content"] if older else None)
    return number


def _record(work: Work, change: Change, embedder: str | None) -> Record:
    metadata = change.metadata | json.loads(work.group.strict_metadata)
    if change.record_type != "BASE":
        metadata[RECORD_TYPE_KEY] = {"stringValue": change.record_type}
    return Record(
        record_id=change.record_id,
        strategy_id=work.strategy.strategy_id,
        namespace=work.namespace if change.namespace is None else change.namespace,
        content=change.written.content,
        metadata=metadata,
        timestamp_ms=milliseconds(change.written.timestamp),
        embed_text=change.written.embed_text,
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
        "extractor": work.extractor,
        "rule": change.new.rule,
        "content": change.new.content,
        "previous": previous,
        "sources": json.dumps(change.new.sources),
        "neighbours": json.dumps(near),
    }
    connection.execute(sql, bindings)
