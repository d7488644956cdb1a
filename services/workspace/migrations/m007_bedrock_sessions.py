"""What AWS cannot list of Bedrock Agents: memory ids, the sessions held under them, and what was created."""

from __future__ import annotations

import sqlalchemy as sa


def migrate(connection: sa.Connection) -> None:
    schema = sa.MetaData()
    sa.Table(
        "agent_memories",
        schema,
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("agent_id", sa.String(40), primary_key=True),
        sa.Column("alias_id", sa.String(40), primary_key=True),
        sa.Column("memory_id", sa.String(100), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
    )
    sa.Table(
        "agent_sessions",
        schema,
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("agent_id", sa.String(40), primary_key=True),
        sa.Column("alias_id", sa.String(40), primary_key=True),
        sa.Column("session_id", sa.String(100), primary_key=True),
        sa.Column("memory_id", sa.String(100), nullable=False, index=True),
        sa.Column("started_at", sa.String(40), nullable=False),
        sa.Column("last_at", sa.String(40), nullable=False),
        sa.Column("idle_seconds", sa.Integer, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.String(40)),
        sa.Column("summary_seen_at", sa.String(40)),
        sa.Column("summary_expires_at", sa.String(40)),
        sa.Column("deleted_at", sa.String(40)),
    )
    sa.Table(
        "agent_resources",
        schema,
        sa.Column("resource_id", sa.String(40), primary_key=True),
        sa.Column("connection", sa.Text, nullable=False, index=True),
        sa.Column("made_for", sa.String(40), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("removed_at", sa.String(40)),
    )
    sa.Table(
        "agent_tours",
        schema,
        sa.Column("tour_id", sa.String(40), primary_key=True),
        sa.Column("connection", sa.Text, nullable=False, index=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    schema.create_all(connection)
