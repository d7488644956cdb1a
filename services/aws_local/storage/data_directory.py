"""The data directory: made so that it survives a power failure, and held by one process at a time."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

LOCK_NAME = "lock"

# A holder writes its process id right after it took the lock; who is refused in between waits for it.
_HOLDER_SECONDS = 1.0


class Occupied(Exception):
    """Another process holds the directory; `holder` is its process id, where it is known."""

    def __init__(self, holder: int | None) -> None:
        super().__init__(holder)
        self.holder = holder


def make(data_dir: Path) -> None:
    """Make the directory with those above it. A name is on disk once the directory it is in is synced."""
    missing = [each for each in (data_dir, *data_dir.parents) if not each.exists()]
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    for made in missing:
        sync(made.parent)


def sync(directory: Path) -> None:
    """Bring the names in a directory to disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lock(data_dir: Path) -> int:
    """Take the directory for this process; Occupied when another one has it.

    Our process id is left in the lock file for others to read. The lock is advisory: it goes when the
    descriptor is closed, however the process ends.
    """
    descriptor = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
    except BlockingIOError:
        holder = _holder(descriptor)
        os.close(descriptor)
        raise Occupied(holder) from None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _holder(descriptor: int) -> int | None:
    """The process id in the lock file; None when its holder does not say it in time."""
    deadline = time.monotonic() + _HOLDER_SECONDS
    while not (holder := os.pread(descriptor, 32, 0).decode().strip()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return int(holder) if holder.isdigit() else None
