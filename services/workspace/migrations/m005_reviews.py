"""What people decided about memory records, how a memory is reviewed, and filters they come back to."""

from __future__ import annotations

import sqlalchemy as sa


def migrate(connection: sa.Connection) -> None:
    schema = sa.MetaData()
    sa.Table(
        "reviews",
        schema,
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("memory_id", sa.String(200), primary_key=True),
        sa.Column("record_id", sa.String(60), primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False, index=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(100)),
        sa.Column("comment", sa.Text),
        sa.Column("assignee", sa.Text),
    )
    sa.Table(
        "review_decisions",
        schema,
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("at", sa.String(40), nullable=False, index=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("memory_id", sa.String(200), nullable=False, index=True),
        sa.Column("record_id", sa.String(60), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("undone", sa.Boolean, nullable=False),
    )
    sa.Table(
        "review_settings",
        schema,
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("memory_id", sa.String(200), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("rejecting", sa.String(10)),
        sa.Column("mirrored", sa.Boolean, nullable=False),
    )
    sa.Table(
        "review_filters",
        schema,
        sa.Column("filter_id", sa.String(40), primary_key=True),
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("memory_id", sa.String(200), nullable=False, index=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    schema.create_all(connection)
