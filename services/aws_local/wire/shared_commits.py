"""Writes of requests that are ready at the same time, committed together and waited for by no thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import apsw

from services.aws_local.storage.transactions import Outcome

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

Task = Callable[[apsw.Connection], dict[str, Any]]
Settled = Callable[[Outcome], None]
# Tasks in one commit, which are run in the event loop: those that come meanwhile wait for all of them.
_GROUP = 64


class SharedCommits:
    """Collects what requests write until the commit before it is durable. For the event loop only.

    While the disk works for one group, the requests of the next are read: neither waits for the other. A
    client that is alone is spared the way to another thread and back, which takes as long as its statements.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._waiting: list[tuple[Task, Settled]] = []
        self._was_shared = False  # the last group was of several
        self._is_due = False  # a hand-over is under way, or will be as soon as the loop comes round

    def write(self, task: Task, settled: Settled) -> None:
        """Have `task` carried out (see Store.submit) and `settled` told its outcome, in the loop, once what
        it wrote is durable. `settled` must not raise.
        """
        self._waiting.append((task, settled))
        if not self._is_due:
            self._is_due = True
            loop = asyncio.get_running_loop()
            loop.call_soon(self._hand_over, loop)  # after every request that is ready now

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        group, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
        tasks = [task for task, _ in group]
        is_alone = len(group) == 1 and not self._was_shared
        self._was_shared = len(group) > 1

        def settle(outcomes: list[Outcome]) -> None:
            self._is_due = bool(self._waiting)
            if self._is_due:
                loop.call_soon(self._hand_over, loop)
            for (_, settled), outcome in zip(group, outcomes, strict=True):
                settled(outcome)

        def done(outcomes: list[Outcome]) -> None:
            with suppress(RuntimeError):  # the loop is closed: a stopped server waits no longer
                loop.call_soon_threadsafe(settle, outcomes)

        try:
            at_once = self._backend.store.submit(tasks, done, here=is_alone)
        except Exception as error:  # it is closed, say: the clients wait for an answer
            at_once = [(None, error)] * len(tasks)
        if at_once is not None:
            settle(at_once)
