"""What the dashboard created in AWS for an agent, so that all of it can be listed and removed again."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import agent_resources


@dataclass(frozen=True)
class MadeResource:
    """One resource. `made_for` is the act it was made in, `number` its place in the order, `params` what its
    removal takes."""

    resource_id: str
    made_for: str
    number: int
    at: datetime
    kind: str
    name: str
    params: dict[str, Any]
    removed_at: datetime | None


def note(  # noqa: PLR0917 - a row has that many columns
    workspace: Workspace,
    connection_key: str,
    made_for: str,
    who: str,
    kind: str,
    name: str,
    params: dict[str, Any],
) -> str:
    """Keeps that a resource was created; its id."""
    columns = agent_resources.c
    resource_id = str(uuid.uuid4())
    with workspace.transaction() as connection:
        query = sa.select(sa.func.count()).where(columns.made_for == made_for)
        row = {
            "resource_id": resource_id,
            "connection": connection_key,
            "made_for": made_for,
            "number": connection.execute(query).scalar_one(),
            "at": now_text(),
            "who": who,
            "kind": kind,
            "name": name,
            "params": to_json(params),
        }
        connection.execute(agent_resources.insert().values(row))
    return resource_id


def mark_removed(workspace: Workspace, resource_id: str) -> None:
    """Notes that a resource is gone."""
    with workspace.transaction() as connection:
        connection.execute(
            agent_resources.update()
            .where(agent_resources.c.resource_id == resource_id)
            .values(removed_at=now_text())
        )


def list_made(workspace: Workspace, connection_key: str, made_for: str) -> list[MadeResource]:
    """What one act created, in order, removed ones included."""
    columns = agent_resources.c
    query = (
        sa.select(agent_resources)
        .where(columns.connection == connection_key, columns.made_for == made_for)
        .order_by(columns.number)
    )
    with workspace.transaction() as connection:
        return [_resource(row._mapping) for row in connection.execute(query)]


def list_left(workspace: Workspace, connection_key: str) -> list[MadeResource]:
    """Everything created at a connection that was not removed yet, oldest act first."""
    columns = agent_resources.c
    query = (
        sa.select(agent_resources)
        .where(columns.connection == connection_key, columns.removed_at.is_(None))
        .order_by(columns.at, columns.number)
    )
    with workspace.transaction() as connection:
        return [_resource(row._mapping) for row in connection.execute(query)]


def made_with_agent(workspace: Workspace, connection_key: str, agent_id: str) -> str | None:
    """The act in which an agent was created here; None when it was created elsewhere."""
    columns = agent_resources.c
    query = sa.select(columns.made_for).where(
        columns.connection == connection_key, columns.kind == "agent", columns.name == agent_id
    )
    with workspace.transaction() as connection:
        return connection.execute(query).scalar()


def _resource(row: sa.RowMapping) -> MadeResource:
    return MadeResource(
        resource_id=row["resource_id"],
        made_for=row["made_for"],
        number=row["number"],
        at=datetime.fromisoformat(row["at"]),
        kind=row["kind"],
        name=row["name"],
        params=json.loads(row["params"]),
        removed_at=datetime.fromisoformat(row["removed_at"]) if row["removed_at"] else None,
    )
