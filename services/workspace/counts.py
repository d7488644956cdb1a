"""Counts of what is in an account, as the workspace keeps them: one process counts, all show it.

What is kept names actors and sessions, no text; an erasure takes a person's out (`forget`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.workspace.record_versions import moment_text
from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import counts

Row = dict[str, Any]
ALIVE_SECONDS = 60.0
"""So long after its last sign of life a process is taken to be counting."""


class NotOurs(Exception):
    """Another process counts now: this one has to stop."""


@dataclass(frozen=True)
class Kept:
    """What is kept of a connection's counts: how far the latest one is or how it ended, and the last whole
    one, as documents. `worker` is the id of the process that counts, None when nobody does."""

    worker: str | None = None
    progress: Row | None = None
    whole: Row | None = None


def load(workspace: Workspace, connection_key: str) -> Kept:
    """What is kept; nothing where there was no count yet."""
    query = sa.select(counts).where(counts.c.connection == connection_key)
    with workspace.transaction() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        return Kept()
    alive = row["worker"] is not None and row["alive_at"] >= _latest_of_the_dead()
    return Kept(row["worker"] if alive else None, _document(row["progress"]), _document(row["whole"]))


def claim(workspace: Workspace, connection_key: str, worker: str) -> bool:
    """Become the one that counts a connection; False while another process does."""
    free = sa.or_(
        counts.c.worker.is_(None), counts.c.worker == worker, counts.c.alive_at < _latest_of_the_dead()
    )
    with workspace.transaction() as connection:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        fresh = {"connection": connection_key, "alive_at": now_text()}
        connection.execute(dialect.insert(counts).on_conflict_do_nothing(), fresh)
        mine = counts.update().where(counts.c.connection == connection_key, free)
        return bool(connection.execute(mine.values(worker=worker, alive_at=now_text())).rowcount)


def save(
    workspace: Workspace, connection_key: str, worker: str, progress: Mapping[str, Any], *, whole: bool
) -> None:
    """Keep how far the count is, as a sign of life too; `whole`: it has ended, and counts from now on as the
    last whole one. NotOurs when another process has taken over."""
    document = to_json(dict(progress))
    _write(workspace, connection_key, worker, {"progress": document} | ({"whole": document} if whole else {}))


def beat(workspace: Workspace, connection_key: str, worker: str) -> None:
    """A sign of life. NotOurs when another process has taken over."""
    _write(workspace, connection_key, worker, {})


def _write(workspace: Workspace, connection_key: str, worker: str, values: Row) -> None:
    mine = sa.and_(counts.c.connection == connection_key, counts.c.worker == worker)
    written = counts.update().where(mine).values(values | {"alive_at": now_text()})
    with workspace.transaction() as connection:
        if not connection.execute(written).rowcount:
            raise NotOurs


def release(workspace: Workspace, connection_key: str, worker: str) -> None:
    """Count no longer; another process may."""
    mine = sa.and_(counts.c.connection == connection_key, counts.c.worker == worker)
    with workspace.transaction() as connection:
        connection.execute(counts.update().where(mine).values(worker=None))


def forget(workspace: Workspace, connection_key: str, actor_ids: Collection[str]) -> int:
    """Take actors' sessions out of what is kept of a connection; how many there were. A count under way may
    stand behind one of them: it ends, and begins anew."""
    mine = counts.c.connection == connection_key
    with workspace.transaction() as connection:
        row = connection.execute(sa.select(counts).where(mine).with_for_update()).mappings().first()
        if row is None:
            return 0
        progress, gone_there = _without(_document(row["progress"]), actor_ids)
        whole, gone = _without(_document(row["whole"]), actor_ids)
        goes_on = progress is not None and progress["countedTo"]
        values = {
            "worker": None if goes_on else row["worker"],
            "progress": to_json(progress) if progress and not goes_on else None,
            "whole": to_json(whole) if whole else None,
        }
        connection.execute(counts.update().where(mine).values(values))
    return max(gone, gone_there)


def _without(document: Row | None, actor_ids: Collection[str]) -> tuple[Row | None, int]:
    """The document without the sessions of these actors, and how many they were."""
    if document is None:
        return None, 0
    kept = [session for session in document["sessions"] if session[1] not in actor_ids]
    return document | {"sessions": kept}, len(document["sessions"]) - len(kept)


def _latest_of_the_dead() -> str:
    return moment_text(datetime.now(UTC) - timedelta(seconds=ALIVE_SECONDS))


def _document(text: str | None) -> Row | None:
    document: Row | None = json.loads(text) if text else None
    return document
