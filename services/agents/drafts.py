"""An agent, or an action group, before it exists: checked against AWS's rules while it is typed."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from services.agents.bedrock_agents import (
    DEFAULT_STORAGE_DAYS,
    SESSION_SUMMARY,
    agents_client,
    settled,
)
from services.agents.resources import Maker, remove_all
from services.authorization import authorize, current_role
from services.clients import Clients
from services.constraints import constraint, request_problems
from services.errors import InvalidDraft
from services.workspace import agent_resources
from services.workspace.store import Workspace

Row = dict[str, Any]
AGENTS = "bedrock-agent"
NAME_HINT = "letters and digits, with single - or _ between them"
DEFAULT_MODEL = "anthropic.claude-3-sonnet-20240229-v1:0"
DEFAULT_IDLE_SECONDS = 1_800
ROLE_SECONDS = 10.0
"""So long a new role may be unknown to AWS's other services (the published notebook waits as long)."""
AGENT_LABELS = {
    "agentName": "The agent's name",
    "instruction": "The instruction",
    "foundationModel": "The model's id",
    "description": "The description",
    "agentResourceRoleArn": "The role's ARN",
    "idleSessionTTLInSeconds": "The idle time in seconds",
    "storageDays": "The days that summaries are kept",
    "maxRecentSessions": "The number of recent sessions",
}
"""What the members of an agent are called in sentences."""
_LABELS = {
    **AGENT_LABELS,
    "actionGroupName": "The action group's name",
    "lambda": "The Lambda function's ARN",
}


@dataclass(frozen=True)
class MemoryDraft:
    """What an agent shall remember; `max_recent_sessions` None leaves it to AWS."""

    storage_days: int = DEFAULT_STORAGE_DAYS
    max_recent_sessions: int | None = None

    def request(self) -> Row:
        """CreateAgent's and UpdateAgent's memoryConfiguration."""
        recent: Row = (
            {"sessionSummaryConfiguration": {"maxRecentSessions": self.max_recent_sessions}}
            if self.max_recent_sessions
            else {}
        )
        return {"enabledMemoryTypes": [SESSION_SUMMARY], "storageDays": self.storage_days} | recent


@dataclass(frozen=True)
class ActionGroupDraft:
    """An action group to create. `functions` is the JSON of its functionSchema's functions; `lambda_arn`
    None: the agent returns control, and whoever talks to it answers."""

    name: str
    functions: str
    description: str = ""
    lambda_arn: str | None = None

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences."""
        try:
            request = self.request()
        except ValueError as error:
            return [f"The functions are not JSON: {error}."]
        found = [] if self.name else ["The action group needs a name."]
        functions = request["functionSchema"]["functions"]
        if not isinstance(functions, list) or not functions or not all(map(_is_function, functions)):
            return [*found, "The functions must be a list of {name, description, parameters}."]
        plain = [{name: value for name, value in each.items() if name != "parameters"} for each in functions]
        checked = request | {"functionSchema": {"functions": plain}}
        found += request_problems(AGENTS, "CreateAgentActionGroup", checked, _LABELS)
        return found + [problem for each in functions for problem in _parameter_problems(each)]

    def request(self) -> Row:
        """CreateAgentActionGroup's parameters without the agent; ValueError for functions not in JSON."""
        executor: Row = (
            {"lambda": self.lambda_arn} if self.lambda_arn else {"customControl": "RETURN_CONTROL"}
        )
        optional = {"description": self.description} if self.description else {}
        return {
            "actionGroupName": self.name,
            "actionGroupExecutor": executor,
            "functionSchema": {"functions": json.loads(self.functions)},
        } | optional


@dataclass(frozen=True)
class AgentDraft:
    """An agent to create. `role_arn` None: a role is created with it. `memory` None: it remembers nothing."""

    name: str
    instruction: str
    model_id: str = DEFAULT_MODEL
    description: str = ""
    role_arn: str | None = None
    idle_seconds: int = DEFAULT_IDLE_SECONDS
    memory: MemoryDraft | None = MemoryDraft()
    action_group: ActionGroupDraft | None = None

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences; empty when it may be sent."""
        name = constraint(AGENTS, "CreateAgent", "agentName")
        found = name.text_problems("The agent's name", self.name, NAME_HINT)
        model = constraint(AGENTS, "CreateAgent", "foundationModel")
        found += model.text_problems("The model's id", self.model_id)
        instruction = constraint(AGENTS, "CreateAgent", "instruction")
        found += instruction.text_problems("The instruction", self.instruction)
        role = self.role_arn or "arn:aws:iam::123456789012:role/made-with-the-agent"
        request = self.request(role) | {"agentName": "checked", "instruction": "-" * 40}
        found += request_problems(AGENTS, "CreateAgent", request | {"foundationModel": "a.b"}, _LABELS)
        if self.action_group:
            found += self.action_group.problems()
        return list(dict.fromkeys(found))

    def request(self, role_arn: str) -> Row:
        """CreateAgent's parameters."""
        optional = {
            "description": self.description,
            "memoryConfiguration": self.memory.request() if self.memory else None,
        }
        return {
            "agentName": self.name,
            "instruction": self.instruction,
            "foundationModel": self.model_id,
            "agentResourceRoleArn": role_arn,
            "idleSessionTTLInSeconds": self.idle_seconds,
        } | {name: value for name, value in optional.items() if value}


def _parameter_problems(function: Row) -> list[str]:
    place = ("functionSchema", "functions", "[]", "parameters")
    names = constraint(AGENTS, "CreateAgentActionGroup", *place, "{key}")
    types = constraint(AGENTS, "CreateAgentActionGroup", *place, "{}", "type")
    found = []
    for name, parameter in function.get("parameters", {}).items():
        found += names.text_problems(f"The parameter “{name}”", name)
        found += types.text_problems(f"The type of “{name}”", str(parameter["type"]))
    return found


def _is_function(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and isinstance(value.get("parameters", {}), dict)
        and all(isinstance(each, dict) and "type" in each for each in value.get("parameters", {}).values())
    )


Step = Literal["role", "agent", "action group", "preparing"]


def create(
    clients: Clients,
    workspace: Workspace,
    draft: AgentDraft,
    progress: Callable[[Step], None] = lambda _: None,
) -> str:
    """Creates an agent with what it needs around it, and prepares it; returns its id.

    Raises InvalidDraft before anything is sent, NotAuthorized, and what the calls raise: then what was
    created on the way is removed again, and what could not be removed stays in the workspace's list.
    """
    problems = draft.problems()
    if problems:
        raise InvalidDraft(problems)
    for operation in ("CreateAgent", *(() if draft.role_arn else ("CreateRole",))):
        authorize(current_role(), operation)
    maker = Maker(clients, workspace, str(uuid.uuid4()))
    try:
        return _created(clients, maker, draft, progress)
    except Exception:
        made = agent_resources.list_made(workspace, clients.connection.key, maker.made_for)
        remove_all(clients, workspace, made)
        raise


def _created(clients: Clients, maker: Maker, draft: AgentDraft, progress: Callable[[Step], None]) -> str:
    role_arn = draft.role_arn
    if role_arn is None:
        progress("role")
        role_arn = maker.agent_role(f"{draft.name}-{uuid.uuid4().hex[:6]}", draft.model_id)
        if clients.connection.endpoint_url is None:
            time.sleep(ROLE_SECONDS)
    progress("agent")
    agent_id = str(maker.agent(draft.request(role_arn))["agentId"])
    settled(clients, agent_id)
    if draft.action_group:
        progress("action group")
        maker.action_group(agent_id, draft.action_group.request())
        settled(clients, agent_id)
    progress("preparing")
    agents_client(clients).prepare_agent(agentId=agent_id)
    settled(clients, agent_id)
    return agent_id
