"""The database's schema, as the history of how it came about.

`apply` runs the migrations that a database has not seen, each with its version number in one transaction,
so that a process killed in between leaves the old schema or the new one. A database written by a newer
program is refused: to open it would be to guess.

Times are epoch milliseconds (`…_ms`); documents are JSON text; `…_no` are row numbers that never leave
the database.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import apsw

from services.aws_local.memory import namespaces
from services.aws_local.storage import (
    m007_agents,
    m008_client_tokens,
    m009_extraction_queue,
    m010_fewer_pages,
)

APPLICATION_ID = 0x41434D53  # "ACMS": what `file` and other programs may recognise this database by


class UnknownDatabase(RuntimeError):
    """The database is not ours, or a newer program wrote it; the message says which."""


def m001_memory(connection: apsw.Connection) -> None:
    """Memory resources, events, records, extraction."""
    connection.execute(MEMORIES + EVENTS + RECORDS + EXTRACTION)
    connection.execute("INSERT INTO secrets VALUES ('token_key', ?)", (secrets.token_bytes(32),))
    connection.execute("INSERT INTO record_words(record_words, rank) VALUES ('secure-delete', 1)")


MEMORIES = """
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE memories (
    memory_no INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL, region TEXT NOT NULL, memory_id TEXT NOT NULL, name TEXT NOT NULL,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    transition TEXT NOT NULL,       -- CREATING, UPDATING or DELETING: the status until settled_ms
    settled_ms INTEGER NOT NULL,    -- from then on ACTIVE, or gone
    settings TEXT NOT NULL,         -- JSON: the fields of CreateMemory that were set
    indexed_ms TEXT NOT NULL,       -- JSON: indexed key -> since when
    tags TEXT NOT NULL,             -- JSON
    UNIQUE (account_id, region, memory_id),
    UNIQUE (account_id, region, name)
);

CREATE TABLE strategies (
    strategy_no INTEGER PRIMARY KEY AUTOINCREMENT,
    memory_no INTEGER NOT NULL REFERENCES memories ON DELETE CASCADE,
    strategy_id TEXT NOT NULL, name TEXT NOT NULL,
    type TEXT NOT NULL,             -- as shown: SEMANTIC, SUMMARIZATION, USER_PREFERENCE, CUSTOM, EPISODIC
    extracts TEXT NOT NULL,         -- what it produces: the same without CUSTOM, or SELF_MANAGED
    template TEXT NOT NULL,         -- namespace template
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    active_ms INTEGER NOT NULL,     -- CREATING before, ACTIVE from then on
    gone_ms INTEGER,                -- DELETING before, not there from then on
    settings TEXT NOT NULL,         -- JSON: description, configuration, memoryRecordSchema, …
    UNIQUE (memory_no, strategy_id)
);

CREATE TABLE client_tokens (        -- what a repeated request is answered with
    owner TEXT NOT NULL, operation TEXT NOT NULL, token TEXT NOT NULL,
    created_ms INTEGER NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (owner, operation, token)
) WITHOUT ROWID;
CREATE INDEX client_tokens_age ON client_tokens (created_ms);
"""

EVENTS = """
CREATE TABLE actors (
    actor_no INTEGER PRIMARY KEY AUTOINCREMENT,
    memory_no INTEGER NOT NULL REFERENCES memories ON DELETE CASCADE,
    actor_id TEXT NOT NULL,
    UNIQUE (memory_no, actor_id)
);

CREATE TABLE sessions (
    session_no INTEGER PRIMARY KEY AUTOINCREMENT,
    actor_no INTEGER NOT NULL REFERENCES actors ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    created_ms INTEGER NOT NULL,    -- timestamp of its first event
    empty_ms INTEGER NOT NULL,      -- when its last event expires or was deleted
    UNIQUE (actor_no, session_id)
);
CREATE INDEX sessions_newest ON sessions (actor_no, created_ms, session_no);

CREATE TABLE branches (
    session_no INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    name TEXT NOT NULL, root_event_id TEXT,
    PRIMARY KEY (session_no, name)
) WITHOUT ROWID;

CREATE TABLE events (               -- clustered: a page of a session is one stretch of the tree
    session_no INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    timestamp_ms INTEGER NOT NULL, event_id TEXT NOT NULL,
    arrived_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    branch TEXT NOT NULL,
    extractable INTEGER NOT NULL,   -- 0: extractionMode SKIP
    metadata TEXT NOT NULL, payload TEXT NOT NULL,
    PRIMARY KEY (session_no, timestamp_ms, event_id)
) WITHOUT ROWID;
CREATE INDEX events_expiry ON events (expires_ms);
"""

RECORDS = """
CREATE TABLE records (
    record_no INTEGER PRIMARY KEY AUTOINCREMENT,
    memory_no INTEGER NOT NULL REFERENCES memories ON DELETE CASCADE,
    record_id TEXT NOT NULL,
    strategy_id TEXT NOT NULL,
    namespace TEXT NOT NULL,        -- '' for a record without one
    content TEXT NOT NULL,
    metadata TEXT NOT NULL,         -- JSON, AWS's shape, without the system's own keys
    timestamp_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    expires_ms INTEGER, expiry_days INTEGER,
    embed_text TEXT NOT NULL,       -- what the vector stands for
    embedder TEXT, vector BLOB,     -- 384 little-endian float32; NULL: not embedded (yet)
    UNIQUE (memory_no, record_id)
);
CREATE INDEX records_newest ON records (memory_no, created_ms, record_no);
CREATE INDEX records_namespace ON records (memory_no, namespace, created_ms, record_no);
CREATE INDEX records_expiry ON records (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE INDEX records_unembedded ON records (record_no) WHERE vector IS NULL;

-- rowid is record_no. `scope` holds one token for the memory and one for each step of the namespace, so
-- that a search walks the postings of its own namespace instead of everybody's.
CREATE VIRTUAL TABLE record_words USING fts5(words, scope, tokenize = 'porter unicode61');
"""

EXTRACTION = """
CREATE TABLE extraction_queue (
    queue_no INTEGER PRIMARY KEY AUTOINCREMENT,
    strategy_no INTEGER NOT NULL REFERENCES strategies ON DELETE CASCADE,
    session_no INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    namespace TEXT NOT NULL,
    strict_metadata TEXT NOT NULL,  -- JSON of the STRICTLY_CONSISTENT keys: events that differ stay apart
    event_id TEXT NOT NULL, timestamp_ms INTEGER NOT NULL,
    arrived_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before_ms INTEGER NOT NULL DEFAULT 0,
    job_id TEXT                     -- of the failed job that these events wait in
);
CREATE INDEX extraction_queue_group
    ON extraction_queue (strategy_no, session_no, namespace, strict_metadata);
CREATE INDEX extraction_queue_event ON extraction_queue (session_no, event_id);

CREATE TABLE extraction_jobs (      -- failed ones; a job that is started again is no longer listed
    job_no INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    strategy_no INTEGER NOT NULL REFERENCES strategies ON DELETE CASCADE,
    session_no INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    failed_ms INTEGER NOT NULL, reason TEXT NOT NULL,
    messages TEXT NOT NULL          -- JSON: [[event id, message index], …]
);

CREATE TABLE decisions (            -- why each record is what it is
    decision_no INTEGER PRIMARY KEY AUTOINCREMENT,
    memory_no INTEGER NOT NULL REFERENCES memories ON DELETE CASCADE,
    session_no INTEGER REFERENCES sessions ON DELETE SET NULL,
    strategy_id TEXT NOT NULL, record_id TEXT,
    decided_ms INTEGER NOT NULL,
    operation TEXT NOT NULL, reason TEXT NOT NULL,
    extractor TEXT NOT NULL, rule TEXT NOT NULL,
    content TEXT NOT NULL,          -- the candidate
    previous TEXT,                  -- the content that an update replaced
    sources TEXT NOT NULL,          -- JSON: [[event id, message index], …]
    neighbours TEXT NOT NULL        -- JSON: [[record id, cosine], …]
);
CREATE INDEX decisions_record ON decisions (memory_no, record_id);
"""


def m002_foreign_key_indexes(connection: apsw.Connection) -> None:
    """Without them every erased session, and every rewritten summary, reads all decisions."""
    connection.execute(FOREIGN_KEY_INDEXES)


FOREIGN_KEY_INDEXES = """
CREATE INDEX decisions_session ON decisions (session_no, strategy_id);
CREATE INDEX extraction_jobs_session ON extraction_jobs (session_no);
CREATE INDEX extraction_jobs_strategy ON extraction_jobs (strategy_no);
"""


def m003_branch_parents(connection: apsw.Connection) -> None:
    """A branch knows which one it forks off, also when the event at the fork is gone."""
    connection.execute(BRANCH_PARENTS)


BRANCH_PARENTS = """
ALTER TABLE branches ADD COLUMN parent TEXT; -- the branch of the root event
UPDATE branches SET parent = (
    SELECT branch FROM events
    WHERE events.session_no = branches.session_no AND events.event_id = branches.root_event_id
);
"""


def m004_stream_events(connection: apsw.Connection) -> None:
    """Changes of records wait here until they are delivered to the memory's stream."""
    connection.execute(STREAM_EVENTS)


STREAM_EVENTS = """
CREATE TABLE stream_destination (place TEXT PRIMARY KEY) WITHOUT ROWID; -- of --stream-to; empty without it

CREATE TABLE stream_events (        -- no reference: a deleted memory's last are delivered too
    event_no INTEGER PRIMARY KEY AUTOINCREMENT,
    memory_no INTEGER NOT NULL,
    stream_arn TEXT NOT NULL,
    noted_ms INTEGER NOT NULL,
    body TEXT NOT NULL              -- JSON, as it is delivered
);
CREATE INDEX stream_events_memory ON stream_events (memory_no, event_no);
CREATE INDEX stream_events_age ON stream_events (noted_ms);
"""


def m005_pages_and_queue(connection: apsw.Connection) -> None:
    """Pages of records below a path or of a strategy, and looks at the extraction queue, that cost the same
    however much is stored.
    """
    connection.execute(PAGES_AND_QUEUE)
    insert = "INSERT INTO record_paths VALUES (?, ?, ?, ?)"
    stored = connection.cursor().execute("SELECT memory_no, namespace, created_ms, record_no FROM records")
    for memory_no, namespace, created_ms, record_no in stored:
        paths = [(memory_no, level, created_ms, record_no) for level in namespaces.levels(namespace)]
        connection.executemany(insert, paths)


PAGES_AND_QUEUE = """
CREATE TABLE record_paths (         -- one row for each level of a record's namespace; the names differ
    owner_no INTEGER NOT NULL,      -- from those of the record's columns memory_no, created_ms, record_no
    path TEXT NOT NULL, at_ms INTEGER NOT NULL,
    number INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
    PRIMARY KEY (owner_no, path, at_ms, number)
) WITHOUT ROWID;
CREATE INDEX record_paths_number ON record_paths (number);
CREATE INDEX records_strategy ON records (memory_no, strategy_id, created_ms, record_no);
CREATE INDEX extraction_queue_waiting ON extraction_queue (arrived_ms, queue_no) WHERE job_id IS NULL;
"""


def m006_handovers(connection: apsw.Connection) -> None:
    """Self-managed strategies: events that wait for a trigger, and what a trigger made of them."""
    connection.execute(HANDOVERS)


HANDOVERS = """
CREATE TABLE handover_queue (
    queue_no INTEGER PRIMARY KEY AUTOINCREMENT,
    strategy_no INTEGER NOT NULL REFERENCES strategies ON DELETE CASCADE,
    session_no INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    event_id TEXT NOT NULL, timestamp_ms INTEGER NOT NULL,
    messages INTEGER NOT NULL, tokens INTEGER NOT NULL,
    idle_ms INTEGER,                -- when the idle trigger fires, unless something is said before
    job_id TEXT                     -- of the hand-over; NULL: no trigger has fired yet
);
CREATE INDEX handover_queue_session ON handover_queue (strategy_no, session_no, job_id);
CREATE INDEX handover_queue_event ON handover_queue (session_no, event_id);
CREATE INDEX handover_queue_idle ON handover_queue (idle_ms) WHERE job_id IS NULL;
CREATE INDEX handover_queue_job ON handover_queue (job_id);

CREATE TABLE handovers (            -- fired, and not delivered yet
    handover_no INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    strategy_no INTEGER NOT NULL REFERENCES strategies ON DELETE CASCADE,
    session_no INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    fired_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before_ms INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0 -- 1: listed in extraction_jobs, waits to be started again
);
CREATE INDEX handovers_session ON handovers (session_no);
CREATE INDEX handovers_strategy ON handovers (strategy_no, session_no);
"""


MIGRATIONS: tuple[Callable[[apsw.Connection], None], ...] = (
    m001_memory,
    m002_foreign_key_indexes,
    m003_branch_parents,
    m004_stream_events,
    m005_pages_and_queue,
    m006_handovers,
    m007_agents.apply,
    m008_client_tokens.apply,
    m009_extraction_queue.apply,
    m010_fewer_pages.apply,
)


def apply(connection: apsw.Connection) -> None:
    """Bring the database up to date; UnknownDatabase when that cannot be done."""
    version = check_known(connection)
    for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
        with connection:
            migration(connection)
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", number)


def check_known(connection: apsw.Connection) -> int:
    """The version of the database (0: it is new), read without changing it; UnknownDatabase when it is not
    ours or too new.
    """
    name = connection.filename
    owner = connection.pragma("application_id")
    version: int = connection.pragma("user_version")
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    if owner != APPLICATION_ID and (version > 0 or not empty):
        raise UnknownDatabase(f"{name} is a database of another program.")
    if version > len(MIGRATIONS):
        raise UnknownDatabase(
            f"{name} was written by a newer version of this program (format {version}, "
            f"this version knows {len(MIGRATIONS)}). Update the program, or choose another data directory."
        )
    return version
