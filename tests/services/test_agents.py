"""Agents in the embedded endpoint: created with what they need, changed as a whole, deleted with it all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.agents import bedrock_agents
from services.agents import changes as agent_changes
from services.agents import deletion as agent_deletion
from services.agents import drafts as agent_drafts
from services.agents.changes import AgentChange, whole_request, with_memory
from services.agents.drafts import ActionGroupDraft, MemoryDraft
from services.clients import Clients
from services.errors import AgentChangedMeanwhile, InvalidDraft, NotAuthorized
from services.workspace import agent_resources
from services.workspace.store import Workspace
from tests.services.agents import book_a_trip, draft, new_agent


@pytest.fixture(scope="module")
def agent_id(live: Clients, trail: Workspace) -> str:
    """An agent for tests that only look, or put back what they change."""
    return new_agent(live, trail, memory=MemoryDraft(storage_days=20, max_recent_sessions=3))


def test_an_agent_comes_prepared_with_memory_and_what_it_was_made_of_is_listed(
    live: Clients, trail: Workspace, agent_id: str
) -> None:
    view = bedrock_agents.view(live, agent_id)
    assert view.agent["agentStatus"] == "PREPARED"
    settings = bedrock_agents.memory_settings(view.agent)
    assert settings == bedrock_agents.AgentMemorySettings(20, 3)
    assert [group["actionGroupName"] for group in view.action_groups] == ["Bookings"]
    assert view.aliases[0]["agentAliasId"] == "TSTALIASID"
    act = agent_resources.made_with_agent(trail, live.connection.key, agent_id)
    assert act is not None
    kinds = {each.kind for each in agent_resources.list_made(trail, live.connection.key, act)}
    assert kinds == {"policy", "role", "attachment", "agent", "action-group"}


def test_a_creation_that_fails_leaves_nothing_behind(live: Clients, trail: Workspace, agent_id: str) -> None:
    name = bedrock_agents.get_agent(live, agent_id)["agentName"]
    before = agent_resources.list_left(trail, live.connection.key)
    with pytest.raises(ClientError):
        agent_drafts.create(live, trail, draft(name=name))
    assert agent_resources.list_left(trail, live.connection.key) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "two  words"}, "name has characters"),
        ({"instruction": "too short"}, "at least 40"),
        ({"memory": MemoryDraft(storage_days=400)}, "between 0 and 365"),
        ({"idle_seconds": 10}, "between 60 and 5400"),
        ({"role_arn": "not-an-arn"}, "role's ARN"),
        ({"action_group": ActionGroupDraft("G", "{")}, "not JSON"),
        ({"action_group": ActionGroupDraft("G", '[{"description": "nameless"}]')}, "must be a list"),
        (
            {"action_group": ActionGroupDraft("G", '[{"name":"f","parameters":{"x":{"type":"date"}}}]')},
            "type of",
        ),
        ({"action_group": ActionGroupDraft("G", "[]", lambda_arn="nowhere")}, "must be a list"),
    ],
)
def test_what_aws_would_refuse_is_told_before_anything_is_sent(change: dict[str, Any], words: str) -> None:
    assert any(words in problem for problem in draft(**change).problems())
    assert draft().problems() == []


def test_an_update_sends_the_whole_agent_and_keeps_its_memory(live: Clients, trail: Workspace) -> None:
    agent_id = new_agent(live, trail, memory=MemoryDraft(storage_days=20, max_recent_sessions=3))
    before = bedrock_agents.get_agent(live, agent_id)
    change = AgentChange(before, before | {"description": "Changed."})
    assert [each.name for each in change.differences()] == ["Description"]
    agent_changes.send(live, trail, change)
    after = bedrock_agents.settled(live, agent_id)
    assert after["description"] == "Changed."
    for member in ("instruction", "memoryConfiguration", "foundationModel", "idleSessionTTLInSeconds"):
        assert after[member] == before[member]
    assert after["agentStatus"] == "NOT_PREPARED"
    differs = bedrock_agents.draft_differs(after, [])
    assert differs is not None
    assert "differs" in differs
    prepared = agent_changes.prepare(live, trail, agent_id)
    assert bedrock_agents.draft_differs(prepared, bedrock_agents.list_action_groups(live, agent_id)) is None


def test_memory_is_not_switched_off_by_mistake(live: Clients, trail: Workspace, agent_id: str) -> None:
    before = bedrock_agents.get_agent(live, agent_id)
    change = AgentChange(before, with_memory(before, None))
    assert change.switches_memory_off
    with pytest.raises(InvalidDraft, match="unreachable"):
        agent_changes.send(live, trail, change)
    assert bedrock_agents.get_agent(live, agent_id)["updatedAt"] == before["updatedAt"]


def test_memory_can_be_switched_off_and_on_by_intent(live: Clients, trail: Workspace) -> None:
    agent_id = new_agent(live, trail, action_group=None)
    for memory in (None, MemoryDraft(10)):
        before = bedrock_agents.settled(live, agent_id)
        change = AgentChange(before, with_memory(before, memory))
        agent_changes.send(live, trail, change, memory_may_end=True)
        settings = bedrock_agents.memory_settings(bedrock_agents.settled(live, agent_id))
        assert (settings is None) == (memory is None)


def test_a_change_of_somebody_else_is_not_overwritten(live: Clients, trail: Workspace, agent_id: str) -> None:
    before = bedrock_agents.get_agent(live, agent_id)
    stale = before | {"updatedAt": before["updatedAt"].replace(year=2020)}
    with pytest.raises(AgentChangedMeanwhile) as raised:
        agent_changes.send(live, trail, AgentChange(stale, stale | {"description": "Mine."}))
    assert raised.value.agent["agentId"] == agent_id


def test_of_the_prompts_only_those_of_ones_own_are_sent_again(live: Clients, agent_id: str) -> None:
    own = {"promptType": "ORCHESTRATION", "promptCreationMode": "OVERRIDDEN", "basePromptTemplate": "…"}
    default = {"promptType": "PRE_PROCESSING", "promptCreationMode": "DEFAULT", "basePromptTemplate": "AWS's"}
    parsed = default | {"promptType": "MEMORY_SUMMARIZATION", "parserMode": "OVERRIDDEN"}
    agent = bedrock_agents.get_agent(live, agent_id)
    request = whole_request(
        agent | {"promptOverrideConfiguration": {"promptConfigurations": [own, default, parsed]}}
    )
    sent = request["promptOverrideConfiguration"]["promptConfigurations"]
    assert sent[0] == own
    assert [prompt["promptType"] for prompt in sent] == ["ORCHESTRATION", "MEMORY_SUMMARIZATION"]
    assert "basePromptTemplate" not in sent[1]
    only_default = agent | {"promptOverrideConfiguration": {"promptConfigurations": [default]}}
    assert "promptOverrideConfiguration" not in whole_request(only_default)


def test_an_action_group_keeps_its_description_when_it_is_switched(live: Clients, trail: Workspace) -> None:
    agent_id = new_agent(live, trail)
    (group,) = bedrock_agents.list_action_groups(live, agent_id)
    changed = agent_changes.switch_action_group(live, trail, group, enabled=False)
    assert changed["actionGroupState"] == "DISABLED"
    assert changed["functionSchema"] == group["functionSchema"]
    agent_changes.delete_action_group(live, trail, changed)
    assert bedrock_agents.list_action_groups(live, agent_id) == []


def test_deleting_removes_the_agent_and_all_that_was_made_for_it(live: Clients, trail: Workspace) -> None:
    agent_id = new_agent(live, trail)
    live.client("bedrock-agent").create_agent_alias(agentId=agent_id, agentAliasName="live")
    bedrock_agents.settled(live, agent_id)
    book_a_trip(live, trail, agent_id, "anna")
    plan = agent_deletion.plan(live, trail, bedrock_agents.view(live, agent_id))
    assert [each.kind for each in plan.resources] == ["alias", "agent", "attachment", "role", "policy"]
    assert plan.memory_ids == {"TSTALIASID": ["anna"]}
    removed = agent_deletion.carry_out(live, trail, plan)
    assert [each.fault for each in removed] == [None] * len(plan.resources)
    assert agent_id not in {row["agentId"] for row in bedrock_agents.list_agents(live).rows}
    left = agent_resources.list_left(trail, live.connection.key)
    assert [each for each in left if each.params.get("agentId") == agent_id] == []
    again = replace(plan, memory_ids={})
    assert [each.fault for each in agent_deletion.carry_out(live, trail, again)] == [None] * 5


def test_a_curator_creates_and_deletes_no_agent(
    live: Clients, trail: Workspace, agent_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = agent_deletion.plan(live, trail, bedrock_agents.view(live, agent_id))
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "curator")
    with pytest.raises(NotAuthorized):
        agent_drafts.create(live, trail, draft())
    with pytest.raises(NotAuthorized):
        agent_deletion.carry_out(live, trail, plan)
