"""Keeps erased text out of the write-ahead log.

The log holds whole pages as they were written, one state after the other. Erasing zeroes the text in the
newest state only; the older ones stay in the log's file until it is emptied. SQLite does that when it
pleases, so it is done here: soon after the last write, and now and then while writes go on.
"""

from __future__ import annotations

import logging
import threading
import time

import apsw

from services.aws_local.storage.store import Store
from services.aws_local.storage.store_errors import StoreError

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""So often the log is looked at; it is emptied when nothing was written to it in between."""
UNDER_LOAD_SECONDS = 5.0
"""So often it is emptied while writes go on."""


class LogFolding:
    """A thread that folds a store's log. `close` it before the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-folding", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Fold no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        seen, folded, failing = (0, 0), 0.0, False
        while not self._stop.wait(LOOK_SECONDS):
            now = self._state()
            if now[0] == 0 or (now != seen and time.monotonic() - folded < UNDER_LOAD_SECONDS):
                seen = now
                continue
            try:
                self._store.fold_log()
                failing = False
            except (apsw.Error, StoreError) as error:  # a full disk, say: writes tell their callers
                if not failing:  # once: it may stay so for hours
                    log.error("The write-ahead log cannot be folded; it is tried again: %s", error)
                failing = True
            folded, seen = time.monotonic(), self._state()

    def _state(self) -> tuple[int, int]:
        """The log's size and the time of its last write; (0, 0) when there is none."""
        try:
            found = self._store.log_path.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_size, found.st_mtime_ns
