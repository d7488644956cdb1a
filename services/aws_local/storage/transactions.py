"""Tasks in transactions: several share one durable commit, and each is stored or not by itself."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import apsw

from services.aws_local.failures import where
from services.aws_local.storage.store_errors import in_words

log = logging.getLogger(__name__)

T = TypeVar("T")
Task = Callable[[apsw.Connection], T]
Outcome = tuple[Any, BaseException | None]
"""What a task came to: its result, or what it raised (then nothing of it is stored)."""


class Transaction:
    """Tasks in one transaction, in two steps: `begin` runs them, `finish` commits what they wrote.

    Both raise nothing: were a thread of the store to die, callers would wait for ever. The connection is the
    transaction's own from `begin` to the end of `finish`.
    """

    def __init__(self, connection: apsw.Connection, tasks: Sequence[Task[Any]]) -> None:
        self._connection = connection
        self._tasks = tasks
        self._outcomes: list[Outcome] = []
        self._lost: BaseException | None = None

    def begin(self) -> None:
        """Run the tasks. Nothing of it is durable yet."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._outcomes = self._run()
        except BaseException as error:
            self._lost = error

    def _run(self) -> list[Outcome]:
        """What the tasks come to. For a savepoint SQLite copies each page that is changed behind it, so there
        are none until one task fails: then all are undone and run again, each between two of them.
        """
        connection = self._connection
        try:
            return [(task(connection), None) for task in self._tasks]
        except BaseException:  # SystemExit too: it is one caller's, not this thread's
            if not connection.in_transaction:  # SQLite gave the whole transaction up: disk full, I/O error
                raise
            connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
        return [_run_between_savepoints(connection, task) for task in self._tasks]

    def finish(self) -> list[Outcome]:
        """Each task's result or error, after one durable commit of all that succeeded; when that is lost,
        after one of its own for each task.
        """
        try:
            if self._lost is not None:
                raise self._lost
            self._connection.execute("COMMIT")
        except Exception as error:
            self._roll_back()
            count = len(self._tasks)
            log.warning("A shared transaction failed (%s); its %d tasks run one by one", error, count)
            return [_run_alone(self._connection, task) for task in self._tasks]
        except BaseException as error:  # whatever it is, the callers have to know
            self._roll_back()
            count = len(self._tasks)
            log.error("The writer failed; its %d tasks fail with it: %s", count, where(error))
            return [(None, error)] * count
        return self._outcomes

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(apsw.Error):  # then the next BEGIN fails, which is told
                self._connection.execute("ROLLBACK")


def commit(connection: apsw.Connection, tasks: Sequence[Task[Any]]) -> list[Outcome]:
    """Run the tasks in one transaction and commit it; see Transaction."""
    if len(tasks) == 1:
        return [_run_alone(connection, tasks[0])]
    transaction = Transaction(connection, tasks)
    transaction.begin()
    return transaction.finish()


def _run_alone(connection: apsw.Connection, task: Task[Any]) -> Outcome:
    """The task's result after its durable commit, or its error, which leaves nothing of it."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = task(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except BaseException as error:  # SystemExit too: it is the caller's, not this thread's
        return None, in_words(connection, error)
    return result, None


def _run_between_savepoints(connection: apsw.Connection, task: Task[Any]) -> Outcome:
    """One of several tasks: its error undoes its own writes and nobody else's."""
    connection.execute("SAVEPOINT task")
    try:
        outcome: Outcome = (task(connection), None)
    except BaseException as error:  # SystemExit too: it is the caller's, not this thread's
        if not connection.in_transaction:  # SQLite gave the whole transaction up: disk full, I/O error
            raise
        failure = in_words(connection, error)
        connection.execute("ROLLBACK TO task")
        outcome = (None, failure)
    connection.execute("RELEASE task")
    return outcome
