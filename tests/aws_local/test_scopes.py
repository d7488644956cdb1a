"""Accounts and regions, told apart by the signature alone: nothing of one is seen in another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.aws_local.agentcore import facts, fresh_name, record, refused, say, strategy_ids, write_records
from tests.aws_local.switches import client
from tests.conftest import Endpoint

HERE = ("333333333333", "us-west-2")
ELSEWHERE = [("444444444444", "us-west-2"), ("333333333333", "eu-west-1")]


def planes(endpoint: Endpoint, account: str, region: str) -> tuple[Any, Any]:
    """Clients of the control and the data plane."""
    services = ("bedrock-agentcore-control", "bedrock-agentcore")
    control, data = (client(endpoint, service, key=account, region=region) for service in services)
    return control, data


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=["another account", "another region"])
def test_ids_and_arns_reach_no_memory_of_another_scope(
    endpoint: Endpoint, elsewhere: tuple[str, str]
) -> None:
    control, data = planes(endpoint, *HERE)
    made = control.create_memory(name=fresh_name(), eventExpiryDuration=30, memoryStrategies=[facts()])[
        "memory"
    ]
    event = say(data, made["id"], "Hello")
    (record_id,) = write_records(data, made["id"], record("r1", "Ann plays chess"))
    other_control, other_data = planes(endpoint, *elsewhere)

    assert made["arn"] == f"arn:aws:bedrock-agentcore:{HERE[1]}:{HERE[0]}:memory/{made['id']}"
    for name in (made["id"], made["arn"]):
        assert data.list_actors(memoryId=name)["actorSummaries"] == [{"actorId": "alice"}]
        place = {"memoryId": name, "actorId": "alice", "sessionId": "session-1"}
        by_name = {"memoryId": name}
        criteria = {"searchQuery": "chess"}
        for operation, params in (
            (other_data.list_actors, by_name),
            (other_data.list_events, place),
            (other_data.get_event, place | {"eventId": event["eventId"]}),
            (other_data.delete_event, place | {"eventId": event["eventId"]}),
            (other_data.get_memory_record, by_name | {"memoryRecordId": record_id}),
            (other_data.delete_memory_record, by_name | {"memoryRecordId": record_id}),
            (other_data.list_memory_records, by_name | {"namespacePath": "/"}),
            (
                other_data.retrieve_memory_records,
                by_name | {"namespacePath": "/", "searchCriteria": criteria},
            ),
            (other_data.list_memory_extraction_jobs, by_name),
        ):
            refused("ResourceNotFoundException", operation, **params)
        refused("ResourceNotFoundException", say, data=other_data, memory_id=name)
    by_id = {"memoryId": made["id"]}
    for operation in (other_control.get_memory, other_control.update_memory, other_control.delete_memory):
        refused("ResourceNotFoundException", operation, **by_id)
    refused("ResourceNotFoundException", other_control.list_tags_for_resource, resourceArn=made["arn"])
    refused("ResourceNotFoundException", other_control.tag_resource, resourceArn=made["arn"], tags={"a": "b"})
    assert other_control.list_memories()["memories"] == []
    assert list(strategy_ids(control, made["id"])) == ["facts"]


def test_an_arn_names_its_own_account_and_region_only(endpoint: Endpoint) -> None:
    """The memory is there, but under a name that says it is somewhere else."""
    control, data = planes(endpoint, *HERE)
    arn = control.create_memory(name=fresh_name(), eventExpiryDuration=30)["memory"]["arn"]

    assert data.list_actors(memoryId=arn)["actorSummaries"] == []
    for foreign in (arn.replace(HERE[0], "444444444444"), arn.replace(HERE[1], "eu-west-1")):
        refused("ResourceNotFoundException", data.list_actors, memoryId=foreign)
        refused("ResourceNotFoundException", control.list_tags_for_resource, resourceArn=foreign)
