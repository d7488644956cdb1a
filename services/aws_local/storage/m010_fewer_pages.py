"""Migration 10: fewer and shorter rows for each event.

Expiry and what waits for extraction were two indexes that got an entry for each event, or three. Now expiry
is noted by session and hour, and a session knows since when something of it waits: both change rarely. A row
of the queue names its namespace only where the strategy's template does not say it. A client token is kept as
a digest, and the event that it made by its session's number.
"""

from __future__ import annotations

from typing import Any

import apsw

from services.aws_local.storage.token_keys import key_of


def apply(connection: apsw.Connection) -> None:
    """Put everything into its new place; nothing of what is stored, waits or is answered changes."""
    connection.execute(EXPIRY + QUEUE)
    connection.create_scalar_function("key_of", _key, 2, deterministic=True)
    connection.execute(TOKENS)
    connection.create_scalar_function("key_of", None)


def _key(*given: Any) -> bytes:
    operation, token = given
    return key_of(operation, token)


EXPIRY = """
CREATE TABLE event_expiry (         -- hours since 1970: of which hour events expire in which
    session_no INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    said_hour INTEGER NOT NULL, expires_hour INTEGER NOT NULL,
    PRIMARY KEY (session_no, said_hour, expires_hour)
) WITHOUT ROWID;
INSERT INTO event_expiry
SELECT DISTINCT session_no, timestamp_ms / 3600000, expires_ms / 3600000 FROM events;
CREATE INDEX event_expiry_hour ON event_expiry (expires_hour);
DROP INDEX events_expiry;
"""
QUEUE = """
CREATE TABLE slim_queue (
    session_no INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    event_id TEXT NOT NULL,         -- ids of a session are in the order of its events
    strategy_no INTEGER NOT NULL,   -- no reference, for it needs an index: a strategy's rows go before it
    namespace TEXT,                 -- NULL: what the strategy's template says of actor and session
    strict_metadata TEXT NOT NULL,  -- JSON of the STRICTLY_CONSISTENT keys: events that differ stay apart
    arrived_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    job_id TEXT,                    -- of the failed job that these events wait in
    PRIMARY KEY (session_no, event_id, strategy_no)
) WITHOUT ROWID;
INSERT INTO slim_queue
SELECT session_no, event_id, strategy_no,
       CASE WHEN namespace LIKE '%{%' THEN namespace ELSE nullif(namespace, (
           SELECT replace(replace(replace(template, '{memoryStrategyId}', strategy_id),
                                  '{actorId}', actor_id), '{sessionId}', session_id)
           FROM strategies, sessions JOIN actors USING (actor_no)
           WHERE strategies.strategy_no = extraction_queue.strategy_no
             AND sessions.session_no = extraction_queue.session_no)) END,
       strict_metadata, arrived_ms, attempts, not_before_ms, job_id
FROM extraction_queue;
DROP TABLE extraction_queue;
ALTER TABLE slim_queue RENAME TO extraction_queue;
CREATE INDEX extraction_queue_put_off ON extraction_queue (session_no, strategy_no)
    WHERE job_id IS NULL AND not_before_ms > 0;

ALTER TABLE sessions ADD COLUMN waiting_ms INTEGER; -- since when something of it waits; NULL: nothing does
UPDATE sessions SET waiting_ms = (
    SELECT min(arrived_ms) FROM extraction_queue
    WHERE extraction_queue.session_no = sessions.session_no AND job_id IS NULL)
WHERE session_no IN (SELECT session_no FROM extraction_queue WHERE job_id IS NULL);
CREATE INDEX sessions_waiting ON sessions (waiting_ms) WHERE waiting_ms IS NOT NULL;
"""
TOKENS = """
CREATE TABLE short_tokens (         -- what a repeated request is answered with
    day INTEGER NOT NULL,           -- since 1970 in UTC, of the request
    owner TEXT NOT NULL,
    key BLOB NOT NULL,              -- digest of operation and token
    answer TEXT NOT NULL,           -- JSON
    PRIMARY KEY (day, owner, key)
) WITHOUT ROWID;
INSERT INTO short_tokens
SELECT day, owner, key_of(operation, token) AS key,
       CASE operation WHEN 'CreateEvent' THEN json_array(coalesce((
           SELECT session_no FROM actors JOIN sessions USING (actor_no)
           WHERE memory_no = CAST(substr(owner, 8) AS INTEGER) -- memory:NUMBER
             AND actor_id = answer ->> 'actorId' AND session_id = answer ->> 'sessionId'
       ), 0), answer ->> 'eventId', answer ->> 'sessionId') ELSE answer END
FROM client_tokens ORDER BY day, owner, key;
DROP TABLE client_tokens;
ALTER TABLE short_tokens RENAME TO client_tokens;
"""
