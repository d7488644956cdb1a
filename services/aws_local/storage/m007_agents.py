"""Migration 7: agents of Bedrock with their conversations and summaries, Lambda functions, IAM.

Times are epoch milliseconds, documents JSON text; see `migrations`.
"""

from __future__ import annotations

import apsw


def apply(connection: apsw.Connection) -> None:
    """The tables of the Bedrock Agents side; nothing of what is stored changes."""
    connection.execute(AGENTS + CONVERSATIONS + NEIGHBOURS)


AGENTS = """
CREATE TABLE agents (
    agent_no INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL, region TEXT NOT NULL, agent_id TEXT NOT NULL, name TEXT NOT NULL,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    transition TEXT NOT NULL,       -- CREATING, UPDATING, PREPARING, VERSIONING or DELETING until settled_ms
    settled_ms INTEGER NOT NULL,    -- from then on PREPARED or NOT_PREPARED, or gone
    prepared_ms INTEGER,            -- when the snapshot was taken
    is_prepared INTEGER NOT NULL,   -- 0: the draft has changed since, or was never prepared
    settings TEXT NOT NULL,         -- JSON: the members of CreateAgent that were set
    tags TEXT NOT NULL,             -- JSON
    snapshot TEXT,                  -- JSON: {"agent": settings, "actionGroups": [...]}, what TSTALIASID runs
    last_version INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account_id, region, agent_id),
    UNIQUE (account_id, region, name)
);

CREATE TABLE agent_action_groups (  -- of the draft
    group_no INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_no INTEGER NOT NULL REFERENCES agents ON DELETE CASCADE,
    group_id TEXT NOT NULL, name TEXT NOT NULL,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    settings TEXT NOT NULL,         -- JSON: the members of CreateAgentActionGroup that were set
    UNIQUE (agent_no, group_id),
    UNIQUE (agent_no, name)
);

CREATE TABLE agent_versions (
    agent_no INTEGER NOT NULL REFERENCES agents ON DELETE CASCADE,
    version INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    name TEXT NOT NULL,             -- the agent's, then
    snapshot TEXT NOT NULL,         -- JSON, as above
    PRIMARY KEY (agent_no, version)
) WITHOUT ROWID;

CREATE TABLE agent_aliases (        -- TSTALIASID has no row: every agent has it
    alias_no INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_no INTEGER NOT NULL REFERENCES agents ON DELETE CASCADE,
    alias_id TEXT NOT NULL, name TEXT NOT NULL,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    transition TEXT NOT NULL,       -- CREATING, UPDATING or DELETING until settled_ms
    settled_ms INTEGER NOT NULL,
    settings TEXT NOT NULL,         -- JSON: description, routingConfiguration, aliasInvocationState
    tags TEXT NOT NULL,             -- JSON
    history TEXT NOT NULL,          -- JSON: [[version, since when in ms], ...], the present one last
    UNIQUE (agent_no, alias_id),
    UNIQUE (agent_no, name)
);
"""

CONVERSATIONS = """
CREATE TABLE agent_sessions (
    session_no INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_no INTEGER NOT NULL REFERENCES agents ON DELETE CASCADE,
    alias_id TEXT NOT NULL, session_id TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,       -- when the last turn was answered; while one runs, when it has to be
    idle_ms INTEGER NOT NULL,       -- how long it may be quiet
    storage_days INTEGER,           -- of its summary; NULL: no memory
    ended_ms INTEGER,               -- NULL: open
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before_ms INTEGER NOT NULL DEFAULT 0, -- of the next attempt to summarise it
    attributes TEXT NOT NULL,       -- JSON: sessionAttributes
    pending TEXT                    -- JSON: the control that was returned and is not given back yet
);
CREATE UNIQUE INDEX agent_sessions_open ON agent_sessions (agent_no, alias_id, session_id)
    WHERE ended_ms IS NULL;
CREATE INDEX agent_sessions_idle ON agent_sessions (last_ms) WHERE ended_ms IS NULL;
CREATE INDEX agent_sessions_ended ON agent_sessions (ended_ms) WHERE ended_ms IS NOT NULL;

CREATE TABLE agent_turns (
    turn_no INTEGER PRIMARY KEY AUTOINCREMENT,
    session_no INTEGER NOT NULL REFERENCES agent_sessions ON DELETE CASCADE,
    memory_id TEXT,                 -- NULL: not to be remembered
    at_ms INTEGER NOT NULL,
    messages TEXT NOT NULL          -- JSON: as Converse has them
);
CREATE INDEX agent_turns_session ON agent_turns (session_no, turn_no);

CREATE TABLE agent_summaries (
    summary_no INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_no INTEGER NOT NULL REFERENCES agents ON DELETE CASCADE,
    alias_id TEXT NOT NULL, memory_id TEXT NOT NULL, session_id TEXT NOT NULL,
    started_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    summary TEXT NOT NULL
);
CREATE INDEX agent_summaries_newest
    ON agent_summaries (agent_no, alias_id, memory_id, started_ms, summary_no);
CREATE INDEX agent_summaries_expiry ON agent_summaries (expires_ms);
"""

NEIGHBOURS = """
CREATE TABLE lambda_functions (
    function_no INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
    updated_ms INTEGER NOT NULL,
    settings TEXT NOT NULL,         -- JSON: the members of CreateFunction that were set, without the code
    tags TEXT NOT NULL,             -- JSON
    code BLOB NOT NULL,             -- the zip file
    statements TEXT NOT NULL,       -- JSON: {Sid: statement of the resource-based policy}
    UNIQUE (account_id, region, name)
);

CREATE TABLE iam_roles (            -- IAM knows no regions
    role_no INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL, name TEXT NOT NULL,
    shown TEXT NOT NULL,            -- JSON: as answers have it
    UNIQUE (account_id, name)
);

CREATE TABLE iam_policies (
    policy_no INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL, arn TEXT NOT NULL,
    shown TEXT NOT NULL,            -- JSON: as answers have it
    document TEXT NOT NULL,
    UNIQUE (account_id, arn)
);

CREATE TABLE iam_attachments (
    role_no INTEGER NOT NULL REFERENCES iam_roles ON DELETE CASCADE,
    policy_arn TEXT NOT NULL,
    PRIMARY KEY (role_no, policy_arn)
) WITHOUT ROWID;
"""
