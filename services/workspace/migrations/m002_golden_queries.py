"""Questions with what they should find, and how well each run found it."""

from __future__ import annotations

import sqlalchemy as sa


def migrate(connection: sa.Connection) -> None:
    schema = sa.MetaData()
    sa.Table(
        "golden_queries",
        schema,
        sa.Column("golden_query_id", sa.String(40), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("memory_id", sa.String(200), nullable=False, index=True),
        sa.Column("inquiry", sa.Text, nullable=False),
        sa.Column("expected", sa.Text, nullable=False),
    )
    sa.Table(
        "golden_runs",
        schema,
        sa.Column("run_id", sa.String(40), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False, index=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("memory_id", sa.String(200), nullable=False, index=True),
    )
    sa.Table(
        "golden_results",
        schema,
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
    schema.create_all(connection)
