"""Agents as the store has them: found, changed, prepared, deleted.

An agent is its draft, edited by the control plane, and a snapshot of it that PrepareAgent takes and
TSTALIASID runs. A change of the draft makes the agent NOT_PREPARED; the snapshot answers on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import apsw

from services.aws_local.call import Scope
from services.aws_local.clock import now_ms
from services.aws_local.errors import ResourceNotFoundException, ValidationException
from services.aws_local.storage.store import Row, row, rows

Settings = dict[str, Any]
Snapshot = dict[str, Any]
"""`{"agent": settings, "actionGroups": […]}`: what a conversation runs."""

DEFAULT_IDLE_SECONDS = 600
NOT_FOUND = (
    "Failed to retrieve resource because it doesn't exist. Retry your request with a different resource "
    "identifier."
)


@dataclass(frozen=True)
class Agent:
    """One agent. `is_prepared`: the draft is what the snapshot is."""

    agent_no: int
    scope: Scope
    agent_id: str
    name: str
    created_ms: int
    updated_ms: int
    transition: str
    settled_ms: int
    prepared_ms: int | None
    is_prepared: bool
    settings: Settings
    tags: dict[str, str]
    snapshot: Snapshot | None
    last_version: int

    @property
    def arn(self) -> str:
        """The agent's ARN."""
        return f"arn:aws:bedrock:{self.scope.region}:{self.scope.account_id}:agent/{self.agent_id}"

    def status(self, at_ms: int) -> str:
        """CREATING, UPDATING, PREPARING, VERSIONING or DELETING for a while, then as the draft is."""
        if at_ms < self.settled_ms:
            return self.transition
        return "PREPARED" if self.is_prepared else "NOT_PREPARED"

    def idle_ms(self) -> int:
        """How long a session of the draft may be quiet before it ends."""
        return idle_ms(self.settings)


def idle_ms(settings: Settings) -> int:
    """How long a session may be quiet before it ends."""
    return int(settings.get("idleSessionTTLInSeconds", DEFAULT_IDLE_SECONDS)) * 1000


def in_words(status: str) -> str:
    """A status as AWS's sentences have it: `Not Prepared`."""
    return status.replace("_", " ").title()


def find(connection: apsw.Connection, scope: Scope, agent_id: str) -> Agent:
    """The agent; ResourceNotFoundException when there is none, or its deletion is complete."""
    sql = "SELECT * FROM agents WHERE account_id = ? AND region = ? AND agent_id = ?"
    found = row(connection, sql, (scope.account_id, scope.region, agent_id))
    if found is None or is_gone(found, now_ms()):
        raise ResourceNotFoundException(NOT_FOUND)
    return _agent(found)


def is_gone(found: Row, at_ms: int) -> bool:
    """Whether the deletion of an agent is complete."""
    return bool(found["transition"] == "DELETING" and found["settled_ms"] <= at_ms)


def _agent(found: Row) -> Agent:
    return Agent(
        found["agent_no"],
        Scope(found["account_id"], found["region"]),
        found["agent_id"],
        found["name"],
        found["created_ms"],
        found["updated_ms"],
        found["transition"],
        found["settled_ms"],
        found["prepared_ms"],
        bool(found["is_prepared"]),
        json.loads(found["settings"]),
        json.loads(found["tags"]),
        json.loads(found["snapshot"]) if found["snapshot"] else None,
        found["last_version"],
    )


def newest_first(
    connection: apsw.Connection, scope: Scope, before: list[Any] | None, limit: int
) -> list[Agent]:
    """Up to `limit` agents after the position `[created_ms, agent_no]`."""
    sql = """
    SELECT * FROM agents WHERE account_id = ? AND region = ?
      AND (created_ms, agent_no) < (?, ?) AND NOT (transition = 'DELETING' AND settled_ms <= ?)
    ORDER BY created_ms DESC, agent_no DESC LIMIT ?
    """
    position = before or [2**62, 2**62]
    return [
        _agent(each)
        for each in rows(connection, sql, (scope.account_id, scope.region, *position, now_ms(), limit))
    ]


def named(connection: apsw.Connection, scope: Scope, name: str) -> str | None:
    """The id of the agent with this name."""
    sql = "SELECT agent_id FROM agents WHERE account_id = ? AND region = ? AND name = ?"
    found = row(connection, sql, (scope.account_id, scope.region, name))
    return str(found["agent_id"]) if found else None


def insert(
    connection: apsw.Connection,
    scope: Scope,
    agent_id: str,
    *,
    name: str,
    settings: Settings,
    tags: dict[str, str],
    settled_ms: int,
) -> None:
    """Store a new agent, CREATING until `settled_ms`."""
    now = now_ms()
    sql = """
    INSERT INTO agents (account_id, region, agent_id, name, created_ms, updated_ms, transition, settled_ms,
                        is_prepared, settings, tags)
    VALUES (?, ?, ?, ?, ?, ?, 'CREATING', ?, 0, ?, ?)
    """
    values = (agent_id, name, now, now, settled_ms, json.dumps(settings), json.dumps(tags))
    connection.execute(sql, (scope.account_id, scope.region, *values))


def replace(
    connection: apsw.Connection, agent: Agent, name: str, settings: Settings, settled_ms: int
) -> None:
    """Another draft: UPDATING until `settled_ms`, then NOT_PREPARED."""
    sql = """
    UPDATE agents SET name = ?, settings = ?, updated_ms = ?, transition = 'UPDATING', settled_ms = ?,
                      is_prepared = 0
    WHERE agent_no = ?
    """
    connection.execute(sql, (name, json.dumps(settings), now_ms(), settled_ms, agent.agent_no))


def touch(connection: apsw.Connection, agent_no: int) -> None:
    """The draft has changed, in an action group."""
    sql = "UPDATE agents SET is_prepared = 0, updated_ms = ? WHERE agent_no = ?"
    connection.execute(sql, (now_ms(), agent_no))


def prepare(connection: apsw.Connection, agent: Agent, snapshot: Snapshot, settled_ms: int) -> int:
    """PREPARING until `settled_ms`, then PREPARED, with this snapshot; when it was taken."""
    now = now_ms()
    sql = """
    UPDATE agents SET transition = 'PREPARING', settled_ms = ?, is_prepared = 1, prepared_ms = ?, snapshot = ?
    WHERE agent_no = ?
    """
    connection.execute(sql, (settled_ms, now, json.dumps(snapshot), agent.agent_no))
    return now


def set_tags(connection: apsw.Connection, agent_no: int, tags: dict[str, str]) -> None:
    """Other tags."""
    connection.execute("UPDATE agents SET tags = ? WHERE agent_no = ?", (json.dumps(tags), agent_no))


def set_deleting(connection: apsw.Connection, agent_no: int, settled_ms: int) -> None:
    """DELETING until `settled_ms`, then gone; its name is free at once."""
    sql = """
    UPDATE agents SET transition = 'DELETING', settled_ms = ?, name = name || char(0) || agent_id
    WHERE agent_no = ?
    """
    connection.execute(sql, (settled_ms, agent_no))


def erase_gone(connection: apsw.Connection) -> int:
    """Erase one agent whose deletion is complete, with all that it held; how many there were."""
    sql = "SELECT agent_no FROM agents WHERE transition = 'DELETING' AND settled_ms <= ? LIMIT 1"
    found = row(connection, sql, (now_ms(),))
    if found is None:
        return 0
    connection.execute("DELETE FROM agents WHERE agent_no = ?", (found["agent_no"],))
    return 1


def check_settled(agent: Agent, verb: str, resource: str) -> None:
    """ValidationException, in AWS's words, while the agent is in transition."""
    status = agent.status(now_ms())
    if status not in {"PREPARED", "NOT_PREPARED"}:
        raise ValidationException(
            f"{verb} operation can't be performed on {resource} when {_it(resource)} is in "
            f"{in_words(status)} state. Retry the request when the agent is in a valid state."
        )


def _it(resource: str) -> str:
    return "it" if resource == "Agent" else "Agent"


def shown(agent: Agent, at_ms: int) -> dict[str, Any]:
    """The agent as answers have it, with the status of a moment."""
    return agent.settings | {
        "agentId": agent.agent_id,
        "agentName": agent.name.partition("\0")[0],
        "agentArn": agent.arn,
        "agentVersion": "DRAFT",
        "agentStatus": agent.status(at_ms),
        "idleSessionTTLInSeconds": agent.settings.get("idleSessionTTLInSeconds", DEFAULT_IDLE_SECONDS),
        "createdAt": agent.created_ms / 1000,
        "updatedAt": agent.updated_ms / 1000,
        "preparedAt": agent.prepared_ms / 1000 if agent.prepared_ms else None,
    }
