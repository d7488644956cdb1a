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
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import apsw

from services.aws_local.storage import data_directory, migrations
from services.aws_local.storage.store_errors import (
    DataDirectoryInUse,
    DiskFull,
    StoreClosed,
    StoreError,
    in_words,
)
from services.aws_local.storage.transactions import Outcome, Task, Transaction, commit

DATABASE_NAME = "agentcore.sqlite"

Row = dict[str, Any]
T = TypeVar("T")
# Tasks in one commit. Large enough that 64 waiting writers share a sync, small enough that the first of
# them is not kept waiting by the last.
_GROUP = 64
_BUSY_TIMEOUT_MS = 5_000
_FOLD_BUSY_MS = 100  # folding waits so long for readers that are in the way, and writers wait with it


class Store:
    """Reads and writes of the database as functions of a connection.

    `write` runs its task inside a transaction, in the writer thread together with whatever else waits, or
    in the calling thread when nobody else writes (see `submit`); `read` runs it in the calling thread
    on a read-only connection that sees one consistent snapshot. Rows are dicts. A task may be run again
    when the transaction it shared was lost, so it must have no effect besides the database.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / DATABASE_NAME
        self._readers = _Readers(self._path)
        self._queue: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._closing = threading.RLock()  # what garbage collection ends may write, at any moment
        self._closed = False
        self._begun: queue.SimpleQueue[_Begun | None] = queue.SimpleQueue()
        self._handed_over = 0  # how many wait for their turn, or have it in the writer thread
        self._turn = threading.Lock()  # held by whoever uses the writing connection, from BEGIN to COMMIT
        with contextlib.ExitStack() as undo:
            self._lock: int | None = _locked(data_dir)
            undo.callback(os.close, self._lock)
            writer = _open_writer(self._path)
            undo.callback(writer.close)
            self._writer = writer
            self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
            self._committer = threading.Thread(target=self._finish_begun, name="store-committer", daemon=True)
            self._thread.start()
            self._committer.start()
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
        future: Future[T] = Future()
        at_once = self.submit([task], lambda outcomes: _settle(future, outcomes[0]), here=True)
        if at_once is not None:
            _settle(future, at_once[0])
        return future.result()

    def submit(
        self, tasks: Sequence[Task[Any]], done: Callable[[list[Outcome]], None], *, here: bool = False
    ) -> list[Outcome] | None:
        """Have the tasks committed together, each stored or not by itself, and `done` told in another thread
        when what they wrote is durable. `done` must not raise.

        While nobody else writes, the tasks are run in the calling thread: Python runs one thread at a time,
        and two that want to run spend more on taking turns than the tasks take. Only the disk is waited for
        elsewhere; or `here` too, by a caller who has nothing else to do: then, if nobody else writes, the
        outcomes are returned, and `done` is not called.
        """
        with self._closing:
            if self._closed:
                raise StoreClosed("The store is closed.")
            if self._handed_over or not self._turn.acquire(blocking=False):
                self._handed_over += 1
                self._queue.put(_Batch(tasks, done))
                return None
        if here:
            try:
                return commit(self._writer, tasks)
            finally:
                self._turn.release()
        transaction = Transaction(self._writer, tasks)
        transaction.begin()
        self._begun.put(_Begun(transaction, done))
        return None

    @property
    def log_path(self) -> Path:
        """The write-ahead log's file; it is not there before the first write."""
        return self._path.with_name(self._path.name + "-wal")

    def fold_log(self) -> bool:
        """Bring the write-ahead log into the database and empty its file, so that no older state of a page
        (with text that was erased since) is left in it. False when a reader kept it from that.

        Writers wait meanwhile, readers do not.
        """
        with self._in_turn():
            if self._closed:
                return True  # closing folds it
            self._writer.set_busy_timeout(_FOLD_BUSY_MS)
            try:
                self._writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            except apsw.BusyError:
                return False
            finally:
                self._writer.set_busy_timeout(_BUSY_TIMEOUT_MS)
            return True

    def close(self) -> None:
        """Finish what is queued, fold the log into the database, let the directory go.

        Harmless when it happens twice: each call returns when all that is done.
        """
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()
        self._begun.put(None)  # nobody begins any more, and the writer thread has waited for the last one
        self._committer.join()
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
        batches = [first]
        with self._turn:  # counted as handed over: nobody overtakes it
            more = self._gather(batches)
            outcomes = iter(commit(self._writer, [task for batch in batches for task in batch.tasks]))
        with self._closing:
            self._handed_over -= len(batches)
        for batch in batches:
            batch.done(list(islice(outcomes, len(batch.tasks))))
        return more

    def _finish_begun(self) -> None:
        """The committing thread: what was begun elsewhere is made durable, until told to stop."""
        while (begun := self._begun.get()) is not None:
            outcomes = begun.transaction.finish()
            self._turn.release()
            begun.done(outcomes)

    @contextlib.contextmanager
    def _in_turn(self) -> Iterator[None]:
        """The writing connection, as soon as those are done who asked for it before."""
        with self._closing:
            self._handed_over += 1
        try:
            with self._turn:
                yield
        finally:
            with self._closing:
                self._handed_over -= 1

    def _gather(self, batches: list[_Batch]) -> bool:
        """Add what queued up behind the first; False when the stop signal was among it."""
        room = _GROUP - len(batches[0].tasks)
        while room > 0:
            try:
                batch = self._queue.get_nowait()
            except queue.Empty:
                break
            if batch is None:
                return False
            batches.append(batch)
            room -= len(batch.tasks)
        return True


@dataclass(frozen=True, slots=True)
class _Batch:
    """Tasks that came together, and who is told their outcomes."""

    tasks: Sequence[Task[Any]]
    done: Callable[[list[Outcome]], None]


@dataclass(frozen=True, slots=True)
class _Begun:
    """A transaction whose tasks have run, and who is told their outcomes."""

    transaction: Transaction
    done: Callable[[list[Outcome]], None]


def _settle(future: Future[Any], outcome: Outcome) -> None:
    result, failure = outcome
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)


def _locked(data_dir: Path) -> int:
    try:
        return data_directory.lock(data_dir)
    except data_directory.Occupied as occupied:
        raise DataDirectoryInUse(data_dir, occupied.holder) from None


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
            explained = in_words(connection, error)
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
        _plan_once(connection)
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
            explained = in_words(connection, error)
            if isinstance(explained, DiskFull):
                raise explained from error
            raise StoreError(f"The database {path} cannot be opened: {error}") from error
        undo.pop_all()
    return connection


def _prepare(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
    _plan_once(connection)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # a database that is refused stays as it is
    migrations.check_known(connection)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
    if connection.pragma("journal_mode", "wal") != "wal":
        raise StoreError(f"The file system of {connection.filename} cannot hold SQLite's write-ahead log.")
    for pragma in ("synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    migrations.apply(connection)
    connection.row_trace = _as_dict


def _plan_once(connection: apsw.Connection) -> None:
    """Keep a statement's plan whatever is bound to it. SQLite plans a statement anew for every execution
    otherwise, in the hope that ANALYZE (never run here) knows more about the new values: that takes longer
    than to look a session up.
    """
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)


def _as_dict(cursor: apsw.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.get_description(), values, strict=True)}


def row(connection: apsw.Connection, sql: str, bindings: Any = ()) -> Row | None:
    """The first row, or None."""
    found: Row | None = connection.execute(sql, bindings).fetchone()
    return found


def values(connection: apsw.Connection, sql: str, bindings: Any = ()) -> list[tuple[Any, ...]]:
    """All rows, as tuples: for what nearly every call reads, where making dicts takes longer than reading."""
    cursor = connection.cursor()
    cursor.row_trace = None
    found: list[tuple[Any, ...]] = cursor.execute(sql, bindings).fetchall()
    return found


def rows(connection: apsw.Connection, sql: str, bindings: Any = ()) -> list[Row]:
    """All rows."""
    found: list[Row] = list(connection.execute(sql, bindings))
    return found
