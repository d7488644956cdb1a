"""Reading in the background: at a quarter of the quotas, looked at by anybody, and stoppable.

A reading is a generator that names each call before it makes it. A thread pulls it as long as somebody looks
and ends when nobody does; the next look goes on where it was. So a reading that is forgotten holds no thread.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from services import listing
from services.call_log import in_background
from services.clients import Clients
from services.faults import CALL_ERRORS, Fault, explain
from services.pacing import Pace

log = logging.getLogger(__name__)

Row = dict[str, Any]
LOOKED_AT_SECONDS = 60.0
"""So long a reading goes on after a look."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a reading is. `ended` without `complete`: it was stopped, or `fault` says what ended it."""

    ended: bool = False
    complete: bool = False
    stopped: bool = False
    fault: Fault | None = None


S = TypeVar("S", bound=Progress)


@dataclass
class _Control:
    """What looking and stopping threads tell the reading one."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    changed: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)
    looked_at: float = 0.0
    thread: threading.Thread | None = None


class Reading(ABC, Generic[S]):
    """One reading; `S` is what a look returns. Nothing is read before the first look."""

    def __init__(self, clients: Clients, pace: Pace, start: S) -> None:
        self._clients = clients
        self._pace = pace
        self._now = start
        self._control = _Control()
        self._steps = self._read()

    @abstractmethod
    def _read(self) -> Iterator[str]:
        """Makes the calls, yielding the operation's name (`ListActors`) before each; tells by `_tell`."""

    def look(self, wait_seconds: float = 0.0, until: Callable[[S], bool] | None = None) -> S:
        """What is known now, or, within `wait_seconds`, once `until` says so (at first: anything at all)."""
        deadline = time.monotonic() + wait_seconds
        enough = until or (lambda _: False)
        while True:
            self._control.changed.clear()
            self._go_on()
            left = deadline - time.monotonic()
            if self._now.ended or left <= 0 or enough(self._now):
                return self._now
            self._control.changed.wait(min(left, 1.0))

    def stop(self) -> None:
        """Read no further, for everybody who looks."""
        self._control.stopped.set()
        with self._control.lock:
            if self._control.thread is None:
                self._end(stopped=True)

    def _go_on(self) -> None:
        control = self._control
        with control.lock:
            control.looked_at = time.monotonic()
            if control.thread is None and not self._now.ended:
                control.thread = threading.Thread(target=self._run, name="reading", daemon=True)
                control.thread.start()

    def _run(self) -> None:
        in_background.set(True)
        try:
            self._pull()
        except CALL_ERRORS as error:
            self._end(fault=explain(error))
        except Exception as error:  # a reading that ends unfinished has to say so
            log.exception("A reading in the background ended early")
            self._end(fault=explain(error))

    def _pull(self) -> None:
        for operation in self._steps:
            self._control.stopped.wait(self._pace.seconds_until(operation))
            if self._control.stopped.is_set():
                self._end(stopped=True)
                return
            with self._control.lock:
                if time.monotonic() - self._control.looked_at > LOOKED_AT_SECONDS:
                    self._control.thread = None  # the next look starts another
                    return
        self._end(complete=True)

    def _end(self, *, complete: bool = False, stopped: bool = False, fault: Fault | None = None) -> None:
        self._tell(replace(self._now, ended=True, complete=complete, stopped=stopped, fault=fault))

    def _tell(self, now: S) -> None:
        """Only the reading thread (or, once there is none, who stops it) tells; others see whole ones."""
        self._now = now
        self._control.changed.set()

    def _pages(
        self, operation: str, member: str, take: Callable[[list[Row]], None], **params: Any
    ) -> Iterator[str]:
        """The pages of a list operation (`list_actors`), each given to `take`."""
        name = "".join(word.title() for word in operation.split("_"))
        found = iter(listing.pages(self._clients.data, operation, None, params))
        while True:
            yield name
            page = next(found, None)
            if page is None:
                return
            take(page[member])
            if not page.get("nextToken"):  # asking the paginator would wait for a turn that no call needs
                return
