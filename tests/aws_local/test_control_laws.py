"""What AWS says of memory resources, statement by statement, through boto3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws_local.agentcore import (
    ROLE_ARN,
    facts,
    fresh_name,
    new_memory,
    refused,
    strategy_ids,
)
from tests.aws_local.test_control import OVERRIDE, endpoint_client, memory_of
from tests.conftest import Endpoint

KINESIS = {
    "kinesis": {
        "dataStreamArn": "arn:aws:kinesis:us-west-2:123456789012:stream/memory-events",
        "contentConfigurations": [{"type": "MEMORY_RECORDS", "level": "METADATA_ONLY"}],
    }
}
INVOCATION = {"topicArn": "arn:aws:sns:us-west-2:123456789012:topic", "payloadDeliveryBucketName": "bucket"}


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The control plane of an endpoint whose status changes take longer than any test."""
    running = Endpoint(tmp_path_factory.mktemp("slow") / "data", "--transition-seconds", "3600")
    running.start()
    client = running.client("bedrock-agentcore-control")
    yield client
    client.close()
    running.stop()


def custom(name: str, **configuration: Any) -> dict[str, Any]:
    return {"customMemoryStrategy": {"name": name, "configuration": configuration}}


def episodes(template: str, reflections: str | None = None) -> dict[str, Any]:
    strategy: dict[str, Any] = {"name": "episodes", "namespaceTemplates": [template]}
    if reflections is not None:
        strategy["reflectionConfiguration"] = {"namespaceTemplates": [reflections]}
    return {"episodicMemoryStrategy": strategy}


def modify(control: Any, memory_id: str, name: str, **changes: Any) -> dict[str, Any]:
    change = {"memoryStrategyId": strategy_ids(control, memory_id)[name]} | changes
    updated = control.update_memory(memoryId=memory_id, memoryStrategies={"modifyMemoryStrategies": [change]})
    found: dict[str, Any] = updated["memory"]["strategies"][0]
    return found


def field_of(operation: Any, **params: Any) -> tuple[str, str]:
    """The name and message of the one field that a ValidationException complains of."""
    with pytest.raises(ClientError) as caught:
        operation(**params)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    (field,) = caught.value.response["fieldList"]
    return field["name"], field["message"]


# Status codes, ids, absent fields


def test_operations_answer_with_their_status_codes(control: Any) -> None:
    def status(answer: dict[str, Any]) -> int:
        code: int = answer["ResponseMetadata"]["HTTPStatusCode"]
        return code

    created = control.create_memory(name=fresh_name(), eventExpiryDuration=30)
    memory_id, arn = created["memory"]["id"], created["memory"]["arn"]
    assert status(created) == 202
    assert status(control.get_memory(memoryId=memory_id)) == 200
    assert status(control.list_memories()) == 200
    assert status(control.update_memory(memoryId=memory_id, description="d")) == 202
    assert status(control.tag_resource(resourceArn=arn, tags={"a": "1"})) == 204
    assert status(control.list_tags_for_resource(resourceArn=arn)) == 200
    assert status(control.untag_resource(resourceArn=arn, tagKeys=["a"])) == 204
    assert status(control.delete_memory(memoryId=memory_id)) == 202


def test_every_setting_comes_back_as_it_was_given(control: Any) -> None:
    given = {
        "description": "What customers said",
        "encryptionKeyArn": "arn:aws:kms:us-west-2:123456789012:key/abc",
        "memoryExecutionRoleArn": ROLE_ARN,
        "eventExpiryDuration": 365,
        "indexedKeys": [{"key": "priority", "type": "STRING"}, {"key": "tags", "type": "STRINGLIST"}],
        "namespaceKeys": [{"key": "tenant", "validation": {"allowedValues": ["red", "blue"]}}],
        "streamDeliveryResources": {"resources": [KINESIS]},
    }
    memory_id = new_memory(control, **given)
    shown = memory_of(control, memory_id)
    assert {name: shown[name] for name in given} == given
    assert not {"failureReason", "managedByResourceArn"} & shown.keys()
    for view in ("full", "without_decryption"):
        assert control.get_memory(memoryId=memory_id, view=view)["memory"] == shown


def test_the_control_plane_takes_ids_and_no_arns(control: Any) -> None:
    memory_id = new_memory(control)
    arn = memory_of(control, memory_id)["arn"]
    for operation in (control.get_memory, control.update_memory, control.delete_memory):
        assert field_of(operation, memoryId=arn)[0] == "memoryId"
    unknown = "Nobody-0123456789"
    for operation in (control.get_memory, control.update_memory, control.delete_memory):
        text = refused("ResourceNotFoundException", operation, memoryId=unknown)
        assert text == f"Memory not found: {unknown}"


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"eventExpiryDuration": 2}, "eventExpiryDuration"),
        ({"eventExpiryDuration": 366}, "eventExpiryDuration"),
        ({"name": "no-dashes"}, "name"),
        ({"name": "a" * 49}, "name"),
        ({"indexedKeys": []}, "indexedKeys"),
        ({"namespaceKeys": [{"key": "actorId"}]}, "namespaceKeys.1.member.key"),
        ({"streamDeliveryResources": {"resources": [KINESIS, KINESIS]}}, "streamDeliveryResources.resources"),
        ({"tags": {str(number): "" for number in range(51)}}, "tags"),
    ],
)
def test_limits_of_the_model_are_told_with_their_field(
    endpoint: Endpoint, params: dict[str, Any], field: str
) -> None:
    client = endpoint.client("bedrock-agentcore-control", parameter_validation=False)
    given = {"name": fresh_name(), "eventExpiryDuration": 3} | params
    name, message = field_of(client.create_memory, **given)
    client.close()
    assert name == field
    assert f"Value at '{field}' failed to satisfy constraint" in message


def test_list_memories_shows_ten_unless_asked_for_more(endpoint: Endpoint, control: Any) -> None:
    own = endpoint_client(endpoint, "us-west-2", "222233334444")
    for _ in range(11):
        new_memory(own)
    assert len(own.list_memories()["memories"]) == 10
    assert len(own.list_memories(maxResults=100)["memories"]) == 11
    assert field_of(control.list_memories, maxResults=101)[0] == "maxResults"
    own.close()


# Statuses


def test_a_memory_that_is_created_or_updated_cannot_be_touched(control: Any, slow: Any) -> None:
    creating = new_memory(slow)
    for operation, verb in ((slow.update_memory, "update"), (slow.delete_memory, "delete")):
        text = refused("ValidationException", operation, memoryId=creating)
        assert text == f"Memory is in transitional state CREATING. Cannot {verb} memory."
    assert slow.list_memories()["memories"][0]["status"] == "CREATING"


def test_an_update_of_strategies_is_answered_with_updating(control: Any) -> None:
    memory_id = new_memory(control, facts())
    added = {"addMemoryStrategies": [{"summaryMemoryStrategy": {"name": "sums"}}]}
    updated = control.update_memory(memoryId=memory_id, memoryStrategies=added)["memory"]
    assert updated["status"] == "UPDATING"
    assert [each["status"] for each in updated["strategies"]] == ["ACTIVE", "CREATING"]
    shown = memory_of(control, memory_id)
    assert shown["status"] == "ACTIVE"
    assert {each["status"] for each in shown["strategies"]} == {"ACTIVE"}


# Client tokens


def test_a_client_token_with_other_parameters_changes_nothing(control: Any) -> None:
    token = {"clientToken": "token-" + "5" * 33}
    first = control.create_memory(name=fresh_name(), eventExpiryDuration=30, **token)["memory"]
    other = control.create_memory(name=fresh_name(), eventExpiryDuration=90, **token)["memory"]
    assert other == first
    control.update_memory(memoryId=first["id"], description="one", **token)
    again = control.update_memory(memoryId=first["id"], description="two", **token)["memory"]
    assert again["description"] == "one"


def test_a_refused_request_leaves_its_client_token_unused(control: Any) -> None:
    token = {"clientToken": "token-" + "6" * 33}
    params = {"name": fresh_name(), "eventExpiryDuration": 30}
    wrong = custom("own", summaryOverride={})
    refused("ValidationException", control.create_memory, **params, **token, memoryStrategies=[wrong])
    assert control.create_memory(**params, **token)["memory"]["name"] == params["name"]


# Strategies: namespaces


def test_the_legacy_namespaces_and_equal_templates_are_taken(control: Any) -> None:
    legacy = {"userPreferenceMemoryStrategy": {"name": "prefs", "namespaces": ["/prefs/{actorId}/"]}}
    both = facts(namespaces=["/facts/{actorId}/"])
    memory_id = new_memory(control, legacy, both)
    shown = {each["name"]: each for each in memory_of(control, memory_id)["strategies"]}
    assert shown["prefs"]["namespaceTemplates"] == shown["prefs"]["namespaces"] == ["/prefs/{actorId}/"]
    assert shown["facts"]["namespaceTemplates"] == shown["facts"]["namespaces"] == ["/facts/{actorId}/"]


def test_overrides_get_the_default_namespaces_of_what_they_override(control: Any) -> None:
    made = [
        custom("semantic", semanticOverride={"extraction": OVERRIDE}),
        custom("preference", userPreferenceOverride={"extraction": OVERRIDE}),
        custom("summary", summaryOverride={"consolidation": OVERRIDE}),
        custom("episodic", episodicOverride={"extraction": OVERRIDE}),
        custom("own", selfManagedConfiguration={"invocationConfiguration": INVOCATION}),
    ]
    memory_id = new_memory(control, *made, memoryExecutionRoleArn=ROLE_ARN)
    shown = {each["name"]: each["namespaces"] for each in memory_of(control, memory_id)["strategies"]}
    actor = "/strategies/{memoryStrategyId}/actors/{actorId}/"
    session = actor + "sessions/{sessionId}/"
    assert shown == {
        "semantic": [actor],
        "preference": [actor],
        "summary": [session],
        "episodic": [session],
        "own": [actor],
    }


@pytest.mark.parametrize(
    "strategy",
    [
        {"summaryMemoryStrategy": {"name": "sums", "namespaces": ["/s/{actorId}/"]}},
        {
            "customMemoryStrategy": {
                "name": "sums",
                "namespaceTemplates": ["/s/{actorId}/"],
                "configuration": {"summaryOverride": {"consolidation": OVERRIDE}},
            }
        },
    ],
)
def test_summaries_are_kept_by_session(control: Any, strategy: dict[str, Any]) -> None:
    params = {"name": fresh_name(), "eventExpiryDuration": 30, "memoryExecutionRoleArn": ROLE_ARN}
    field, text = field_of(control.create_memory, **params, memoryStrategies=[strategy])
    assert field == "namespaceTemplates"
    assert text == (
        "Memory strategy sums is of Summarization type requiring {sessionId} as a mandatory part of namespace"
    )


def test_reflections_lie_at_or_above_their_episodes(control: Any) -> None:
    params = {"name": fresh_name(), "eventExpiryDuration": 30}
    session = "/e/{actorId}/{sessionId}/"
    default = "/strategies/{memoryStrategyId}/actors/{actorId}/"
    for wrong, named in ((episodes(session), default), (episodes(session, "/r/{actorId}/"), "/r/{actorId}/")):
        text = refused("ValidationException", control.create_memory, **params, memoryStrategies=[wrong])
        assert text == (
            f"Reflection namespace '{named}' must be the same as or a prefix of the episodic namespace for "
            "strategy episodes"
        )
    for right in ("/e/{actorId}/", "/e/", session):
        memory_id = new_memory(control, episodes(session, right))
        (shown,) = memory_of(control, memory_id)["strategies"]
        reflection = shown["configuration"]["reflection"]["episodicReflectionConfiguration"]
        assert reflection == {"namespaces": [right], "namespaceTemplates": [right]}
    with_variable = episodes("/e/{actorId}/", "/e/{tenant}")
    refused("ValidationException", control.create_memory, **params, memoryStrategies=[with_variable])


# Strategies: changes


def test_a_strategy_is_modified_once_in_an_update_and_must_exist(control: Any) -> None:
    memory_id = new_memory(control, facts())
    known = {"memoryStrategyId": strategy_ids(control, memory_id)["facts"]}
    unknown = {"memoryStrategyId": "nobody-0123456789"}
    twice = {"modifyMemoryStrategies": [known | {"description": "a"}, known | {"description": "b"}]}
    text = refused("ValidationException", control.update_memory, memoryId=memory_id, memoryStrategies=twice)
    assert "more than once" in text
    for member, verb in (("deleteMemoryStrategies", "delete"), ("modifyMemoryStrategies", "modify")):
        text = refused(
            "ValidationException",
            control.update_memory,
            memoryId=memory_id,
            memoryStrategies={member: [unknown]},
        )
        assert f"Cannot {verb} non-existent memory strategies" in text
    assert strategy_ids(control, memory_id) == {"facts": known["memoryStrategyId"]}
    both = {"modifyMemoryStrategies": [known | {"description": "a"}], "deleteMemoryStrategies": [known]}
    control.update_memory(memoryId=memory_id, memoryStrategies=both)
    assert strategy_ids(control, memory_id) == {}


def test_a_strategy_may_be_replaced_by_one_of_its_name(control: Any) -> None:
    memory_id = new_memory(control, facts())
    old = strategy_ids(control, memory_id)["facts"]
    changes = {"deleteMemoryStrategies": [{"memoryStrategyId": old}], "addMemoryStrategies": [facts("/f/")]}
    control.update_memory(memoryId=memory_id, memoryStrategies=changes)
    new = strategy_ids(control, memory_id)["facts"]
    assert new != old
    again = {"addMemoryStrategies": [facts()]}
    text = refused("ValidationException", control.update_memory, memoryId=memory_id, memoryStrategies=again)
    assert "already exists" in text


def test_what_a_modification_does_not_name_stays(control: Any) -> None:
    condition = {"timeBasedTrigger": {"idleSessionTimeout": 60}}
    given = {"invocationConfiguration": INVOCATION, "triggerConditions": [condition]}
    memory_id = new_memory(
        control, custom("own", selfManagedConfiguration=given), memoryExecutionRoleArn=ROLE_ARN
    )
    topic = "arn:aws:sns:us-west-2:123456789012:other"
    change = {"selfManagedConfiguration": {"invocationConfiguration": {"topicArn": topic}}}
    shown = modify(control, memory_id, "own", configuration=change)
    assert shown["configuration"]["selfManagedConfiguration"] == {
        "triggerConditions": [condition],
        "invocationConfiguration": INVOCATION | {"topicArn": topic},
        "historicalContextWindowSize": 4,
    }
    expiring = new_memory(control, facts(recordExpirySpecification={"recordExpiryDurationDays": 31}))
    assert modify(control, expiring, "facts", description="d")["recordExpiryDurationDays"] == 31
    removed = modify(control, expiring, "facts", recordExpirySpecification={"action": "REMOVE"})
    assert "recordExpiryDurationDays" not in removed
    assert removed["description"] == "d"


def test_a_strategy_is_modified_as_what_it_is(control: Any) -> None:
    semantic = custom("own", semanticOverride={"extraction": OVERRIDE})
    memory_id = new_memory(
        control, semantic, facts(), episodes("/e/{actorId}/", "/e/"), memoryExecutionRoleArn=ROLE_ARN
    )
    preference = {"customExtractionConfiguration": {"userPreferenceExtractionOverride": OVERRIDE}}
    reflection = {"episodicReflectionConfiguration": {"namespaceTemplates": ["/other/"]}}
    managed = {"invocationConfiguration": INVOCATION}
    ids = strategy_ids(control, memory_id)
    for name, configuration in (
        ("own", {"extraction": preference}),
        ("own", {"selfManagedConfiguration": managed}),
        ("facts", {"extraction": preference}),
        ("episodes", {"extraction": preference}),
        ("episodes", {"reflection": reflection}),
    ):
        change = {"memoryStrategyId": ids[name], "configuration": configuration}
        refused(
            "ValidationException",
            control.update_memory,
            memoryId=memory_id,
            memoryStrategies={"modifyMemoryStrategies": [change]},
        )


# Role, keys, tags


def test_custom_strategies_and_streams_need_a_role(control: Any) -> None:
    params = {"name": fresh_name(), "eventExpiryDuration": 30}
    stream = {"resources": [KINESIS]}
    text = refused("ValidationException", control.create_memory, **params, streamDeliveryResources=stream)
    assert text == "Please provide memoryExecutionRoleArn when streamDeliveryResources is specified"
    memory_id = new_memory(control, **params)
    text = refused(
        "ValidationException", control.update_memory, memoryId=memory_id, streamDeliveryResources=stream
    )
    assert "memoryExecutionRoleArn" in text
    added = {"addMemoryStrategies": [custom("own", semanticOverride={"extraction": OVERRIDE})]}
    text = refused("ValidationException", control.update_memory, memoryId=memory_id, memoryStrategies=added)
    assert "memoryExecutionRoleArn" in text
    control.update_memory(memoryId=memory_id, memoryStrategies=added, memoryExecutionRoleArn=ROLE_ARN)
    control.update_memory(memoryId=memory_id, streamDeliveryResources=stream)
    off = control.update_memory(memoryId=memory_id, streamDeliveryResources={"resources": []})["memory"]
    assert off["streamDeliveryResources"] == {"resources": []}


def test_a_memory_has_ten_indexed_keys_each_once(control: Any) -> None:
    keys = [{"key": f"key{number}", "type": "STRING"} for number in range(10)]
    memory_id = new_memory(control, indexedKeys=keys)
    more = [{"key": "one-too-many", "type": "STRING"}]
    refused("ValidationException", control.update_memory, memoryId=memory_id, addIndexedKeys=more)
    same = control.update_memory(memoryId=memory_id, addIndexedKeys=keys[:1])["memory"]
    assert same["indexedKeys"] == keys
    twice = {"name": fresh_name(), "eventExpiryDuration": 30}
    for member in ("indexedKeys", "namespaceKeys"):
        key = {"key": "tenant"} | ({"type": "STRING"} if member == "indexedKeys" else {})
        assert field_of(control.create_memory, **twice, **{member: [key, key]})[0] == member


def test_tags_go_with_their_memory_and_end_at_fifty(control: Any) -> None:
    memory_id = new_memory(control, tags={str(number): "" for number in range(50)})
    arn = memory_of(control, memory_id)["arn"]
    refused("ValidationException", control.tag_resource, resourceArn=arn, tags={"another": ""})
    control.tag_resource(resourceArn=arn, tags={"0": "changed"})
    assert control.list_tags_for_resource(resourceArn=arn)["tags"]["0"] == "changed"
    control.delete_memory(memoryId=memory_id)
    refused("ResourceNotFoundException", control.list_tags_for_resource, resourceArn=arn)
