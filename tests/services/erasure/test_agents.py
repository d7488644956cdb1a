"""What Bedrock Agents remember of a person goes too, and what cannot be reached is named."""

from __future__ import annotations

from dataclasses import asdict

from services.agents import memory as agent_memory
from services.agents.bedrock_agents import settled
from services.clients import Clients
from services.erasure import erasures
from services.erasure.agents import ClosedAlias
from services.erasure.plan import Plan
from services.erasure.subject import Subject
from services.workspace import agent_memories, audit
from services.workspace.store import Workspace
from tests.conftest import Endpoint
from tests.services.agents import book_a_trip, new_agent, room_of, talk
from tests.services.conftest import eventually
from tests.services.erasure.examples import closed, files_with, preview


def test_what_bedrock_agents_remember_goes_too(fast: Clients, crowded: str, sqlite: Workspace) -> None:
    agent_id = new_agent(fast, sqlite)
    anna, other = "anna-1", "anna-10"
    for memory_id in (anna, other):
        room = book_a_trip(fast, sqlite, agent_id, memory_id, session_id=f"session-of-{memory_id}")
        eventually(
            lambda: agent_memory.list_summaries(fast, sqlite, room.home, memory_id).rows,  # noqa: B023
            bool,
        )
    subject = Subject((anna,))
    found = preview(fast, subject, crowded, agents=True)
    assert [(each.agent_id, each.memory_id, each.summaries) for each in found.agents] == [(agent_id, anna, 1)]
    plan = Plan(subject, (crowded,), everywhere=True, agents=True, agent_summaries=1)
    certificate = closed(fast, sqlite, erasures.begin(fast, sqlite, plan)).certificate
    assert certificate is not None
    assert certificate["bedrockAgents"] == {
        "asked": True,
        "summariesFoundBefore": 1,
        "summariesDeleted": 1,
        "memorySwitchedOff": [],
    }
    assert agent_memory.list_summaries(fast, sqlite, room.home, anna).rows == []
    assert len(agent_memory.list_summaries(fast, sqlite, room.home, other).rows) == 1
    told = [str((row.resource, row.before, row.after)) for row in audit.list_audit(sqlite, 1_000)]
    assert not any(f"session-of-{anna}'" in each or f"'{anna}'" in each for each in told)
    assert any(f"session-of-{other}'" in each for each in told)
    known = {each.memory_id for each in agent_memories.list_addresses(sqlite, room.home)}
    assert anna not in known


def switch_memory(clients: Clients, agent_id: str, *, on: bool) -> None:
    """UpdateAgent as somebody sends it who leaves the memory out, or in."""
    client = clients.client("bedrock-agent")
    agent = client.get_agent(agentId=agent_id)["agent"]
    names = ("agentId", "agentName", "foundationModel", "instruction", "agentResourceRoleArn")
    memory = {"memoryConfiguration": {"enabledMemoryTypes": ["SESSION_SUMMARY"]}} if on else {}
    client.update_agent(**{name: agent[name] for name in names}, **memory)
    client.prepare_agent(agentId=agent_id)
    settled(clients, agent_id)


def test_an_agent_whose_memory_is_switched_off_is_named_and_reached_once_it_is_on_again(
    fast: Clients, crowded: str, sqlite: Workspace
) -> None:
    agent_id = new_agent(fast, sqlite)
    subject = Subject(("berta-1",))
    room = book_a_trip(fast, sqlite, agent_id, "berta-1", session_id="session-of-berta")
    eventually(lambda: agent_memory.list_summaries(fast, sqlite, room.home, "berta-1").rows, bool)
    switch_memory(fast, agent_id, on=False)

    closed_alias = ClosedAlias(agent_id, "TSTALIASID")
    found = preview(fast, subject, crowded, agents=True)
    assert closed_alias in found.closed_agents
    assert agent_id not in {each.agent_id for each in found.agents}
    erasure_id = erasures.begin(fast, sqlite, Plan(subject, (crowded,), agents=True))
    certificate = closed(fast, sqlite, erasure_id).certificate
    assert certificate is not None
    assert asdict(closed_alias) in certificate["bedrockAgents"]["memorySwitchedOff"]
    assert any(f"{agent_id}/TSTALIASID" in each for each in certificate["notCovered"])

    switch_memory(fast, agent_id, on=True)
    found = preview(fast, subject, crowded, agents=True)
    assert agent_id not in {each.agent_id for each in found.closed_agents}
    assert [each.summaries for each in found.agents if each.agent_id == agent_id] == [1]


def test_what_was_said_in_a_session_that_is_still_open_goes_too(
    fast: Clients, crowded: str, sqlite: Workspace, own: Endpoint
) -> None:
    """No summary is listed of it yet; one would be made when it ends."""
    agent_id = new_agent(fast, sqlite)
    said = "zqharpsichordist"
    room = room_of(fast, sqlite, agent_id, "session-of-carla", "carla-1")
    talk(room, f"I am a {said}.")
    assert files_with(own.data_dir, said)
    erasure_id = erasures.begin(fast, sqlite, Plan(Subject(("carla-1",)), (crowded,), agents=True))
    assert closed(fast, sqlite, erasure_id).certificate
    eventually(lambda: files_with(own.data_dir, said), lambda found: not found)
