"""A piece of work in a thread of its own, for a screen that looks at it now and then and may stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from services.authorization import authorize, current_role
from services.call_log import in_background
from services.people import carried

T = TypeVar("T")


class Task(Generic[T]):
    """One piece of work, once started, done as whoever made it.

    `told` is how far it is, in words. When `finished`, either `result` or `error` is set.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Task[T]], T],
        on_end: Callable[[], object] = lambda: None,
        *,
        action: str | None = None,
    ) -> None:
        """`action` is what one must be allowed to do to stop it (`services.authorization`); None: anybody."""
        self.told = ""
        self.result: T | None = None
        self.error: Exception | None = None
        self.action = action
        self._finished = threading.Event()
        self._stopped = threading.Event()
        self._work, self._on_end = work, on_end
        self._thread = threading.Thread(target=carried(self._run), name=name, daemon=True)

    def start(self) -> Task[T]:
        """Begin; `on_end` is called in the thread when it ends, however it does."""
        self._thread.start()
        return self

    def tell(self, told: str) -> bool:
        """Say how far it is; whether to go on."""
        self.told = told
        return not self.stopping

    def stop(self) -> None:
        """Ask it to stop; it does so at the next step. Raises NotAuthorized."""
        if self.action is not None:
            authorize(current_role(), self.action)
        self._stopped.set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopped.is_set()

    @property
    def finished(self) -> bool:
        """Whether it has ended."""
        return self._finished.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, but not longer; whether it has ended."""
        return self._finished.wait(seconds)

    def _run(self) -> None:
        in_background.set(True)
        try:
            self.result = self._work(self)
        except Exception as error:
            self.error = error  # for whoever looks at it
        finally:
            del self._work  # what it was given, perhaps a model's key, is not kept with what it has found
            self._on_end()
            self._finished.set()
