"""Erasures of persons: what was asked for, how far it is, and the certificate in the end."""

from __future__ import annotations

import sqlalchemy as sa


def migrate(connection: sa.Connection) -> None:
    schema = sa.MetaData()
    sa.Table(
        "erasures",
        schema,
        sa.Column("erasure_id", sa.String(40), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False, index=True),
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
    schema.create_all(connection)
