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

_KEPT_MS = DAY_MS  # how long AWS remembers a token is not documented


def answer(connection: apsw.Connection, owner: str, operation: str, token: str | None) -> Any:
    """What the first request with this token was answered; None when this one is the first."""
    if not token:
        return None
    sql = "SELECT answer FROM client_tokens WHERE owner = ? AND operation = ? AND token = ?"
    found = values(connection, sql, (owner, operation, token))
    return json.loads(found[0][0]) if found else None


def keep(connection: apsw.Connection, owner: str, operation: str, token: str | None, value: Any) -> None:
    """Remember what this request is answered (any JSON document), instead of an earlier answer."""
    if token:
        sql = "INSERT OR REPLACE INTO client_tokens VALUES (?, ?, ?, ?, ?)"
        connection.execute(sql, (owner, operation, token, now_ms(), json.dumps(value)))


def forget_old(connection: apsw.Connection, limit: int) -> int:
    """Drop up to `limit` tokens of requests that nobody repeats any more; how many."""
    sql = """
    DELETE FROM client_tokens WHERE (owner, operation, token) IN (
        SELECT owner, operation, token FROM client_tokens WHERE created_ms < ? LIMIT ?)
    """
    connection.execute(sql, (now_ms() - _KEPT_MS, limit))
    return connection.changes()
