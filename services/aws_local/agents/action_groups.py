"""Action groups of an agent's draft, and the functions that a prepared agent has through them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apsw

from services.aws_local.agents.agents import NOT_FOUND, Agent, Snapshot
from services.aws_local.clock import now_ms
from services.aws_local.errors import ResourceNotFoundException
from services.aws_local.storage.store import Row, row, rows

SETTINGS = (
    "description",
    "parentActionGroupSignature",
    "parentActionGroupSignatureParams",
    "actionGroupExecutor",
    "apiSchema",
    "actionGroupState",
    "functionSchema",
)
_MOST_LETTERS = 64  # of the name of a tool, in Converse
_SEPARATOR = "__"


@dataclass(frozen=True)
class Function:
    """One function of an agent: what it is called, what it takes, and what carries it out."""

    group: str
    name: str
    description: str
    parameters: dict[str, dict[str, Any]]
    needs_confirmation: bool
    executor: dict[str, str]

    def tool_spec(self, name: str) -> dict[str, Any]:
        """The function as a tool of Converse."""
        properties = {
            each: {"type": detail["type"], "description": detail.get("description", "")}
            for each, detail in self.parameters.items()
        }
        required = [each for each, detail in self.parameters.items() if detail.get("required")]
        schema = {"type": "object", "properties": properties, "required": required}
        described = self.description or f"{self.name} of {self.group}"
        return {"toolSpec": {"name": name, "description": described, "inputSchema": {"json": schema}}}


def functions(snapshot: Snapshot) -> dict[str, Function]:
    """The functions of all enabled groups by their names as tools: `GROUP__FUNCTION`, cut if need be."""
    found: dict[str, Function] = {}
    for function in _functions(snapshot):
        name = f"{function.group}{_SEPARATOR}{function.name}"
        if len(name) > _MOST_LETTERS:
            name = f"{function.name[: _MOST_LETTERS - 5]}{_SEPARATOR}{len(found)}"
        found[name] = function
    return found


def _functions(snapshot: Snapshot) -> Iterator[Function]:
    for group in snapshot["actionGroups"]:
        settings = group["settings"]
        if settings.get("actionGroupState", "ENABLED") != "ENABLED":
            continue
        for each in settings.get("functionSchema", {}).get("functions", []):
            yield Function(
                group["name"],
                each["name"],
                each.get("description", ""),
                each.get("parameters", {}),
                each.get("requireConfirmation") == "ENABLED",
                settings.get("actionGroupExecutor", {"customControl": "RETURN_CONTROL"}),
            )


def all_of(connection: apsw.Connection, agent_no: int) -> list[Row]:
    """The draft's action groups, oldest first, settings parsed."""
    sql = "SELECT * FROM agent_action_groups WHERE agent_no = ? ORDER BY group_no"
    return [_parsed(each) for each in rows(connection, sql, (agent_no,))]


def _parsed(found: Row) -> Row:
    return found | {"settings": json.loads(found["settings"])}


def find(connection: apsw.Connection, agent_no: int, group_id: str) -> Row:
    """An action group of the draft; ResourceNotFoundException when there is none."""
    sql = "SELECT * FROM agent_action_groups WHERE agent_no = ? AND group_id = ?"
    found = row(connection, sql, (agent_no, group_id))
    if found is None:
        raise ResourceNotFoundException(NOT_FOUND)
    return _parsed(found)


def named(connection: apsw.Connection, agent_no: int, name: str) -> str | None:
    """The id of the draft's action group with this name."""
    sql = "SELECT group_id FROM agent_action_groups WHERE agent_no = ? AND name = ?"
    found = row(connection, sql, (agent_no, name))
    return str(found["group_id"]) if found else None


def insert(
    connection: apsw.Connection, agent_no: int, group_id: str, name: str, settings: dict[str, Any]
) -> None:
    """Store a new action group."""
    now = now_ms()
    sql = """
    INSERT INTO agent_action_groups (agent_no, group_id, name, created_ms, updated_ms, settings)
    VALUES (?, ?, ?, ?, ?, ?)
    """
    connection.execute(sql, (agent_no, group_id, name, now, now, json.dumps(settings)))


def replace(connection: apsw.Connection, group_no: int, name: str, settings: dict[str, Any]) -> None:
    """Other settings: what is not given is gone."""
    sql = "UPDATE agent_action_groups SET name = ?, settings = ?, updated_ms = ? WHERE group_no = ?"
    connection.execute(sql, (name, json.dumps(settings), now_ms(), group_no))


def delete(connection: apsw.Connection, group_no: int) -> None:
    """Remove one."""
    connection.execute("DELETE FROM agent_action_groups WHERE group_no = ?", (group_no,))


def shown(agent: Agent, version: str, group: dict[str, Any]) -> dict[str, Any]:
    """A group as answers have it."""
    settings = dict(group["settings"])
    signature = settings.pop("parentActionGroupSignature", None)
    return settings | {
        "agentId": agent.agent_id,
        "agentVersion": version,
        "actionGroupId": group["group_id"],
        "actionGroupName": group["name"],
        "actionGroupState": settings.get("actionGroupState", "ENABLED"),
        "parentActionSignature": signature,
        "createdAt": group["created_ms"] / 1000,
        "updatedAt": group["updated_ms"] / 1000,
    }


def snapshot_of(agent: Agent, groups: list[Row]) -> Snapshot:
    """What a conversation needs of the draft as it is now."""
    kept = ("group_id", "name", "created_ms", "updated_ms", "settings")
    return {
        "agent": agent.settings,
        "actionGroups": [{name: group[name] for name in kept} for group in groups],
    }
