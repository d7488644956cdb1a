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
    sa.Column("action", sa.String(100), nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("result", sa.Text, nullable=False),
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
