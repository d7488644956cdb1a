"""Actors, sessions, branches and events in the database.

Events are clustered by (session, timestamp, id): a page of a session is read in one stretch, and page 100
costs what page 1 costs. An expired event is invisible from its expiry on and erased later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import apsw

from services.aws_local import identifiers
from services.aws_local.clock import DAY_MS, now_ms, seconds
from services.aws_local.errors import ServiceQuotaExceededException
from services.aws_local.memory import event_expiry
from services.aws_local.memory.metadata_filters import Condition
from services.aws_local.storage.store import Row, row, rows, values

MAIN_BRANCH = "main"

_DELETE = """
DELETE FROM events WHERE session_no = :session_no AND timestamp_ms = :timestamp_ms AND event_id = :event_id
"""

_COMPACT = json.JSONEncoder(separators=(",", ":"), check_circular=False)  # of JSON that was read

Position = tuple[int, str]  # (timestamp_ms, event_id)


class Place(NamedTuple):
    """Where an event is to be stored."""

    session_no: int
    empty_ms: int  # when the session's last event expires or was deleted; see `_kept_until`
    waiting_ms: int | None  # since when something of the session waits for extraction
    latest_id: str | None  # of the session's events with the same timestamp
    expiry_is_noted: bool


def actor_no(connection: apsw.Connection, memory_no: int, actor_id: str) -> int | None:
    sql = "SELECT actor_no FROM actors WHERE memory_no = ? AND actor_id = ?"
    return next((number for (number,) in values(connection, sql, (memory_no, actor_id))), None)


def session_no(connection: apsw.Connection, memory_no: int, actor_id: str, session_id: str) -> int | None:
    sql = """
    SELECT session_no FROM sessions JOIN actors USING (actor_no)
    WHERE memory_no = ? AND actor_id = ? AND session_id = ?
    """
    found = values(connection, sql, (memory_no, actor_id, session_id))
    return found[0][0] if found else None


def identity(connection: apsw.Connection, session: int) -> dict[str, str] | None:
    """`actorId` and `sessionId` of a session."""
    sql = """
    SELECT actor_id AS actorId, session_id AS sessionId FROM sessions JOIN actors USING (actor_no)
    WHERE session_no = ?
    """
    return row(connection, sql, (session,))


_PLACE = f"""
SELECT session_no, empty_ms, waiting_ms, (
    SELECT max(event_id) FROM events
    WHERE events.session_no = sessions.session_no AND timestamp_ms = :timestamp_ms
), {event_expiry.IS_NOTED} FROM sessions JOIN actors USING (actor_no)
WHERE memory_no = :memory_no AND actor_id = :actor_id AND session_id = :session_id
"""  # noqa: S608 - constants


def ensure_place(
    connection: apsw.Connection, memory_no: int, where: tuple[str, str], timestamp_ms: int, expires_ms: int
) -> Place:
    """Where an event of these times goes. `where`: actor and session, made when this is their first.

    A session that was empty for a day is gone, also where upkeep did not come by yet: it begins anew.
    """
    actor_id, session_id = where
    named = {"memory_no": memory_no, "actor_id": actor_id, "session_id": session_id}
    found = values(connection, _PLACE, named | {"timestamp_ms": timestamp_ms, "expires_ms": expires_ms})
    if found:
        place = Place(*found[0])
        if place.empty_ms > now_ms() - DAY_MS:
            return place
        connection.execute("DELETE FROM sessions WHERE session_no = ?", (place.session_no,))
    actor = "INSERT INTO actors (memory_no, actor_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
    connection.execute(actor, (memory_no, actor_id))
    session = """
    INSERT INTO sessions (actor_no, session_id, created_ms, empty_ms)
    SELECT actor_no, ?, ?, 0 FROM actors WHERE memory_no = ? AND actor_id = ?
    """
    connection.execute(session, (session_id, timestamp_ms, memory_no, actor_id))
    return Place(connection.last_insert_rowid(), 0, None, None, expiry_is_noted=False)


_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def insert(connection: apsw.Connection, place: Place, fields: Row) -> str:
    """Store an event; its id.

    `fields`: timestamp_ms, expires_ms, branch, extractable (bool), metadata and payload (JSON values).
    """
    try:
        event_id = identifiers.event_id(fields["timestamp_ms"], place.latest_id)
    except OverflowError as error:
        raise ServiceQuotaExceededException(f"The session has {error}.") from None
    key = (place.session_no, fields["timestamp_ms"], event_id)
    metadata = _COMPACT.encode(fields["metadata"]) if fields["metadata"] else "{}"
    rest = (fields["branch"], fields["extractable"], metadata, _COMPACT.encode(fields["payload"]))
    connection.execute(_INSERT, (*key, now_ms(), fields["expires_ms"], *rest))
    if fields["expires_ms"] > place.empty_ms:
        expiry = "UPDATE sessions SET empty_ms = ? WHERE session_no = ?"
        connection.execute(expiry, (_kept_until(fields["expires_ms"]), place.session_no))
    if not place.expiry_is_noted:
        event_expiry.note(connection, place.session_no, fields["timestamp_ms"], fields["expires_ms"])
    return event_id


def _kept_until(expires_ms: int) -> int:
    """The end of the second in which an event expires: of the many events that a busy session gets in a
    second, one changes when the session is empty. (It is still listed for a day from then on.)
    """
    return -(-expires_ms // 1000) * 1000


def delete(connection: apsw.Connection, session: int, event_id: str) -> bool:
    """Erase an event and its place in the extraction queue; False when it does not exist.

    Records that were extracted from it stay (reference: deleting an event deletes no records).
    """
    if find(connection, session, event_id) is None:
        return False
    event = {"session_no": session, "timestamp_ms": identifiers.timestamp_ms(event_id), "event_id": event_id}
    connection.execute(_DELETE, event)
    _forget_queued(connection, session, event_id)
    emptied = """
    UPDATE sessions SET empty_ms = ?
    WHERE session_no = ? AND NOT EXISTS (SELECT 1 FROM events WHERE session_no = sessions.session_no)
    """
    connection.execute(emptied, (now_ms(), session))
    return True


def _forget_queued(connection: apsw.Connection, session: int, event_id: str) -> None:
    """Nothing is left to extract from an event: not for the queue, and not for failed jobs. Nor is what
    extraction found in it and did not keep."""
    dropped: list[Row] = []
    for queue in ("extraction_queue", "handover_queue"):
        sql = f"DELETE FROM {queue} WHERE session_no = ? AND event_id = ? RETURNING job_id"  # noqa: S608
        dropped += rows(connection, sql, (session, event_id))
    if dropped:
        rest(connection, session)
    for job_id in {found["job_id"] for found in dropped} - {None}:
        bindings = {"session": session, "event": event_id, "job": job_id}
        connection.execute(_DROP_JOB, bindings)
        connection.execute(_DROP_HANDOVER, bindings)
        connection.execute(_SHORTEN_JOB, bindings)
    connection.execute(_DROP_SKIPPED, {"session": session, "event": event_id})


def rest(connection: apsw.Connection, session: int | None = None) -> None:
    """Let a session (all sessions) say so when nothing of it waits for extraction any more."""
    if session is None:
        connection.execute(_REST)
    else:
        connection.execute(f"{_REST} AND session_no = ?", (session,))


_REST = """
UPDATE sessions SET waiting_ms = NULL
WHERE waiting_ms IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM extraction_queue WHERE extraction_queue.session_no = sessions.session_no AND job_id IS NULL)
"""
# What was skipped is in no record, so nothing else would ever erase its text.
_DROP_SKIPPED = """
DELETE FROM decisions WHERE session_no = :session AND operation = 'SkipMemory'
  AND EXISTS (SELECT 1 FROM json_each(sources) WHERE value ->> 0 = :event)
"""
_DROP_JOB = """
DELETE FROM extraction_jobs WHERE job_id = :job
  AND NOT EXISTS (SELECT 1 FROM extraction_queue WHERE session_no = :session AND job_id = :job)
  AND NOT EXISTS (SELECT 1 FROM handover_queue WHERE job_id = :job)
"""
_DROP_HANDOVER = """
DELETE FROM handovers WHERE job_id = :job
  AND NOT EXISTS (SELECT 1 FROM handover_queue WHERE job_id = :job)
"""
_SHORTEN_JOB = """
UPDATE extraction_jobs SET messages = (
    SELECT json_group_array(json(value)) FROM json_each(messages) WHERE value ->> 0 <> :event
) WHERE job_id = :job
"""


def find(connection: apsw.Connection, session: int, event_id: str) -> Row | None:
    """A living event of the session."""
    sql = """
    SELECT * FROM events WHERE session_no = ? AND timestamp_ms = ? AND event_id = ? AND expires_ms > ?
    """
    return row(connection, sql, (session, identifiers.timestamp_ms(event_id), event_id, now_ms()))


def newest_first(
    connection: apsw.Connection,
    session: int,
    conditions: Iterable[Condition],
    *,
    before: Position | None,
    limit: int,
    payloads: bool = True,
) -> list[Row]:
    """Up to `limit` living events that meet every condition and lie before the position.

    Reference: ListEvents answers newest first, by event timestamp whatever the order of arrival.
    """
    wanted = [Condition("session_no = ? AND expires_ms > ?", (session, now_ms())), *conditions]
    if before is not None:
        wanted.append(Condition("(timestamp_ms, event_id) < (?, ?)", before))
    columns = "session_no, timestamp_ms, event_id, branch, metadata" + (", payload" if payloads else "")
    where = " AND ".join(f"({condition.sql})" for condition in wanted)
    sql = f"""
    SELECT {columns} FROM events WHERE {where} ORDER BY timestamp_ms DESC, event_id DESC LIMIT ?
    """  # noqa: S608 - composed of constants; values are bound
    return rows(connection, sql, [*(value for condition in wanted for value in condition.bindings), limit])


def branch_root(connection: apsw.Connection, session: int, name: str) -> str | None:
    """The event at which a branch forks off."""
    found = _branch(connection, session, name)
    return found["root_event_id"] if found else None


def _branch(connection: apsw.Connection, session: int, name: str) -> Row | None:
    return row(connection, "SELECT * FROM branches WHERE session_no = ? AND name = ?", (session, name))


def roots(connection: apsw.Connection, session: int) -> dict[str, str | None]:
    """Branch name -> the event at which it forks off, for all branches of the session."""
    found = rows(connection, "SELECT * FROM branches WHERE session_no = ?", (session,))
    return {branch["name"]: branch["root_event_id"] for branch in found}


def ensure_branch(connection: apsw.Connection, session: int, name: str, root: Row | None) -> None:
    """Remember a branch and the event at which it forks off; the first root that is named stays."""
    sql = """
    INSERT INTO branches (session_no, name, root_event_id, parent) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET root_event_id = excluded.root_event_id, parent = excluded.parent
    WHERE root_event_id IS NULL
    """
    fork = (root["event_id"], root["branch"]) if root else (None, None)
    connection.execute(sql, (session, name, *fork))


def on_branch(connection: apsw.Connection, session: int, name: str, with_parents: bool) -> Condition:
    """The events of a branch; with its parents also theirs, each up to where the next one forks off."""
    alternatives = [Condition("branch = ?", (name,))]
    seen: set[str] = set()
    branch = _branch(connection, session, name) if with_parents else None
    while branch is not None and branch["root_event_id"] and branch["name"] not in seen:
        seen.add(branch["name"])
        root, parent = branch["root_event_id"], branch["parent"] or MAIN_BRANCH
        position = (identifiers.timestamp_ms(root), root)
        alternatives.append(
            Condition("branch = ? AND (timestamp_ms, event_id) <= (?, ?)", (parent, *position))
        )
        branch = _branch(connection, session, parent)
    bindings = tuple(value for condition in alternatives for value in condition.bindings)
    return Condition(" OR ".join(f"({condition.sql})" for condition in alternatives), bindings)


def actors(connection: apsw.Connection, memory_no: int, after: str | None, limit: int) -> list[Row]:
    """Actors that have a session, by id (AWS documents no order)."""
    sql = """
    SELECT actor_id FROM actors
    WHERE memory_no = ? AND actor_id > ?
      AND EXISTS (SELECT 1 FROM sessions WHERE sessions.actor_no = actors.actor_no AND empty_ms > ?)
    ORDER BY actor_id LIMIT ?
    """
    return rows(connection, sql, (memory_no, after or "", now_ms() - DAY_MS, limit))


def sessions(
    connection: apsw.Connection, actor: int, has_events: bool, before: list[int] | None, limit: int
) -> list[Row]:
    """The actor's sessions, newest first.

    Reference: a session outlives its last event by a day; HAS_EVENTS hides it at once.
    """
    sql = """
    SELECT session_no, session_id, created_ms FROM sessions
    WHERE actor_no = :actor AND empty_ms > :kept
      AND (NOT :has_events OR EXISTS (SELECT 1 FROM events
           WHERE events.session_no = sessions.session_no AND expires_ms > :now))
      AND (:created IS NULL OR (created_ms, session_no) < (:created, :no))
    ORDER BY created_ms DESC, session_no DESC LIMIT :limit
    """
    now = now_ms()
    created, number = before or (None, None)
    page = {"created": created, "no": number, "limit": limit}
    return rows(
        connection, sql, page | {"actor": actor, "kept": now - DAY_MS, "now": now, "has_events": has_events}
    )


def purge(connection: apsw.Connection, limit: int) -> bool:
    """Erase up to `limit` expired events, those that expired first; False when there was nothing to do."""
    found, done = event_expiry.expired(connection, limit)
    last: dict[int, int] = {}
    for event in found:
        connection.execute(_DELETE, event)
        _forget_queued(connection, event["session_no"], event["event_id"])
        last[event["session_no"]] = max(event["expires_ms"], last.get(event["session_no"], 0))
    event_expiry.forget(connection, done)
    # The event that would have been the last to expire may have been deleted: empty since this one.
    emptied = f"UPDATE sessions SET empty_ms = min(empty_ms, ?) WHERE session_no = ? AND {_EMPTY}"  # noqa: S608
    for session, expires_ms in last.items():
        connection.execute(emptied, (expires_ms, session))
    return bool(found or done)


_EMPTY = "NOT EXISTS (SELECT 1 FROM events WHERE events.session_no = sessions.session_no)"


def vanished_sessions(connection: apsw.Connection, limit: int) -> list[int]:
    """Up to `limit` sessions that were empty for a day, by number. A read, for it looks at every session."""
    sql = f"SELECT session_no FROM sessions WHERE empty_ms <= ? AND {_EMPTY} LIMIT ?"  # noqa: S608
    return [found["session_no"] for found in rows(connection, sql, (now_ms() - DAY_MS, limit))]


def purge_sessions(connection: apsw.Connection, numbers: list[int]) -> int:
    """Erase those of the sessions that are still empty, and actors without any other; how many sessions."""
    sessions_of = f"""
    DELETE FROM sessions
    WHERE session_no IN (SELECT value FROM json_each(?)) AND empty_ms <= ? AND {_EMPTY} RETURNING actor_no
    """  # noqa: S608
    erased = rows(connection, sessions_of, (json.dumps(numbers), now_ms() - DAY_MS))
    idle = """
    DELETE FROM actors WHERE actor_no IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.actor_no = actors.actor_no)
    """
    connection.execute(idle, (json.dumps([found["actor_no"] for found in erased]),))
    return len(erased)


def shown(found: Row, identity: dict[str, str], root: str | None) -> dict[str, Any]:
    """A stored event as AWS answers it. Without `payload` in the row the key is absent, as on AWS."""
    documents = {name: json.loads(found[name]) for name in ("metadata", "payload") if name in found}
    return answered(found | documents, identity, root)


def answered(fields: Row, identity: dict[str, str], root: str | None) -> dict[str, Any]:
    """The same of an event whose metadata and payload are not JSON text but what that says."""
    branch = {"name": fields["branch"]} | ({"rootEventId": root} if root else {})
    event: dict[str, Any] = identity | {
        "eventId": fields["event_id"],
        "eventTimestamp": seconds(fields["timestamp_ms"]),
        "branch": branch,
    }
    if fields["metadata"]:
        event["metadata"] = fields["metadata"]
    if "payload" in fields:
        event["payload"] = fields["payload"]
    return event
