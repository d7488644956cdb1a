"""The workspace's tables as queries see them: the state after the newest migration.

Times are text, ISO 8601 in UTC with microseconds, so they sort and compare alike in every database.
Documents are JSON text in plain ASCII, which also holds characters that PostgreSQL's text refuses.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("audit_id", sa.Integer, primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("act", sa.String(40), nullable=False),
    sa.Column("action", sa.String(100), nullable=False),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("anchor", sa.String(40), nullable=False),
    sa.Column("parts", sa.Text, nullable=False),
    sa.Column("seal", sa.String(64), nullable=False),
)

audit_documents = sa.Table(
    "audit_documents",
    metadata,
    sa.Column("audit_id", sa.Integer, sa.ForeignKey("audit.audit_id"), primary_key=True),
    sa.Column("part", sa.String(20), primary_key=True),
    sa.Column("salt", sa.String(40), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)

audit_chain = sa.Table(
    "audit_chain",
    metadata,
    sa.Column("chain_id", sa.String(40), primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("key_fingerprint", sa.String(64), nullable=False),
)

copies = sa.Table(
    "copies",
    metadata,
    sa.Column("copy_id", sa.String(40), primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("restored_at", sa.String(40)),
    sa.Column("restored_as", sa.Text),
)

copy_parts = sa.Table(
    "copy_parts",
    metadata,
    sa.Column("copy_id", sa.String(40), sa.ForeignKey("copies.copy_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)

golden_queries = sa.Table(
    "golden_queries",
    metadata,
    sa.Column("golden_query_id", sa.String(40), primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("memory_id", sa.String(200), nullable=False),
    sa.Column("inquiry", sa.Text, nullable=False),
    sa.Column("expected", sa.Text, nullable=False),
)

golden_runs = sa.Table(
    "golden_runs",
    metadata,
    sa.Column("run_id", sa.String(40), primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("memory_id", sa.String(200), nullable=False),
)

golden_results = sa.Table(
    "golden_results",
    metadata,
    sa.Column("run_id", sa.String(40), sa.ForeignKey("golden_runs.run_id"), primary_key=True),
    sa.Column(
        "golden_query_id",
        sa.String(40),
        sa.ForeignKey("golden_queries.golden_query_id"),
        primary_key=True,
    ),
    sa.Column("ranks", sa.Text),
    sa.Column("fault", sa.Text),
)

record_acts = sa.Table(
    "record_acts",
    metadata,
    sa.Column("act_id", sa.String(40), primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("memory_id", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("alive_at", sa.String(40), nullable=False),
)

record_versions = sa.Table(
    "record_versions",
    metadata,
    sa.Column("act_id", sa.String(40), sa.ForeignKey("record_acts.act_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("record_id", sa.String(60)),
    sa.Column("lineage", sa.String(60)),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("expected", sa.String(64)),
    sa.Column("before", sa.Text),
    sa.Column("request", sa.Text),
    sa.Column("error_code", sa.String(100)),
    sa.Column("error_message", sa.Text),
    sa.Column("undoes_act", sa.String(40)),
    sa.Column("undoes_number", sa.Integer),
    sa.Column("undone_in", sa.String(40)),
)

record_claims = sa.Table(
    "record_claims",
    metadata,
    sa.Column("record_id", sa.String(60), primary_key=True),
    sa.Column("act_id", sa.String(40), nullable=False),
    sa.Column("until", sa.String(40), nullable=False),
)

agent_memories = sa.Table(
    "agent_memories",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("agent_id", sa.String(40), primary_key=True),
    sa.Column("alias_id", sa.String(40), primary_key=True),
    sa.Column("memory_id", sa.String(100), primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("source", sa.String(20), nullable=False),
)

agent_sessions = sa.Table(
    "agent_sessions",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("agent_id", sa.String(40), primary_key=True),
    sa.Column("alias_id", sa.String(40), primary_key=True),
    sa.Column("session_id", sa.String(100), primary_key=True),
    sa.Column("memory_id", sa.String(100), nullable=False),
    sa.Column("started_at", sa.String(40), nullable=False),
    sa.Column("last_at", sa.String(40), nullable=False),
    sa.Column("idle_seconds", sa.Integer, nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("ended_at", sa.String(40)),
    sa.Column("summary_seen_at", sa.String(40)),
    sa.Column("summary_expires_at", sa.String(40)),
    sa.Column("deleted_at", sa.String(40)),
)

agent_resources = sa.Table(
    "agent_resources",
    metadata,
    sa.Column("resource_id", sa.String(40), primary_key=True),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("made_for", sa.String(40), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("params", sa.Text, nullable=False),
    sa.Column("removed_at", sa.String(40)),
)

agent_tours = sa.Table(
    "agent_tours",
    metadata,
    sa.Column("tour_id", sa.String(40), primary_key=True),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("erasure_id", sa.String(40), primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("alive_at", sa.String(40), nullable=False),
    sa.Column("due_at", sa.String(40)),
    sa.Column("worker", sa.String(40)),
    sa.Column("plan", sa.Text),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("certificate", sa.Text),
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("memory_id", sa.String(200), primary_key=True),
    sa.Column("record_id", sa.String(60), primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(100)),
    sa.Column("comment", sa.Text),
    sa.Column("assignee", sa.Text),
)

review_decisions = sa.Table(
    "review_decisions",
    metadata,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("memory_id", sa.String(200), nullable=False),
    sa.Column("record_id", sa.String(60), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("undone", sa.Boolean, nullable=False),
)

review_settings = sa.Table(
    "review_settings",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("memory_id", sa.String(200), primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("rejecting", sa.String(10)),
    sa.Column("mirrored", sa.Boolean, nullable=False),
)

review_filters = sa.Table(
    "review_filters",
    metadata,
    sa.Column("filter_id", sa.String(40), primary_key=True),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("memory_id", sa.String(200), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)

prompt_drafts = sa.Table(
    "prompt_drafts",
    metadata,
    sa.Column("draft_id", sa.String(40), primary_key=True),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("memory_id", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("document", sa.Text, nullable=False),
)

scratch_memories = sa.Table(
    "scratch_memories",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("memory_id", sa.String(200)),
    sa.Column("document", sa.Text, nullable=False),
)

counts = sa.Table(
    "counts",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("worker", sa.String(40)),
    sa.Column("alive_at", sa.String(40), nullable=False),
    sa.Column("progress", sa.Text),
    sa.Column("whole", sa.Text),
)
