"""The dashboard's own data: a SQLite file by default, any database that SQLAlchemy reaches by URL.

Nothing of it is in AWS: the audit trail, copies kept for undo, and what later pages add.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.workspace.migrations import migrate

_PRAGMAS = (
    "busy_timeout = 5000",
    "journal_mode = WAL",
    # WAL with NORMAL loses the last commits on power failure (measured); an audit trail must not.
    "synchronous = FULL",
    "foreign_keys = ON",
    # Deleted text is overwritten, not left in free pages.
    "secure_delete = ON",
)


class Workspace:
    """An open workspace; threads may share it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A connection in a transaction: committed at the end, rolled back on any exception."""
        with self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def open_workspace(url: str | None = None) -> Workspace:
    """Open the workspace, its schema brought up to date.

    `url` defaults to AGENTCORE_STUDIO_DATABASE_URL, and that to `workspace.db` in AGENTCORE_STUDIO_DATA
    (`.data`). Raises InvalidWorkspace for a database of a newer version, SQLAlchemy's errors for one that
    cannot be reached.
    """
    address = url or os.environ.get("AGENTCORE_STUDIO_DATABASE_URL") or _default_url()
    # hide_parameters: an error's text gets into logs, what people said must not.
    engine = sa.create_engine(address, pool_pre_ping=True, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    workspace = Workspace(engine)
    try:
        with workspace.transaction() as connection:
            migrate(connection)
    except BaseException:
        workspace.close()
        raise
    return workspace


def _default_url() -> str:
    directory = Path(os.environ.get("AGENTCORE_STUDIO_DATA") or ".data")
    directory.mkdir(parents=True, exist_ok=True)
    return sa.URL.create("sqlite", database=str(directory / "workspace.db")).render_as_string()


def _prepare_sqlite(engine: sa.Engine) -> None:
    """SQLite's own settings per connection, and transactions that take the write lock when they begin.

    The driver's implicit BEGIN would come late and fail with "database is locked" instead of waiting, so it
    is switched off (isolation_level None) and SQLAlchemy's begin says BEGIN IMMEDIATE.
    """

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def now_text() -> str:
    """The present, as the tables keep times."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def to_json(document: Any) -> str:
    """JSON text of AWS data; times become ISO 8601 text in UTC."""
    return json.dumps(document, default=_json_default)


def _json_default(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")
