"""Session summaries as the store has them: what GetAgentMemory lists and what goes into the prompt."""

from __future__ import annotations

from typing import Any

import apsw

from services.aws_local.clock import DAY_MS, LAST_MS, now_ms
from services.aws_local.storage.store import Row, rows


def newest_first(
    connection: apsw.Connection,
    agent_no: int,
    alias_id: str,
    memory_id: str,
    *,
    before: list[Any] | None,
    limit: int,
) -> list[Row]:
    """Up to `limit` summaries after the position `[started_ms, summary_no]`, without expired ones."""
    sql = """
    SELECT * FROM agent_summaries
    WHERE agent_no = ? AND alias_id = ? AND memory_id = ? AND (started_ms, summary_no) < (?, ?)
      AND expires_ms > ?
    ORDER BY started_ms DESC, summary_no DESC LIMIT ?
    """
    position = before or [2**62, 2**62]
    return rows(connection, sql, (agent_no, alias_id, memory_id, *position, now_ms(), limit))


def insert(connection: apsw.Connection, session: Row, memory_id: str, text: str) -> None:
    """Keep a session's summary. It expires so many days after the session's end."""
    expires_ms = min(session["ended_ms"] + session["storage_days"] * DAY_MS, LAST_MS)
    sql = """
    INSERT INTO agent_summaries (agent_no, alias_id, memory_id, session_id, started_ms, expires_ms, summary)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    """
    where = (session["agent_no"], session["alias_id"], memory_id, session["session_id"])
    connection.execute(sql, (*where, session["started_ms"], expires_ms, text))


def delete(
    connection: apsw.Connection, agent_no: int, alias_id: str, memory_id: str | None, session_id: str | None
) -> None:
    """Erase the summaries of an alias that have the memory id and session id (None: any)."""
    sql = """
    DELETE FROM agent_summaries WHERE agent_no = ?1 AND alias_id = ?2
      AND (?3 IS NULL OR memory_id = ?3) AND (?4 IS NULL OR session_id = ?4)
    """
    connection.execute(sql, (agent_no, alias_id, memory_id, session_id))


def erase_expired(connection: apsw.Connection, limit: int) -> int:
    """Erase up to `limit` expired summaries; how many."""
    sql = """
    DELETE FROM agent_summaries WHERE summary_no IN (
        SELECT summary_no FROM agent_summaries WHERE expires_ms <= ? LIMIT ?)
    """
    connection.execute(sql, (now_ms(), limit))
    return connection.changes()


def shown(found: Row) -> dict[str, Any]:
    """A summary as GetAgentMemory answers it."""
    return {
        "sessionSummary": {
            "memoryId": found["memory_id"],
            "sessionId": found["session_id"],
            "sessionStartTime": found["started_ms"] / 1000,
            "sessionExpiryTime": found["expires_ms"] / 1000,
            "summaryText": found["summary"],
        }
    }
