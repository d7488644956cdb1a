"""What was done to memory records, what each was before, and who is changing which of them now."""

from __future__ import annotations

import sqlalchemy as sa


def migrate(connection: sa.Connection) -> None:
    schema = sa.MetaData()
    sa.Table(
        "record_acts",
        schema,
        sa.Column("act_id", sa.String(40), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False, index=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("memory_id", sa.String(200), nullable=False, index=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("alive_at", sa.String(40), nullable=False),
    )
    sa.Table(
        "record_versions",
        schema,
        sa.Column("act_id", sa.String(40), sa.ForeignKey("record_acts.act_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("record_id", sa.String(60), index=True),
        sa.Column("lineage", sa.String(60), index=True),
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
    sa.Table(
        "record_claims",
        schema,
        sa.Column("record_id", sa.String(60), primary_key=True),
        sa.Column("act_id", sa.String(40), nullable=False, index=True),
        sa.Column("until", sa.String(40), nullable=False),
    )
    schema.create_all(connection)
