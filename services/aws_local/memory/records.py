"""Memory records in the database: the row, its words in the full-text index, its vector.

The three are always written in the same transaction. Vectors are little-endian float32 BLOBs; the blocks
that `search` keeps in memory are copies that can be thrown away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import apsw

from services.aws_local import bounded_json
from services.aws_local.clock import DAY_MS, LAST_MS, now_ms, seconds
from services.aws_local.memory import namespaces
from services.aws_local.memory.metadata_filters import RECORD_TYPE_KEY, Condition
from services.aws_local.retrieval.ranking import without_speaker, without_subject
from services.aws_local.storage.store import Row, row, rows, values
from services.aws_local.streams import stream_events

NO_STRATEGY = "none"
"""`memoryStrategyId` of a record that was written without one (required in AWS's answers; value ours)."""

MAX_KEYS = 20
"""Metadata pairs of a record (model: MemoryRecordMetadataMap)."""

# The member that a kind of record is found by, and the members that the kind is known by.
_INDEXED_BY = {
    "intent": {"situation", "intent", "assessment", "turns"},
    "use_cases": {"title", "use_cases", "hints", "confidence"},
}
# What summaries and metadata filters need; the number first.
_SHOWN = (
    "record_no",
    "record_id",
    "content",
    "strategy_id",
    "namespace",
    "metadata",
    "created_ms",
    "updated_ms",
    "timestamp_ms",
)
_TAG = re.compile(r"<[^<>]*>")
_TOPIC = re.compile(r"""<topic name=(["'])(.*?)\1>""")


@dataclass(frozen=True)
class Record:
    """A record about to be stored. `vector` is None where no embedder is there to make one."""

    record_id: str
    strategy_id: str
    namespace: str
    content: str
    metadata: dict[str, Any]
    timestamp_ms: int
    embed_text: str
    embedder: str | None = None
    vector: bytes | None = None
    expiry_days: int | None = None


def searchable_text(content: str) -> str:
    """What to embed of a record: no markup of its kind, no "The user", no name of a speaker."""
    return without_subject(without_speaker(_without_markup(content)))


def _without_markup(content: str) -> str:
    """The values of a JSON object, the text of XML topics, any other text as it is.

    Reference: episodes are indexed by their intent, reflections by their use cases.
    """
    if content.startswith("{"):
        try:
            document = bounded_json.read(content)
        except ValueError:  # no JSON, or nested too deeply
            return content
        indexed = next((document[name] for name, kind in _INDEXED_BY.items() if kind <= document.keys()), "")
        return indexed if indexed and isinstance(indexed, str) else " ".join(_strings(document))
    if content.startswith("<"):
        return _TAG.sub(" ", _TOPIC.sub(r" \2: ", content)).strip() or content
    return content


def _strings(value: Any) -> Iterator[str]:
    """The strings in a JSON document, in order, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def insert(connection: apsw.Connection, memory_no: int, record: Record) -> int:
    """Store a record; its number."""
    now = now_ms()
    sql = """
    INSERT INTO records (memory_no, record_id, strategy_id, namespace, content, metadata, timestamp_ms,
                         created_ms, updated_ms, expires_ms, expiry_days, embed_text, embedder, vector)
    VALUES (:memory_no, :record_id, :strategy_id, :namespace, :content, :metadata, :timestamp_ms,
            :now, :now, :expires_ms, :expiry_days, :embed_text, :embedder, :vector)
    """
    connection.execute(sql, _bindings(record, now) | {"memory_no": memory_no})
    record_no = connection.last_insert_rowid()
    _index(connection, memory_no, record_no, record)
    stream_events.created(connection, memory_no, record_no)
    return record_no


def replace(
    connection: apsw.Connection, memory_no: int, record_no: int, record: Record, *, consolidated: bool = False
) -> None:
    """Store `record` in the place of an older state of itself; `createdAt` stays.

    `consolidated`: not a client's change but a newer statement's, which streams tell in another way.
    """
    sql = """
    UPDATE records SET strategy_id = :strategy_id, namespace = :namespace, content = :content,
        metadata = :metadata, timestamp_ms = :timestamp_ms, updated_ms = :now, expires_ms = :expires_ms,
        expiry_days = :expiry_days, embed_text = :embed_text, embedder = :embedder, vector = :vector
    WHERE record_no = :record_no
    """
    bindings = _bindings(record, now_ms()) | {"record_no": record_no}
    del bindings["record_id"]
    connection.execute(sql, bindings)
    connection.execute("DELETE FROM record_words WHERE rowid = ?", (record_no,))
    connection.execute("DELETE FROM record_paths WHERE number = ?", (record_no,))
    _index(connection, memory_no, record_no, record)
    if consolidated:
        stream_events.rewritten(connection, memory_no, record_no, record.record_id)
    else:
        stream_events.updated(connection, memory_no, record_no)


def _bindings(record: Record, now: int) -> Row:
    expires = min(now + record.expiry_days * DAY_MS, LAST_MS) if record.expiry_days else None
    return vars(record) | {"metadata": json.dumps(record.metadata), "now": now, "expires_ms": expires}


def _index(connection: apsw.Connection, memory_no: int, record_no: int, record: Record) -> None:
    sql = "INSERT INTO record_words (rowid, words, scope) VALUES (?, ?, ?)"
    scope = namespaces.scope_tokens(memory_no, record.namespace)
    connection.execute(sql, (record_no, without_subject(_without_markup(record.content)), scope))
    path = """
    INSERT INTO record_paths (owner_no, path, at_ms, number)
    SELECT ?, value, created_ms, record_no FROM json_each(?), records WHERE record_no = ?
    """
    connection.execute(path, (memory_no, json.dumps(namespaces.levels(record.namespace)), record_no))


def delete(connection: apsw.Connection, memory_no: int, record_no: int, record_id: str) -> None:
    """Erase a record with its words, its vector and the notes on how it came about."""
    connection.execute("DELETE FROM record_words WHERE rowid = ?", (record_no,))
    connection.execute("DELETE FROM records WHERE record_no = ?", (record_no,))
    notes = "DELETE FROM decisions WHERE memory_no = ? AND record_id = ?"
    connection.execute(notes, (memory_no, record_id))
    stream_events.deleted(connection, memory_no, record_id)


def find(connection: apsw.Connection, memory_no: int, record_id: str) -> Row | None:
    """A living record."""
    sql = """
    SELECT * FROM records
    WHERE memory_no = ? AND record_id = ? AND (expires_ms IS NULL OR expires_ms > ?)
    """
    return row(connection, sql, (memory_no, record_id, now_ms()))


def by_numbers(
    connection: apsw.Connection, numbers: list[int], conditions: list[Condition]
) -> dict[int, Row]:
    """Living records by number, without what is not shown of them; those that are gone, or do not meet the
    conditions, are absent.
    """
    where = " AND ".join(f"({condition.sql})" for condition in conditions)
    sql = f"""
    SELECT {", ".join(_SHOWN)} FROM json_each(?) AS wanted CROSS JOIN records ON record_no = wanted.value
    WHERE (expires_ms IS NULL OR expires_ms > ?) AND {where}
    """  # noqa: S608 - composed of constants; values are bound
    bindings = [value for condition in conditions for value in condition.bindings]
    found = values(connection, sql, (json.dumps(numbers), now_ms(), *bindings))
    return {columns[0]: dict(zip(_SHOWN, columns, strict=True)) for columns in found}


def newest_first(
    connection: apsw.Connection,
    conditions: list[Condition],
    accepts: Callable[[Row], bool],
    before: list[int] | None,
    limit: int,
    *,
    path: str | None = None,
) -> list[Row]:
    """Up to `limit` living records that meet the conditions, older than [created_ms, record_no].

    Reference: ListMemoryRecords answers newest first. With a path, those at or below it are read in that
    order from an index of their own: a page costs the same however many records lie elsewhere.
    """
    wanted = [*conditions, Condition("expires_ms IS NULL OR expires_ms > ?", (now_ms(),))]
    source, order = "records", ("created_ms", "record_no")
    if path is not None and namespaces.stem(path):
        source, order = "record_paths CROSS JOIN records ON record_no = number", ("at_ms", "number")
        wanted += [Condition("owner_no = memory_no"), Condition("path = ?", (namespaces.stem(path),))]
    if before is not None:
        wanted.append(Condition(f"({order[0]}, {order[1]}) < (?, ?)", tuple(before)))
    where = " AND ".join(f"({condition.sql})" for condition in wanted)
    sql = f"""
    SELECT records.* FROM {source} WHERE {where} ORDER BY {order[0]} DESC, {order[1]} DESC
    """  # noqa: S608 - composed of constants; values are bound
    found: list[Row] = []
    for record in connection.execute(sql, [each for condition in wanted for each in condition.bindings]):
        if accepts(record):
            found.append(record)
            if len(found) == limit:
                break
    return found


def in_memory(memory_no: int) -> Condition:
    return Condition("memory_no = ?", (memory_no,))


def of_strategy(strategy_id: str) -> Condition:
    return Condition("strategy_id = ?", (strategy_id,))


def in_namespace(namespace: str) -> Condition:
    """Exactly this namespace."""
    return Condition("namespace = ?", (namespace,))


def below(path: str) -> Condition:
    """At or below a path of the hierarchy."""
    limits = namespaces.bounds(path)
    if limits is None:
        return Condition("1")
    if namespaces.stem(path).endswith("/"):  # `/a//` is not `/a/`
        return Condition("namespace >= ? AND namespace < ?", limits)
    sql = "namespace = ? OR (namespace >= ? AND namespace < ?)"
    return Condition(sql, (namespaces.stem(path), *limits))


def purge(connection: apsw.Connection, limit: int) -> list[Row]:
    """Erase up to `limit` expired records; [{memory_no, record_no, record_id}, …]."""
    sql = "SELECT memory_no, record_no, record_id FROM records WHERE expires_ms <= ? LIMIT ?"
    expired = rows(connection, sql, (now_ms(), limit))
    for record in expired:
        delete(connection, **record)
    return expired


def shown(found: Row, score: float | None = None) -> dict[str, Any]:
    """The record as a summary of List and Retrieve answers; `score` for the latter only.

    Of a record with the largest number of keys the model leaves no room for the record type.
    """
    metadata: dict[str, Any] = {RECORD_TYPE_KEY: {"stringValue": "BASE"}}
    if found["metadata"] != "{}":
        metadata |= json.loads(found["metadata"])
    if len(metadata) > MAX_KEYS:
        del metadata[RECORD_TYPE_KEY]
    summary: dict[str, Any] = {
        "memoryRecordId": found["record_id"],
        "content": {"text": found["content"]},
        "memoryStrategyId": found["strategy_id"],
        "namespaces": [found["namespace"]] if found["namespace"] else [],
        "createdAt": seconds(found["created_ms"]),
        "timestamp": seconds(found["timestamp_ms"]),
        "metadata": metadata,
    }
    return summary if score is None else summary | {"score": score}


def shown_in_full(found: Row) -> dict[str, Any]:
    """The record as GetMemoryRecord answers it: with its expiry, if it has one."""
    expires = {} if found["expires_ms"] is None else {"expiresAt": seconds(found["expires_ms"])}
    return shown(found) | expires
