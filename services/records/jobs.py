"""Acts on records that go on by themselves in a thread, looked at by any page of this process or another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from services.call_log import in_background
from services.clients import Clients
from services.faults import Fault, explain
from services.people import carried
from services.records import runs as record_runs
from services.workspace.store import Workspace

log = logging.getLogger(__name__)


class RecordJob:
    """One act while it is carried out in this process. How far it is stands in the workspace."""

    def __init__(
        self, clients: Clients, workspace: Workspace, act_id: str, path: str, on_end: Callable[[], object]
    ) -> None:
        self.act_id = act_id
        self.fault: Fault | None = None
        self._stopped = threading.Event()
        run = carried(partial(self._run, clients, workspace, path, on_end))
        self._thread = threading.Thread(target=run, name=f"records-{act_id[:8]}", daemon=True)

    def start(self) -> None:
        """Begin; `on_end` is called in the thread when it ends, however it does."""
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more after the call that is under way."""
        self._stopped.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, but not longer; whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self._thread.is_alive()

    def _run(self, clients: Clients, workspace: Workspace, path: str, on_end: Callable[[], object]) -> None:
        in_background.set(True)
        try:
            self.fault = record_runs.carry_out(
                clients, workspace, self.act_id, path=path, progress=lambda *_: not self._stopped.is_set()
            )
        except Exception as error:  # an act that ends unfinished has to say so
            log.exception("An act on records ended early")
            self.fault = explain(error)
        finally:
            on_end()
