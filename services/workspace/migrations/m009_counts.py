"""Counts of what is in an account: how far the one that goes on is, and the last whole one."""

from __future__ import annotations

import sqlalchemy as sa


def migrate(connection: sa.Connection) -> None:
    schema = sa.MetaData()
    sa.Table(
        "counts",
        schema,
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("worker", sa.String(40)),
        sa.Column("alive_at", sa.String(40), nullable=False),
        sa.Column("progress", sa.Text),
        sa.Column("whole", sa.Text),
    )
    schema.create_all(connection)
