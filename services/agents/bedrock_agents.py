"""Bedrock Agents as they are: agents, aliases, versions and action groups, read through bedrock-agent.

An agent has one draft, which is edited, and what was last prepared from it, which answers. The alias
TSTALIASID (“AgentTestAlias”) always exists and answers with the prepared draft; every other alias answers
with a numbered version, a copy made when the alias was. Memory belongs to an alias (developer guide).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.clients import Clients
from services.errors import NoAnswer
from services.listing import Listing, collect, pages

Row = dict[str, Any]

TEST_ALIAS = "TSTALIASID"
TEST_ALIAS_NAME = "AgentTestAlias"
DRAFT = "DRAFT"
SESSION_SUMMARY = "SESSION_SUMMARY"
IN_TRANSITION = frozenset({"CREATING", "PREPARING", "UPDATING", "VERSIONING", "DELETING"})
DEFAULT_STORAGE_DAYS = 30
"""Days that summaries are kept when storageDays is not given (developer guide, "Retain context")."""
POLL_SECONDS = 1.0
SETTLE_SECONDS = 120.0
"""boto3 has no waiters for agents; most settle within seconds."""


@dataclass(frozen=True)
class AgentMemorySettings:
    """What an agent remembers: for how many days, and how many summaries go into its prompt (None: AWS's
    number, which GetAgent does not always tell)."""

    storage_days: int
    max_recent_sessions: int | None


@dataclass(frozen=True)
class AgentView:
    """An agent with what belongs to its draft."""

    agent: Row
    action_groups: tuple[Row, ...]
    aliases: tuple[Row, ...]
    versions: tuple[Row, ...]

    def alias_name(self, alias_id: str) -> str:
        """What the alias is called; its id for one that is not known."""
        names = {row["agentAliasId"]: str(row["agentAliasName"]) for row in self.aliases}
        return names.get(alias_id, TEST_ALIAS_NAME if alias_id == TEST_ALIAS else alias_id)


def agents_client(clients: Clients) -> Any:
    """The boto3 client of the control plane of Bedrock Agents."""
    return clients.client("bedrock-agent")


def list_agents(clients: Clients, limit: int | None = 1000) -> Listing[Row]:
    """ListAgents' summaries (agentId, agentName, agentStatus, updatedAt), in the service's order."""
    return collect(pages(agents_client(clients), "list_agents", limit, {}), "agentSummaries", limit)


def get_agent(clients: Clients, agent_id: str) -> Row:
    """GetAgent's `agent`: the draft, with its status and memory configuration."""
    agent: Row = agents_client(clients).get_agent(agentId=agent_id)["agent"]
    return agent


def view(clients: Clients, agent_id: str) -> AgentView:
    """An agent with its aliases, versions and the action groups of its draft, all of them."""
    return AgentView(
        get_agent(clients, agent_id),
        tuple(list_action_groups(clients, agent_id)),
        tuple(list_aliases(clients, agent_id)),
        tuple(_list(clients, "list_agent_versions", "agentVersionSummaries", agentId=agent_id)),
    )


def list_aliases(clients: Clients, agent_id: str) -> list[Row]:
    """The agent's aliases, the test alias first; AWS lists it only sometimes, and it always exists."""
    found = _list(clients, "list_agent_aliases", "agentAliasSummaries", agentId=agent_id)
    others = [row for row in found if row["agentAliasId"] != TEST_ALIAS]
    test = [row for row in found if row["agentAliasId"] == TEST_ALIAS]
    made_up: Row = {
        "agentAliasId": TEST_ALIAS,
        "agentAliasName": TEST_ALIAS_NAME,
        "agentAliasStatus": "PREPARED",
        "routingConfiguration": [{"agentVersion": DRAFT}],
    }
    return [*(test or [made_up]), *others]


def list_action_groups(clients: Clients, agent_id: str, version: str = DRAFT) -> list[Row]:
    """GetAgentActionGroup of every action group of a version, in the service's order."""
    place = {"agentId": agent_id, "agentVersion": version}
    found = _list(clients, "list_agent_action_groups", "actionGroupSummaries", **place)
    client = agents_client(clients)
    return [
        client.get_agent_action_group(**place, actionGroupId=row["actionGroupId"])["agentActionGroup"]
        for row in found
    ]


def _list(clients: Clients, operation: str, key: str, **params: Any) -> list[Row]:
    return collect(pages(agents_client(clients), operation, None, params), key, None).rows


def memory_settings(agent: Row) -> AgentMemorySettings | None:
    """What the agent's draft remembers; None when memory is off."""
    configuration = agent.get("memoryConfiguration") or {}
    if SESSION_SUMMARY not in configuration.get("enabledMemoryTypes", []):
        return None
    summaries = configuration.get("sessionSummaryConfiguration") or {}
    return AgentMemorySettings(
        int(configuration.get("storageDays", DEFAULT_STORAGE_DAYS)), summaries.get("maxRecentSessions")
    )


def draft_differs(agent: Row, action_groups: Iterable[Row]) -> str | None:
    """Why the draft is not what answers in a test, as a sentence; None when it is.

    The prepared snapshot goes on answering until PrepareAgent runs again, so times are compared.
    """
    prepared = agent.get("preparedAt")
    if prepared is None:
        return "The agent was never prepared, so nothing answers yet: prepare it."
    latest = max([_moment(agent), *(_moment(group) for group in action_groups)])
    if agent["agentStatus"] == "NOT_PREPARED" or (
        agent["agentStatus"] == "PREPARED" and any(_moment(group) > prepared for group in action_groups)
    ):
        changed = "An action group" if latest > _moment(agent) else "The draft"
        return (
            f"The draft differs from what you are testing. {changed} was changed after the agent was last "
            "prepared; tests are answered by the earlier state until you prepare it again."
        )
    return None


def _moment(row: Row) -> datetime:
    moment: datetime = row["updatedAt"]
    return moment


def settled(
    clients: Clients,
    agent_id: str,
    seconds: float = SETTLE_SECONDS,
    done: Callable[[Row], bool] | None = None,
) -> Row:
    """The agent once its state has settled (or `done` says so); raises NoAnswer when that takes too long."""
    deadline = time.monotonic() + seconds
    enough = done or (lambda agent: agent["agentStatus"] not in IN_TRANSITION)
    while not enough(agent := get_agent(clients, agent_id)):
        if time.monotonic() > deadline:
            raise NoAnswer("GetAgent", seconds)
        time.sleep(POLL_SECONDS)
    return agent
