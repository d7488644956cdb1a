"""What Bedrock Agents remember of a person: session summaries under a memory id that is one of their ids.

AWS lists no memory ids, so every alias of every agent of the connection is asked about each id. Summaries are
made minutes after a session ended: the second check of an erasure finds those that came late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from services.agents.bedrock_agents import SESSION_SUMMARY, list_agents, list_aliases
from services.auditing import audited
from services.clients import Clients
from services.erasure.subject import Subject
from services.faults import explain
from services.listing import pages
from services.workspace import agent_memories
from services.workspace.agent_memories import is_memory_id
from services.workspace.store import Workspace

Row = dict[str, Any]


@dataclass(frozen=True)
class AgentMemory:
    """A memory id of an alias, and how many session summaries it has."""

    agent_id: str
    alias_id: str
    memory_id: str
    summaries: int


class AgentScanner:
    """Asks every alias. `found` is what there is so far; `steps` names each call before it makes it."""

    def __init__(self, clients: Clients, subject: Subject) -> None:
        self._clients = clients
        self._ids = [each for each in subject.actor_ids if is_memory_id(each)]
        self.found: list[AgentMemory] = []

    def steps(self) -> Iterator[str]:
        """Raises what the calls raise, but for an alias that has no memory."""
        if not self._ids:
            return
        yield "ListAgents"
        for agent in list_agents(self._clients, limit=None).rows:
            yield "ListAgentAliases"
            for alias in list_aliases(self._clients, agent["agentId"]):
                for memory_id in self._ids:
                    yield "GetAgentMemory"
                    self._look(agent["agentId"], alias["agentAliasId"], memory_id)

    def _look(self, agent_id: str, alias_id: str, memory_id: str) -> None:
        place = {"agentId": agent_id, "agentAliasId": alias_id, "memoryId": memory_id}
        client = self._clients.client("bedrock-agent-runtime")
        try:
            asked = pages(client, "get_agent_memory", None, place | {"memoryType": SESSION_SUMMARY})
            number = sum(len(page["memoryContents"]) for page in asked)
        except ClientError as error:
            if explain(error).kind not in {"invalid", "not_found"}:  # no memory; deleted meanwhile
                raise
            return
        if number:
            self.found.append(AgentMemory(agent_id, alias_id, memory_id, number))


def erase(
    clients: Clients, workspace: Workspace, erasure_id: str, found: Sequence[AgentMemory], subject: Subject
) -> int:
    """Delete what was found, without a copy, and take the ids out of the address book; how many summaries.

    The audit trail is told the alias and not the memory id.
    """
    for each in found:
        params = {
            "agentId": each.agent_id,
            "agentAliasId": each.alias_id,
            "memoryId": each.memory_id,  # without it AWS deletes the memory of everybody
        }
        resource, before = f"{each.agent_id}/{each.alias_id}", {"erasure": erasure_id}
        with audited(clients, workspace, "DeleteAgentMemory", resource, before=before):
            clients.client("bedrock-agent-runtime").delete_agent_memory(**params)
    for memory_id in subject.actor_ids:
        for home in agent_memories.homes_of(workspace, clients.connection.key, memory_id):
            agent_memories.remove(workspace, home, memory_id)
    return sum(each.summaries for each in found)
