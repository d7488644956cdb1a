"""Notebook tours that were begun: what each has made so far, so that a tour goes on where it was left."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import agent_tours


@dataclass
class Tour:
    """A tour. `values` are what later steps need (`agent_id`, `function_arn`, …), `told` what came of each
    step that is done, by the step's name."""

    tour_id: str
    at: datetime
    values: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)


def begin(workspace: Workspace, connection_key: str, who: str) -> Tour:
    """A new tour, with ids of its own: two tours don't meet."""
    tour_id, at = uuid.uuid4().hex[:8], now_text()
    values = {
        "first_session": str(uuid.uuid1()),
        "second_session": str(uuid.uuid1()),
        "memory_id": f"TST_MEM_ID_{tour_id}",
    }
    row = {
        "tour_id": tour_id,
        "connection": connection_key,
        "at": at,
        "who": who,
        "document": to_json({"values": values, "told": {}}),
    }
    with workspace.transaction() as connection:
        connection.execute(agent_tours.insert().values(row))
    return Tour(tour_id, datetime.fromisoformat(at), values)


def get(workspace: Workspace, connection_key: str, tour_id: str) -> Tour | None:
    """The tour of that id at a connection; None for none."""
    found = [tour for tour in list_tours(workspace, connection_key) if tour.tour_id == tour_id]
    return found[0] if found else None


def save(workspace: Workspace, tour: Tour) -> None:
    """Keeps how far a tour is."""
    document = to_json({"values": tour.values, "told": tour.told})
    with workspace.transaction() as connection:
        connection.execute(
            agent_tours.update().where(agent_tours.c.tour_id == tour.tour_id).values(document=document)
        )


def list_tours(workspace: Workspace, connection_key: str) -> list[Tour]:
    """The tours of a connection, newest first."""
    query = (
        sa.select(agent_tours)
        .where(agent_tours.c.connection == connection_key)
        .order_by(agent_tours.c.at.desc())
    )
    with workspace.transaction() as connection:
        return [_tour(row._mapping) for row in connection.execute(query)]


def _tour(row: sa.RowMapping) -> Tour:
    document = json.loads(row["document"])
    return Tour(
        row["tour_id"], datetime.fromisoformat(row["at"]), dict(document["values"]), dict(document["told"])
    )
