"""Whether a connection answers, asked in the background, so that nobody waits for what does not answer.

A black hole and a slow endpoint look the same for a while. So a look waits only so long, then says that there
was no answer yet, while the question stays open: a late answer still counts. While a fault lasts one more
question goes out every few seconds, whoever looks and however many they are.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from botocore import xform_name

from services.clients import Clients, Health
from services.errors import NoAnswer
from services.faults import CALL_ERRORS, Fault, explain, is_read

log = logging.getLogger(__name__)

FRESH_SECONDS = 15.0
"""So long an answer is believed without asking again."""
HEARD_SECONDS = 10.0
"""So long ago a page's own question may have been asked by the heartbeat before."""
AGAIN_SECONDS = 3.0
"""Time between two questions while a fault lasts."""
PATIENCE_SECONDS = 3.0
"""So long a look waits for an answer. A connection that is known to be slow gets half more than it took."""


class Heartbeat:
    """The health of one connection; threads may share it. Nothing runs while nobody looks.

    `ask` makes the call, as `services.clients.health` does; it may take long. `heard` says when any call
    ended well and how long it took: a question that only waits for its turn is no silence.
    """

    def __init__(
        self, ask: Callable[[], Health], heard: Callable[[], tuple[float, float] | None] = lambda: None
    ) -> None:
        self._ask_now = ask
        self._heard = heard
        self._changed = threading.Condition()
        self._found: Health | None = None
        self._found_at = 0.0
        self._found_of = 0.0
        self._begun_at: float | None = None
        self._slowest = 0.0

    def look(self) -> Health:
        """The health now: what is known of late, else what is found out within PATIENCE_SECONDS."""
        with self._changed:
            known = self._found if time.monotonic() - self._found_at < FRESH_SECONDS else None
            if known is not None and known.fault is None:
                return known
            self._ask()
            if known is not None:
                return known
            patience = max(PATIENCE_SECONDS, 1.5 * self._slowest)
            before = self._found_at
            self._changed.wait_for(lambda: self._found_at > before, patience)
            if self._found is None or self._found_at == before:
                return self._find(self._without_answer(patience), self._found_of)
            return self._found

    def doubt(self) -> None:
        """Another call failed as if nobody answered: the next look asks anew, unless one has just done so."""
        with self._changed:
            if time.monotonic() - self._found_at >= AGAIN_SECONDS:
                self._found_at = min(self._found_at, time.monotonic() - FRESH_SECONDS)

    def _without_answer(self, patience: float) -> Health:
        """The health while the question is open: well if another call was answered meanwhile."""
        heard = self._heard()
        if heard is not None and self._begun_at is not None and heard[0] > self._begun_at:
            return Health(True, heard[1], self._found.account if self._found else None, None)
        return Health(False, patience, None, explain(NoAnswer("ListMemories", patience)))

    def memories(self, since: float) -> tuple[dict[str, Any], ...] | None:
        """All memories as the last question told them, if it was asked just now and after `since`
        (time.monotonic); None when it was not, or told only some."""
        with self._changed:
            heard = self._found is not None and self._found_of > since
            fresh = time.monotonic() - self._found_of < HEARD_SECONDS
            return self._found.memories if self._found is not None and heard and fresh else None

    def _ask(self) -> None:
        """Sends one more question, unless the last was sent just now."""
        now = time.monotonic()
        if self._begun_at is None or now - self._begun_at >= AGAIN_SECONDS:
            self._begun_at = now
            threading.Thread(target=self._probe, args=(now,), name="heartbeat", daemon=True).start()

    def _probe(self, begun_at: float) -> None:
        try:
            found = self._ask_now()
        except Exception as error:  # else all who look would be told that nobody answers
            log.exception("The question whether a connection answers failed")
            found = Health(False, time.monotonic() - begun_at, None, explain(error))
        with self._changed:
            if begun_at >= self._found_of:  # else a later question was answered earlier
                self._slowest = found.seconds if found.fault is None else self._slowest
                self._find(found, begun_at)
                self._changed.notify_all()

    def _find(self, found: Health, begun_at: float) -> Health:
        self._found, self._found_at, self._found_of = found, time.monotonic(), begun_at
        return found


class Retries:
    """Failed reads of a connection, tried again for all who wait for them at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tried: dict[str, tuple[float, Fault | None]] = {}

    def again(self, clients: Clients, operation: str) -> tuple[Fault | None, bool]:
        """The fault that a read has now, None when it passes, and whether this was just tried: what somebody
        found out within AGAIN_SECONDS is believed."""
        with self._lock:
            at, fault = self._tried.get(operation, (float("-inf"), None))
            if time.monotonic() - at < AGAIN_SECONDS:
                return fault, False
            fault = repeated(clients, operation)
            self._tried[operation] = (time.monotonic(), fault)
            return fault, True


def repeated(clients: Clients, operation: str) -> Fault | None:
    """Repeats the latest failed call of a read once; its fault now, None when it passes.

    A read that is not in the log any more counts as passed, since nothing is known against it.
    Raises ValueError for an operation that may change something.
    """
    if not is_read(operation):
        raise ValueError(f"{operation} is no read.")
    failed = [call for call in clients.calls if call.operation == operation and call.error_code]
    if not failed:
        return None
    try:
        getattr(clients.once(failed[-1].service), xform_name(operation))(**failed[-1].params)
    except CALL_ERRORS as error:
        return explain(error)
    return None
