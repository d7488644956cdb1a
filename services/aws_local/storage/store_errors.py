"""What goes wrong with a store, in words for whoever runs the endpoint."""

from __future__ import annotations

import errno
from pathlib import Path

import apsw

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class StoreError(RuntimeError):
    """The data directory cannot be used; the message says why."""


class DataDirectoryInUse(StoreError):
    """Another process serves this data directory; `holder` is its process id, where it is known."""

    def __init__(self, data_dir: Path, holder: int | None) -> None:
        who = f"process {holder}" if holder else "another process"
        super().__init__(f"The data directory {data_dir} is in use by {who}.")
        self.holder = holder


class StoreClosed(StoreError):
    """A call came after the store was closed."""


class DiskFull(StoreError):
    """There is no room for what was to be written; nothing of it is stored. Once there is, it works again."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(
            f"The disk is full: there is no room in {data_dir}, so nothing was stored. Free some space and "
            "try again; what was stored before is safe and can be read."
        )


def in_words(connection: apsw.Connection, error: BaseException) -> BaseException:
    """The error, or DiskFull when that is what SQLite or the file system wanted to say."""
    full = isinstance(error, apsw.FullError)
    if not full and isinstance(error, apsw.IOError | apsw.CantOpenError):
        full = connection.system_errno in _NO_ROOM
    if not full:
        return error
    explained = DiskFull(Path(connection.filename).parent)
    explained.__cause__ = error
    return explained
