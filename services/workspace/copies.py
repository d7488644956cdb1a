"""Copies of what was deleted, for undo.

A copy is one document or, for something large such as a whole memory, many parts that are written as they are
read from AWS. Times inside documents are ISO 8601 text.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.errors import CopyNotFound
from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import copies, copy_parts


@dataclass(frozen=True)
class Copy:
    """What is known of a copy. `complete` False: it was still being written. `restored_as` names the new
    resource once the copy was used; without `restored_at` writing it back has begun and not ended."""

    copy_id: str
    at: datetime
    kind: str
    resource: str
    complete: bool
    restored_at: datetime | None
    restored_as: str | None


def save(workspace: Workspace, kind: str, resource: str, document: Any) -> str:
    """Keep one document; the id of the copy. It is on disk when this returns."""
    with workspace.transaction() as connection:
        copy_id = _start(connection, kind, resource, complete=True)
        _append(connection, copy_id, 0, document)
    return copy_id


def start(workspace: Workspace, kind: str, resource: str) -> str:
    """Begin a copy of many parts; it counts only after `finish`."""
    with workspace.transaction() as connection:
        return _start(connection, kind, resource, complete=False)


def append(workspace: Workspace, copy_id: str, number: int, document: Any) -> None:
    """Add the part `number`, counted from 0."""
    with workspace.transaction() as connection:
        _append(connection, copy_id, number, document)


def finish(workspace: Workspace, copy_id: str) -> None:
    """Mark a copy as whole."""
    _update(workspace, copy_id, complete=True)


def discard(workspace: Workspace, copy_id: str) -> None:
    """Remove a copy for good."""
    with workspace.transaction() as connection:
        connection.execute(copy_parts.delete().where(copy_parts.c.copy_id == copy_id))
        connection.execute(copies.delete().where(copies.c.copy_id == copy_id))


def mark_begun(workspace: Workspace, copy_id: str, restored_as: str) -> None:
    """Note as what the copy is being written back, before that is done: a memory takes a while."""
    _update(workspace, copy_id, restored_as=restored_as)


def mark_restored(workspace: Workspace, copy_id: str, restored_as: str) -> None:
    """Note that the copy was written back, and as what."""
    _update(workspace, copy_id, restored_at=now_text(), restored_as=restored_as)


def get(workspace: Workspace, copy_id: str) -> Copy:
    """What is known of a copy; raises CopyNotFound."""
    with workspace.transaction() as connection:
        row = connection.execute(sa.select(copies).where(copies.c.copy_id == copy_id)).first()
    if row is None:
        raise CopyNotFound(copy_id)
    return _copy(row._mapping)


def document(workspace: Workspace, copy_id: str) -> Any:
    """The document of a copy, its first part if there are many; raises CopyNotFound."""
    for part in iter_parts(workspace, copy_id):
        return part
    raise CopyNotFound(copy_id)


def iter_parts(workspace: Workspace, copy_id: str) -> Iterator[Any]:
    """The parts in order, one read at a time (a memory may be larger than the computer's)."""
    number = 0
    while (part := _part(workspace, copy_id, number)) is not None:
        yield json.loads(part)
        number += 1


def whole_json(workspace: Workspace, copy_id: str) -> str:
    """A whole copy as one JSON document: the parts' lists (`events`, `records`) joined. Raises CopyNotFound.

    Its `events` can be read by `services.short_term.conversation_file` like any export.
    """
    get(workspace, copy_id)
    whole: dict[str, Any] = {}
    for part in iter_parts(workspace, copy_id):
        for name, value in part.items():
            if isinstance(value, list):
                whole.setdefault(name, []).extend(value)
            else:
                whole[name] = value
    return json.dumps(whole, indent=2)


def list_copies(workspace: Workspace, kind: str | None = None, limit: int = 200) -> list[Copy]:
    """The last copies, newest first, of one kind (`event`, `memory`) or of all."""
    query = sa.select(copies).order_by(copies.c.at.desc()).limit(limit)
    if kind is not None:
        query = query.where(copies.c.kind == kind)
    with workspace.transaction() as connection:
        return [_copy(row._mapping) for row in connection.execute(query)]


def _start(connection: sa.Connection, kind: str, resource: str, *, complete: bool) -> str:
    copy_id = str(uuid.uuid4())
    row = {"copy_id": copy_id, "at": now_text(), "kind": kind, "resource": resource, "complete": complete}
    connection.execute(copies.insert().values(row))
    return copy_id


def _append(connection: sa.Connection, copy_id: str, number: int, document: Any) -> None:
    row = {"copy_id": copy_id, "number": number, "document": to_json(document)}
    connection.execute(copy_parts.insert().values(row))


def _update(workspace: Workspace, copy_id: str, **values: Any) -> None:
    with workspace.transaction() as connection:
        changed = connection.execute(copies.update().where(copies.c.copy_id == copy_id).values(values))
    if not changed.rowcount:
        raise CopyNotFound(copy_id)


def _part(workspace: Workspace, copy_id: str, number: int) -> str | None:
    query = sa.select(copy_parts.c.document).where(
        copy_parts.c.copy_id == copy_id, copy_parts.c.number == number
    )
    with workspace.transaction() as connection:
        return connection.execute(query).scalar()


def _copy(row: sa.RowMapping) -> Copy:
    restored_at = row["restored_at"]
    return Copy(
        copy_id=row["copy_id"],
        at=datetime.fromisoformat(row["at"]),
        kind=row["kind"],
        resource=row["resource"],
        complete=row["complete"],
        restored_at=datetime.fromisoformat(restored_at) if restored_at else None,
        restored_as=row["restored_as"],
    )
