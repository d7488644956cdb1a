"""What was done, and copies of what was deleted."""

from __future__ import annotations

import sqlalchemy as sa


def migrate(connection: sa.Connection) -> None:
    schema = sa.MetaData()
    sa.Table(
        "audit",
        schema,
        sa.Column("audit_id", sa.Integer, primary_key=True),
        sa.Column("at", sa.String(40), nullable=False, index=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("result", sa.Text, nullable=False),
    )
    sa.Table(
        "copies",
        schema,
        sa.Column("copy_id", sa.String(40), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False, index=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("restored_at", sa.String(40)),
        sa.Column("restored_as", sa.Text),
    )
    sa.Table(
        "copy_parts",
        schema,
        sa.Column("copy_id", sa.String(40), sa.ForeignKey("copies.copy_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    schema.create_all(connection)
