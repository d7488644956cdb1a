"""What Bedrock Agents remember of a person: session summaries under a memory id that is one of their ids.

AWS lists no memory ids, so every alias of every agent of the connection is asked about each id. Summaries are
made minutes after a session ended: the second check of an erasure finds those that came late. An alias whose
memory is switched off tells nothing and deletes nothing ("You cannot access memory sessions after you disable
memory", user guide), so those are named, for somebody to switch it on again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from services.agents.bedrock_agents import SESSION_SUMMARY, list_agents, list_aliases
from services.agents.rooms import END_TEXT
from services.agents.turns import AgentPlace, Asked
from services.auditing import audited
from services.clients import Clients
from services.erasure.subject import Subject
from services.faults import explain
from services.listing import pages
from services.workspace import agent_memories
from services.workspace.agent_memories import Home, is_memory_id
from services.workspace.store import Workspace

Row = dict[str, Any]


@dataclass(frozen=True)
class AgentMemory:
    """A memory id of an alias, and how many session summaries it has."""

    agent_id: str
    alias_id: str
    memory_id: str
    summaries: int


@dataclass(frozen=True)
class ClosedAlias:
    """An alias whose memory is switched off: what it may have remembered cannot be reached."""

    agent_id: str
    alias_id: str


class AgentScanner:
    """Asks every alias; `steps` names each call before it makes it.

    `asked` is what was answered so far, also that there is no summary; `sessions` are the ids of the sessions
    that summaries are of; `closed` are the aliases that answer nothing.
    """

    def __init__(self, clients: Clients, subject: Subject) -> None:
        self._clients = clients
        self._ids = [each for each in subject.actor_ids if is_memory_id(each)]
        self.asked: list[AgentMemory] = []
        self.closed: list[ClosedAlias] = []
        self.sessions: set[str] = set()

    @property
    def found(self) -> list[AgentMemory]:
        """Where there are summaries."""
        return [each for each in self.asked if each.summaries]

    def steps(self) -> Iterator[str]:
        """Raises what the calls raise, but for an alias that has no memory."""
        if not self._ids:
            return
        yield "ListAgents"
        for agent in list_agents(self._clients, limit=None).rows:
            yield "ListAgentAliases"
            for alias in list_aliases(self._clients, agent["agentId"]):
                yield from self._ask(agent["agentId"], alias["agentAliasId"])

    def _ask(self, agent_id: str, alias_id: str) -> Iterator[str]:
        for memory_id in self._ids:
            yield "GetAgentMemory"
            try:
                number = self._summaries(agent_id, alias_id, memory_id)
            except ClientError as error:
                kind = explain(error).kind
                if kind == "invalid":
                    self.closed.append(ClosedAlias(agent_id, alias_id))
                elif kind != "not_found":  # deleted meanwhile
                    raise
                return
            self.asked.append(AgentMemory(agent_id, alias_id, memory_id, number))

    def _summaries(self, agent_id: str, alias_id: str, memory_id: str) -> int:
        place = {"agentId": agent_id, "agentAliasId": alias_id, "memoryId": memory_id}
        client = self._clients.client("bedrock-agent-runtime")
        number = 0
        for page in pages(client, "get_agent_memory", None, place | {"memoryType": SESSION_SUMMARY}):
            number += len(page["memoryContents"])
            summaries = [each.get("sessionSummary", {}) for each in page["memoryContents"]]
            self.sessions |= {str(each["sessionId"]) for each in summaries if each.get("sessionId")}
        return number


def known_sessions(clients: Clients, workspace: Workspace, subject: Subject) -> set[str]:
    """The ids of the person's sessions with agents that the address book has."""
    return {
        session.session_id
        for memory_id in subject.actor_ids
        for home in agent_memories.homes_of(workspace, clients.connection.key, memory_id)
        for session in agent_memories.list_sessions(workspace, home, memory_id)
    }


def erase(
    clients: Clients, workspace: Workspace, erasure_id: str, asked: Sequence[AgentMemory], subject: Subject
) -> int:
    """End the open sessions that are known here, delete each memory id wherever it was asked about, without a
    copy, and take the ids out of the address book; how many summaries there were.

    Also where none was listed: what waits for its summary may go with it (on the embedded endpoint it does).
    The audit trail is told the alias and not the memory id.
    """
    for memory_id in subject.actor_ids:
        for home in agent_memories.homes_of(workspace, clients.connection.key, memory_id):
            _end_sessions(clients, workspace, erasure_id, home, memory_id)
    for each in asked:
        params = {
            "agentId": each.agent_id,
            "agentAliasId": each.alias_id,
            "memoryId": each.memory_id,  # without it AWS deletes the memory of everybody
        }
        resource, before = f"{each.agent_id}/{each.alias_id}", {"erasure": erasure_id}
        with audited(clients, workspace, "DeleteAgentMemory", resource, before=before):
            _delete(clients, params)
    for memory_id in subject.actor_ids:
        for home in agent_memories.homes_of(workspace, clients.connection.key, memory_id):
            agent_memories.remove(workspace, home, memory_id)
    return sum(each.summaries for each in asked)


def _end_sessions(
    clients: Clients, workspace: Workspace, erasure_id: str, home: Home, memory_id: str
) -> None:
    """End the sessions that nobody has ended and that are not idle for too long: as long as one is open, what
    was said in it is kept, and becomes a summary afterwards."""
    now = datetime.now(UTC)
    for session in agent_memories.list_sessions(workspace, home, memory_id):
        if session.ended_at or session.last_at + timedelta(seconds=session.idle_seconds) < now:
            continue
        place = AgentPlace(home.agent_id, home.alias_id, session.session_id, memory_id)
        request = Asked(END_TEXT, kind="end", trace=False, stream=False).request(place)
        resource, before = f"{home.agent_id}/{home.alias_id}", {"erasure": erasure_id}
        with audited(clients, workspace, "InvokeAgent", resource, before=before):
            _invoke(clients, request)
        agent_memories.session_ended(workspace, home, session.session_id)


def _invoke(clients: Clients, request: Row) -> None:
    """Sends it and reads the answer to its end, which says nothing of use."""
    try:
        stream = clients.streaming("bedrock-agent-runtime").invoke_agent(**request)["completion"]
        try:
            for _ in stream:
                pass
        finally:
            stream.close()
    except ClientError as error:
        if explain(error).kind not in {"invalid", "not_found"}:  # the agent or alias is not there any more
            raise


def _delete(clients: Clients, params: Row) -> None:
    try:
        clients.client("bedrock-agent-runtime").delete_agent_memory(**params)
    except ClientError as error:
        if explain(error).kind != "not_found":  # the agent or alias was deleted meanwhile
            raise
