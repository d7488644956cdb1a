"""When events expire, kept by the hour, so that few events change it.

For each session: in which hour (since 1970) events of which hour of its time line expire. What is said within
an hour usually expires within one too, so that one row stands for all of it, where an index by expiry would
get an entry for each event. Only hours that are over are looked at: until then an expired event is invisible
(`events`), but still there.
"""

from __future__ import annotations

from typing import Any

import apsw

from services.aws_local.clock import now_ms
from services.aws_local.storage.store import Row, rows

HOUR_MS = 3_600_000

IS_NOTED = """
EXISTS (SELECT 1 FROM event_expiry WHERE event_expiry.session_no = sessions.session_no
        AND said_hour = :timestamp_ms / 3600000 AND expires_hour = :expires_ms / 3600000)
"""
"""Of a row of `sessions`: whether `note` has nothing to do for an event of that session."""

_NOTE = "INSERT OR IGNORE INTO event_expiry VALUES (?, ?, ?)"
_OVER = """
SELECT session_no, said_hour, expires_hour FROM event_expiry
WHERE expires_hour < ? ORDER BY expires_hour LIMIT ?
"""
_EXPIRED = """
SELECT session_no, timestamp_ms, event_id, expires_ms FROM events
WHERE session_no = :session_no AND timestamp_ms >= :said_hour * 3600000
  AND timestamp_ms < (:said_hour + 1) * 3600000 AND expires_ms < (:expires_hour + 1) * 3600000
LIMIT :limit
"""
_FORGET = """
DELETE FROM event_expiry
WHERE session_no = :session_no AND said_hour = :said_hour AND expires_hour = :expires_hour
"""


def note(connection: apsw.Connection, session_no: int, timestamp_ms: int, expires_ms: int) -> None:
    """Have the events of an hour of the session looked through when the hour of `expires_ms` is over."""
    connection.execute(_NOTE, (session_no, timestamp_ms // HOUR_MS, expires_ms // HOUR_MS))


def expired(connection: apsw.Connection, limit: int) -> tuple[list[Row], list[Row]]:
    """Up to `limit` events that expired in an hour that is over, those that expired first in front; and the
    notes (`forget` takes them), `limit` at most, that no other event is left for once these are erased.
    """
    found: list[Row] = []
    done: list[Row] = []
    for noted in rows(connection, _OVER, (now_ms() // HOUR_MS, limit)):
        room = limit - len(found)
        here = rows(connection, _EXPIRED, noted | {"limit": room + 1})
        found += here[:room]
        if len(here) > room:
            break
        done.append(noted)
    return found, done


def forget(connection: apsw.Connection, done: list[dict[str, Any]]) -> None:
    """Drop notes whose events are erased."""
    connection.executemany(_FORGET, done)
