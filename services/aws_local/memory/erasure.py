"""Erasing what a deleted memory held, a slice at a time.

A memory whose deletion is complete is invisible at once: `memories` no longer finds it, and its name is
free. Its rows go in slices, each in a transaction of its own, so that no writer waits for a million
events. A process killed in between goes on with the rest after its next start.
"""

from __future__ import annotations

import json
from typing import Any

import apsw

from services.aws_local.clock import now_ms
from services.aws_local.memory import memories
from services.aws_local.storage import client_tokens
from services.aws_local.storage.store import row, rows

AT_ONCE = 250
"""Rows of a kind in one transaction, so that writers wait only briefly."""

# Rows that refer to sessions: one kind after the other, and before the sessions, so that these cascade to
# nothing but their branches.
_FIRST = (
    """
    DELETE FROM extraction_queue WHERE (session_no, event_id, strategy_no) IN (
        SELECT session_no, event_id, strategy_no FROM extraction_queue
        WHERE strategy_no IN (SELECT strategy_no FROM strategies WHERE memory_no = :memory) LIMIT :limit)
    """,
    """
    DELETE FROM extraction_jobs WHERE job_no IN (
        SELECT job_no FROM strategies JOIN extraction_jobs USING (strategy_no)
        WHERE memory_no = :memory LIMIT :limit)
    """,
    """
    DELETE FROM handover_queue WHERE queue_no IN (
        SELECT queue_no FROM strategies JOIN handover_queue USING (strategy_no)
        WHERE memory_no = :memory LIMIT :limit)
    """,
    """
    DELETE FROM handovers WHERE handover_no IN (
        SELECT handover_no FROM strategies JOIN handovers USING (strategy_no)
        WHERE memory_no = :memory LIMIT :limit)
    """,
    """
    DELETE FROM decisions WHERE decision_no IN (
        SELECT decision_no FROM decisions WHERE memory_no = :memory LIMIT :limit)
    """,
)
# The rest besides the records. Sessions and actors go as soon as they are empty.
_THEN = (
    """
    DELETE FROM events WHERE (session_no, timestamp_ms, event_id) IN (
        SELECT session_no, timestamp_ms, event_id
        FROM actors JOIN sessions USING (actor_no) JOIN events USING (session_no)
        WHERE memory_no = :memory LIMIT :limit)
    """,
    """
    DELETE FROM sessions WHERE session_no IN (
        SELECT session_no FROM actors JOIN sessions USING (actor_no)
        WHERE memory_no = :memory
          AND NOT EXISTS (SELECT 1 FROM events WHERE events.session_no = sessions.session_no) LIMIT :limit)
    """,
    """
    DELETE FROM actors WHERE actor_no IN (
        SELECT actor_no FROM actors
        WHERE memory_no = :memory
          AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.actor_no = actors.actor_no) LIMIT :limit)
    """,
)


def gone(connection: apsw.Connection) -> list[int]:
    """The memories whose deletion is complete and that still hold something, by number."""
    sql = "SELECT memory_no FROM memories WHERE transition = 'DELETING' AND settled_ms <= ?"
    return [found["memory_no"] for found in rows(connection, sql, (now_ms(),))]


def erase_some(connection: apsw.Connection, memory_no: int, limit: int) -> bool:
    """Erase up to `limit` rows of each kind; True when nothing is left of the memory."""
    bindings = {"memory": memory_no, "limit": limit}
    for sql in _FIRST:
        if _erased(connection, sql, bindings) >= limit:
            return False
    erased = [_records(connection, bindings), *(_erased(connection, sql, bindings) for sql in _THEN)]
    erased.append(client_tokens.forget_owner(connection, memories.owner_of(memory_no), limit))
    if max(erased) >= limit:
        return False
    connection.execute("DELETE FROM memories WHERE memory_no = ?", (memory_no,))
    return True


def _erased(connection: apsw.Connection, sql: str, bindings: dict[str, Any]) -> int:
    connection.execute(sql, bindings)
    return connection.changes()


def _records(connection: apsw.Connection, bindings: dict[str, Any]) -> int:
    """Records and their words."""
    sql = """
    SELECT count(*) AS count, json_group_array(record_no) AS numbers
    FROM (SELECT record_no FROM records WHERE memory_no = :memory LIMIT :limit)
    """
    found = row(connection, sql, bindings) or {"count": 0, "numbers": json.dumps([])}
    for table, key in (("record_words", "rowid"), ("records", "record_no")):
        erase = f"DELETE FROM {table} WHERE {key} IN (SELECT value FROM json_each(?))"  # noqa: S608 - constants
        connection.execute(erase, (found["numbers"],))
    count: int = found["count"]
    return count
