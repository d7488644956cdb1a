"""Snapshots: what a memory held at a time, as files in the dashboard's data directory.

Each is a file of its own (`file`), packed, with a small description beside it. They appear whole or
not at all.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from services.authorization import KEEP_SNAPSHOTS, authorize, current_role
from services.clients import Clients
from services.errors import Cancelled, InvalidValue
from services.memory import memories
from services.memory.contents import event_pages, record_pages
from services.short_term import events
from services.snapshots.file import Header, InvalidSnapshot, Kind, Writer, read
from services.workspace.audit_key import sync_directory
from services.workspace.forgetting import Traces
from services.workspace.store import Workspace, to_json

Row = dict[str, Any]
Progress = Callable[[int, str], bool | None]
"""Called with (rows written so far, "records" or "events") after every page; returning False cancels."""

_FOLDER = "snapshots"
_PACKED = ".jsonl.gz"
_DESCRIPTION = ".json"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONGEST_NOTE = 200


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that is kept here: what it is of, how much it holds, the bytes of its file."""

    header: Header
    counts: dict[str, int]
    size: int

    @property
    def snapshot_id(self) -> str:
        return self.header.snapshot_id


def save(
    clients: Clients,
    workspace: Workspace,
    memory_id: str,
    *,
    with_events: bool = False,
    note: str = "",
    progress: Progress | None = None,
) -> Snapshot:
    """Write down what a memory holds now: its configuration, every record and, if asked, every event.

    Raises NotAuthorized, what reading raises, and Cancelled; then no file is left. Lists do not tell when a
    record expires, so a snapshot does not know.
    """
    authorize(current_role(), KEEP_SNAPSHOTS)
    memory = memories.get_memory(clients, memory_id)
    header = Header(
        snapshot_id=str(uuid.uuid4()),
        made_at=datetime.now(UTC),
        made_by=clients.actor,
        connection_key=clients.connection.key,
        region=clients.connection.region,
        memory_id=memory_id,
        memory_name=str(memory.get("name") or memory_id.rpartition("-")[0]),
        note=note.strip()[:LONGEST_NOTE],
    )
    return _kept(workspace, header, _contents(clients, memory, with_events, progress or (lambda *_: None)))


def _contents(
    clients: Clients, memory: Row, with_events: bool, progress: Progress
) -> Iterator[tuple[Kind, Row]]:
    yield "memory", memory
    actors = events.list_actors(clients, memory["id"], limit=None).rows
    for page in _told(record_pages(clients, memory, actors), "records", progress):
        yield from (("record", row) for row in page)
    if with_events:
        for page in _told(event_pages(clients, memory["id"], actors), "events", progress):
            yield from (("event", row) for row in page)


def _told(found: Iterable[list[Row]], what: str, progress: Progress) -> Iterator[list[Row]]:
    done = 0
    for page in found:
        yield page
        done += len(page)
        if progress(done, what) is False:
            raise Cancelled


def take_in(workspace: Workspace, file: IO[bytes]) -> Snapshot:
    """Keep a snapshot from a file that somebody brings; InvalidSnapshot, and nothing is kept, if it is bad.

    It gets an id of its own. One that is here already is kept twice.
    """
    authorize(current_role(), KEEP_SNAPSHOTS)
    header, rows = read(file)
    return _kept(workspace, replace(header, snapshot_id=str(uuid.uuid4())), rows)


def _kept(workspace: Workspace, header: Header, rows: Iterable[tuple[Kind, Row]]) -> Snapshot:
    """Write the file, then its description, which makes it a snapshot."""
    folder = _folder(workspace)
    with (
        _appearing(folder / f"{header.snapshot_id}{_PACKED}") as file,
        gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed,
    ):
        writer = Writer(packed, header)
        for kind, row in rows:
            writer.add(kind, row)
        writer.end()
    with _appearing(folder / f"{header.snapshot_id}{_DESCRIPTION}") as file:
        file.write(to_json(header.dumps() | {"counts": writer.counts}).encode())
    counts = {str(kind): number for kind, number in writer.counts.items()}
    return Snapshot(header, counts, path_of(workspace, header.snapshot_id).stat().st_size)


@contextmanager
def _appearing(path: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner can read, in place once it is whole and on disk."""
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)


def _folder(workspace: Workspace) -> Path:
    folder = workspace.directory / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(workspace: Workspace, snapshot_id: str) -> Path:
    """Where a snapshot's file is; InvalidValue when there is none of that id."""
    path = _folder(workspace) / f"{snapshot_id}{_PACKED}"
    if not _ID.fullmatch(snapshot_id) or not path.exists():
        raise InvalidValue("This snapshot is not here; it may have been deleted.")
    return path


def list_snapshots(workspace: Workspace) -> list[Snapshot]:
    """The snapshots that are kept here, newest first."""
    found = [_described(path) for path in _folder(workspace).glob(f"*{_DESCRIPTION}")]
    return sorted(
        (each for each in found if each is not None), key=lambda each: each.header.made_at, reverse=True
    )


def _described(path: Path) -> Snapshot | None:
    """The snapshot of a description; None for one whose file is being deleted."""
    try:
        document = json.loads(path.read_bytes())
        size = path.with_name(path.stem + _PACKED).stat().st_size
    except FileNotFoundError:
        return None
    return Snapshot(Header.loads(document), dict(document["counts"]), size)


def get(workspace: Workspace, snapshot_id: str) -> Snapshot:
    """One snapshot; InvalidValue when there is none of that id."""
    described = _described(path_of(workspace, snapshot_id).with_name(f"{snapshot_id}{_DESCRIPTION}"))
    if described is None:
        raise InvalidValue("This snapshot is not here; it may have been deleted.")
    return described


def rows(workspace: Workspace, snapshot_id: str, kind: Kind | None = None) -> Iterator[tuple[Kind, Row]]:
    """The rows of a snapshot, of one kind or of all."""
    with path_of(workspace, snapshot_id).open("rb") as file:
        _, found = read(file)
        yield from (each for each in found if kind in (None, each[0]))


def records(workspace: Workspace, snapshot_id: str) -> list[Row]:
    """The records of a snapshot, in the order in which they were listed."""
    return [row for _, row in rows(workspace, snapshot_id, "record")]


def memory_of(workspace: Workspace, snapshot_id: str) -> Row:
    """GetMemory's dict of then; empty for a snapshot that has none."""
    return next((row for _, row in rows(workspace, snapshot_id, "memory")), {})


def delete(workspace: Workspace, snapshot_id: str) -> None:
    """Remove a snapshot for good."""
    authorize(current_role(), KEEP_SNAPSHOTS)
    path = path_of(workspace, snapshot_id)
    path.with_name(f"{snapshot_id}{_DESCRIPTION}").unlink(missing_ok=True)
    path.unlink()
    sync_directory(path.parent)


def plain_file(workspace: Workspace, snapshot_id: str) -> bytes:
    """A snapshot's file, unpacked: JSON Lines."""
    with gzip.open(path_of(workspace, snapshot_id)) as file:
        return file.read()


def forget(workspace: Workspace, traces: Traces) -> dict[str, int]:
    """Take one person's rows out of all snapshots of a connection's memories; how many these were."""
    gone = 0
    for snapshot in list_snapshots(workspace):
        header = snapshot.header
        if header.connection_key == traces.connection_key and traces.is_here(header.memory_id):
            gone += _forget_in(workspace, snapshot, traces)
    return {"snapshotRows": gone}


def _forget_in(workspace: Workspace, snapshot: Snapshot, traces: Traces) -> int:
    """The file is written anew, and only when something goes."""
    memory = memory_of(workspace, snapshot.snapshot_id)
    held = rows(workspace, snapshot.snapshot_id)
    dropped = sum(kind != "memory" and traces.concerns(row, memory) for kind, row in held)
    if dropped:
        kept = (
            (kind, row)
            for kind, row in rows(workspace, snapshot.snapshot_id)
            if kind == "memory" or not traces.concerns(row, memory)
        )
        _kept(workspace, snapshot.header, kept)
    return dropped


def of_bytes(content: bytes) -> IO[bytes]:
    """A file in memory, for `take_in`."""
    return io.BytesIO(content)


__all__ = [
    "InvalidSnapshot",
    "Snapshot",
    "delete",
    "forget",
    "get",
    "list_snapshots",
    "memory_of",
    "path_of",
    "plain_file",
    "records",
    "rows",
    "save",
    "take_in",
]
