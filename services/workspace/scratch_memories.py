"""Scratch memories, noted before they are created, so that one that outlives its process is found again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import scratch_memories

Row = dict[str, Any]


@dataclass(frozen=True)
class ScratchNote:
    """What is noted of a scratch memory. `memory_id` is None until AWS has told it; `about` says what is
    replayed in it: `memoryId`, `actorId`, `sessionId`, `kind`, and the two sides."""

    name: str
    at: datetime
    who: str
    memory_id: str | None
    about: Row


def add(workspace: Workspace, connection_key: str, who: str, name: str, about: Mapping[str, Any]) -> None:
    """Note a scratch memory that is about to be created."""
    row = {
        "name": name,
        "connection": connection_key,
        "at": now_text(),
        "who": who,
        "document": to_json(dict(about)),
    }
    with workspace.transaction() as connection:
        connection.execute(scratch_memories.insert().values(row))


def created(workspace: Workspace, name: str, memory_id: str) -> None:
    """Note the id that AWS gave."""
    this = scratch_memories.c.name == name
    with workspace.transaction() as connection:
        connection.execute(scratch_memories.update().where(this).values(memory_id=memory_id))


def forget(workspace: Workspace, name: str) -> None:
    """Take the note away: the memory is gone, or was never created. The audit trail keeps what was done."""
    with workspace.transaction() as connection:
        connection.execute(scratch_memories.delete().where(scratch_memories.c.name == name))


def list_notes(workspace: Workspace, connection_key: str) -> list[ScratchNote]:
    """Those of a connection, newest first."""
    query = (
        sa.select(scratch_memories)
        .where(scratch_memories.c.connection == connection_key)
        .order_by(scratch_memories.c.at.desc())
    )
    with workspace.transaction() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        ScratchNote(
            name=row["name"],
            at=datetime.fromisoformat(row["at"]),
            who=row["who"],
            memory_id=row["memory_id"],
            about=json.loads(row["document"]),
        )
        for row in rows
    ]
