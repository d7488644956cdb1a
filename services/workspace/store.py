"""The dashboard's own data: a SQLite file by default, any database that SQLAlchemy reaches by URL.

Nothing of it is in AWS: the audit trail, copies kept for undo, and what later pages add.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.errors import InvalidWorkspace, WorkspaceUnavailable
from services.workspace.audit_key import load_key
from services.workspace.directory import data_directory
from services.workspace.migrations import migrate

_PRAGMAS = (
    "busy_timeout = 30000",
    "journal_mode = WAL",
    # WAL with NORMAL loses the last commits on power failure (measured); an audit trail must not.
    "synchronous = FULL",
    "foreign_keys = ON",
    # Deleted text is overwritten, not left in free pages.
    "secure_delete = ON",
)


CONNECT_SECONDS = 5


class Workspace:
    """An open workspace; threads may share it. `directory` and `audit_key` are the audit trail's."""

    def __init__(self, engine: sa.Engine, directory: Path, audit_key: bytes) -> None:
        self.engine = engine
        self.directory = directory
        self.audit_key = audit_key
        self._after: dict[sa.Connection, list[Callable[[], None]]] = {}

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A connection in a transaction: committed at the end, rolled back on any exception.

        Raises WorkspaceUnavailable when the database does not answer.
        """
        after: list[Callable[[], None]] = []
        with _reached(), self.engine.begin() as connection:
            self._after[connection] = after
            try:
                yield connection
            finally:
                del self._after[connection]
        for do in after:
            do()

    def after_commit(self, connection: sa.Connection, do: Callable[[], None]) -> None:
        """Have something done once the transaction of this connection is committed."""
        self._after[connection].append(do)

    def close(self) -> None:
        self.engine.dispose()


def open_workspace(url: str | None = None) -> Workspace:
    """Open the workspace, its schema brought up to date.

    `url` defaults to AGENTCORE_STUDIO_DATABASE_URL, and that to `workspace.db` in AGENTCORE_STUDIO_DATA
    (`.data`). Raises InvalidWorkspace for a URL that is none, a database of a newer version or an unusable
    audit key, WorkspaceUnavailable for a database that cannot be reached.
    """
    try:
        directory = data_directory()
    except OSError as error:
        raise WorkspaceUnavailable(str(error)) from error
    engine = _engine(url or _address(directory))
    try:
        workspace = Workspace(engine, directory, load_key(directory))
        with workspace.transaction() as connection:
            migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return workspace


def sqlite_file() -> Path | None:
    """The file that `open_workspace()` opens; None for a database that is no file. InvalidWorkspace."""
    with _understood():
        url = sa.make_url(_address(data_directory()))
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _address(directory: Path) -> str:
    return os.environ.get("AGENTCORE_STUDIO_DATABASE_URL") or _default_url(directory)


def _engine(address: str) -> sa.Engine:
    with _understood():
        url = sa.make_url(address)
        if url.drivername in ("postgresql", "postgres"):  # the driver that requirements.txt brings
            url = url.set(drivername="postgresql+psycopg")
        # hide_parameters: an error's text gets into logs, what people said must not.
        engine = sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=_patience(url))
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    return engine


@contextmanager
def _understood() -> Iterator[None]:
    """Around what reads the database's URL, whose own errors quote it: it may hold a password."""
    try:
        yield
    except (sa.exc.ArgumentError, ImportError):
        raise InvalidWorkspace(
            "AGENTCORE_STUDIO_DATABASE_URL is not the URL of a database that can be used here. Examples: "
            "sqlite:////srv/studio/workspace.db, postgresql://user:password@host:5432/studio"
        ) from None


def _patience(url: sa.URL) -> dict[str, int]:
    """How long to wait for a connection; PostgreSQL's driver would wait as long as the network does."""
    if url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
        return {"connect_timeout": CONNECT_SECONDS}
    return {}


def _default_url(directory: Path) -> str:
    return sa.URL.create("sqlite", database=str(directory / "workspace.db")).render_as_string()


@contextmanager
def _reached() -> Iterator[None]:
    """A database that is gone, full, read-only or locked for too long, in one exception."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        raise WorkspaceUnavailable(str(error.orig).strip()) from error
    except sa.exc.TimeoutError as error:
        raise WorkspaceUnavailable("all its connections are in use") from error


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
