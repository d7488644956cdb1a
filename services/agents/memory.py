"""The memory of Bedrock Agents: session summaries, listed and deleted through bedrock-agent-runtime.

GetAgentMemory tells the summaries of one memory id of one alias; nothing lists the memory ids. Summaries are
made in the background after a session ended, minutes later on AWS, and a deletion does not wait for those
under way (nothing says that it cancels them): so a deletion is looked at again.
"""

from __future__ import annotations

from typing import Any

from services.agents.bedrock_agents import SESSION_SUMMARY
from services.agents.operations import DELETE_ONE_SUMMARY
from services.auditing import audited
from services.authorization import acting, authorize, current_role
from services.clients import Clients
from services.listing import Listing, collect, pages
from services.workspace import agent_memories, copies
from services.workspace.agent_memories import Home
from services.workspace.store import Workspace

Row = dict[str, Any]


def list_summaries(
    clients: Clients, workspace: Workspace, home: Home, memory_id: str, limit: int | None = 1000
) -> Listing[Row]:
    """The session summaries of a memory id, newest session first (AWS promises no order).

    What is listed is noted in the address book, so that an expiry can be told from a deletion later.
    """
    params = {
        "agentId": home.agent_id,
        "agentAliasId": home.alias_id,
        "memoryId": memory_id,
        "memoryType": SESSION_SUMMARY,
    }
    client = clients.client("bedrock-agent-runtime")
    listing = collect(pages(client, "get_agent_memory", limit, params), "memoryContents", limit)
    rows = [content["sessionSummary"] for content in listing.rows if content.get("sessionSummary")]
    named = [row for row in rows if row.get("sessionId")]
    agent_memories.summaries_seen(workspace, home, memory_id, named)
    rows.sort(key=_begun, reverse=True)
    return Listing(rows, listing.complete, listing.limit)


def delete_memory(clients: Clients, workspace: Workspace, home: Home, memory_id: str) -> str | None:
    """DeleteAgentMemory of a whole memory id, every session's summary; the id of the copy kept before.

    None when there was nothing to copy. Raises NotAuthorized before anything is read.
    """
    authorize(current_role(), "DeleteAgentMemory")
    copy_id = _keep(clients, workspace, home, memory_id, None)
    _delete(clients, workspace, home, memory_id, None, copy_id)
    agent_memories.summaries_deleted(workspace, home, memory_id)
    return copy_id


def delete_summary(
    clients: Clients, workspace: Workspace, home: Home, memory_id: str, session_id: str
) -> str | None:
    """DeleteAgentMemory of one session's summary; the id of the copy kept before, None for nothing."""
    with acting(current_role(), DELETE_ONE_SUMMARY):
        copy_id = _keep(clients, workspace, home, memory_id, session_id)
        _delete(clients, workspace, home, memory_id, session_id, copy_id)
    agent_memories.summaries_deleted(workspace, home, memory_id, session_id)
    return copy_id


def _keep(
    clients: Clients, workspace: Workspace, home: Home, memory_id: str, session_id: str | None
) -> str | None:
    rows = list_summaries(clients, workspace, home, memory_id, limit=None).rows
    kept = [row for row in rows if session_id in (None, row.get("sessionId"))]
    if not kept:
        return None
    document = {"connection": clients.connection.key, "home": vars(home), "summaries": kept}
    return copies.save(workspace, "agent-summaries", _resource(home, memory_id, session_id), document)


def _delete(  # noqa: PLR0917 - where a summary is takes its names
    clients: Clients,
    workspace: Workspace,
    home: Home,
    memory_id: str,
    session_id: str | None,
    copy_id: str | None,
) -> None:
    params = {"agentId": home.agent_id, "agentAliasId": home.alias_id, "memoryId": memory_id}
    if session_id is not None:
        params["sessionId"] = session_id
    resource = _resource(home, memory_id, session_id)
    with audited(clients, workspace, "DeleteAgentMemory", resource, before={"copy": copy_id}):
        clients.client("bedrock-agent-runtime").delete_agent_memory(**params)


def _resource(home: Home, memory_id: str, session_id: str | None) -> str:
    place = [home.agent_id, home.alias_id, memory_id, *([session_id] if session_id else [])]
    return "/".join(place)


def _begun(row: Row) -> float:
    moment = row.get("sessionStartTime")
    return moment.timestamp() if moment else 0.0
