"""Memory resources, strategies and tags, through boto3."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.aws_local.agentcore import (
    ROLE_ARN,
    everything,
    facts,
    fresh_name,
    new_memory,
    refused,
    say,
    strategy_ids,
)
from tests.conftest import Endpoint

OVERRIDE = {"appendToPrompt": "Only orders.", "modelId": "some.model-v1"}


def memory_of(control: Any, memory_id: str) -> dict[str, Any]:
    found: dict[str, Any] = control.get_memory(memoryId=memory_id)["memory"]
    return found


def test_a_new_memory_shows_what_was_set_and_nothing_else(control: Any) -> None:
    name = fresh_name("Demo")
    created = control.create_memory(name=name, eventExpiryDuration=30)["memory"]
    assert re.fullmatch(rf"{name}-[A-Za-z0-9]{{10}}", created["id"])
    assert created["arn"] == f"arn:aws:bedrock-agentcore:us-west-2:000000000000:memory/{created['id']}"
    assert created["status"] == "CREATING"  # on AWS always; here it is over at once
    assert created["strategies"] == []
    assert created["createdAt"] == created["updatedAt"]
    assert not {"description", "encryptionKeyArn", "failureReason", "indexedKeys"} & created.keys()
    assert memory_of(control, created["id"]) == created | {"status": "ACTIVE"}


def test_built_in_strategies_have_default_namespaces_under_both_names_and_no_configuration(
    control: Any,
) -> None:
    kinds = ("semantic", "userPreference", "summary", "episodic")
    memory_id = new_memory(control, *({f"{kind}MemoryStrategy": {"name": kind}} for kind in kinds))
    shown = {each["name"]: each for each in memory_of(control, memory_id)["strategies"]}
    actor = "/strategies/{memoryStrategyId}/actors/{actorId}/"
    templates = {kind: shown[kind]["namespaceTemplates"] for kind in kinds}
    assert templates == {
        "semantic": [actor],
        "userPreference": [actor],
        "summary": [actor + "sessions/{sessionId}/"],
        "episodic": [actor + "sessions/{sessionId}/"],
    }
    assert [shown[kind]["type"] for kind in kinds] == [
        "SEMANTIC",
        "USER_PREFERENCE",
        "SUMMARIZATION",
        "EPISODIC",
    ]
    for strategy in shown.values():
        assert strategy["namespaces"] == strategy["namespaceTemplates"]
        assert ("configuration" in strategy) == (strategy["type"] == "EPISODIC")  # where reflections go
        assert re.fullmatch(rf"{strategy['name']}-[A-Za-z0-9]{{10}}", strategy["strategyId"])


@pytest.mark.parametrize(
    ("override", "steps", "kind"),
    [
        ("semantic", ("extraction", "consolidation"), "SEMANTIC_OVERRIDE"),
        ("userPreference", ("extraction", "consolidation"), "USER_PREFERENCE_OVERRIDE"),
        ("summary", ("consolidation",), "SUMMARY_OVERRIDE"),
        ("episodic", ("extraction", "consolidation", "reflection"), "EPISODIC_OVERRIDE"),
    ],
)
def test_an_override_comes_back_in_the_output_shape(
    control: Any, override: str, steps: tuple[str, ...], kind: str
) -> None:
    given = {f"{override}Override": dict.fromkeys(steps, OVERRIDE)}
    custom = {"customMemoryStrategy": {"name": "own", "configuration": given}}
    memory_id = new_memory(control, custom, memoryExecutionRoleArn=ROLE_ARN)
    (strategy,) = memory_of(control, memory_id)["strategies"]
    assert strategy["type"] == "CUSTOM"
    assert strategy["configuration"]["type"] == kind
    for step in steps:
        shown = strategy["configuration"][step]
        name = step.capitalize()
        assert shown == {f"custom{name}Configuration": {f"{override}{name}Override": OVERRIDE}}


def test_a_self_managed_strategy_can_be_shown(control: Any) -> None:
    invocation = {
        "topicArn": "arn:aws:sns:us-west-2:123456789012:topic",
        "payloadDeliveryBucketName": "bucket",
    }
    custom = {
        "name": "own",
        "configuration": {"selfManagedConfiguration": {"invocationConfiguration": invocation}},
    }
    memory_id = new_memory(control, {"customMemoryStrategy": custom}, memoryExecutionRoleArn=ROLE_ARN)
    (strategy,) = memory_of(control, memory_id)["strategies"]
    assert strategy["configuration"]["type"] == "SELF_MANAGED"
    shown = strategy["configuration"]["selfManagedConfiguration"]
    assert shown["invocationConfiguration"] == invocation
    assert shown["triggerConditions"]


@pytest.mark.parametrize(
    ("strategies", "settings", "message"),
    [
        (
            [{"customMemoryStrategy": {"name": "own", "configuration": {"summaryOverride": {}}}}],
            {},
            "memoryExecutionRoleArn",
        ),
        ([{"customMemoryStrategy": {"name": "own"}}], {"memoryExecutionRoleArn": ROLE_ARN}, "configuration"),
        ([facts("/a/{tenant}/")], {}, "tenant"),
        ([{"summaryMemoryStrategy": {"name": "s", "namespaces": ["/s/{actorId}/"]}}], {}, "sessionId"),
        ([facts(), facts()], {}, "already exists"),
        ([facts(namespaces=["/other/"])], {}, "must not differ"),
        ([facts(recordExpirySpecification={"action": "REMOVE"})], {}, "REMOVE"),
    ],
)
def test_wrong_strategies_are_refused_and_leave_no_memory(
    control: Any, strategies: list[dict[str, Any]], settings: dict[str, Any], message: str
) -> None:
    name = fresh_name()
    params = {"name": name, "eventExpiryDuration": 30, "memoryStrategies": strategies}
    assert message in refused("ValidationException", control.create_memory, **params, **settings)
    assert control.create_memory(name=name, eventExpiryDuration=30)["memory"]["name"] == name


def test_a_name_is_taken_until_its_memory_is_deleted(control: Any) -> None:
    name = fresh_name()
    memory_id = new_memory(control, name=name)
    text = refused("ValidationException", control.create_memory, name=name, eventExpiryDuration=30)
    assert text == f"Memory with name {name} already exists"
    assert control.delete_memory(memoryId=memory_id)["status"] == "DELETING"
    refused("ResourceNotFoundException", control.get_memory, memoryId=memory_id)
    assert new_memory(control, name=name) != memory_id


def test_a_repeated_client_token_changes_nothing(control: Any) -> None:
    params = {"name": fresh_name(), "eventExpiryDuration": 30, "clientToken": "token-" + "0" * 33}
    first = control.create_memory(**params)["memory"]
    assert control.create_memory(**params)["memory"] == first

    added = {"addMemoryStrategies": [facts()]}
    update = {"memoryId": first["id"], "memoryStrategies": added, "clientToken": "token-" + "1" * 33}
    changed = control.update_memory(**update)["memory"]
    assert control.update_memory(**update)["memory"] == changed


def test_a_repeated_deletion_is_answered_like_the_first(control: Any) -> None:
    first, second = new_memory(control), new_memory(control)
    token = {"clientToken": "token-" + "3" * 33}
    answer = control.delete_memory(memoryId=first, **token)
    again = control.delete_memory(memoryId=first, **token)
    assert (again["memoryId"], again["status"]) == (answer["memoryId"], answer["status"])
    control.delete_memory(memoryId=second, **token)  # a token of another memory's deletion stops nothing
    for memory_id in (first, second):
        refused("ResourceNotFoundException", control.get_memory, memoryId=memory_id)
        other = {"clientToken": "token-" + "4" * 33}
        refused("ResourceNotFoundException", control.delete_memory, memoryId=memory_id, **other)


def test_a_client_token_makes_a_new_memory_when_its_first_is_gone(control: Any) -> None:
    params = {"name": fresh_name(), "eventExpiryDuration": 30, "clientToken": "token-" + "2" * 33}
    first = control.create_memory(**params)["memory"]["id"]
    control.delete_memory(memoryId=first)
    second = control.create_memory(**params)["memory"]["id"]
    assert second != first
    assert control.create_memory(**params)["memory"]["id"] == second


def test_settings_are_updated_and_the_rest_stays(control: Any) -> None:
    memory_id = new_memory(control, description="old", tags={"team": "red"})
    updated = control.update_memory(memoryId=memory_id, description="new", eventExpiryDuration=90)["memory"]
    assert (updated["description"], updated["eventExpiryDuration"]) == ("new", 90)
    assert updated["status"] == "ACTIVE"
    assert updated["updatedAt"] >= updated["createdAt"]
    assert control.list_tags_for_resource(resourceArn=updated["arn"])["tags"] == {"team": "red"}


def test_strategies_are_added_modified_and_deleted(control: Any) -> None:
    memory_id = new_memory(control, facts(), {"summaryMemoryStrategy": {"name": "sums"}})
    ids = strategy_ids(control, memory_id)
    control.update_memory(
        memoryId=memory_id,
        memoryStrategies={
            "addMemoryStrategies": [{"userPreferenceMemoryStrategy": {"name": "prefs"}}],
            "modifyMemoryStrategies": [
                {
                    "memoryStrategyId": ids["facts"],
                    "description": "what is",
                    "namespaceTemplates": ["/known/{actorId}/"],
                    "recordExpirySpecification": {"recordExpiryDurationDays": 40},
                }
            ],
            "deleteMemoryStrategies": [{"memoryStrategyId": ids["sums"]}],
        },
    )
    shown = {each["name"]: each for each in memory_of(control, memory_id)["strategies"]}
    assert shown.keys() == {"facts", "prefs"}
    assert shown["facts"]["description"] == "what is"
    assert shown["facts"]["namespaces"] == ["/known/{actorId}/"]
    assert shown["facts"]["recordExpiryDurationDays"] == 40
    unknown = {"deleteMemoryStrategies": [{"memoryStrategyId": ids["sums"]}]}
    refused("ValidationException", control.update_memory, memoryId=memory_id, memoryStrategies=unknown)


def test_an_override_is_modified_step_by_step(control: Any) -> None:
    given = {"semanticOverride": {"extraction": OVERRIDE, "consolidation": OVERRIDE}}
    custom = {"customMemoryStrategy": {"name": "own", "configuration": given}}
    memory_id = new_memory(control, custom, memoryExecutionRoleArn=ROLE_ARN)
    changed = OVERRIDE | {"appendToPrompt": "Only refunds."}
    step = {"customExtractionConfiguration": {"semanticExtractionOverride": changed}}
    change = {
        "memoryStrategyId": strategy_ids(control, memory_id)["own"],
        "configuration": {"extraction": step},
    }
    updated = control.update_memory(memoryId=memory_id, memoryStrategies={"modifyMemoryStrategies": [change]})
    configuration = updated["memory"]["strategies"][0]["configuration"]
    assert configuration["extraction"] == step
    kept = {"semanticConsolidationOverride": OVERRIDE}
    assert configuration["consolidation"] == {"customConsolidationConfiguration": kept}


def test_indexed_keys_grow_and_never_change_type(control: Any) -> None:
    memory_id = new_memory(control, indexedKeys=[{"key": "priority", "type": "STRING"}])
    added = [{"key": "cost", "type": "NUMBER"}]
    updated = control.update_memory(memoryId=memory_id, addIndexedKeys=added)["memory"]
    assert updated["indexedKeys"] == [{"key": "priority", "type": "STRING"}, *added]
    other = [{"key": "cost", "type": "STRING"}]
    refused("ValidationException", control.update_memory, memoryId=memory_id, addIndexedKeys=other)


def test_namespace_keys_that_templates_use_cannot_go(control: Any) -> None:
    keys = [{"key": "tenant"}, {"key": "team"}]
    memory_id = new_memory(control, facts("/{tenant}/{actorId}/"), namespaceKeys=keys)
    kept = control.update_memory(memoryId=memory_id, namespaceKeys=[{"key": "tenant"}])["memory"]
    assert kept["namespaceKeys"] == [{"key": "tenant"}]
    refused("ValidationException", control.update_memory, memoryId=memory_id, namespaceKeys=[])


def test_a_pattern_that_cannot_be_matched_with_is_refused(control: Any) -> None:
    def keys(pattern: str) -> dict[str, Any]:
        return {"namespaceKeys": [{"key": "tenant", "validation": {"regexPattern": pattern}}]}

    name = fresh_name()
    text = refused(
        "ValidationException", control.create_memory, name=name, eventExpiryDuration=30, **keys("[a-")
    )
    assert "regexPattern of namespace key tenant" in text
    memory_id = new_memory(control, name=name, **keys("[a-z]+"))
    refused("ValidationException", control.update_memory, memoryId=memory_id, **keys("(a"))


def test_tags_are_added_replaced_and_removed(control: Any) -> None:
    arn = memory_of(control, new_memory(control, tags={"a": "1", "b": "2"}))["arn"]
    control.tag_resource(resourceArn=arn, tags={"b": "3", "c": ""})
    control.untag_resource(resourceArn=arn, tagKeys=["a", "unknown"])
    assert control.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "3", "c": ""}
    missing = arn[:-10] + "0123456789"
    refused("ResourceNotFoundException", control.list_tags_for_resource, resourceArn=missing)


def test_memories_are_listed_newest_first_without_names(control: Any) -> None:
    made = [new_memory(control) for _ in range(3)]
    found = everything(control.list_memories, "memories", maxResults=2)
    assert [each["id"] for each in found[:3]] == made[::-1]
    assert len(found) == len({each["id"] for each in found})
    assert found[0].keys() == {"arn", "id", "status", "createdAt", "updatedAt"}


def test_a_memory_exists_in_its_region_and_account_only(endpoint: Endpoint, control: Any, data: Any) -> None:
    name = fresh_name()
    memory_id = new_memory(control, name=name)
    session = endpoint.client("bedrock-agentcore-control").meta
    assert session.region_name == "us-west-2"
    elsewhere = endpoint_client(endpoint, "eu-west-1", "testing")
    stranger = endpoint_client(endpoint, "us-west-2", "111122223333")
    for other in (elsewhere, stranger):
        refused("ResourceNotFoundException", other.get_memory, memoryId=memory_id)
        assert other.create_memory(name=name, eventExpiryDuration=30)["memory"]["id"] != memory_id
    arn = memory_of(control, memory_id)["arn"]
    assert say(data, arn, "hello")["memoryId"] == memory_id
    foreign = arn.replace("us-west-2", "eu-west-1")
    refused("ResourceNotFoundException", data.list_actors, memoryId=foreign)


def endpoint_client(endpoint: Endpoint, region: str, access_key: str) -> Any:
    return boto3.Session().client(
        "bedrock-agentcore-control",
        region_name=region,
        endpoint_url=endpoint.url,
        aws_access_key_id=access_key,
        aws_secret_access_key="testing",
    )


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    running = Endpoint(tmp_path / "data", "--transition-seconds", "0")
    running.start()
    control, data = running.client("bedrock-agentcore-control"), running.client("bedrock-agentcore")
    memory_id = new_memory(control, facts(), tags={"a": "1"})
    before = memory_of(control, memory_id)
    for place in range(3):
        say(data, memory_id, f"hello {place}", seconds=place)
    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "session-1"}
    first = data.list_events(**where, maxResults=2)
    running.restart()
    assert memory_of(control, memory_id) == before
    rest = data.list_events(**where, maxResults=2, nextToken=first["nextToken"])
    assert [each["payload"][0]["conversational"]["content"]["text"] for each in rest["events"]] == ["hello 0"]
    running.stop()
