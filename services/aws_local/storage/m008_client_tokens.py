"""Migration 8: client tokens by the day.

Every write that brings a token stores it. Ordered by day first, those of other days are out of the way, and
the old ones are found without an index of their own, which every write would have to keep as well.
"""

from __future__ import annotations

import apsw

from services.aws_local.clock import DAY_MS


def apply(connection: apsw.Connection) -> None:
    """Put the tokens into the new table; nothing of what they answer changes."""
    connection.execute(TABLE)
    connection.execute(COPY, (DAY_MS,))
    connection.execute("DROP TABLE client_tokens")
    connection.execute("ALTER TABLE tokens_by_day RENAME TO client_tokens")


TABLE = """
CREATE TABLE tokens_by_day (        -- what a repeated request is answered with
    day INTEGER NOT NULL,           -- since 1970 in UTC, of the request
    owner TEXT NOT NULL, operation TEXT NOT NULL, token TEXT NOT NULL,
    answer TEXT NOT NULL,           -- JSON
    PRIMARY KEY (day, owner, operation, token)
) WITHOUT ROWID;
"""
COPY = """
INSERT INTO tokens_by_day SELECT created_ms / ?, owner, operation, token, answer FROM client_tokens
"""
