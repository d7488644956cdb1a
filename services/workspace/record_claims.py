"""Who is at which act, and at which records: two acts through one database never change a record at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.workspace.record_versions import moment_text, some
from services.workspace.store import Workspace, now_text
from services.workspace.tables import record_acts, record_claims


def claim(workspace: Workspace, act_id: str, record_ids: Sequence[str], seconds: float) -> set[str]:
    """Take records for an act, so that no other act through this database changes them for `seconds`; the
    ids that it has now. Those of an act whose time has run out (its process was killed) are taken over."""
    now = datetime.now(UTC)
    until = moment_text(now + timedelta(seconds=seconds))
    mine: set[str] = set()
    with workspace.transaction() as connection:
        for ids in some(record_ids):
            here = record_claims.c.record_id.in_(ids)
            connection.execute(record_claims.delete().where(here, record_claims.c.until < moment_text(now)))
            rows = [{"record_id": id_, "act_id": act_id, "until": until} for id_ in ids]
            connection.execute(_insert_if_new(connection), rows)
            held = sa.select(record_claims.c.record_id).where(here, record_claims.c.act_id == act_id)
            mine.update(connection.execute(held).scalars())
    return mine


def _insert_if_new(connection: sa.Connection) -> Any:
    """INSERT … ON CONFLICT DO NOTHING, which SQLAlchemy has per database."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(record_claims).on_conflict_do_nothing()


def beat(workspace: Workspace, act_id: str, seconds: float) -> bool:
    """A sign of life of a running act; what it has claimed stays its own for `seconds` from now. False when
    somebody wants it to stop."""
    until = moment_text(datetime.now(UTC) + timedelta(seconds=seconds))
    running = sa.and_(record_acts.c.act_id == act_id, record_acts.c.state == "running")
    with workspace.transaction() as connection:
        going = connection.execute(record_acts.update().where(running).values(alive_at=now_text())).rowcount
        connection.execute(record_claims.update().where(record_claims.c.act_id == act_id).values(until=until))
    return bool(going)


def request_stop(workspace: Workspace, act_id: str) -> None:
    """Let whoever carries the act out stop it, in whatever process, at the next sign of life."""
    running = sa.and_(record_acts.c.act_id == act_id, record_acts.c.state == "running")
    with workspace.transaction() as connection:
        connection.execute(record_acts.update().where(running).values(state="stopping"))


def end(workspace: Workspace, act_id: str, state: Literal["ended", "stopped"]) -> None:
    """Nobody carries the act out any more, and its records are free."""
    with workspace.transaction() as connection:
        values = {"state": state, "alive_at": now_text()}
        connection.execute(record_acts.update().where(record_acts.c.act_id == act_id).values(values))
        connection.execute(record_claims.delete().where(record_claims.c.act_id == act_id))
