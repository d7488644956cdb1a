"""What is done once in a process, whichever thread comes first."""

import threading
from collections.abc import Callable
from functools import wraps


def once(act: Callable[[], None]) -> Callable[[], None]:
    """Lets `act` happen at the first call only; who calls meanwhile waits for it."""
    lock = threading.Lock()
    done = False

    @wraps(act)
    def acted() -> None:
        nonlocal done
        with lock:
            if not done:
                act()
                done = True

    return acted
