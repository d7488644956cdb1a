"""Deleting an agent with everything that was created for it: what will go is listed first, then removed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from services.agents.bedrock_agents import TEST_ALIAS, AgentView
from services.agents.resources import Removed, in_removal_order, remove_all
from services.authorization import authorize, current_role
from services.clients import Clients
from services.workspace import agent_memories, agent_resources
from services.workspace.agent_memories import Home
from services.workspace.agent_resources import MadeResource
from services.workspace.store import Workspace


@dataclass(frozen=True)
class DeletionPlan:
    """What goes: `resources` in the order of their removal, and the memory ids (known here) whose summaries
    can no longer be reached, by alias."""

    agent_id: str
    resources: tuple[MadeResource, ...]
    memory_ids: dict[str, list[str]]


def plan(clients: Clients, workspace: Workspace, view: AgentView) -> DeletionPlan:
    """What deleting this agent removes: its aliases, itself, and what the dashboard created with it."""
    key, agent_id = clients.connection.key, str(view.agent["agentId"])
    act = agent_resources.made_with_agent(workspace, key, agent_id)
    made = agent_resources.list_made(workspace, key, act) if act else []
    kept = [each for each in made if each.removed_at is None and each.kind != "action-group"]
    known = {each.params.get("agentAliasId") for each in kept if each.kind == "alias"}
    for alias in view.aliases:
        alias_id = str(alias["agentAliasId"])
        if alias_id != TEST_ALIAS and alias_id not in known:
            params = {"agentId": agent_id, "agentAliasId": alias_id}
            kept.append(_found("alias", str(alias["agentAliasName"]), params))
    if not any(each.kind == "agent" for each in kept):
        kept.append(_found("agent", agent_id, {"agentId": agent_id}))
    aliases = agent_memories.aliases_known(workspace, key, agent_id)
    addresses = {
        alias: agent_memories.list_addresses(workspace, Home(key, agent_id, alias)) for alias in aliases
    }
    memory_ids = {alias: [each.memory_id for each in found] for alias, found in addresses.items()}
    return DeletionPlan(agent_id, tuple(in_removal_order(kept)), memory_ids)


def carry_out(clients: Clients, workspace: Workspace, planned: DeletionPlan) -> list[Removed]:
    """Removes it all; what fails is told per resource, and stays listed if it was created here.

    The address book forgets the agent once it is gone.
    """
    authorize(current_role(), "DeleteAgent")
    removed = remove_all(clients, workspace, planned.resources)
    if not any(each.fault for each in removed if each.resource.kind == "agent"):
        key = clients.connection.key
        agent_memories.forget_agent(workspace, key, planned.agent_id)
        for part in agent_resources.list_left(workspace, key):  # action groups went with it
            if part.params.get("agentId") == planned.agent_id:
                agent_resources.mark_removed(workspace, part.resource_id)
    return removed


def _found(kind: str, name: str, params: dict[str, str]) -> MadeResource:
    """Something that was created elsewhere: it is removed too, and stands in no list of ours."""
    return MadeResource(str(uuid.uuid4()), "", 0, datetime.now(UTC), kind, name, params, None)
