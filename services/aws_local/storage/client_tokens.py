"""Idempotency: a request that repeats a client token changes nothing and is answered like the first.

Reference: "If this token matches a previous request, the service ignores the request, but does not return
an error." botocore puts a fresh token into every request that does not bring one.
"""

from __future__ import annotations

import json
from typing import Any

import apsw

from services.aws_local.clock import DAY_MS, now_ms
from services.aws_local.storage.store import values
from services.aws_local.storage.token_keys import key_of

# How long AWS remembers a token is not documented. Here: today's and yesterday's (UTC), so a day at least;
# and tomorrow's, for a clock that was set back over midnight.
_FIND = """
SELECT day, answer FROM client_tokens WHERE day = ?1 AND owner = ?2 AND key = ?3
UNION ALL
SELECT day, answer FROM client_tokens WHERE day = ?1 - 1 AND owner = ?2 AND key = ?3
UNION ALL
SELECT day, answer FROM client_tokens WHERE day = ?1 + 1 AND owner = ?2 AND key = ?3
"""
_KEEP = "INSERT OR REPLACE INTO client_tokens VALUES (?, ?, ?, ?)"
_COMPACT = json.JSONEncoder(separators=(",", ":"))


def answer(connection: apsw.Connection, owner: str, operation: str, token: str | None) -> Any:
    """What the first request with this token was answered; None when this one is the first."""
    if not token:
        return None
    found = values(connection, _FIND, (_today(), owner, key_of(operation, token)))
    return json.loads(max(found)[1]) if found else None


def keep(connection: apsw.Connection, owner: str, operation: str, token: str | None, value: Any) -> None:
    """Remember what this request is answered (any JSON document), instead of an earlier answer."""
    if token:
        connection.execute(_KEEP, (_today(), owner, key_of(operation, token), _COMPACT.encode(value)))


def forget_old(connection: apsw.Connection, limit: int) -> int:
    """Drop up to `limit` tokens of requests that nobody repeats any more; how many."""
    sql = """
    DELETE FROM client_tokens WHERE (day, owner, key) IN (
        SELECT day, owner, key FROM client_tokens WHERE day < ? LIMIT ?)
    """
    connection.execute(sql, (_today() - 1, limit))
    return connection.changes()


def forget_owner(connection: apsw.Connection, owner: str, limit: int) -> int:
    """Drop up to `limit` tokens that are kept for an owner; how many."""
    connection.execute(_FORGET_OWNER, {"owner": owner, "limit": limit})
    return connection.changes()


# Day by day, each read from the index: the tokens of everybody else are many.
_FORGET_OWNER = """
WITH RECURSIVE days(day) AS (
    SELECT min(day) FROM client_tokens
    UNION ALL
    SELECT (SELECT min(day) FROM client_tokens WHERE client_tokens.day > days.day)
    FROM days WHERE day IS NOT NULL
)
DELETE FROM client_tokens WHERE (day, owner, key) IN (
    SELECT client_tokens.day, owner, key FROM days JOIN client_tokens USING (day)
    WHERE owner = :owner LIMIT :limit)
"""


def _today() -> int:
    return now_ms() // DAY_MS
