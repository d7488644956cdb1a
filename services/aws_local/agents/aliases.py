"""Aliases and numbered versions. Each agent has TSTALIASID, which runs the prepared draft."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import apsw

from services.aws_local.agents.agents import NOT_FOUND, Agent, Snapshot
from services.aws_local.clock import now_ms
from services.aws_local.errors import ResourceNotFoundException
from services.aws_local.storage.store import Row, row, rows

TEST_ALIAS_ID = "TSTALIASID"
TEST_ALIAS_NAME = "AgentTestAlias"
DRAFT = "DRAFT"
_MOST_EVENTS = 10  # of the history that an answer has, by the model


@dataclass(frozen=True)
class Alias:
    """One alias; `alias_no` is None for TSTALIASID, which is nowhere stored."""

    alias_no: int | None
    alias_id: str
    name: str
    created_ms: int
    updated_ms: int
    transition: str
    settled_ms: int
    settings: dict[str, Any]
    tags: dict[str, str]
    history: list[list[Any]]

    @property
    def version(self) -> str:
        """What it routes to: a number, or DRAFT."""
        return str(self.settings["routingConfiguration"][0]["agentVersion"])

    def status(self, at_ms: int) -> str:
        """CREATING, UPDATING or DELETING for a while, then PREPARED."""
        return self.transition if at_ms < self.settled_ms else "PREPARED"

    def arn(self, agent: Agent) -> str:
        """The alias's ARN."""
        scope = agent.scope
        return (
            f"arn:aws:bedrock:{scope.region}:{scope.account_id}:agent-alias/{agent.agent_id}/{self.alias_id}"
        )


def test_alias(agent: Agent) -> Alias:
    """TSTALIASID of an agent."""
    routing = {"routingConfiguration": [{"agentVersion": DRAFT}]}
    created, history = agent.created_ms, [[DRAFT, agent.created_ms]]
    return Alias(
        None, TEST_ALIAS_ID, TEST_ALIAS_NAME, created, created, "CREATING", created, routing, {}, history
    )


def find(connection: apsw.Connection, agent: Agent, alias_id: str) -> Alias:
    """The alias; ResourceNotFoundException when there is none, or its deletion is complete."""
    if alias_id == TEST_ALIAS_ID:
        return test_alias(agent)
    sql = "SELECT * FROM agent_aliases WHERE agent_no = ? AND alias_id = ?"
    found = row(connection, sql, (agent.agent_no, alias_id))
    if found is None or (found["transition"] == "DELETING" and found["settled_ms"] <= now_ms()):
        raise ResourceNotFoundException(NOT_FOUND)
    return _alias(found)


def _alias(found: Row) -> Alias:
    return Alias(
        found["alias_no"],
        found["alias_id"],
        found["name"],
        found["created_ms"],
        found["updated_ms"],
        found["transition"],
        found["settled_ms"],
        json.loads(found["settings"]),
        json.loads(found["tags"]),
        json.loads(found["history"]),
    )


def all_of(connection: apsw.Connection, agent: Agent) -> list[Alias]:
    """The agent's own aliases, newest first, and TSTALIASID after them."""
    sql = """
    SELECT * FROM agent_aliases WHERE agent_no = ? AND NOT (transition = 'DELETING' AND settled_ms <= ?)
    ORDER BY alias_no DESC
    """
    own = [_alias(each) for each in rows(connection, sql, (agent.agent_no, now_ms()))]
    return [*own, test_alias(agent)]


def named(connection: apsw.Connection, agent: Agent, name: str) -> str | None:
    """The id of the agent's alias with this name."""
    sql = """
    SELECT alias_id FROM agent_aliases
    WHERE agent_no = ? AND name = ? AND NOT (transition = 'DELETING' AND settled_ms <= ?)
    """
    found = row(connection, sql, (agent.agent_no, name, now_ms()))
    return str(found["alias_id"]) if found else None


def insert(
    connection: apsw.Connection,
    agent: Agent,
    alias_id: str,
    *,
    name: str,
    settings: dict[str, Any],
    tags: dict[str, str],
    settled_ms: int,
) -> None:
    """Store a new alias, CREATING until `settled_ms`."""
    now = now_ms()
    history = json.dumps([[settings["routingConfiguration"][0]["agentVersion"], now]])
    while erase_gone(connection):  # one of them may have the name
        pass
    sql = """
    INSERT INTO agent_aliases (agent_no, alias_id, name, created_ms, updated_ms, transition, settled_ms,
                               settings, tags, history)
    VALUES (?, ?, ?, ?, ?, 'CREATING', ?, ?, ?, ?)
    """
    values = (alias_id, name, now, now, settled_ms, json.dumps(settings), json.dumps(tags), history)
    connection.execute(sql, (agent.agent_no, *values))


def replace(
    connection: apsw.Connection, alias: Alias, name: str, settings: dict[str, Any], settled_ms: int
) -> None:
    """Other settings, UPDATING until `settled_ms`; the history grows when it routes elsewhere."""
    now = now_ms()
    version = settings["routingConfiguration"][0]["agentVersion"]
    moved = [] if version == alias.version else [[version, now]]
    sql = """
    UPDATE agent_aliases SET name = ?, settings = ?, history = ?, updated_ms = ?, transition = 'UPDATING',
                             settled_ms = ?
    WHERE alias_no = ?
    """
    history = json.dumps([*alias.history, *moved])
    connection.execute(sql, (name, json.dumps(settings), history, now, settled_ms, alias.alias_no))


def set_tags(connection: apsw.Connection, alias_no: int | None, tags: dict[str, str]) -> None:
    """Other tags."""
    connection.execute("UPDATE agent_aliases SET tags = ? WHERE alias_no = ?", (json.dumps(tags), alias_no))


def set_deleting(connection: apsw.Connection, alias: Alias, settled_ms: int) -> None:
    """DELETING until `settled_ms`, then gone."""
    sql = "UPDATE agent_aliases SET transition = 'DELETING', settled_ms = ? WHERE alias_no = ?"
    connection.execute(sql, (settled_ms, alias.alias_no))


def erase_gone(connection: apsw.Connection) -> int:
    """Erase one alias whose deletion is complete, and what was said to it and remembered; how many."""
    sql = "SELECT * FROM agent_aliases WHERE transition = 'DELETING' AND settled_ms <= ? LIMIT 1"
    found = row(connection, sql, (now_ms(),))
    if found is None:
        return 0
    of_alias = (found["agent_no"], found["alias_id"])
    connection.execute("DELETE FROM agent_sessions WHERE agent_no = ? AND alias_id = ?", of_alias)
    connection.execute("DELETE FROM agent_summaries WHERE agent_no = ? AND alias_id = ?", of_alias)
    connection.execute("DELETE FROM agent_aliases WHERE alias_no = ?", (found["alias_no"],))
    return 1


def shown(agent: Agent, alias: Alias, at_ms: int) -> dict[str, Any]:
    """The alias as answers have it, with the status of a moment."""
    return alias.settings | {
        "agentId": agent.agent_id,
        "agentAliasId": alias.alias_id,
        "agentAliasName": alias.name,
        "agentAliasArn": alias.arn(agent),
        "createdAt": alias.created_ms / 1000,
        "updatedAt": alias.updated_ms / 1000,
        "agentAliasHistoryEvents": _history(alias.history),
        "agentAliasStatus": alias.status(at_ms),
        "aliasInvocationState": alias.settings.get("aliasInvocationState", "ACCEPT_INVOCATIONS"),
    }


def _history(history: list[list[Any]]) -> list[dict[str, Any]]:
    ends = [since for _, since in history[1:]]
    return [
        {
            "routingConfiguration": [{"agentVersion": version}],
            "startDate": since / 1000,
            "endDate": ends[place] / 1000 if place < len(ends) else None,
        }
        for place, (version, since) in enumerate(history)
    ][-_MOST_EVENTS:]


# --- versions ---------------------------------------------------------------------------------------


def new_version(connection: apsw.Connection, agent: Agent, snapshot: Snapshot) -> str:
    """Keep a snapshot under the next number; the number."""
    number = agent.last_version + 1
    sql = "INSERT INTO agent_versions VALUES (?, ?, ?, ?, ?)"
    connection.execute(sql, (agent.agent_no, number, now_ms(), agent.name, json.dumps(snapshot)))
    connection.execute("UPDATE agents SET last_version = ? WHERE agent_no = ?", (number, agent.agent_no))
    return str(number)


def version(connection: apsw.Connection, agent: Agent, number: str) -> Row:
    """A numbered version, its snapshot parsed; ResourceNotFoundException when there is none."""
    sql = "SELECT * FROM agent_versions WHERE agent_no = ? AND version = ?"
    asked = int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else -1
    found = row(connection, sql, (agent.agent_no, asked))
    if found is None:
        raise ResourceNotFoundException(NOT_FOUND)
    return found | {"snapshot": json.loads(found["snapshot"])}


def versions(connection: apsw.Connection, agent: Agent) -> list[Row]:
    """The numbered versions, newest first, snapshots parsed."""
    sql = "SELECT * FROM agent_versions WHERE agent_no = ? ORDER BY version DESC"
    found = rows(connection, sql, (agent.agent_no,))
    return [each | {"snapshot": json.loads(each["snapshot"])} for each in found]


def delete_version(connection: apsw.Connection, agent: Agent, number: int) -> None:
    """Remove a numbered version."""
    sql = "DELETE FROM agent_versions WHERE agent_no = ? AND version = ?"
    connection.execute(sql, (agent.agent_no, number))


def snapshot_behind(connection: apsw.Connection, agent: Agent, alias: Alias) -> Snapshot | None:
    """What an alias runs; None for TSTALIASID of an agent that was never prepared."""
    if alias.version == DRAFT:
        return agent.snapshot
    snapshot: Snapshot = version(connection, agent, alias.version)["snapshot"]
    return snapshot
