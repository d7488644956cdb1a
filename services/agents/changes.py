"""Changing an agent: UpdateAgent replaces the whole draft, so the whole draft is always sent.

What UpdateAgent is not told is taken away. Sent without memoryConfiguration it switches memory off, and the
summaries that exist can no longer be read (developer guide, "Disable agent memory"). So the request is made
from GetAgent's answer, member by member of the service model, with the changes put in; a change that would
switch memory off has to say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.agents.bedrock_agents import DRAFT, agents_client, get_agent, memory_settings, settled
from services.agents.drafts import AGENT_LABELS, AGENTS, MemoryDraft
from services.auditing import audited
from services.authorization import authorize, current_role
from services.clients import Clients
from services.constraints import request_problems, service_model
from services.errors import AgentChangedMeanwhile, InvalidDraft
from services.memory.settings import Difference, differences
from services.workspace.store import Workspace

Row = dict[str, Any]
_OVERRIDDEN = "OVERRIDDEN"


@dataclass(frozen=True)
class AgentChange:
    """An agent as it was read (GetAgent's dict) and as it shall be."""

    before: Row
    after: Row

    def request(self) -> Row:
        """UpdateAgent's parameters: everything that it takes and the agent has."""
        return whole_request(self.after)

    def differences(self) -> list[Difference]:
        """What will be different, and nothing else."""
        found = differences(_settings(self.before), _settings(self.after))
        return [each for each in found if each.differs]

    @property
    def switches_memory_off(self) -> bool:
        """Whether the agent remembered before and will not after."""
        return memory_settings(self.before) is not None and memory_settings(self.after) is None

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences; empty when it may be sent."""
        request = self.request()
        found = [
            f"{words} is empty."
            for member, words in AGENT_LABELS.items()
            if member in {"agentName", "foundationModel", "agentResourceRoleArn"} and not request.get(member)
        ]
        given = {name: value for name, value in request.items() if name != "promptOverrideConfiguration"}
        return found + request_problems(AGENTS, "UpdateAgent", given, AGENT_LABELS)


def with_memory(agent: Row, memory: MemoryDraft | None) -> Row:
    """The agent with this memory; members of its memory configuration that we do not know are kept."""
    if memory is None:
        return {name: value for name, value in agent.items() if name != "memoryConfiguration"}
    known = dict(agent.get("memoryConfiguration") or {})
    if memory.max_recent_sessions is None:
        known.pop("sessionSummaryConfiguration", None)
    return agent | {"memoryConfiguration": known | memory.request()}


def whole_request(agent: Row) -> Row:
    """UpdateAgent's parameters for an agent as it is.

    Of the prompts only those that override AWS's own are sent: GetAgent tells the texts of all of them, and a
    default prompt takes no text.
    """
    shape = service_model(AGENTS).operation_model("UpdateAgent").input_shape
    members = shape.members if shape else {}
    request = {name: agent[name] for name in members if agent.get(name) not in (None, "")}
    prompts = _own_prompts(request.pop("promptOverrideConfiguration", None))
    return request | ({"promptOverrideConfiguration": prompts} if prompts else {})


def _own_prompts(configuration: Row | None) -> Row | None:
    own = [_own_prompt(each) for each in (configuration or {}).get("promptConfigurations", [])]
    kept = [each for each in own if each]
    return (configuration or {}) | {"promptConfigurations": kept} if kept else None


def _own_prompt(prompt: Row) -> Row | None:
    if prompt.get("promptCreationMode") == _OVERRIDDEN:
        return prompt
    if prompt.get("parserMode") != _OVERRIDDEN and prompt.get("promptState") != "DISABLED":
        return None
    kept = ("promptType", "promptCreationMode", "parserMode", "promptState")
    return {name: prompt[name] for name in kept if name in prompt}


def _settings(agent: Row) -> dict[tuple[str, str], str]:
    """The settings in words, as (section, name): value."""
    memory = memory_settings(agent)
    values = {
        ("Agent", "Name"): agent.get("agentName"),
        ("Agent", "Description"): agent.get("description"),
        ("Agent", "Instruction"): agent.get("instruction"),
        ("Agent", "Model"): agent.get("foundationModel"),
        ("Agent", "Role"): agent.get("agentResourceRoleArn"),
        ("Agent", "A session ends after idle seconds"): agent.get("idleSessionTTLInSeconds"),
        ("Memory", "Session summaries"): "on" if memory else "off",
        ("Memory", "Days kept"): memory.storage_days if memory else None,
        ("Memory", "Recent sessions in the prompt"): memory.max_recent_sessions if memory else None,
    }
    return {place: str(value) for place, value in values.items() if value not in (None, "")}


def send(clients: Clients, workspace: Workspace, change: AgentChange, *, memory_may_end: bool = False) -> Row:
    """UpdateAgent with the whole draft; its `agent`, usually UPDATING.

    Raises InvalidDraft before anything is sent, also when memory would be switched off and `memory_may_end`
    does not say that this is meant; NotAuthorized; AgentChangedMeanwhile when somebody else was faster.
    """
    problems = change.problems()
    if change.switches_memory_off and not memory_may_end:
        problems.append("This would switch memory off and make its summaries unreachable.")
    if problems:
        raise InvalidDraft(problems)
    authorize(current_role(), "UpdateAgent")
    agent_id = str(change.before["agentId"])
    now = get_agent(clients, agent_id)
    if now["updatedAt"] != change.before["updatedAt"]:
        raise AgentChangedMeanwhile(agent_id, now)
    with audited(clients, workspace, "UpdateAgent", agent_id, whole_request(change.before)) as after:
        after["request"] = change.request()
        changed: Row = agents_client(clients).update_agent(**change.request())["agent"]
    return changed


def prepare(clients: Clients, workspace: Workspace, agent_id: str) -> Row:
    """PrepareAgent, and the agent once that has settled."""
    with audited(clients, workspace, "PrepareAgent", agent_id, before=None):
        agents_client(clients).prepare_agent(agentId=agent_id)
    return settled(clients, agent_id)


def switch_action_group(clients: Clients, workspace: Workspace, group: Row, *, enabled: bool) -> Row:
    """UpdateAgentActionGroup with everything the group has (it replaces too), enabled or disabled."""
    request = _group_request(group) | {"actionGroupState": "ENABLED" if enabled else "DISABLED"}
    resource = f"{group['agentId']}/{group['actionGroupName']}"
    with audited(
        clients, workspace, "UpdateAgentActionGroup", resource, {"state": group["actionGroupState"]}
    ):
        changed: Row = agents_client(clients).update_agent_action_group(**request)["agentActionGroup"]
    return changed


def delete_action_group(clients: Clients, workspace: Workspace, group: Row) -> None:
    """DeleteAgentActionGroup of the draft, without the check that it is disabled."""
    resource = f"{group['agentId']}/{group['actionGroupName']}"
    with audited(clients, workspace, "DeleteAgentActionGroup", resource, _group_request(group)):
        agents_client(clients).delete_agent_action_group(
            agentId=group["agentId"],
            agentVersion=DRAFT,
            actionGroupId=group["actionGroupId"],
            skipResourceInUseCheck=True,
        )


def delete_alias(clients: Clients, workspace: Workspace, agent_id: str, alias_id: str) -> None:
    """DeleteAgentAlias; the memory of this alias can't be reached afterwards."""
    with audited(clients, workspace, "DeleteAgentAlias", f"{agent_id}/{alias_id}", before=None):
        agents_client(clients).delete_agent_alias(agentId=agent_id, agentAliasId=alias_id)


def _group_request(group: Row) -> Row:
    members: Iterable[str] = (
        "agentId",
        "actionGroupId",
        "actionGroupName",
        "description",
        "parentActionGroupSignatureParams",
        "actionGroupExecutor",
        "actionGroupState",
        "apiSchema",
        "functionSchema",
    )
    request = {name: group[name] for name in members if group.get(name)}
    signature = group.get("parentActionSignature")  # GetAgentActionGroup calls it so
    return (
        request | {"agentVersion": DRAFT} | ({"parentActionGroupSignature": signature} if signature else {})
    )
