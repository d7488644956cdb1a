"""Writes of requests that are ready at the same time, committed together and waited for by no thread."""

from __future__ import annotations

import asyncio
import time
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
# A commit that takes no longer is waited for in the loop. The way to another thread and back costs as much,
# and a thread that is woken takes the interpreter from the loop; but nobody else is to wait for a slow disk.
_QUICK_SECONDS = 0.003


class SharedCommits:
    """Collects what requests write, commits it together, and answers when it is durable. For the event loop
    only.

    While the disk is quick, a group is closed by the first turn of the loop that brings no further request:
    clients that were answered together ask again one after the other. While it is slow, a thread waits for
    it, and the requests of the next group are read meanwhile.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._waiting: list[tuple[Task, Settled]] = []
        self._seen = 0  # how many were waiting a turn of the loop ago
        self._was_shared = False  # the last group was of several
        self._is_quick = False  # the last commit took no longer than _QUICK_SECONDS
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
        count = len(self._waiting)
        is_alone = count == 1 and not self._was_shared
        if self._is_quick and not is_alone and self._seen < count < _GROUP:
            self._seen = count
            loop.call_soon(self._hand_over, loop)
            return
        group, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
        tasks = [task for task, _ in group]
        self._seen, self._was_shared = 0, count > 1
        started = time.perf_counter()

        def settle(outcomes: list[Outcome]) -> None:
            self._is_quick = time.perf_counter() - started <= _QUICK_SECONDS
            self._is_due = bool(self._waiting)
            if self._is_due:
                loop.call_soon(self._hand_over, loop)
            for (_, settled), outcome in zip(group, outcomes, strict=True):
                settled(outcome)

        def done(outcomes: list[Outcome]) -> None:
            with suppress(RuntimeError):  # the loop is closed: a stopped server waits no longer
                loop.call_soon_threadsafe(settle, outcomes)

        try:
            at_once = self._backend.store.submit(tasks, done, here=is_alone or self._is_quick)
        except Exception as error:  # it is closed, say: the clients wait for an answer
            at_once = [(None, error)] * len(tasks)
        if at_once is not None:
            settle(at_once)
