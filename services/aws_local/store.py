"""The endpoint's database: one SQLite file, one writer thread, many readers.

Why one writer: SQLite lets one connection write at a time, and its busy handler sleeps; a single thread
that commits everything waiting for it in one transaction ("group commit") gives several times the
throughput of writers that queue for the lock. An answer leaves `write` only after the commit has reached
the disk (`synchronous=FULL`), so what a client was told is stored survives a killed process and a lost
power supply.

Only the writer checkpoints the write-ahead log: no second connection ever resets it under a commit.
"""

from __future__ import annotations

import fcntl
import logging
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import apsw

from services.aws_local import migrations

log = logging.getLogger(__name__)

DATABASE_NAME = "agentcore.sqlite"
LOCK_NAME = "lock"

Row = dict[str, Any]
T = TypeVar("T")
Task = Callable[[apsw.Connection], T]

# Tasks in one commit. Large enough that 64 waiting writers share a sync, small enough that the first of
# them is not kept waiting by the last.
_GROUP = 64
_BUSY_TIMEOUT_MS = 5_000


class StoreError(RuntimeError):
    """The data directory cannot be used; the message says why."""


class DataDirectoryInUse(StoreError):
    """Another process serves this data directory; `holder` is its process id, where it is known."""

    def __init__(self, data_dir: Path, holder: int | None) -> None:
        who = f"process {holder}" if holder else "another process"
        super().__init__(f"The data directory {data_dir} is in use by {who}.")
        self.holder = holder


class StoreClosed(StoreError):
    """A call came after the store was closed."""


class Store:
    """Reads and writes of the database as functions of a connection.

    `write` runs its task in the writer thread inside a transaction, `read` runs it in the calling thread
    on a read-only connection that sees one consistent snapshot. Rows are dicts. A task may be run again
    when the transaction it shared was lost, so it must have no effect besides the database.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / DATABASE_NAME
        self._readers = _Readers(self._path)
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._lock = _lock(data_dir)
        try:
            writer = _open_writer(self._path)
        except migrations.UnknownDatabase as error:
            os.close(self._lock)
            raise StoreError(str(error)) from None
        except Exception:
            os.close(self._lock)
            raise
        self._thread = threading.Thread(target=self._serve, args=(writer,), name="store-writer", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, data_dir: Path) -> Store:
        """Open (or make) the database in `data_dir`.

        DataDirectoryInUse when another process has it, StoreError when a newer program wrote it.
        """
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(data_dir)

    def read(self, task: Task[T]) -> T:
        """The result of `task` on a consistent snapshot."""
        connection = self._readers.connection()
        connection.execute("BEGIN")
        try:
            return task(connection)
        finally:
            connection.execute("COMMIT")

    def write(self, task: Task[T]) -> T:
        """The result of `task` once everything it wrote is durably committed.

        What it raises is raised here, and then nothing of it is stored.
        """
        waiting = _Waiting(task, Future())
        with self._closing:
            if self._closed:
                raise StoreClosed("The store is closed.")
            self._queue.put(waiting)
        result: T = waiting.outcome.result()
        return result

    def close(self) -> None:
        """Finish what is queued, fold the log into the database, let the directory go."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        os.close(self._lock)

    def _serve(self, connection: apsw.Connection) -> None:
        """The writer thread: commit whatever is waiting, together, until told to stop."""
        try:
            while (first := self._queue.get()) is not None:
                group, stop = self._waiting_with(first)
                _commit(connection, group)
                if stop:
                    break
        finally:
            self._readers.close()
            connection.close()  # the last one: it folds the log into the database and removes it

    def _waiting_with(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """`first` and the tasks that queued up behind it; whether the stop signal was among them."""
        group = [first]
        while len(group) < _GROUP:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return group, True
            group.append(waiting)
        return group, False


@dataclass(frozen=True)
class _Waiting:
    """A task and the future on which its caller waits."""

    task: Task[Any]
    outcome: Future[Any]


def _commit(connection: apsw.Connection, group: list[_Waiting]) -> None:
    """Run the tasks in one transaction; when that transaction is lost, each in its own."""
    try:
        results = _run_together(connection, group)
    except Exception as error:
        if len(group) == 1:
            group[0].outcome.set_exception(error)
            return
        log.warning("A shared transaction failed (%s); its %d tasks run one by one", error, len(group))
        for waiting in group:
            _commit(connection, [waiting])
        return
    for waiting, (result, failure) in zip(group, results, strict=True):
        if failure is not None:
            waiting.outcome.set_exception(failure)
        else:
            waiting.outcome.set_result(result)


Outcome = tuple[Any, Exception | None]


def _run_together(connection: apsw.Connection, group: list[_Waiting]) -> list[Outcome]:
    """Each task's result or error after one durable commit of all that succeeded."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = [_run(connection, waiting.task) for waiting in group]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _run(connection: apsw.Connection, task: Task[Any]) -> Outcome:
    """One task between savepoints: its error undoes its own writes and nobody else's."""
    connection.execute("SAVEPOINT task")
    try:
        outcome: Outcome = (task(connection), None)
    except Exception as error:
        if not connection.in_transaction:  # SQLite gave the whole transaction up: disk full, I/O error
            raise
        connection.execute("ROLLBACK TO task")
        outcome = (None, error)
    connection.execute("RELEASE task")
    return outcome


class _Readers:
    """Read-only connections, one for each thread that reads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[apsw.Connection] = []
        self._guard = threading.Lock()

    def connection(self) -> apsw.Connection:
        """This thread's connection, opened on its first use."""
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
        return connection

    def _open(self) -> apsw.Connection:
        connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
        connection.row_trace = _as_dict
        with self._guard:
            self._all.append(connection)
        return connection

    def close(self) -> None:
        with self._guard:
            for connection in self._all:
                connection.close()
            self._all.clear()


def _open_writer(path: Path) -> apsw.Connection:
    """The one connection that writes, with the schema brought up to date."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # the file holds what people said: ours alone
    os.close(descriptor)
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    migrations.apply(connection)
    connection.row_trace = _as_dict
    return connection


def _as_dict(cursor: apsw.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.get_description(), values, strict=True)}


def _lock(data_dir: Path) -> int:
    """Take the data directory for this process, leaving our process id for others to read.

    An advisory lock: it goes when the descriptor is closed, however the process ends.
    """
    descriptor = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode().strip()
        os.close(descriptor)
        raise DataDirectoryInUse(data_dir, int(holder) if holder.isdigit() else None) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def row(connection: apsw.Connection, sql: str, bindings: Any = ()) -> Row | None:
    """The first row, or None."""
    found: Row | None = connection.execute(sql, bindings).fetchone()
    return found


def rows(connection: apsw.Connection, sql: str, bindings: Any = ()) -> list[Row]:
    """All rows."""
    found: list[Row] = list(connection.execute(sql, bindings))
    return found
