"""Control plane of Bedrock Agents: action groups of the draft."""

from __future__ import annotations

from typing import Any

import apsw

from services.aws_local.agents import action_groups, agents, aliases
from services.aws_local.agents.agents import NOT_FOUND, Agent
from services.aws_local.call import Call
from services.aws_local.errors import ConflictException, ResourceNotFoundException, ValidationException
from services.aws_local.identifiers import short_id
from services.aws_local.storage import client_tokens
from services.aws_local.storage.pagination import Query, page
from services.aws_local.storage.store import Row

SERVICE = "bedrock-agent"

_RESOURCE = "AgentActionGroup"
_PAGE = 10  # the model: a page has at most 10 summaries


def create_agent_action_group(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """A new group of the draft; the agent is NOT_PREPARED afterwards."""

    def create(connection: apsw.Connection) -> tuple[Agent, Row]:
        agent = agents.find(connection, call.scope, params["agentId"])
        owner, token = f"agent:{agent.agent_no}", params.get("clientToken")
        group_id = client_tokens.answer(connection, owner, call.operation, token)
        if (
            group_id is None
            or action_groups.named(connection, agent.agent_no, params["actionGroupName"]) != group_id
        ):
            agents.check_settled(agent, "Create", _RESOURCE)
            group_id = short_id()
            _check(connection, agent, params, group_id)
            name, settings = params["actionGroupName"], _settings(params)
            action_groups.insert(connection, agent.agent_no, group_id, name, settings)
            client_tokens.keep(connection, owner, call.operation, token, group_id)
            agents.touch(connection, agent.agent_no)
        return agent, action_groups.find(connection, agent.agent_no, group_id)

    agent, group = call.backend.write(create)
    return {"agentActionGroup": action_groups.shown(agent, aliases.DRAFT, group)}


def _settings(params: dict[str, Any]) -> dict[str, Any]:
    return {name: params[name] for name in action_groups.SETTINGS if name in params}


def _check(connection: apsw.Connection, agent: Agent, params: dict[str, Any], group_id: str) -> None:
    name = params["actionGroupName"]
    if action_groups.named(connection, agent.agent_no, name) not in {None, group_id}:
        raise ConflictException(f"An action group with the name {name} already exists in this agent.")
    if "parentActionGroupSignature" in params:
        unfit = [each for each in ("description", "apiSchema", "actionGroupExecutor") if each in params]
        if unfit:
            raise ValidationException(
                f"An action group with parentActionGroupSignature takes no {', '.join(unfit)}."
            )
    elif "apiSchema" in params and "functionSchema" in params:
        raise ValidationException("An action group has either apiSchema or functionSchema, not both.")


def get_agent_action_group(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """One group, of the draft or of a numbered version."""

    def read(connection: apsw.Connection) -> dict[str, Any]:
        agent = agents.find(connection, call.scope, params["agentId"])
        for group in _groups(connection, agent, params["agentVersion"]):
            if group["group_id"] == params["actionGroupId"]:
                return action_groups.shown(agent, params["agentVersion"], group)
        raise ResourceNotFoundException(NOT_FOUND)

    return {"agentActionGroup": call.backend.read(read)}


def _groups(connection: apsw.Connection, agent: Agent, version: str) -> list[dict[str, Any]]:
    if version == aliases.DRAFT:
        return action_groups.all_of(connection, agent.agent_no)
    groups: list[dict[str, Any]] = aliases.version(connection, agent, version)["snapshot"]["actionGroups"]
    return groups


def list_agent_action_groups(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The groups of the draft or of a numbered version, oldest first."""
    query = Query.of(call, params)
    after = (query.position(params.get("nextToken")) or [0])[0]
    limit = min(params.get("maxResults", _PAGE), _PAGE)

    def read(connection: apsw.Connection) -> list[tuple[int, dict[str, Any]]]:
        agent = agents.find(connection, call.scope, params["agentId"])
        return list(enumerate(_groups(connection, agent, params["agentVersion"]), 1))

    found = [each for each in call.backend.read(read) if each[0] > after]
    listed, token = page(query, found[: limit + 1], limit, lambda last: [last[0]])
    return {"actionGroupSummaries": [_summary(group) for _, group in listed], "nextToken": token}


def _summary(group: dict[str, Any]) -> dict[str, Any]:
    return {
        "actionGroupId": group["group_id"],
        "actionGroupName": group["name"],
        "actionGroupState": group["settings"].get("actionGroupState", "ENABLED"),
        "description": group["settings"].get("description"),
        "updatedAt": group["updated_ms"] / 1000,
    }


def update_agent_action_group(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Replace a group: what is not sent is gone, as on AWS. The agent is NOT_PREPARED afterwards."""

    def update(connection: apsw.Connection) -> tuple[Agent, Row]:
        agent = agents.find(connection, call.scope, params["agentId"])
        group = action_groups.find(connection, agent.agent_no, params["actionGroupId"])
        agents.check_settled(agent, "Update", _RESOURCE)
        _check(connection, agent, params, group["group_id"])
        action_groups.replace(connection, group["group_no"], params["actionGroupName"], _settings(params))
        agents.touch(connection, agent.agent_no)
        return agent, action_groups.find(connection, agent.agent_no, group["group_id"])

    agent, group = call.backend.write(update)
    return {"agentActionGroup": action_groups.shown(agent, aliases.DRAFT, group)}


def delete_agent_action_group(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Remove a group that is disabled, or any with skipResourceInUseCheck."""

    def delete(connection: apsw.Connection) -> None:
        agent = agents.find(connection, call.scope, params["agentId"])
        group = action_groups.find(connection, agent.agent_no, params["actionGroupId"])
        agents.check_settled(agent, "Delete", _RESOURCE)
        is_enabled = group["settings"].get("actionGroupState", "ENABLED") == "ENABLED"
        if is_enabled and not params.get("skipResourceInUseCheck"):
            raise ConflictException(
                f"ActionGroup with name {group['name']} cannot be deleted when it is Enabled. Either use "
                "SkipResourceInUseCheckOnDelete flag or mark it as Disabled."
            )
        action_groups.delete(connection, group["group_no"])
        agents.touch(connection, agent.agent_no)

    call.backend.write(delete)
    return {}
