"""The endpoint's database: one SQLite file, one writer, many readers.

Why one writer: SQLite lets one connection write at a time, and its busy handler sleeps; a single thread
that commits everything waiting for it in one transaction ("group commit") gives several times the
throughput of writers that queue for the lock. An answer leaves `write` only after the commit has reached
the disk (`synchronous=FULL`), so what a client was told is stored survives a killed process and a lost
power supply.

Only the writer checkpoints the write-ahead log: no second connection ever resets it under a commit.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import apsw

from services.aws_local.failures import where
from services.aws_local.storage import data_directory, migrations

log = logging.getLogger(__name__)

DATABASE_NAME = "agentcore.sqlite"

Row = dict[str, Any]
T = TypeVar("T")
Task = Callable[[apsw.Connection], T]

# Tasks in one commit. Large enough that 64 waiting writers share a sync, small enough that the first of
# them is not kept waiting by the last.
_GROUP = 64
_BUSY_TIMEOUT_MS = 5_000
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


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


class DiskFull(StoreError):
    """There is no room for what was to be written; nothing of it is stored. Once there is, it works again."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(
            f"The disk is full: there is no room in {data_dir}, so nothing was stored. Free some space and "
            "try again; what was stored before is safe and can be read."
        )


class Store:
    """Reads and writes of the database as functions of a connection.

    `write` runs its task inside a transaction, in the writer thread together with whatever else waits, or
    in the calling thread when nobody else writes; `read` runs it in the calling thread
    on a read-only connection that sees one consistent snapshot. Rows are dicts. A task may be run again
    when the transaction it shared was lost, so it must have no effect besides the database.
    """

    def __init__(self, data_dir: Path) -> None:
        self._readers = _Readers(data_dir / DATABASE_NAME)
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._handed_over = 0  # tasks that the writer thread has not finished
        self._turn = threading.Lock()  # held by the thread that uses the writing connection
        with contextlib.ExitStack() as undo:
            self._lock: int | None = _locked(data_dir)
            undo.callback(os.close, self._lock)
            writer = _open_writer(data_dir / DATABASE_NAME)
            undo.callback(writer.close)
            self._writer = writer
            self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
            self._thread.start()
            undo.pop_all()

    @classmethod
    def open(cls, data_dir: Path) -> Store:
        """Open (or make) the database in `data_dir`.

        DataDirectoryInUse when another process has it, DiskFull when there is no room to begin, StoreError
        when a newer program wrote it or it cannot be read.
        """
        data_directory.make(data_dir)
        return cls(data_dir)

    def read(self, task: Task[T]) -> T:
        """The result of `task` on a consistent snapshot."""
        with self._readers.snapshot() as connection:
            return task(connection)

    def write(self, task: Task[T]) -> T:
        """The result of `task` once everything it wrote is durably committed.

        What it raises is raised here, and then nothing of it is stored.
        """
        waiting = _Waiting(task, Future())
        with self._closing:
            if self._closed:
                raise StoreClosed("The store is closed.")
            alone = not self._handed_over and self._turn.acquire(blocking=False)
            if not alone:
                self._handed_over += 1
                self._queue.put(waiting)
        if alone:  # nobody to share a commit with: spare the way to the writer thread and back
            try:
                self._commit_all([waiting])
            finally:
                self._turn.release()
        result: T = waiting.outcome.result()
        return result

    def close(self) -> None:
        """Finish what is queued, fold the log into the database, let the directory go.

        Harmless when it happens twice: each call returns when all that is done.
        """
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()
        with self._closing:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _serve(self) -> None:
        """The writer thread: commit whatever is waiting, together, until told to stop."""
        try:
            while self._commit_next():
                pass
        finally:
            self._readers.close()
            with self._turn:
                self._writer.close()  # the last one: it folds the log into the database and removes it

    def _commit_next(self) -> bool:
        """Wait for a task, commit it with those behind it; False when it was the last."""
        first = self._queue.get()
        if first is None:
            return False
        group = [first]
        with self._turn:
            more = self._gather(group)
            self._commit_all(group)
        with self._closing:
            self._handed_over -= len(group)
        return more

    def _commit_all(self, group: list[_Waiting]) -> None:
        """Commit the tasks. Raises nothing: were the writer thread to die, callers would wait for ever."""
        try:
            _commit(self._writer, group)
        except BaseException as error:  # whatever it is, the callers have to know
            log.error("The writer failed; its %d tasks fail with it: %s", len(group), where(error))
            for waiting in group:
                if not waiting.outcome.done():
                    waiting.outcome.set_exception(error)

    def _gather(self, group: list[_Waiting]) -> bool:
        """Add the tasks that queued up behind the first; False when the stop signal was among them."""
        while len(group) < _GROUP:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return False
            group.append(waiting)
        return True


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
            group[0].outcome.set_exception(_in_words(connection, error))
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


Outcome = tuple[Any, BaseException | None]


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
    except BaseException as error:  # SystemExit too: it is the caller's, not this thread's
        if not connection.in_transaction:  # SQLite gave the whole transaction up: disk full, I/O error
            raise
        failure = _in_words(connection, error)
        connection.execute("ROLLBACK TO task")
        outcome = (None, failure)
    connection.execute("RELEASE task")
    return outcome


def _locked(data_dir: Path) -> int:
    try:
        return data_directory.lock(data_dir)
    except data_directory.Occupied as occupied:
        raise DataDirectoryInUse(data_dir, occupied.holder) from None


def _in_words(connection: apsw.Connection, error: BaseException) -> BaseException:
    """The error, or DiskFull when that is what SQLite or the file system wanted to say."""
    full = isinstance(error, apsw.FullError)
    if not full and isinstance(error, apsw.IOError | apsw.CantOpenError):
        full = connection.system_errno in _NO_ROOM
    if not full:
        return error
    explained = DiskFull(Path(connection.filename).parent)
    explained.__cause__ = error
    return explained


class _Readers:
    """Read-only connections: as many as there were reads at once, used again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[apsw.Connection] = []
        self._reading = 0
        self._closed = False
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[apsw.Connection]:
        """A connection in a transaction of its own; StoreClosed after `close`."""
        connection = self._take()
        try:
            connection.execute("BEGIN")
            yield connection
        except apsw.Error as error:
            explained = _in_words(connection, error)
            if explained is error:
                raise
            raise explained from error
        finally:
            self._give_back(connection)

    def _take(self) -> apsw.Connection:
        with self._changed:
            if self._closed:
                raise StoreClosed("The store is closed.")
            if self._idle:
                self._reading += 1
                return self._idle.pop()  # the last one used: its cache is warm
            connection = self._open()
            self._reading += 1
            return connection

    def _give_back(self, connection: apsw.Connection) -> None:
        usable = False
        try:
            if connection.in_transaction:
                connection.execute("COMMIT")
            # A cursor that is still open, in a traceback say, would keep its snapshot for the next reader.
            usable = connection.txn_state("main") == apsw.SQLITE_TXN_NONE
        finally:
            if not usable:
                connection.close(force=True)
            with self._changed:
                self._reading -= 1
                if usable:
                    self._idle.append(connection)
                self._changed.notify_all()

    def _open(self) -> apsw.Connection:
        connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
        connection.row_trace = _as_dict
        return connection

    def close(self) -> None:
        """Refuse further reads, wait for those that run, close every connection."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._reading)
            while self._idle:
                self._idle.pop().close()


def _open_writer(path: Path) -> apsw.Connection:
    """The one connection that writes, with the schema brought up to date."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # the file holds what people said: ours alone
    os.close(descriptor)
    data_directory.sync(path.parent)
    with contextlib.ExitStack() as undo:
        connection = apsw.Connection(str(path))
        undo.callback(connection.close, force=True)
        try:
            _prepare(connection)
        except migrations.UnknownDatabase as error:
            raise StoreError(str(error)) from None
        except apsw.Error as error:
            explained = _in_words(connection, error)
            if isinstance(explained, DiskFull):
                raise explained from error
            raise StoreError(f"The database {path} cannot be opened: {error}") from error
        undo.pop_all()
    return connection


def _prepare(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # a database that is refused stays as it is
    migrations.check_known(connection)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
    if connection.pragma("journal_mode", "wal") != "wal":
        raise StoreError(f"The file system of {connection.filename} cannot hold SQLite's write-ahead log.")
    for pragma in ("synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    migrations.apply(connection)
    connection.row_trace = _as_dict


def _as_dict(cursor: apsw.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.get_description(), values, strict=True)}


def row(connection: apsw.Connection, sql: str, bindings: Any = ()) -> Row | None:
    """The first row, or None."""
    found: Row | None = connection.execute(sql, bindings).fetchone()
    return found


def rows(connection: apsw.Connection, sql: str, bindings: Any = ()) -> list[Row]:
    """All rows."""
    found: list[Row] = list(connection.execute(sql, bindings))
    return found
