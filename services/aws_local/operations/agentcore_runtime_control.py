"""Control plane of AgentCore Runtime: the agents that were named at the start, read only."""

from __future__ import annotations

from typing import Any

from services.aws_local.agents.runtimes import AgentRuntime
from services.aws_local.call import Call
from services.aws_local.clock import seconds
from services.aws_local.errors import ResourceNotFoundException
from services.aws_local.storage.pagination import Query, page

SERVICE = "bedrock-agentcore-control"

VERSION = "1"
_DEFAULT_PAGE = 100
# What AWS gives an agent that says nothing else ("Configure lifecycle settings").
_LIFECYCLE = {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28_800}


def list_agent_runtimes(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The agents, by name."""
    query = Query.of(call, params)
    position = query.position(params.get("nextToken"))
    after = str(position[0]) if position else ""
    agents = sorted(call.backend.runtimes.agents.values(), key=lambda agent: agent.name)
    rows = [{"name": agent.name, "agent": agent} for agent in agents if agent.name > after]
    limit = params.get("maxResults", _DEFAULT_PAGE)
    listed, token = page(query, rows[: limit + 1], limit, lambda last: [last["name"]])
    summaries = [_summary(call, row["agent"]) for row in listed]
    return {"agentRuntimes": summaries, "nextToken": token}


def get_agent_runtime(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """One agent. READY says that it is configured, not that it listens."""
    agent = call.backend.runtimes.agents.get(params["agentRuntimeId"])
    version = params.get("agentRuntimeVersion", VERSION)
    if agent is None or version != VERSION:
        raise ResourceNotFoundException(f"Agent runtime {params['agentRuntimeId']} was not found.")
    return _summary(call, agent) | {
        "createdAt": seconds(call.backend.started_ms),
        "roleArn": f"arn:aws:iam::{call.scope.account_id}:role/this-computer",
        "networkConfiguration": {"networkMode": "PUBLIC"},
        "lifecycleConfiguration": _LIFECYCLE,
        "protocolConfiguration": {"serverProtocol": "HTTP"},
    }


def _summary(call: Call, agent: AgentRuntime) -> dict[str, Any]:
    return {
        "agentRuntimeArn": agent.arn(call.scope),
        "agentRuntimeId": agent.identifier,
        "agentRuntimeName": agent.name,
        "agentRuntimeVersion": VERSION,
        "description": f"Runs at {agent.place}",
        "lastUpdatedAt": seconds(call.backend.started_ms),
        "status": "READY",
    }
