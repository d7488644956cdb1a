"""Turns as events: how each is kept, and the turn that could not be stored, tried again until it can be.

Whatever ends a try, a repeat is the same request with the same client token, so that nothing is stored twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat

from services.chat.turns import Keeping, Row, Turn
from services.faults import explain
from services.people import carried

FIRST_PAUSES = (2.0, 4.0, 8.0, 15.0)
LATER_PAUSE = 30.0
TRY_FOR_SECONDS = 3600.0
PASSING = frozenset({"unreachable", "timeout", "throttled", "service", "incomplete"})
"""Kinds of fault that may be over when the same is tried again. Others take a person."""


def kept_as(keeping: Keeping) -> Row:
    """The members of CreateEvent that say how an event is kept."""
    return {"extractionMode": "SKIP"} if keeping == "unextracted" else {}


def leaves_open(error: BaseException) -> bool:
    """Whether a request that failed so may have been carried out, or may be when it is sent again."""
    return explain(error).kind in PASSING


def may_pass(turn: Turn) -> bool:
    """Whether the turn could not be stored for a reason that may be over soon."""
    failures = [failure.fault for failure in turn.failures if failure.what == "storage"]
    return turn.unstored and failures[-1].kind in PASSING


def keep_trying(turn: Turn, store_again: Callable[[Turn], None]) -> None:
    """Tries again to store a turn, in a thread of its own, whether or not its page is still looked at.

    Ends when it is stored, when it fails for another reason than a passing one, or after an hour.
    """

    def work() -> None:
        for pause in _pauses():
            time.sleep(pause)
            if not may_pass(turn):
                return
            store_again(turn)

    threading.Thread(target=carried(work), name="chat-store-again", daemon=True).start()


def _pauses() -> Iterator[float]:
    waited = 0.0
    for pause in chain(FIRST_PAUSES, repeat(LATER_PAUSE)):
        waited += pause
        if waited > TRY_FOR_SECONDS:
            return
        yield pause
