"""Control plane of Bedrock Agents: aliases and numbered versions.

There is no operation that makes a version: an alias that names none does.
"""

from __future__ import annotations

from typing import Any

import apsw

from services.aws_local.agents import agents, aliases
from services.aws_local.agents.agents import Agent
from services.aws_local.agents.aliases import DRAFT, Alias
from services.aws_local.call import Call
from services.aws_local.clock import now_ms
from services.aws_local.errors import ConflictException, ValidationException
from services.aws_local.identifiers import short_id
from services.aws_local.storage import client_tokens
from services.aws_local.storage.pagination import Query, page
from services.aws_local.storage.store import Row

SERVICE = "bedrock-agent"

_RESOURCE = "AgentAlias"
_PAGE = 10  # the model: a page has at most 10 summaries
_SETTINGS = ("description", "routingConfiguration", "aliasInvocationState")


def create_agent_alias(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """A new alias, CREATING at first; without a routing configuration it gets a new version of the draft."""

    def create(connection: apsw.Connection) -> tuple[Agent, Alias]:
        agent = agents.find(connection, call.scope, params["agentId"])
        owner, token = f"agent:{agent.agent_no}", params.get("clientToken")
        alias_id = client_tokens.answer(connection, owner, call.operation, token)
        name = params["agentAliasName"]
        if alias_id is None or aliases.named(connection, agent, name) != alias_id:
            alias_id = short_id()
            _check_name_is_free(connection, agent, name, alias_id)
            settings = _settings(connection, agent, params)
            settled = now_ms() + call.backend.transition_ms
            tags = params.get("tags", {})
            aliases.insert(
                connection, agent, alias_id, name=name, settings=settings, tags=tags, settled_ms=settled
            )
            client_tokens.keep(connection, owner, call.operation, token, alias_id)
        return agent, aliases.find(connection, agent, alias_id)

    agent, alias = call.backend.write(create)
    return {"agentAlias": aliases.shown(agent, alias, now_ms()) | {"agentAliasStatus": "CREATING"}}


def _check_name_is_free(connection: apsw.Connection, agent: Agent, name: str, alias_id: str) -> None:
    taken = name == aliases.TEST_ALIAS_NAME
    if taken or aliases.named(connection, agent, name) not in {None, alias_id}:
        raise ConflictException(f"An alias with the name {name} already exists for this agent.")


def _settings(
    connection: apsw.Connection, agent: Agent, params: dict[str, Any], present: Alias | None = None
) -> dict[str, Any]:
    """What is kept of a request: with a version to route to, made from the draft where none is named."""
    settings = {name: params[name] for name in _SETTINGS if name in params}
    routing = [each for each in settings.get("routingConfiguration", []) if "agentVersion" in each]
    if routing:
        number = routing[0]["agentVersion"]
        if number == DRAFT:
            raise ValidationException("An alias routes to a numbered version, only TSTALIASID to DRAFT.")
        aliases.version(connection, agent, number)
    elif present is not None:
        routing = present.settings["routingConfiguration"]
    else:
        routing = [{"agentVersion": _version_of_draft(connection, agent)}]
    return settings | {"routingConfiguration": routing}


def _version_of_draft(connection: apsw.Connection, agent: Agent) -> str:
    status = agent.status(now_ms())
    if status != "PREPARED" or agent.snapshot is None:
        raise ValidationException(
            f"Create operation can't be performed on {_RESOURCE} when Agent is in "
            f"{agents.in_words(status)} state."
        )
    return aliases.new_version(connection, agent, agent.snapshot)


def get_agent_alias(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """One alias, TSTALIASID too."""

    def read(connection: apsw.Connection) -> tuple[Agent, Alias]:
        agent = agents.find(connection, call.scope, params["agentId"])
        return agent, aliases.find(connection, agent, params["agentAliasId"])

    agent, alias = call.backend.read(read)
    return {"agentAlias": aliases.shown(agent, alias, now_ms())}


def list_agent_aliases(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Aliases, newest first, TSTALIASID last."""
    query = Query.of(call, params)
    after = (query.position(params.get("nextToken")) or [""])[0]
    limit = min(params.get("maxResults", _PAGE), _PAGE)

    def read(connection: apsw.Connection) -> tuple[Agent, list[Alias]]:
        agent = agents.find(connection, call.scope, params["agentId"])
        return agent, aliases.all_of(connection, agent)

    agent, found = call.backend.read(read)
    ids = [alias.alias_id for alias in found]
    start = ids.index(after) + 1 if after in ids else 0
    listed, token = page(query, found[start : start + limit + 1], limit, lambda last: [last.alias_id])
    now = now_ms()
    return {"agentAliasSummaries": [_summary(agent, alias, now) for alias in listed], "nextToken": token}


def _summary(agent: Agent, alias: Alias, at_ms: int) -> dict[str, Any]:
    hidden = ("agentId", "agentAliasArn", "agentAliasHistoryEvents")
    shown = aliases.shown(agent, alias, at_ms)
    return {name: value for name, value in shown.items() if name not in hidden}


def update_agent_alias(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Another name, description or version; the version stays when none is sent."""

    def update(connection: apsw.Connection) -> tuple[Agent, Alias]:
        agent = agents.find(connection, call.scope, params["agentId"])
        alias = _own(connection, agent, params["agentAliasId"], "updated")
        if alias.status(now_ms()) == "DELETING":
            raise ValidationException(
                f"Update operation can't be performed on {_RESOURCE} when it is in Deleting state."
            )
        _check_name_is_free(connection, agent, params["agentAliasName"], alias.alias_id)
        settings = _settings(connection, agent, params, alias)
        settled = now_ms() + call.backend.transition_ms
        aliases.replace(connection, alias, params["agentAliasName"], settings, settled)
        return agent, aliases.find(connection, agent, alias.alias_id)

    agent, alias = call.backend.write(update)
    return {"agentAlias": aliases.shown(agent, alias, now_ms()) | {"agentAliasStatus": "UPDATING"}}


def _own(connection: apsw.Connection, agent: Agent, alias_id: str, verb: str) -> Alias:
    alias = aliases.find(connection, agent, alias_id)
    if alias.alias_no is None:
        raise ValidationException(f"The alias {alias_id} cannot be {verb}: every agent has it.")
    return alias


def delete_agent_alias(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """DELETING for the transition time, then not found, with everything that it remembered."""

    def delete(connection: apsw.Connection) -> None:
        agent = agents.find(connection, call.scope, params["agentId"])
        alias = _own(connection, agent, params["agentAliasId"], "deleted")
        if alias.status(now_ms()) != "DELETING":
            aliases.set_deleting(connection, alias, now_ms() + call.backend.transition_ms)
        aliases.erase_gone(connection)

    call.backend.write(delete)
    ids = {name: params[name] for name in ("agentId", "agentAliasId")}
    return ids | {"agentAliasStatus": "DELETING"}


def get_agent_version(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """A numbered version, as the agent was then."""

    def read(connection: apsw.Connection) -> tuple[Agent, Row]:
        agent = agents.find(connection, call.scope, params["agentId"])
        return agent, aliases.version(connection, agent, params["agentVersion"])

    agent, found = call.backend.read(read)
    settings = found["snapshot"]["agent"]
    unversioned = ("orchestrationType", "customOrchestration")
    return {
        "agentVersion": {name: value for name, value in settings.items() if name not in unversioned}
        | _version_head(found)
        | {
            "agentId": agent.agent_id,
            "agentArn": agent.arn,
            "version": str(found["version"]),
            "idleSessionTTLInSeconds": agents.idle_ms(settings) // 1000,
            "agentResourceRoleArn": settings["agentResourceRoleArn"],
        }
    }


def _version_head(found: Row) -> dict[str, Any]:
    created = found["created_ms"] / 1000
    return {
        "agentName": found["name"],
        "agentStatus": "PREPARED",
        "description": found["snapshot"]["agent"].get("description"),
        "createdAt": created,
        "updatedAt": created,
    }


def list_agent_versions(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The draft, then the numbered versions, newest first."""
    query = Query.of(call, params)
    before = (query.position(params.get("nextToken")) or [None])[0]
    limit = min(params.get("maxResults", _PAGE), _PAGE)

    def read(connection: apsw.Connection) -> tuple[Agent, list[Row]]:
        agent = agents.find(connection, call.scope, params["agentId"])
        return agent, aliases.versions(connection, agent)

    agent, numbered = call.backend.read(read)
    draft = _draft_summary(agent)
    found = [draft, *({"agentVersion": str(each["version"])} | _version_head(each) for each in numbered)]
    names = [each["agentVersion"] for each in found]
    start = names.index(before) + 1 if before in names else 0
    listed, token = page(query, found[start : start + limit + 1], limit, lambda last: [last["agentVersion"]])
    return {"agentVersionSummaries": listed, "nextToken": token}


def _draft_summary(agent: Agent) -> dict[str, Any]:
    shown = agents.shown(agent, now_ms())
    names = ("agentName", "agentStatus", "agentVersion", "description", "createdAt", "updatedAt")
    return {name: shown.get(name) for name in names}


def delete_agent_version(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Remove a numbered version that no alias routes to, or any with skipResourceInUseCheck."""

    def delete(connection: apsw.Connection) -> None:
        agent = agents.find(connection, call.scope, params["agentId"])
        found = aliases.version(connection, agent, params["agentVersion"])
        number = str(found["version"])
        in_use = any(alias.version == number for alias in aliases.all_of(connection, agent))
        if in_use and not params.get("skipResourceInUseCheck"):
            raise ConflictException(
                f"Could not delete version {number} of Agent with ID {agent.agent_id}, since an alias routes "
                "to it"
            )
        aliases.delete_version(connection, agent, found["version"])

    call.backend.write(delete)
    return {
        "agentId": params["agentId"],
        "agentVersion": params["agentVersion"],
        "agentStatus": "DELETING",
    }
