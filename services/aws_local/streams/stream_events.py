"""Stream events of memory records, noted in the transaction of the change that they tell of.

A memory with `streamDeliveryResources` has each change of its records told to a Kinesis stream on AWS; here
`stream_delivery` takes the events from this table to a file or a webhook. Without `--stream-to` nothing is
noted. Format and triggers: AgentCore developer guide, "Memory record streaming".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import apsw

from services.aws_local.clock import DAY_MS, now_ms
from services.aws_local.memory.metadata_filters import RECORD_TYPE_KEY
from services.aws_local.storage.store import Row, row, rows

_KEPT_MS = DAY_MS  # as long as a Kinesis stream keeps what nobody reads, by default


@dataclass(frozen=True)
class _Stream:
    """Where a memory's events go, and whether they carry the record's text (FULL_CONTENT)."""

    memory_id: str
    arn: str
    with_text: bool


def open_for(connection: apsw.Connection, place: str | None) -> None:
    """Note events from now on if there is a place to deliver them to."""
    connection.execute("DELETE FROM stream_destination")
    if place is not None:
        connection.execute("INSERT INTO stream_destination VALUES (?)", (place,))


def enabled(connection: apsw.Connection, memory_no: int) -> None:
    """The memory's streaming was switched on; told at once, whatever the level of content."""
    stream = _stream(connection, memory_no)
    if stream is not None:
        told = {"message": f"Streaming enabled for memory resource: {stream.memory_id}"}
        _note(connection, memory_no, stream, "StreamingEnabled", told)


def created(connection: apsw.Connection, memory_no: int, record_no: int) -> None:
    """A record was written."""
    _tell_record(connection, memory_no, record_no, "MemoryRecordCreated")


def updated(connection: apsw.Connection, memory_no: int, record_no: int) -> None:
    """A client changed a record."""
    _tell_record(connection, memory_no, record_no, "MemoryRecordUpdated")


def rewritten(connection: apsw.Connection, memory_no: int, record_no: int, record_id: str) -> None:
    """Consolidation put a newer state in a record's place: told as deleted, then created, as AWS does."""
    deleted(connection, memory_no, record_id)
    created(connection, memory_no, record_no)


def deleted(connection: apsw.Connection, memory_no: int, record_id: str) -> None:
    """A record was deleted or expired. The event names it and tells nothing else."""
    stream = _stream(connection, memory_no)
    if stream is not None:
        _note(connection, memory_no, stream, "MemoryRecordDeleted", {"memoryRecordId": record_id})


def _stream(connection: apsw.Connection, memory_no: int) -> _Stream | None:
    sql = """
    SELECT memory_id, settings ->> '$.streamDeliveryResources.resources[0].kinesis' AS kinesis
    FROM stream_destination, memories WHERE memory_no = ?
    """
    found = row(connection, sql, (memory_no,))
    if found is None or found["kinesis"] is None:
        return None
    kinesis = json.loads(found["kinesis"])
    (content,) = kinesis["contentConfigurations"]
    return _Stream(found["memory_id"], kinesis["dataStreamArn"], content.get("level") == "FULL_CONTENT")


def _tell_record(connection: apsw.Connection, memory_no: int, record_no: int, event_type: str) -> None:
    stream = _stream(connection, memory_no)
    if stream is None:
        return
    sql = """
    SELECT records.*, strategies.type FROM records LEFT JOIN strategies USING (memory_no, strategy_id)
    WHERE record_no = ?
    """
    found = row(connection, sql, (record_no,))
    if found is None:
        raise LookupError(f"record {record_no} was not stored")
    _note(connection, memory_no, stream, event_type, _record_fields(found, stream.with_text))


def _record_fields(found: Row, with_text: bool) -> dict[str, Any]:
    """What an event tells of a record; the type of a strategy that is gone (or never was) is absent."""
    kind = {"memoryStrategyType": found["type"]} if found["type"] else {}
    text = {"memoryRecordText": found["content"]} if with_text else {}
    return {
        "memoryRecordId": found["record_id"],
        "namespaces": [found["namespace"]] if found["namespace"] else [],
        "createdAt": found["created_ms"],
        "memoryStrategyId": found["strategy_id"],
        **kind,
        "metadata": {RECORD_TYPE_KEY: {"stringValue": "BASE"}} | json.loads(found["metadata"]),
        **text,
    }


def _note(
    connection: apsw.Connection, memory_no: int, stream: _Stream, event_type: str, fields: dict[str, Any]
) -> None:
    now = now_ms()
    moment = datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds")
    told = {
        "eventType": event_type,
        "eventTime": moment.replace("+00:00", "Z"),
        "memoryId": stream.memory_id,
        **fields,
    }
    sql = "INSERT INTO stream_events (memory_no, stream_arn, noted_ms, body) VALUES (?, ?, ?, ?)"
    body = json.dumps({"memoryStreamEvent": told}, separators=(",", ":"))
    connection.execute(sql, (memory_no, stream.arn, now, body))


def waiting(connection: apsw.Connection) -> list[int]:
    """The memories that have events to deliver. Steps through the index: many events may wait for long."""
    sql = """
    WITH RECURSIVE found (memory_no) AS (
        SELECT min(memory_no) FROM stream_events
        UNION ALL
        SELECT (SELECT min(memory_no) FROM stream_events WHERE stream_events.memory_no > found.memory_no)
        FROM found WHERE found.memory_no IS NOT NULL
    )
    SELECT memory_no FROM found WHERE memory_no IS NOT NULL
    """
    return [found["memory_no"] for found in rows(connection, sql)]


def oldest(connection: apsw.Connection, memory_no: int, limit: int) -> list[Row]:
    """Up to `limit` of a memory's events, in the order of the changes."""
    sql = "SELECT event_no, stream_arn, body FROM stream_events WHERE memory_no = ? ORDER BY event_no LIMIT ?"
    return rows(connection, sql, (memory_no, limit))


def remove(connection: apsw.Connection, numbers: list[int]) -> None:
    """Events were delivered."""
    sql = "DELETE FROM stream_events WHERE event_no IN (SELECT value FROM json_each(?))"
    connection.execute(sql, (json.dumps(numbers),))


def pending(connection: apsw.Connection) -> int:
    """How many events are still to be delivered."""
    found = row(connection, "SELECT count(*) AS pending FROM stream_events")
    return found["pending"] if found else 0


def forget_old(connection: apsw.Connection) -> int:
    """Drop what could not be delivered for a day; how many events."""
    connection.execute("DELETE FROM stream_events WHERE noted_ms < ?", (now_ms() - _KEPT_MS,))
    return connection.changes()
