"""Tasks in transactions: several share one durable commit, and each is stored or not by itself."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import apsw

from services.aws_local.failures import where
from services.aws_local.storage.store_errors import in_words

log = logging.getLogger(__name__)

T = TypeVar("T")
Task = Callable[[apsw.Connection], T]
Outcome = tuple[Any, BaseException | None]
"""What a task came to: its result, or what it raised (then nothing of it is stored)."""


def commit(connection: apsw.Connection, tasks: Sequence[Task[Any]]) -> list[Outcome]:
    """Run the tasks in one transaction; when that transaction is lost, each in its own.

    Raises nothing: were the writer thread to die, callers would wait for ever.
    """
    if len(tasks) == 1:
        return [_run_alone(connection, tasks[0])]
    try:
        return _run_together(connection, tasks)
    except Exception as error:
        log.warning("A shared transaction failed (%s); its %d tasks run one by one", error, len(tasks))
        return [_run_alone(connection, task) for task in tasks]
    except BaseException as error:  # whatever it is, the callers have to know
        log.error("The writer failed; its %d tasks fail with it: %s", len(tasks), where(error))
        return [(None, error)] * len(tasks)


def _run_alone(connection: apsw.Connection, task: Task[Any]) -> Outcome:
    """The task's result after its durable commit, or its error, which leaves nothing of it."""
    try:
        with _transaction(connection):
            result = task(connection)
    except BaseException as error:  # SystemExit too: it is the caller's, not this thread's
        return None, in_words(connection, error)
    return result, None


def _run_together(connection: apsw.Connection, tasks: Sequence[Task[Any]]) -> list[Outcome]:
    """Each task's result or error after one durable commit of all that succeeded."""
    with _transaction(connection):
        return [_run_between_savepoints(connection, task) for task in tasks]


@contextlib.contextmanager
def _transaction(connection: apsw.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


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
