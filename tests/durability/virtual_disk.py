"""A SQLite VFS under the endpoint's own code: it knows what a power failure would leave.

`VirtualDisk(live, disk)` becomes the default VFS of its process. SQLite works on the files in `live` as
always; `disk` holds what has been synced:

- Written and truncated bytes reach `disk` when that file is synced, in the order in which they were written.
- A new name, or a removed one, reaches it when the directory is synced: by `os.fsync` of the directory, by a
  deletion that asks for it, or with the first sync of a journal or log (SQLite's own VFS syncs the directory
  then, and only then). A database file without a synced name would not be found again.
- Shared memory (`-shm`) never does.

A process killed while it copies leaves a part of a sync, as a power failure does.

It can also be full, while the file `full` exists: "write" refuses writes, "sync" lets them pass and refuses
to sync, which is where delayed allocation notices. Only journals and logs are refused: the database file is
written by checkpoints, whose errors SQLite swallows, but an exception from here would still be raised. And
it can stop the process before its n-th change.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from pathlib import Path
from typing import Any

import apsw

_JOURNALS = ("-wal", "-journal")
_VOLATILE = "-shm"
_UNNAMED = ".unnamed"


class VirtualDisk(apsw.VFS):
    """Make one before the first connection, and keep it as long as there is one."""

    def __init__(self, live: Path, disk: Path, full: Path | None = None, stop_before: int = 0) -> None:
        self._live, self._disk, self._full, self._stop_before = live, disk, full, stop_before
        self._files: dict[str, _File] = {}
        self._removed: set[str] = set()
        self._guard = threading.RLock()
        self._system_fsync = os.fsync
        self.changes = 0
        super().__init__("virtual-disk", "unix", makedefault=True)
        os.fsync = self._fsync

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None or Path(path).parent != self._live:  # a temporary file
            return apsw.VFSFile("unix", name, flags)
        with self._guard:
            return _OpenFile(name, flags, self, self._file(Path(path).name))

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        self.changing()
        super().xDelete(filename, syncdir)
        with self._guard:
            name = Path(filename).name
            self._files.pop(name, None)
            self._removed.add(name)
            (self._disk / (name + _UNNAMED)).unlink(missing_ok=True)
            if syncdir:
                self.sync_names()

    def xGetLastError(self) -> tuple[int, str]:  # noqa: N802 - SQLite's name
        return (errno.ENOSPC, "no room") if self.is_full() else super().xGetLastError()

    def changing(self) -> None:
        """Count a change; the process ends here when it is the one to stop before."""
        with self._guard:
            self.changes += 1
            if self.changes == self._stop_before:
                os.kill(os.getpid(), signal.SIGKILL)

    def is_full(self) -> str:
        """How the disk is full; "" when it is not."""
        try:
            return self._full.read_text() if self._full else ""
        except FileNotFoundError:
            return ""

    def synced(self, file: _File) -> None:
        """A file was synced, and the first time its name too if it is a journal."""
        with self._guard:
            file.copy()
            if not file.named and file.name.endswith(_JOURNALS):
                self.sync_names()

    def sync_names(self) -> None:
        with self._guard:
            for name in self._removed:
                (self._disk / name).unlink(missing_ok=True)
            self._removed.clear()
            for path in self._live.iterdir():
                if not path.name.endswith(_VOLATILE):
                    self._file(path.name).name_it()

    def _fsync(self, descriptor: int) -> None:
        self._system_fsync(descriptor)
        if Path(f"/proc/self/fd/{descriptor}").readlink() == self._live:
            self.sync_names()

    def _file(self, name: str) -> _File:
        if name not in self._files:
            named = (self._disk / name).exists() and name not in self._removed
            self._files[name] = _File(self._disk, name, named)
        return self._files[name]


class _File:
    """A file as the disk has it, and what was written since: (offset, bytes), or the length cut to."""

    def __init__(self, disk: Path, name: str, named: bool) -> None:
        self.name = name
        self.named = named
        self._path = disk / name
        self._since: list[tuple[int, bytes] | int] = []
        self._guard = threading.Lock()

    def wrote(self, change: tuple[int, bytes] | int) -> None:
        with self._guard:
            self._since.append(change)

    def copy(self) -> None:
        """Bring to disk what was written since the last time."""
        with self._guard:
            descriptor = os.open(self._place(), os.O_RDWR | os.O_CREAT, 0o600)
            for change in self._since:
                if isinstance(change, int):
                    os.ftruncate(descriptor, change)
                else:
                    os.pwrite(descriptor, change[1], change[0])
            os.close(descriptor)
            self._since.clear()

    def name_it(self) -> None:
        if not self.named:
            self._place().touch(0o600)
            self._place().replace(self._path)
            self.named = True

    def _place(self) -> Path:
        return self._path if self.named else self._path.with_name(self.name + _UNNAMED)


class _OpenFile(apsw.VFSFile):
    """An open file of the data directory."""

    def __init__(self, name: Any, flags: list[int], disk: VirtualDisk, file: _File) -> None:
        super().__init__("unix", name, flags)
        self._disk = disk
        self._file = file

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.changing()
        if self._refuses() == "write":
            raise apsw.FullError("no room")
        super().xWrite(data, offset)
        self._file.wrote((offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.changing()
        super().xTruncate(newsize)
        self._file.wrote(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.changing()
        if self._refuses() == "sync":
            error = apsw.IOError("no room")
            error.extendedresult = apsw.SQLITE_IOERR_FSYNC
            raise error
        super().xSync(flags)
        self._disk.synced(self._file)

    def _refuses(self) -> str:
        return self._disk.is_full() if self._file.name.endswith(_JOURNALS) else ""
