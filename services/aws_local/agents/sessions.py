"""Conversations with agents: open sessions with their turns, and ended ones that wait to be summarised.

A session is open until it is ended or has been quiet for its idle time; its turns are erased as soon as they
are summarised, or at its end when nothing of it is to be remembered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import apsw

from services.aws_local.clock import now_ms
from services.aws_local.storage.store import Row, row, rows

TURN_MS = 20 * 60_000
"""How long a turn may take: ten steps of a model and a function. So long its session is not idle."""

Message = dict[str, Any]
"""As Converse has it: `{"role": …, "content": […]}`."""


@dataclass(frozen=True)
class Place:
    """Where a session is found: agent, alias and the client's id."""

    agent_no: int
    alias_id: str
    session_id: str


@dataclass(frozen=True)
class Session:
    """An open session. `pending`: the control that was returned to the client."""

    session_no: int
    started_ms: int
    attributes: dict[str, str]
    pending: dict[str, Any] | None
    messages: list[Message]


def open_session(connection: apsw.Connection, place: Place) -> Session | None:
    """The open session of a place with all that was said in it."""
    sql = """
    SELECT * FROM agent_sessions
    WHERE agent_no = ? AND alias_id = ? AND session_id = ? AND ended_ms IS NULL AND last_ms + idle_ms > ?
    """
    found = row(connection, sql, (place.agent_no, place.alias_id, place.session_id, now_ms()))
    if found is None:
        return None
    messages = [message for turn in turns(connection, found["session_no"]) for message in turn["messages"]]
    pending = json.loads(found["pending"]) if found["pending"] else None
    return Session(
        found["session_no"], found["started_ms"], json.loads(found["attributes"]), pending, messages
    )


def begin(
    connection: apsw.Connection,
    place: Place,
    idle_ms: int,
    storage_days: int | None,
    messages: list[Message],
) -> Session:
    """Open a session, after whatever idle one had the same id; `messages` were said elsewhere before."""
    now = now_ms()
    connection.execute(
        "UPDATE agent_sessions SET ended_ms = last_ms + idle_ms "
        "WHERE agent_no = ? AND alias_id = ? AND session_id = ? AND ended_ms IS NULL",
        (place.agent_no, place.alias_id, place.session_id),
    )
    sql = """
    INSERT INTO agent_sessions (agent_no, alias_id, session_id, started_ms, last_ms, idle_ms, storage_days,
                                attributes)
    VALUES (?, ?, ?, ?, ?, ?, ?, '{}')
    """
    times = (now, now + TURN_MS, idle_ms)
    connection.execute(sql, (place.agent_no, place.alias_id, place.session_id, *times, storage_days))
    session_no = connection.last_insert_rowid()
    if messages:
        add_turn(connection, session_no, None, messages)
    return Session(session_no, now, {}, None, messages)


def touch(connection: apsw.Connection, session_no: int, attributes: dict[str, str]) -> None:
    """Something is said: the idle time begins when it is answered, what was pending is not any more."""
    sql = "UPDATE agent_sessions SET last_ms = ?, attributes = ?, pending = NULL WHERE session_no = ?"
    connection.execute(sql, (now_ms() + TURN_MS, json.dumps(attributes), session_no))


def wait_again(connection: apsw.Connection, session_no: int, pending: dict[str, Any] | None) -> None:
    """Put back what was pending before `touch`, unless the session waits for something else by now."""
    sql = (
        "UPDATE agent_sessions SET pending = ? WHERE session_no = ? AND ended_ms IS NULL AND pending IS NULL"
    )
    connection.execute(sql, (json.dumps(pending) if pending else None, session_no))


def add_turn(
    connection: apsw.Connection,
    session_no: int,
    memory_id: str | None,
    messages: list[Message],
    *,
    pending: dict[str, Any] | None = None,
    attributes: dict[str, str] | None = None,
) -> None:
    """Keep what was said in one turn; nothing, when the session is gone meanwhile."""
    sql = """
    INSERT INTO agent_turns (session_no, memory_id, at_ms, messages)
    SELECT session_no, ?, ?, ? FROM agent_sessions WHERE session_no = ? AND ended_ms IS NULL
    """
    connection.execute(sql, (memory_id, now_ms(), json.dumps(messages), session_no))
    keep = """
    UPDATE agent_sessions
    SET last_ms = ?, pending = coalesce(?, pending), attributes = coalesce(?, attributes)
    WHERE session_no = ? AND ended_ms IS NULL
    """
    kept = json.dumps(pending) if pending else None
    shared = json.dumps(attributes) if attributes is not None else None
    connection.execute(keep, (now_ms(), kept, shared, session_no))


def turns(connection: apsw.Connection, session_no: int) -> list[Row]:
    """A session's turns in their order, messages parsed."""
    found = rows(connection, "SELECT * FROM agent_turns WHERE session_no = ? ORDER BY turn_no", (session_no,))
    return [each | {"messages": json.loads(each["messages"])} for each in found]


def end(connection: apsw.Connection, place: Place) -> bool:
    """End the open session; whether there was one."""
    sql = """
    UPDATE agent_sessions SET ended_ms = ?, last_ms = ?
    WHERE agent_no = ? AND alias_id = ? AND session_id = ? AND ended_ms IS NULL
    """
    now = now_ms()
    connection.execute(sql, (now, now, place.agent_no, place.alias_id, place.session_id))
    ended = connection.changes() > 0
    forget_what_is_not_remembered(connection)
    return ended


def end_idle(connection: apsw.Connection) -> int:
    """End the sessions whose idle time is over, at the moment when it was; how many."""
    sql = """
    UPDATE agent_sessions SET ended_ms = last_ms + idle_ms
    WHERE ended_ms IS NULL AND last_ms + idle_ms <= ?
    """
    connection.execute(sql, (now_ms(),))
    ended = connection.changes()
    forget_what_is_not_remembered(connection)
    return ended


def forget_what_is_not_remembered(connection: apsw.Connection) -> None:
    """Erase ended sessions of which no turn has a memory id, or whose agent keeps no memory."""
    sql = """
    DELETE FROM agent_sessions WHERE ended_ms IS NOT NULL AND (storage_days IS NULL OR NOT EXISTS (
        SELECT 1 FROM agent_turns
        WHERE agent_turns.session_no = agent_sessions.session_no AND memory_id IS NOT NULL))
    """
    connection.execute(sql)


def next_idle_ms(connection: apsw.Connection) -> int | None:
    """When the next session's idle time is over."""
    found = row(connection, "SELECT min(last_ms + idle_ms) AS at FROM agent_sessions WHERE ended_ms IS NULL")
    return found["at"] if found else None


# --- what waits to be summarised --------------------------------------------------------------------


def due(connection: apsw.Connection, delay_ms: int) -> Row | None:
    """The ended session that waits longest, when it has waited long enough; with its agent and scope."""
    sql = """
    SELECT agent_sessions.*, agents.settings, agents.agent_id FROM agent_sessions JOIN agents USING (agent_no)
    WHERE ended_ms IS NOT NULL AND ended_ms + ? <= ? AND not_before_ms <= ?
    ORDER BY ended_ms LIMIT 1
    """
    now = now_ms()
    return row(connection, sql, (delay_ms, now, now))


def next_due_ms(connection: apsw.Connection, delay_ms: int) -> int | None:
    """When the next ended session is due."""
    sql = "SELECT min(max(ended_ms + ?, not_before_ms)) AS at FROM agent_sessions WHERE ended_ms IS NOT NULL"
    found = row(connection, sql, (delay_ms,))
    return found["at"] if found else None


def pending_count(connection: apsw.Connection) -> int:
    """How many ended sessions wait to be summarised."""
    found = row(connection, "SELECT count(*) AS waiting FROM agent_sessions WHERE ended_ms IS NOT NULL")
    return found["waiting"] if found else 0


def put_off(connection: apsw.Connection, session_no: int, until_ms: int) -> None:
    """Another attempt at summarising it, not before then."""
    sql = "UPDATE agent_sessions SET attempts = attempts + 1, not_before_ms = ? WHERE session_no = ?"
    connection.execute(sql, (until_ms, session_no))


def erase(connection: apsw.Connection, session_no: int) -> bool:
    """Erase a session and what was said in it; whether it was there."""
    connection.execute("DELETE FROM agent_sessions WHERE session_no = ?", (session_no,))
    return connection.changes() > 0


def cancel(
    connection: apsw.Connection, agent_no: int, alias_id: str, memory_id: str | None, session_id: str | None
) -> None:
    """Let ended sessions not be summarised: erase their turns that have the memory id (None: any)."""
    sql = """
    DELETE FROM agent_turns WHERE memory_id IS NOT NULL AND (?3 IS NULL OR memory_id = ?3) AND session_no IN (
        SELECT session_no FROM agent_sessions
        WHERE agent_no = ?1 AND alias_id = ?2 AND ended_ms IS NOT NULL AND (?4 IS NULL OR session_id = ?4))
    """
    connection.execute(sql, (agent_no, alias_id, memory_id, session_id))
    forget_what_is_not_remembered(connection)
