"""Threads for groups whose extractor waits for another machine: a slow model holds up no rule.

A group in hand is put off in the database, so that it does not come due again; a process that is killed
forgets that and starts over from the queue.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from services.aws_local.failures import where
from services.aws_local.long_term.extraction_queue import Group
from services.aws_local.storage.store_errors import StoreClosed

log = logging.getLogger(__name__)

_THREADS = 4  # model calls at once
_STOP_SECONDS = 2.0  # a thread that waits longer for a model is left behind; it stores nothing any more


class RemoteLane:
    """Carries out `work` for each group that it is given, several at a time, one group once at a time.

    `done` is called afterwards, with the group and whether it was given again meanwhile.
    """

    def __init__(self, work: Callable[[Group], None], done: Callable[[Group, bool], None]) -> None:
        self._work = work
        self._done = done
        self._again: set[Group] = set()
        self._waiting: queue.SimpleQueue[Group | None] = queue.SimpleQueue()
        self._in_hand: set[Group] = set()
        self._guard = threading.Lock()
        self._threads: list[threading.Thread] = []

    def take(self, group: Group) -> None:
        """Begin with a group, unless it is in hand already."""
        with self._guard:
            if group in self._in_hand:
                self._again.add(group)
                return
            self._in_hand.add(group)
            if len(self._threads) < _THREADS:
                self._add_thread()
        self._waiting.put(group)

    def _add_thread(self) -> None:
        name = f"remote-extraction-{len(self._threads)}"
        thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while (group := self._waiting.get()) is not None:
            try:
                self._work(group)
                self._done(group, self._leave(group))
            except StoreClosed:
                return
            except Exception as error:  # the disk is full, say: the group comes due again
                self._leave(group)
                log.error("A group could not be extracted: %s", where(error))

    def _leave(self, group: Group) -> bool:
        """The group is no longer in hand. Whether it was given again meanwhile."""
        with self._guard:
            again = group in self._again
            self._again.discard(group)
            self._in_hand.discard(group)
            return again

    def close(self) -> None:
        """Stop after the groups in hand, but do not wait for a machine that does not answer."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(_STOP_SECONDS / len(self._threads))
