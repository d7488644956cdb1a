"""Bedrock Agents, read and changed: agents, their memory, and the address book of memory ids."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import calling, clients, clients_of, connection, forgetter, source, workspace
from dashboard.resources.keeping import CONTENTS, FRESH_SECONDS, Row, changing
from services.agents import address_book, bedrock_agents, session_summaries, summary_transfer
from services.agents import changes as agent_changes
from services.agents import deletion as agent_deletion
from services.agents import drafts as agent_drafts
from services.agents import memory as agent_memory
from services.agents import resources as agent_resources
from services.agents.bedrock_agents import AgentView
from services.agents.changes import AgentChange
from services.agents.deletion import DeletionPlan
from services.agents.drafts import ActionGroupDraft, AgentDraft, Step
from services.agents.resources import Maker, Removed
from services.agents.rooms import AgentRoom
from services.agents.session_summaries import SessionRow
from services.agents.summary_transfer import Transfer, Transferred
from services.agents.turns import AgentPlace
from services.listing import Listing
from services.workspace import agent_memories
from services.workspace import agent_resources as made_resources
from services.workspace.agent_memories import Address, Home
from services.workspace.agent_memories import Source as AddressSource
from services.workspace.agent_resources import MadeResource

AGENTS = "agents"
SUMMARIES = "agent-summaries"
SUMMARY_SECONDS = 10
"""Summaries come in the background: they are believed for a shorter time than what only people change."""


@st.cache_data(ttl=FRESH_SECONDS, max_entries=32, show_spinner="Reading the agents…")
def _agents(asked: Source) -> Listing[Row]:
    return bedrock_agents.list_agents(clients_of(asked))


def agents() -> Listing[Row]:
    """The agents of the connection as ListAgents tells them."""
    with calling():
        return _agents(source(AGENTS))


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner="Reading the agent…")
def _agent_view(asked: Source, agent_id: str) -> AgentView:
    return bedrock_agents.view(clients_of(asked), agent_id)


def agent_view(agent_id: str) -> AgentView:
    """One agent with its action groups, aliases and versions."""
    with calling():
        return _agent_view(source(AGENTS), agent_id)


def agent_as_it_is(agent_id: str) -> Row:
    """GetAgent's `agent` now, to make a change from."""
    with calling():
        return bedrock_agents.get_agent(clients(), agent_id)


def forget_agents() -> None:
    """The next look at agents asks AWS again."""
    forgetter(AGENTS)()


def create_agent(draft: AgentDraft, progress: Callable[[Step], None]) -> str:
    """Creates an agent with what it needs, and prepares it; its id."""
    with changing((AGENTS,)):
        return agent_drafts.create(clients(), workspace(), draft, progress)


def change_agent(change: AgentChange, *, memory_may_end: bool) -> Row:
    """UpdateAgent with the whole draft."""
    with changing((AGENTS,)):
        return agent_changes.send(clients(), workspace(), change, memory_may_end=memory_may_end)


def prepare_agent(agent_id: str) -> Row:
    """PrepareAgent, and the agent once it has settled."""
    with changing((AGENTS,)):
        return agent_changes.prepare(clients(), workspace(), agent_id)


def add_action_group(agent_id: str, draft: ActionGroupDraft) -> Row:
    """CreateAgentActionGroup in the draft."""
    with changing((AGENTS,)):
        return _maker(agent_id).action_group(agent_id, draft.request())


def switch_action_group(group: Row, *, enabled: bool) -> None:
    """Enables or disables an action group of the draft."""
    with changing((AGENTS,)):
        agent_changes.switch_action_group(clients(), workspace(), group, enabled=enabled)


def delete_action_group(group: Row) -> None:
    """Deletes an action group of the draft."""
    with changing((AGENTS,)):
        agent_changes.delete_action_group(clients(), workspace(), group)


def create_alias(agent_id: str, name: str) -> Row:
    """CreateAgentAlias: a numbered version of the prepared draft, under a name."""
    with changing((AGENTS,)):
        return _maker(agent_id).alias(agent_id, name)


def delete_alias(agent_id: str, alias_id: str) -> None:
    """DeleteAgentAlias."""
    with changing((AGENTS,)):
        agent_changes.delete_alias(clients(), workspace(), agent_id, alias_id)


def _maker(agent_id: str) -> Maker:
    """What is created for an agent later belongs to the act that created the agent."""
    act = made_resources.made_with_agent(workspace(), connection().key, agent_id)
    return Maker(clients(), workspace(), act or f"agent-{agent_id}")


def deletion_plan(view: AgentView) -> DeletionPlan:
    """What deleting an agent removes."""
    return agent_deletion.plan(clients(), workspace(), view)


def delete_agent(plan: DeletionPlan) -> list[Removed]:
    """Deletes an agent with what was created for it."""
    with changing((AGENTS,), (SUMMARIES,)):
        return agent_deletion.carry_out(clients(), workspace(), plan)


def made_left() -> list[MadeResource]:
    """What the dashboard created at this connection and has not removed."""
    return made_resources.list_left(workspace(), connection().key)


def made_in(act: str) -> list[MadeResource]:
    """What one act created, removed ones included."""
    return made_resources.list_made(workspace(), connection().key, act)


def remove_made(resources: Iterable[MadeResource]) -> list[Removed]:
    """Removes what was created here."""
    with changing((AGENTS,), (SUMMARIES,)):
        return agent_resources.remove_all(clients(), workspace(), resources)


def home(agent_id: str, alias_id: str) -> Home:
    """An alias of an agent at the live connection."""
    return Home(connection().key, agent_id, alias_id)


def addresses(where: Home) -> list[Address]:
    """The known memory ids of an alias: our own database, not cached."""
    return agent_memories.list_addresses(workspace(), where)


def add_addresses(where: Home, memory_ids: Iterable[str], origin: AddressSource) -> int:
    """Writes memory ids into the address book; how many are new."""
    return address_book.add(workspace(), where, clients().actor, memory_ids, origin)


def remove_address(where: Home, memory_id: str) -> None:
    """Takes a memory id out of the address book; at AWS nothing happens."""
    address_book.remove(workspace(), where, memory_id)


@st.cache_data(ttl=SUMMARY_SECONDS, max_entries=256, show_spinner="Reading the summaries…")
def _summaries(asked: Source, where: Home, memory_id: str) -> Listing[Row]:
    return agent_memory.list_summaries(clients_of(asked), workspace(), where, memory_id)


def sessions_of_memory(where: Home, memory_id: str, *, remembers: bool) -> Listing[SessionRow]:
    """The sessions of a memory id with their states and summaries, newest first."""
    with calling():
        found = _summaries(source(SUMMARIES), where, memory_id)
    known = agent_memories.list_sessions(workspace(), where, memory_id)
    rows = session_summaries.session_rows(known, found.rows, datetime.now(UTC), remembers=remembers)
    return Listing(rows, found.complete, found.limit)


def forget_summaries() -> None:
    """The next look at summaries asks AWS again."""
    forgetter(SUMMARIES)()


def delete_agent_memory(where: Home, memory_id: str) -> str | None:
    """Deletes every summary of a memory id; the id of the copy kept before."""
    with changing((SUMMARIES,)):
        return agent_memory.delete_memory(clients(), workspace(), where, memory_id)


def delete_summary(where: Home, memory_id: str, session_id: str) -> str | None:
    """Deletes one session's summary; the id of the copy kept before."""
    with changing((SUMMARIES,)):
        return agent_memory.delete_summary(clients(), workspace(), where, memory_id, session_id)


def copy_summaries(
    plan: Transfer, rows: Sequence[SessionRow], progress: Callable[[int, int], bool | None]
) -> Transferred:
    """Copies summaries into an AgentCore Memory."""
    with changing((CONTENTS, plan.target_memory_id)):
        return summary_transfer.transfer(clients(), workspace(), plan, rows, progress)


def open_room(place: AgentPlace, idle_seconds: int, origin: AddressSource) -> AgentRoom:
    """A conversation with an agent; nothing is sent yet."""
    return AgentRoom(clients(), workspace(), place, idle_seconds, origin)
