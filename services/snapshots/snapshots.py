"""Snapshots: what a memory held at a time, as files in the dashboard's data directory.

Each is a file of its own (`file`), packed, with a small description beside it (`folder`). They appear whole
or not at all.
"""

from __future__ import annotations

import gzip
import io
import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from services.authorization import KEEP_SNAPSHOTS, authorize, current_role
from services.clients import Clients
from services.errors import Cancelled, InvalidValue
from services.memory import memories
from services.memory.contents import event_pages, record_pages
from services.short_term import events
from services.snapshots import folder
from services.snapshots.file import KINDS, Header, InvalidSnapshot, Kind, Writer, read
from services.snapshots.folder import DESCRIPTION, PACKED, appearing
from services.workspace.audit_key import sync_directory
from services.workspace.mentions import Mention
from services.workspace.store import Workspace, to_json
from services.workspace.traces import Traces

Row = dict[str, Any]
Progress = Callable[[int, str], bool | None]
"""Called with (rows written so far, "records" or "events") after every page; returning False cancels."""

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
    contents = folder.folder(workspace) / f"{header.snapshot_id}{PACKED}"
    with appearing(contents) as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        writer = Writer(packed, header)
        for kind, row in rows:
            writer.add(kind, row)
        writer.end()
    return _describe(workspace, header, writer.counts)


def _describe(workspace: Workspace, header: Header, counted: dict[Kind, int]) -> Snapshot:
    with appearing(folder.folder(workspace) / f"{header.snapshot_id}{DESCRIPTION}") as file:
        file.write(to_json(header.dumps() | {"counts": counted}).encode())
    counts = {str(kind): number for kind, number in counted.items()}
    return Snapshot(header, counts, path_of(workspace, header.snapshot_id).stat().st_size)


def path_of(workspace: Workspace, snapshot_id: str) -> Path:
    """Where a snapshot's file is; InvalidValue when there is none of that id."""
    path = folder.folder(workspace) / f"{snapshot_id}{PACKED}"
    if not folder.is_id(snapshot_id) or not path.exists():
        raise InvalidValue("This snapshot is not here; it may have been deleted.")
    return path


def list_snapshots(workspace: Workspace) -> list[Snapshot]:
    """The snapshots that are kept here, newest first. What a kill left half done is removed, or, where the
    contents are whole, taken up again. One whose contents and description cannot be read is left out."""
    unreadable = recover(workspace)
    paths = [path for path in folder.folder(workspace).glob(f"*{DESCRIPTION}") if folder.is_id(path.stem)]
    found = [_described(path) for path in paths if folder.contents_of(path).name not in unreadable]
    return sorted(
        (each for each in found if each is not None), key=lambda each: each.header.made_at, reverse=True
    )


def recover(workspace: Workspace) -> list[str]:
    """Clear up after processes that were killed while they saved or deleted a snapshot; the names of files
    that cannot be read, and are left as they are."""
    folder.sweep(workspace)
    unreadable = []
    for snapshot_id in [*folder.without_description(workspace), *_badly_described(workspace)]:
        path = folder.folder(workspace) / f"{snapshot_id}{PACKED}"
        try:
            state = path.stat()
            header, counts = _looked_through(path, state.st_mtime_ns, state.st_size)
        except FileNotFoundError:  # deleted meanwhile
            continue
        except InvalidSnapshot:
            unreadable.append(path.name)
            continue
        _describe(workspace, replace(header, snapshot_id=snapshot_id), dict(counts))
    return unreadable


def _badly_described(workspace: Workspace) -> list[str]:
    """The ids of snapshots whose description is damaged; the contents tell all of it again."""
    found = []
    for path in sorted(folder.folder(workspace).glob(f"*{DESCRIPTION}")):
        try:
            if folder.is_id(path.stem):
                _described(path)
        except InvalidSnapshot:
            found.append(path.stem)
    return found


@lru_cache(maxsize=64)
def _looked_through(path: Path, _changed_ns: int, _size: int) -> tuple[Header, tuple[tuple[Kind, int], ...]]:
    """What a file says that it is, and what it holds; InvalidSnapshot."""
    counts: dict[Kind, int] = dict.fromkeys(KINDS, 0)
    with path.open("rb") as file:
        header, found = read(file)
        for kind, _ in found:
            counts[kind] += 1
    return header, tuple(counts.items())


def _described(path: Path) -> Snapshot | None:
    """The snapshot of a description; None for one whose file is being deleted. InvalidSnapshot for a damaged
    one."""
    try:
        document = json.loads(path.read_bytes())
        size = folder.contents_of(path).stat().st_size
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise InvalidSnapshot("The snapshot's description is no JSON.") from error
    header, counts = Header.loads(document), document.get("counts")
    if not isinstance(counts, dict):
        raise InvalidSnapshot("The snapshot's description lacks what it holds.")
    return Snapshot(header, counts, size)


def get(workspace: Workspace, snapshot_id: str) -> Snapshot:
    """One snapshot; InvalidValue when there is none of that id."""
    described = _described(path_of(workspace, snapshot_id).with_name(f"{snapshot_id}{DESCRIPTION}"))
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
    path.unlink()
    path.with_name(f"{snapshot_id}{DESCRIPTION}").unlink(missing_ok=True)
    sync_directory(path.parent)


def plain_file(workspace: Workspace, snapshot_id: str) -> bytes:
    """A snapshot's file, unpacked: JSON Lines."""
    with gzip.open(path_of(workspace, snapshot_id)) as file:
        return file.read()


@dataclass(frozen=True)
class Cleaned:
    """What erasing a person took out of the snapshots: rows, and notes that were ticked. `unreadable` are the
    names of files that nobody can look into: what they hold of the person is still there."""

    rows: int
    notes: int
    unreadable: tuple[str, ...]


def forget(workspace: Workspace, traces: Traces) -> Cleaned:
    """Take one person's rows out of all snapshots of a connection's memories."""
    unreadable = recover(workspace)
    rows_gone = notes_gone = 0
    for snapshot in _of(workspace, traces):
        try:
            rows_gone += _forget_in(workspace, snapshot, traces)
        except InvalidSnapshot:
            unreadable.append(path_of(workspace, snapshot.snapshot_id).name)
            continue
        notes_gone += _forget_note(workspace, snapshot, traces)
    return Cleaned(rows_gone, notes_gone, tuple(unreadable))


def mentions(workspace: Workspace, traces: Traces) -> list[Mention]:
    """Notes of snapshots that mention the person."""
    found = [
        Mention("snapshot note", each.snapshot_id, each.header.memory_id, each.header.note)
        for each in _of(workspace, traces)
    ]
    return [each for each in found if traces.subject.is_mentioned(each.text)]


def _of(workspace: Workspace, traces: Traces) -> list[Snapshot]:
    return [
        each
        for each in list_snapshots(workspace)
        if each.header.connection_key == traces.connection_key and traces.is_here(each.header.memory_id)
    ]


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


def _forget_note(workspace: Workspace, snapshot: Snapshot, traces: Traces) -> int:
    header = snapshot.header
    note = Mention("snapshot note", header.snapshot_id, header.memory_id, header.note)
    if not header.note or note.key not in traces.mentions:
        return 0
    _kept(workspace, replace(header, note=""), rows(workspace, header.snapshot_id))
    return 1


def of_bytes(content: bytes) -> IO[bytes]:
    """A file in memory, for `take_in`."""
    return io.BytesIO(content)


__all__ = [
    "Cleaned",
    "InvalidSnapshot",
    "Snapshot",
    "delete",
    "forget",
    "get",
    "list_snapshots",
    "memory_of",
    "mentions",
    "path_of",
    "plain_file",
    "records",
    "recover",
    "rows",
    "save",
    "take_in",
]
