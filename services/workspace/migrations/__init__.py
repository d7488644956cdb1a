"""How the workspace's schema came to be: numbered modules, each run once, when the workspace is opened.

A migration is never changed after a release; the next change is the next module. Each declares its tables
itself, since `tables` moves on with the newest one.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.errors import InvalidWorkspace
from services.workspace.migrations import (
    m001_audit_and_copies,
    m002_golden_queries,
    m003_audit_chain,
    m004_record_versions,
    m005_reviews,
    m006_erasures,
    m007_bedrock_sessions,
    m008_prompt_workbench,
    m009_counts,
)

_POSTGRESQL_LOCK = 7_305_110
"""Any number of ours: two processes that open a new workspace at once take turns (SQLite locks the file)."""

_versions = sa.Table("schema_versions", sa.MetaData(), sa.Column("version", sa.Integer, primary_key=True))

MIGRATIONS = (
    m001_audit_and_copies,
    m002_golden_queries,
    m003_audit_chain,
    m004_record_versions,
    m005_reviews,
    m006_erasures,
    m007_bedrock_sessions,
    m008_prompt_workbench,
    m009_counts,
)


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
        MIGRATIONS[number - 1].migrate(connection)
        connection.execute(_versions.insert().values(version=number))
