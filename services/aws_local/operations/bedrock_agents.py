"""Control plane of Bedrock Agents: agents and their tags.

Behaviour follows the Bedrock user guide and what clients observe on AWS: UpdateAgent replaces the whole
draft, any change makes the agent NOT_PREPARED, answers to changes say that the change is under way.
"""

from __future__ import annotations

from typing import Any

import apsw

from services.aws_local.agents import action_groups, agents, aliases
from services.aws_local.agents.agents import NOT_FOUND, Agent
from services.aws_local.agents.aliases import Alias
from services.aws_local.call import Call
from services.aws_local.clock import now_ms
from services.aws_local.errors import ConflictException, ResourceNotFoundException, ValidationException
from services.aws_local.identifiers import short_id
from services.aws_local.storage import client_tokens
from services.aws_local.storage.pagination import Query, page

SERVICE = "bedrock-agent"

_SETTINGS = (
    "instruction",
    "foundationModel",
    "description",
    "orchestrationType",
    "customOrchestration",
    "idleSessionTTLInSeconds",
    "agentResourceRoleArn",
    "customerEncryptionKeyArn",
    "promptOverrideConfiguration",
    "guardrailConfiguration",
    "memoryConfiguration",
    "agentCollaboration",
)
_NEEDED_TO_PREPARE = ("agentResourceRoleArn", "foundationModel", "instruction")
_PAGE = 10  # the model: a page has at most 10 summaries
_STORAGE_DAYS = 30
_RECENT_SESSIONS = 20
_MAX_TAGS = 200


def create_agent(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """A new agent, CREATING until the transition time is over, then NOT_PREPARED.

    As on AWS this answer always says CREATING, even where that takes no time.
    """

    def create(connection: apsw.Connection) -> Agent:
        owner, token = _account(call), params.get("clientToken")
        agent_id = client_tokens.answer(connection, owner, call.operation, token)
        if agent_id is None or agents.named(connection, call.scope, params["agentName"]) != agent_id:
            agent_id = short_id()
            _check_name_is_free(connection, call, params["agentName"], agent_id)
            settled = now_ms() + call.backend.transition_ms
            agents.insert(
                connection,
                call.scope,
                agent_id,
                name=params["agentName"],
                settings=_settings(params),
                tags=params.get("tags", {}),
                settled_ms=settled,
            )
            client_tokens.keep(connection, owner, call.operation, token, agent_id)
        return agents.find(connection, call.scope, agent_id)

    agent = call.backend.write(create)
    return {"agent": agents.shown(agent, now_ms()) | {"agentStatus": "CREATING"}}


def _account(call: Call) -> str:
    """Under which name the client tokens of an account and region are kept."""
    return f"agents:{call.scope.account_id}:{call.scope.region}"


def _settings(params: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a request, with the defaults of a memory."""
    settings = {name: params[name] for name in _SETTINGS if name in params}
    memory = settings.get("memoryConfiguration")
    if memory is not None:
        recent = {"maxRecentSessions": _RECENT_SESSIONS} | memory.get("sessionSummaryConfiguration", {})
        defaults = {"storageDays": _STORAGE_DAYS}
        settings["memoryConfiguration"] = defaults | memory | {"sessionSummaryConfiguration": recent}
    return settings


def _check_name_is_free(connection: apsw.Connection, call: Call, name: str, agent_id: str) -> None:
    if agents.named(connection, call.scope, name) not in {None, agent_id}:
        raise ConflictException(f"An agent with the name {name} already exists. Choose a different name.")


def get_agent(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """One agent, as its draft is."""
    agent = call.backend.read(lambda connection: agents.find(connection, call.scope, params["agentId"]))
    return {"agent": agents.shown(agent, now_ms())}


def list_agents(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Agents, newest first (AWS documents no order)."""
    query = Query.of(call, params)
    before = query.position(params.get("nextToken"))
    limit = min(params.get("maxResults", _PAGE), _PAGE)
    found = call.backend.read(
        lambda connection: agents.newest_first(connection, call.scope, before, limit + 1)
    )
    listed, token = page(query, found, limit, lambda last: [last.created_ms, last.agent_no])
    now = now_ms()
    return {"agentSummaries": [_summary(agent, now) for agent in listed], "nextToken": token}


def _summary(agent: Agent, at_ms: int) -> dict[str, Any]:
    shown = agents.shown(agent, at_ms)
    names = ("agentId", "agentName", "agentStatus", "description", "updatedAt", "guardrailConfiguration")
    latest = str(agent.last_version) if agent.last_version else aliases.DRAFT
    return {name: shown.get(name) for name in names} | {"latestAgentVersion": latest}


def update_agent(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Replace the draft: what is not sent is gone, the memory configuration too, as on AWS."""

    def update(connection: apsw.Connection) -> Agent:
        agent = agents.find(connection, call.scope, params["agentId"])
        agents.check_settled(agent, "Update", "Agent")
        _check_name_is_free(connection, call, params["agentName"], agent.agent_id)
        settled = now_ms() + call.backend.transition_ms
        agents.replace(connection, agent, params["agentName"], _settings(params), settled)
        return agents.find(connection, call.scope, params["agentId"])

    agent = call.backend.write(update)
    return {"agent": agents.shown(agent, now_ms()) | {"agentStatus": "UPDATING"}}


def prepare_agent(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Take the snapshot that TSTALIASID runs. The answer always says PREPARING."""

    def prepare(connection: apsw.Connection) -> int:
        agent = agents.find(connection, call.scope, params["agentId"])
        agents.check_settled(agent, "Prepare", "Agent")
        missing = [name for name in _NEEDED_TO_PREPARE if not agent.settings.get(name)]
        if missing:
            raise ValidationException(f"The agent cannot be prepared without {', '.join(missing)}.")
        snapshot = action_groups.snapshot_of(agent, action_groups.all_of(connection, agent.agent_no))
        return agents.prepare(connection, agent, snapshot, now_ms() + call.backend.transition_ms)

    prepared_ms = call.backend.write(prepare)
    return {
        "agentId": params["agentId"],
        "agentStatus": "PREPARING",
        "agentVersion": aliases.DRAFT,
        "preparedAt": prepared_ms / 1000,
    }


def delete_agent(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DELETING for the transition time, then not found, with everything that it remembered."""

    def delete(connection: apsw.Connection) -> None:
        agent = agents.find(connection, call.scope, params["agentId"])
        in_use = len(aliases.all_of(connection, agent)) > 1
        if in_use and not params.get("skipResourceInUseCheck"):
            raise ConflictException(
                f"Could not delete Agent with ID {agent.agent_id}, since it has active aliases"
            )
        if agent.status(now_ms()) != "DELETING":
            agents.set_deleting(connection, agent.agent_no, now_ms() + call.backend.transition_ms)
        agents.erase_gone(connection)

    call.backend.write(delete)
    return {"agentId": params["agentId"], "agentStatus": "DELETING"}


def tag_resource(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Add tags to an agent or alias, replacing the values of those that exist."""

    def tag(connection: apsw.Connection) -> None:
        agent, alias = _tagged(connection, call, params["resourceArn"])
        tags = (alias.tags if alias else agent.tags) | params["tags"]
        if len(tags) > _MAX_TAGS:
            raise ValidationException(f"A resource has at most {_MAX_TAGS} tags.")
        _set_tags(connection, agent, alias, tags)

    call.backend.write(tag)
    return {}


def untag_resource(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Remove tags; those that do not exist are no error."""

    def untag(connection: apsw.Connection) -> None:
        agent, alias = _tagged(connection, call, params["resourceArn"])
        tags = alias.tags if alias else agent.tags
        kept = {key: value for key, value in tags.items() if key not in params["tagKeys"]}
        _set_tags(connection, agent, alias, kept)

    call.backend.write(untag)
    return {}


def list_tags_for_resource(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The tags of an agent or alias."""
    agent, alias = call.backend.read(lambda connection: _tagged(connection, call, params["resourceArn"]))
    return {"tags": alias.tags if alias else agent.tags}


def _tagged(connection: apsw.Connection, call: Call, arn: str) -> tuple[Agent, Alias | None]:
    """The agent and, where the ARN is one's, the alias."""
    *_, account_id, resource = arn.split(":", 5)
    kind, *ids = resource.split("/")
    foreign = account_id != call.scope.account_id or f":{call.scope.region}:" not in arn
    if foreign or (kind, len(ids)) not in {("agent", 1), ("agent-alias", 2)}:
        raise ResourceNotFoundException(NOT_FOUND)
    agent = agents.find(connection, call.scope, ids[0])
    alias = aliases.find(connection, agent, ids[1]) if len(ids) == 2 else None
    if alias is not None and alias.alias_no is None:
        raise ResourceNotFoundException(NOT_FOUND)
    return agent, alias


def _set_tags(connection: apsw.Connection, agent: Agent, alias: Alias | None, tags: dict[str, str]) -> None:
    if alias is None:
        agents.set_tags(connection, agent.agent_no, tags)
    else:
        aliases.set_tags(connection, alias.alias_no, tags)
