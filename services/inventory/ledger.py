"""Where a count of a connection is kept: it outlives the process, and one process counts for all."""

from __future__ import annotations

import time
import uuid

from services.inventory import document
from services.inventory.document import Progress
from services.inventory.snapshot import Snapshot
from services.workspace import counts
from services.workspace.counts import NotOurs
from services.workspace.store import Workspace

__all__ = ["Ledger", "NotOurs"]

SAVE_SECONDS = 10.0
"""Between two savings of a count that goes on: so much of it a kill costs. Below `counts.ALIVE_SECONDS`."""


class Ledger:
    """The counts of one connection in the workspace, as this process may write them."""

    def __init__(self, workspace: Workspace, connection_key: str) -> None:
        self._workspace = workspace
        self._connection_key = connection_key
        self._worker = str(uuid.uuid4())
        self._saved_at = self._beaten_at = float("-inf")

    def kept(self) -> tuple[Progress | None, Snapshot | None, bool]:
        """How far the latest count is or how it ended, the last whole one, and whether another process counts
        now."""
        kept = counts.load(self._workspace, self._connection_key)
        progress = document.load(kept.progress) if kept.progress else None
        whole = document.load(kept.whole).snapshot if kept.whole else None
        return progress, whole, kept.worker not in (None, self._worker)

    def claim(self) -> bool:
        """Become the process that counts; False while another one does."""
        return counts.claim(self._workspace, self._connection_key, self._worker)

    def save(self, progress: Progress, *, at_once: bool = False) -> None:
        """Keep how far the count is, unless that was done just now. NotOurs when another process has taken
        over, or what was kept was removed."""
        ended = progress.snapshot.as_of is not None
        if not (ended or at_once or time.monotonic() - self._saved_at >= SAVE_SECONDS):
            return
        row = document.dump(progress)
        whole = progress.snapshot.is_whole
        counts.save(self._workspace, self._connection_key, self._worker, row, whole=whole)
        self._saved_at = time.monotonic()

    def beat(self) -> None:
        """A sign of life, now and then. NotOurs as with `save`."""
        if time.monotonic() - max(self._saved_at, self._beaten_at) >= SAVE_SECONDS:
            counts.beat(self._workspace, self._connection_key, self._worker)
            self._beaten_at = time.monotonic()

    def release(self) -> None:
        """Count no longer."""
        counts.release(self._workspace, self._connection_key, self._worker)
