"""Prompts that people try out, version by version, and scratch memories in which sessions are replayed."""

from __future__ import annotations

import sqlalchemy as sa


def migrate(connection: sa.Connection) -> None:
    schema = sa.MetaData()
    sa.Table(
        "prompt_drafts",
        schema,
        sa.Column("draft_id", sa.String(40), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False, index=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("memory_id", sa.String(200), nullable=False, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("document", sa.Text, nullable=False),
    )
    sa.Table(
        "scratch_memories",
        schema,
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("connection", sa.Text, nullable=False, index=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("memory_id", sa.String(200)),
        sa.Column("document", sa.Text, nullable=False),
    )
    schema.create_all(connection)
