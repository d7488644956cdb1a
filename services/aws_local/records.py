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

from services.aws_local import namespaces
from services.aws_local.clock import DAY_MS, LAST_MS, now_ms, seconds
from services.aws_local.metadata_filters import RECORD_TYPE_KEY, Condition
from services.aws_local.ranking import without_subject
from services.aws_local.store import Row, row, rows

NO_STRATEGY = "none"
"""`memoryStrategyId` of a record that was written without one (required in AWS's answers; value ours)."""

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
    """What a record says, as extraction embeds it: without the markup of its kind, and without "The user"."""
    return without_subject(_without_markup(content))


def _without_markup(content: str) -> str:
    """The values of a JSON object, the text of XML topics, any other text as it is."""
    if content.startswith("{"):
        try:
            return " ".join(_strings(json.loads(content)))
        except (ValueError, RecursionError):  # no JSON, or nested deeper than Python reads
            return content
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
    return record_no


def replace(connection: apsw.Connection, memory_no: int, record_no: int, record: Record) -> None:
    """Store `record` in the place of an older state of itself; `createdAt` stays."""
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
    _index(connection, memory_no, record_no, record)


def _bindings(record: Record, now: int) -> Row:
    expires = min(now + record.expiry_days * DAY_MS, LAST_MS) if record.expiry_days else None
    return vars(record) | {"metadata": json.dumps(record.metadata), "now": now, "expires_ms": expires}


def _index(connection: apsw.Connection, memory_no: int, record_no: int, record: Record) -> None:
    sql = "INSERT INTO record_words (rowid, words, scope) VALUES (?, ?, ?)"
    scope = namespaces.scope_tokens(memory_no, record.namespace)
    connection.execute(sql, (record_no, searchable_text(record.content), scope))


def delete(connection: apsw.Connection, memory_no: int, record_no: int, record_id: str) -> None:
    """Erase a record with its words, its vector and the notes on how it came about."""
    connection.execute("DELETE FROM record_words WHERE rowid = ?", (record_no,))
    connection.execute("DELETE FROM records WHERE record_no = ?", (record_no,))
    notes = "DELETE FROM decisions WHERE memory_no = ? AND record_id = ?"
    connection.execute(notes, (memory_no, record_id))


def find(connection: apsw.Connection, memory_no: int, record_id: str) -> Row | None:
    """A living record."""
    sql = """
    SELECT * FROM records
    WHERE memory_no = ? AND record_id = ? AND (expires_ms IS NULL OR expires_ms > ?)
    """
    return row(connection, sql, (memory_no, record_id, now_ms()))


def by_numbers(connection: apsw.Connection, numbers: list[int]) -> dict[int, Row]:
    """Living records by number; those that are gone are absent."""
    sql = """
    SELECT * FROM records
    WHERE record_no IN (SELECT value FROM json_each(?)) AND (expires_ms IS NULL OR expires_ms > ?)
    """
    found = rows(connection, sql, (json.dumps(numbers), now_ms()))
    return {record["record_no"]: record for record in found}


def newest_first(
    connection: apsw.Connection,
    conditions: list[Condition],
    accepts: Callable[[Row], bool],
    before: list[int] | None,
    limit: int,
) -> list[Row]:
    """Up to `limit` living records that meet the conditions, older than [created_ms, record_no].

    Reference: ListMemoryRecords answers newest first.
    """
    wanted = [*conditions, Condition("expires_ms IS NULL OR expires_ms > ?", (now_ms(),))]
    if before is not None:
        wanted.append(Condition("(created_ms, record_no) < (?, ?)", tuple(before)))
    where = " AND ".join(f"({condition.sql})" for condition in wanted)
    sql = f"SELECT * FROM records WHERE {where} ORDER BY created_ms DESC, record_no DESC"  # noqa: S608
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
    """The record as a summary of List and Retrieve answers; `score` for the latter only."""
    metadata = json.loads(found["metadata"])
    summary: dict[str, Any] = {
        "memoryRecordId": found["record_id"],
        "content": {"text": found["content"]},
        "memoryStrategyId": found["strategy_id"],
        "namespaces": [found["namespace"]] if found["namespace"] else [],
        "createdAt": seconds(found["created_ms"]),
        "timestamp": seconds(found["timestamp_ms"]),
        "metadata": {RECORD_TYPE_KEY: {"stringValue": "BASE"}} | metadata,
    }
    return summary if score is None else summary | {"score": score}


def shown_in_full(found: Row) -> dict[str, Any]:
    """The record as GetMemoryRecord answers it: with its expiry, if it has one."""
    expires = {} if found["expires_ms"] is None else {"expiresAt": seconds(found["expires_ms"])}
    return shown(found) | expires
