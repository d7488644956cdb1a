"""Erasures as the workspace keeps them: found again after a kill, carried out by one process at a time.

The plan names the person's ids, so it is there only as long as it is needed: closing an erasure removes it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from services.errors import InvalidValue
from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import erasures

Row = dict[str, Any]
State = Literal["running", "stopped", "failed", "remains", "waiting", "closed"]
ALIVE_SECONDS = 60.0
"""So long after its last sign of life somebody is taken to be carrying an erasure out."""


@dataclass(frozen=True)
class Erasure:
    """One erasure.

    `state`: running; stopped by somebody; failed (`progress["fault"]` says how); remains (something came up
    again, it has to go on); waiting for its second check, from `due_at` on; closed, with a `certificate`.
    `plan` is empty once it is closed.
    """

    erasure_id: str
    at: datetime
    who: str
    connection_key: str
    state: State
    alive_at: datetime
    due_at: datetime | None
    plan: Row
    progress: Row
    certificate: Row | None

    @property
    def is_alive(self) -> bool:
        """Whether somebody is carrying it out now."""
        age = datetime.now(UTC) - self.alive_at
        return self.state == "running" and age < timedelta(seconds=ALIVE_SECONDS)

    @property
    def is_cut_off(self) -> bool:
        """Whether it was begun and nobody goes on: its process was killed."""
        return self.state == "running" and not self.is_alive

    @property
    def is_due(self) -> bool:
        """Whether the second check should be made."""
        return self.state == "waiting" and self.due_at is not None and datetime.now(UTC) >= self.due_at

    @property
    def wants_somebody(self) -> bool:
        """Whether it stands still until somebody goes on, or makes the check that is due."""
        return self.state in {"stopped", "failed", "remains"} or self.is_cut_off or self.is_due


class NotOurs(Exception):
    """Somebody else carries the erasure out now: the writer has to stop."""


def add(workspace: Workspace, who: str, connection_key: str, plan: Mapping[str, Any]) -> str:
    """Keep a new erasure, before anything of it is done; its id."""
    erasure_id = str(uuid.uuid4())
    now = now_text()
    row = {
        "erasure_id": erasure_id,
        "at": now,
        "who": who,
        "connection": connection_key,
        "state": "stopped",
        "alive_at": now,
        "plan": to_json(dict(plan)),
        "progress": "{}",
    }
    with workspace.transaction() as connection:
        connection.execute(erasures.insert().values(row))
    return erasure_id


def get(workspace: Workspace, erasure_id: str) -> Erasure:
    """An erasure; InvalidValue when there is none of that id."""
    with workspace.transaction() as connection:
        query = sa.select(erasures).where(erasures.c.erasure_id == erasure_id)
        row = connection.execute(query).mappings().first()
    if row is None:
        raise InvalidValue(f"There is no erasure {erasure_id}.")
    return _erasure(row)


def list_erasures(workspace: Workspace, connection_key: str | None = None, limit: int = 50) -> list[Erasure]:
    """The last erasures, newest first, of one connection or of all."""
    query = sa.select(erasures).order_by(erasures.c.at.desc()).limit(limit)
    if connection_key is not None:
        query = query.where(erasures.c.connection == connection_key)
    with workspace.transaction() as connection:
        return [_erasure(row) for row in connection.execute(query).mappings()]


def due(workspace: Workspace) -> list[Erasure]:
    """The erasures of all connections whose second check should be made, those that wait longest first."""
    waiting = (erasures.c.state == "waiting") & (erasures.c.due_at <= now_text())
    query = sa.select(erasures).where(waiting).order_by(erasures.c.due_at)
    with workspace.transaction() as connection:
        return [_erasure(row) for row in connection.execute(query).mappings()]


def take(workspace: Workspace, erasure_id: str) -> str:
    """Begin, or go on, to carry an erasure out; the worker id that `note` and `leave` want.

    InvalidValue while somebody else does, and for one that is closed.
    """
    found = get(workspace, erasure_id)
    if found.state == "closed":
        raise InvalidValue("This erasure is closed; its certificate says what was done.")
    if found.is_alive:
        raise InvalidValue("This erasure is being carried out at the moment, by another page or process.")
    worker = str(uuid.uuid4())
    alive = erasures.c.alive_at == found.alive_at.isoformat(timespec="microseconds")
    ours = (erasures.c.erasure_id == erasure_id) & alive & (erasures.c.state == found.state)
    values = {"state": "running", "alive_at": now_text(), "worker": worker}
    with workspace.transaction() as connection:
        taken = connection.execute(erasures.update().where(ours).values(values)).rowcount
    if not taken:
        raise InvalidValue("Somebody else has just begun to carry this erasure out.")
    return worker


def note(workspace: Workspace, erasure_id: str, worker: str, progress: Mapping[str, Any]) -> None:
    """Keep how far it is, as a sign of life; NotOurs when another worker has taken it over."""
    _write(workspace, erasure_id, worker, alive_at=now_text(), progress=to_json(dict(progress)))


def leave(  # noqa: PLR0917 - how a piece of work ended has so many parts
    workspace: Workspace,
    erasure_id: str,
    worker: str,
    state: State,
    progress: Mapping[str, Any],
    due_at: datetime | None = None,
) -> None:
    """End the work on it for now."""
    due = None if due_at is None else due_at.astimezone(UTC).isoformat(timespec="microseconds")
    kept = to_json(dict(progress))
    _write(workspace, erasure_id, worker, state=state, progress=kept, due_at=due, worker=None)


def close(workspace: Workspace, erasure_id: str, worker: str, certificate: Mapping[str, Any]) -> None:
    """End it for good: the certificate stays, what names the person goes."""
    _write(
        workspace,
        erasure_id,
        worker,
        state="closed",
        certificate=to_json(dict(certificate)),
        plan=None,
        progress="{}",
        due_at=None,
        worker=None,
    )


def _write(workspace: Workspace, erasure_id: str, by: str, **values: Any) -> None:
    ours = (erasures.c.erasure_id == erasure_id) & (erasures.c.worker == by)
    with workspace.transaction() as connection:
        changed = connection.execute(erasures.update().where(ours).values(values)).rowcount
    if not changed:
        raise NotOurs


def _erasure(row: sa.RowMapping) -> Erasure:
    return Erasure(
        erasure_id=row["erasure_id"],
        at=datetime.fromisoformat(row["at"]),
        who=row["who"],
        connection_key=row["connection"],
        state=row["state"],
        alive_at=datetime.fromisoformat(row["alive_at"]),
        due_at=None if row["due_at"] is None else datetime.fromisoformat(row["due_at"]),
        plan=json.loads(row["plan"] or "{}"),
        progress=json.loads(row["progress"]),
        certificate=None if row["certificate"] is None else json.loads(row["certificate"]),
    )
