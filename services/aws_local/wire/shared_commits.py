"""Writes of requests that are ready at the same time, committed together and waited for by no thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import apsw

from services.aws_local.storage.store_errors import StoreClosed
from services.aws_local.storage.transactions import Outcome

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

Task = Callable[[apsw.Connection], dict[str, Any]]
_Waiting = asyncio.Future[dict[str, Any]]


class SharedCommits:
    """Collects what the requests of one turn of the event loop write. To be used in that loop only.

    A single write while nobody else writes is committed at once, in the loop: there is no other request that
    could be served meanwhile, and the way to another thread and back takes as long as the statements.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._tasks: list[Task] = []
        self._waiting: list[_Waiting] = []

    async def write(self, task: Task) -> dict[str, Any]:
        """The result of `task` once what it wrote is durable; see Store.write."""
        loop = asyncio.get_running_loop()
        if not self._tasks:
            loop.call_soon(self._hand_over, loop)  # after every request that is ready now
        future: _Waiting = loop.create_future()
        self._tasks.append(task)
        self._waiting.append(future)
        return await future

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        tasks, waiting = self._tasks, self._waiting
        self._tasks, self._waiting = [], []

        def done(outcomes: list[Outcome]) -> None:
            with suppress(RuntimeError):  # the loop is closed: a stopped server waits no longer
                loop.call_soon_threadsafe(_settle, waiting, outcomes)

        try:
            at_once = self._backend.store.submit(tasks, done)
        except StoreClosed as closed:
            at_once = [(None, closed)] * len(tasks)
        if at_once is not None:
            _settle(waiting, at_once)


def _settle(waiting: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    for future, (result, failure) in zip(waiting, outcomes, strict=True):
        if future.done():  # cancelled: the server stops
            continue
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)
