"""How the workspace's schema came to be: numbered functions, each run once, when the workspace is opened.

A migration is never changed after a release; the next change is the next function. Each declares its tables
itself, since `tables` moves on with the newest one.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.errors import InvalidWorkspace

_POSTGRESQL_LOCK = 7_305_110
"""Any number of ours: two processes that open a new workspace at once take turns (SQLite locks the file)."""

_versions = sa.Table("schema_versions", sa.MetaData(), sa.Column("version", sa.Integer, primary_key=True))


def m001_audit_and_copies(connection: sa.Connection) -> None:
    """What was done, and copies of what was deleted."""
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


def m002_golden_queries(connection: sa.Connection) -> None:
    """Questions with what they should find, and how well each run found it."""
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


MIGRATIONS = (m001_audit_and_copies, m002_golden_queries)


def migrate(connection: sa.Connection) -> None:
    """Bring the schema up to date within the caller's transaction; InvalidWorkspace if it is newer."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRESQL_LOCK)))
    _versions.create(connection, checkfirst=True)
    version = connection.execute(sa.select(sa.func.max(_versions.c.version))).scalar() or 0
    if version > len(MIGRATIONS):
        raise InvalidWorkspace(
            f"The dashboard's database has schema {version}, this program knows {len(MIGRATIONS)}: it was "
            "written by a newer version. Install that version, or name another database in "
            "AGENTCORE_STUDIO_DATABASE_URL."
        )
    for number in range(version + 1, len(MIGRATIONS) + 1):
        MIGRATIONS[number - 1](connection)
        connection.execute(_versions.insert().values(version=number))
