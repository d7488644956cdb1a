"""Agents, action groups, aliases and versions, as their control plane has them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from tests.aws_local.agentcore import everything, refused
from tests.aws_local.travel import FUNCTIONS, GROUP, MODEL, ROLE_ARN, Clients, definition
from tests.conftest import Endpoint

TEST_ALIAS = "TSTALIASID"
MEMORY = {"enabledMemoryTypes": ["SESSION_SUMMARY"]}


def status(travel: Clients, agent_id: str) -> str:
    found: str = travel.control.get_agent(agentId=agent_id)["agent"]["agentStatus"]
    return found


def test_an_agent_is_made_changed_and_prepared(travel: Clients) -> None:
    made = travel.control.create_agent(**definition(description="Trips", idleSessionTTLInSeconds=900))[
        "agent"
    ]
    agent_id = made["agentId"]
    assert made["agentStatus"] == "CREATING"
    assert len(agent_id) == 10
    assert made["agentArn"].endswith(f":agent/{agent_id}")
    assert made["memoryConfiguration"] == {
        "enabledMemoryTypes": ["SESSION_SUMMARY"],
        "storageDays": 30,
        "sessionSummaryConfiguration": {"maxRecentSessions": 20},
    }
    assert status(travel, agent_id) == "NOT_PREPARED"
    assert "preparedAt" not in travel.control.get_agent(agentId=agent_id)["agent"]

    assert travel.control.prepare_agent(agentId=agent_id)["agentStatus"] == "PREPARING"
    assert status(travel, agent_id) == "PREPARED"
    travel.group(agent_id)
    assert status(travel, agent_id) == "NOT_PREPARED"
    travel.control.prepare_agent(agentId=agent_id)
    found = travel.control.get_agent(agentId=agent_id)["agent"]
    assert found["preparedAt"] >= found["updatedAt"]


def test_update_agent_replaces_the_draft_and_drops_the_memory(travel: Clients) -> None:
    agent_id = travel.prepared(description="Trips")
    changed = travel.control.update_agent(
        agentId=agent_id, agentName="other-name", foundationModel=MODEL, agentResourceRoleArn=ROLE_ARN
    )["agent"]
    assert changed["agentStatus"] == "UPDATING"
    found = travel.control.get_agent(agentId=agent_id)["agent"]
    assert found["agentStatus"] == "NOT_PREPARED"
    assert found["agentName"] == "other-name"
    assert not found.keys() & {"memoryConfiguration", "description", "instruction"}

    # What was prepared answers on, with its memory, until the agent is prepared again.
    assert travel.memory(agent_id, "anna") == []
    missing = refused("ValidationException", travel.control.prepare_agent, agentId=agent_id)
    assert "instruction" in missing
    without_memory = definition()
    del without_memory["memoryConfiguration"]
    travel.control.update_agent(agentId=agent_id, **without_memory)
    travel.control.prepare_agent(agentId=agent_id)
    where = {"agentId": agent_id, "agentAliasId": TEST_ALIAS, "memoryId": "anna"}
    told = refused(
        "ValidationException", travel.runtime.get_agent_memory, **where, memoryType="SESSION_SUMMARY"
    )
    assert "Memory is not enabled" in told
    invoke = {"sessionId": "s1", "inputText": "hello"}
    told = refused("ValidationException", travel.runtime.invoke_agent, **where, **invoke)
    assert "memory is not enabled" in told


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"agentName": "no spaces allowed"}, "agentName"),
        ({"memoryConfiguration": MEMORY | {"storageDays": 400}}, "memoryConfiguration.storageDays"),
        ({"memoryConfiguration": {"enabledMemoryTypes": ["X"]}}, "memoryConfiguration.enabledMemoryTypes"),
        ({"idleSessionTTLInSeconds": 6000}, "idleSessionTTLInSeconds"),
        ({"instruction": "x" * 4001}, "instruction"),
        ({"agentResourceRoleArn": "nobody"}, "agentResourceRoleArn"),
    ],
)
def test_what_breaks_the_model_is_refused_by_name(
    travel: Clients, changes: dict[str, Any], complaint: str
) -> None:
    told = refused("ValidationException", travel.control.create_agent, **definition(**changes))
    assert f"'{complaint}" in told
    assert "failed to satisfy constraint" in told


def test_names_are_unique_and_repeated_requests_change_nothing(travel: Clients) -> None:
    params = definition()
    token = "t" * 40
    first = travel.control.create_agent(**params, clientToken=token)["agent"]["agentId"]
    assert travel.control.create_agent(**params, clientToken=token)["agent"]["agentId"] == first
    refused("ConflictException", travel.control.create_agent, **params)
    travel.control.delete_agent(agentId=first)
    refused("ResourceNotFoundException", travel.control.get_agent, agentId=first)
    second = travel.control.create_agent(**params)["agent"]["agentId"]
    assert second != first


def test_lists_are_paged(travel: Clients) -> None:
    made = [travel.agent() for _ in range(3)]
    found = everything(travel.control.list_agents, "agentSummaries", maxResults=2)
    assert [each["agentId"] for each in found][:3] == list(reversed(made))
    token = travel.control.list_agents(maxResults=1)["nextToken"]
    refused("ValidationException", travel.control.list_agents, maxResults=1, nextToken=token[:-2] + "AA")
    groups = [travel.group(made[0], name=f"group-{number}") for number in range(3)]
    where = {"agentId": made[0], "agentVersion": "DRAFT", "maxResults": 2}
    listed = everything(travel.control.list_agent_action_groups, "actionGroupSummaries", **where)
    assert [each["actionGroupId"] for each in listed] == groups
    pages = travel.control.get_paginator("list_agents").paginate(PaginationConfig={"PageSize": 2})
    assert {each["agentId"] for page in pages for each in page["agentSummaries"]} >= set(made)


def test_an_action_group_is_replaced_and_deleted_when_it_is_disabled(travel: Clients) -> None:
    agent_id = travel.agent()
    group_id = travel.group(agent_id)
    where = {"agentId": agent_id, "agentVersion": "DRAFT", "actionGroupId": group_id}
    found = travel.control.get_agent_action_group(**where)["agentActionGroup"]
    assert found["actionGroupState"] == "ENABLED"
    assert [each["name"] for each in found["functionSchema"]["functions"]] == [
        each["name"] for each in FUNCTIONS
    ]
    told = refused("ConflictException", travel.control.delete_agent_action_group, **where)
    assert told == (
        f"ActionGroup with name {GROUP} cannot be deleted when it is Enabled. Either use "
        "SkipResourceInUseCheckOnDelete flag or mark it as Disabled."
    )
    travel.control.update_agent_action_group(**where, actionGroupName="Renamed", actionGroupState="DISABLED")
    found = travel.control.get_agent_action_group(**where)["agentActionGroup"]
    assert found["actionGroupName"] == "Renamed"
    assert "functionSchema" not in found
    travel.control.delete_agent_action_group(**where)
    refused("ResourceNotFoundException", travel.control.get_agent_action_group, **where)
    refused(
        "ValidationException",
        travel.control.create_agent_action_group,
        agentId=agent_id,
        agentVersion="DRAFT",
        actionGroupName="asks",
        description="has none",
        parentActionGroupSignature="AMAZON.UserInput",
    )


def test_an_alias_keeps_a_version_of_the_prepared_draft(travel: Clients) -> None:
    agent_id = travel.agent()
    told = refused(
        "ValidationException", travel.control.create_agent_alias, agentId=agent_id, agentAliasName="live"
    )
    assert told == "Create operation can't be performed on AgentAlias when Agent is in Not Prepared state."
    travel.group(agent_id)
    travel.control.prepare_agent(agentId=agent_id)
    made = travel.control.create_agent_alias(agentId=agent_id, agentAliasName="live")["agentAlias"]
    assert made["agentAliasStatus"] == "CREATING"
    assert made["routingConfiguration"] == [{"agentVersion": "1"}]
    alias = {"agentId": agent_id, "agentAliasId": made["agentAliasId"]}
    found = travel.control.get_agent_alias(**alias)["agentAlias"]
    assert found["agentAliasStatus"] == "PREPARED"

    version = travel.control.get_agent_version(agentId=agent_id, agentVersion="1")["agentVersion"]
    assert version["version"] == "1"
    listed = travel.control.list_agent_versions(agentId=agent_id)["agentVersionSummaries"]
    assert [each["agentVersion"] for each in listed] == ["DRAFT", "1"]
    names = [
        each["agentAliasId"]
        for each in travel.control.list_agent_aliases(agentId=agent_id)["agentAliasSummaries"]
    ]
    assert names == [made["agentAliasId"], TEST_ALIAS]

    second = travel.control.create_agent_alias(agentId=agent_id, agentAliasName="next")["agentAlias"]
    routing = second["routingConfiguration"]
    assert routing == [{"agentVersion": "2"}]
    travel.control.update_agent_alias(**alias, agentAliasName="live", routingConfiguration=routing)
    history = travel.control.get_agent_alias(**alias)["agentAlias"]["agentAliasHistoryEvents"]
    assert [each["routingConfiguration"][0]["agentVersion"] for each in history] == ["1", "2"]
    assert "endDate" in history[0]
    assert "endDate" not in history[1]


def test_what_is_in_use_is_deleted_only_when_that_is_asked_for(travel: Clients) -> None:
    agent_id = travel.prepared()
    alias = travel.control.create_agent_alias(agentId=agent_id, agentAliasName="live")["agentAlias"]
    version = {"agentId": agent_id, "agentVersion": "1"}
    refused("ConflictException", travel.control.delete_agent_version, **version)
    told = refused("ConflictException", travel.control.delete_agent, agentId=agent_id)
    assert told == f"Could not delete Agent with ID {agent_id}, since it has active aliases"
    where = {"agentId": agent_id, "agentAliasId": alias["agentAliasId"]}
    refused(
        "ValidationException",
        travel.control.delete_agent_alias,
        agentId=agent_id,
        agentAliasId=TEST_ALIAS,
    )
    assert travel.control.delete_agent_alias(**where)["agentAliasStatus"] == "DELETING"
    refused("ResourceNotFoundException", travel.control.get_agent_alias, **where)
    travel.control.delete_agent_version(**version)
    refused("ResourceNotFoundException", travel.control.get_agent_version, **version)
    assert travel.control.delete_agent(agentId=agent_id)["agentStatus"] == "DELETING"

    other = travel.prepared()
    travel.control.create_agent_alias(agentId=other, agentAliasName="live")
    travel.control.delete_agent(agentId=other, skipResourceInUseCheck=True)
    refused("ResourceNotFoundException", travel.control.get_agent, agentId=other)


def test_tags_of_agents_and_aliases(travel: Clients) -> None:
    agent_id = travel.prepared(tags={"team": "travel"})
    arn = travel.control.get_agent(agentId=agent_id)["agent"]["agentArn"]
    travel.control.tag_resource(resourceArn=arn, tags={"stage": "test"})
    travel.control.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert travel.control.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "test"}
    alias = travel.control.create_agent_alias(agentId=agent_id, agentAliasName="a", tags={"x": "y"})
    alias_arn = alias["agentAlias"]["agentAliasArn"]
    assert travel.control.list_tags_for_resource(resourceArn=alias_arn)["tags"] == {"x": "y"}
    refused(
        "ResourceNotFoundException",
        travel.control.list_tags_for_resource,
        resourceArn=arn.replace(agent_id, "AAAAAAAAAA"),
    )


def test_accounts_and_regions_are_kept_apart(agents_endpoint: Endpoint, travel: Clients) -> None:
    agent_id = travel.prepared()
    for region, key in (("us-west-2", "222233334444"), ("eu-central-1", "testing")):
        session = boto3.Session(key, "secret", region_name=region)
        for service, name, params in (
            ("bedrock-agent", "get_agent", {}),
            ("bedrock-agent-runtime", "invoke_agent", {"agentAliasId": TEST_ALIAS, "sessionId": "s1"}),
        ):
            client: Any = session.client(service, endpoint_url=agents_endpoint.url)  # type: ignore[call-overload]
            more = {"inputText": "hello"} if params else {}
            refused("ResourceNotFoundException", getattr(client, name), agentId=agent_id, **params, **more)
            client.close()
