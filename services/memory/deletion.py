"""Deleting a memory in a thread of its own: copying it first may take minutes, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable

from services import deletions
from services.clients import Clients
from services.people import carried
from services.workspace.store import Workspace


class MemoryDeletion:
    """The deletion of one memory, once started; made for a screen that looks at it now and then.

    `copied` is how much of the copy is written, in words (`1,200 events`). When `finished`, either `copy_id`
    names the copy and the memory is being deleted, or `error` says why it is not: Cancelled after `stop`.
    """

    def __init__(
        self, clients: Clients, workspace: Workspace, memory_id: str, on_end: Callable[[], object]
    ) -> None:
        self.memory_id = memory_id
        self.copied = ""
        self.copy_id: str | None = None
        self.error: Exception | None = None
        self._on_end = on_end
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=carried(self._run), args=(clients, workspace), name=f"delete-{memory_id}", daemon=True
        )

    def start(self) -> None:
        """Begin; `on_end` is called in the thread when it ends, however it does."""
        self._thread.start()

    def stop(self) -> None:
        """End the copying after the page that is being read, delete nothing and remove the unfinished copy.

        Without effect once the copy is whole and AWS was asked.
        """
        self._stopped.set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopped.is_set()

    @property
    def finished(self) -> bool:
        """Whether it has ended."""
        return self.copy_id is not None or self.error is not None

    def wait(self, seconds: float) -> bool:
        """Wait for the end, but not longer; whether it has ended."""
        self._thread.join(seconds)
        return self.finished

    def _run(self, clients: Clients, workspace: Workspace) -> None:
        try:
            copy_id = deletions.delete_memory(clients, workspace, self.memory_id, self._progress)
        except Exception as error:
            self._on_end()
            self.error = error  # for whoever looks at the deletion
        else:
            self._on_end()
            self.copy_id = copy_id

    def _progress(self, done: int, what: str) -> bool:
        self.copied = f"{done:,} {what.removesuffix('s') if done == 1 else what}"
        return not self.stopping
