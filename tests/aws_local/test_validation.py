"""Constraints of the models, in AWS's words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from services.aws_local.errors import ValidationException
from services.aws_local.operations import handlers
from services.aws_local.wire.service_models import operation_model
from services.aws_local.wire.validation import (
    Violation,
    constraints,
    invalid,
    keeps_rules,
    validate,
    violations,
)
from tests.aws_local.wire import OPERATIONS, shape_used_by_two, values

ONE_OF = "Member must have exactly one of the following members set: [conversational, blob, json]"
NAME = "Member must satisfy regular expression pattern: [a-zA-Z0-9][a-zA-Z0-9-_]*"
MEMORY_ID = "Support-a1B2c3D4e5"
TURN = {"conversational": {"role": "USER", "content": {"text": "hi"}}}


def refusal(service: str, operation: str, params: dict[str, Any]) -> ValidationException:
    """The exception that the parameters meet."""
    with pytest.raises(ValidationException) as refused:
        validate(operation_model(service, operation), params)
    return refused.value


def event(**members: Any) -> dict[str, Any]:
    return {"memoryId": MEMORY_ID, "actorId": "alice", "eventTimestamp": 0, "payload": [TURN], **members}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@settings(max_examples=10)
@given(data=st.data())
def test_what_keeps_every_rule_is_accepted(operation: Any, data: st.DataObject) -> None:
    validate(operation, data.draw(values(operation.input_shape, valid=True)))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@settings(max_examples=20)
@given(data=st.data())
def test_the_quick_look_sees_what_the_long_one_tells(operation: Any, data: st.DataObject) -> None:
    params = data.draw(values(operation.input_shape, valid=data.draw(st.booleans())))
    for name in data.draw(st.lists(st.sampled_from(sorted(params)), max_size=2)) if params else []:
        params.pop(name, None)

    assert keeps_rules(operation.input_shape, params) == (not violations(operation.input_shape, params))


def test_two_threads_at_the_first_use_of_a_shape_see_all_rules() -> None:
    pair = {"first": "a", "second": "b"}
    shape, seen = shape_used_by_two(lambda shape: keeps_rules(shape, pair))

    assert keeps_rules(shape, pair)
    assert seen == [True]


@pytest.mark.parametrize(
    ("members", "path", "text"),
    [
        (
            {"payload": [{"conversational": {"role": "USER", "content": {"text": ""}}}]},
            "payload.1.member.conversational.content.text",
            "Member must have length greater than or equal to 1",
        ),
        ({"actorId": "a" * 256}, "actorId", "Member must have length less than or equal to 255"),
        ({"sessionId": "ü"}, "sessionId", NAME),
        ({"sessionId": "a\n"}, "sessionId", NAME),
        ({"payload": [TURN] * 101}, "payload", "Member must have length less than or equal to 100"),
        ({"payload": [TURN, {}]}, "payload.2.member", ONE_OF),
        ({"payload": [{**TURN, "blob": 1}]}, "payload.1.member", ONE_OF),
        (
            {"payload": [{"conversational": {"role": "BOT", "content": {"text": "hi"}}}]},
            "payload.1.member.conversational.role",
            "Member must satisfy enum value set: [ASSISTANT, USER, TOOL, OTHER]",
        ),
        (
            {"payload": [{"conversational": {"role": "USER"}}]},
            "payload.1.member.conversational.content",
            "Member must not be null",
        ),
        ({"branch": {}}, "branch.name", "Member must not be null"),
        (
            {"metadata": {"k": {"stringValue": "x" * 257}}},
            "metadata.k.member.stringValue",
            "Member must have length less than or equal to 256",
        ),
        (
            {"metadata": {"": {"stringValue": "x"}}},
            "metadata",
            "Map keys must satisfy constraint: [Member must have length less than or equal to 128, "
            "Member must have length greater than or equal to 1, "
            r"Member must satisfy regular expression pattern: [a-zA-Z0-9\s._:/=+@-]*]",
        ),
    ],
)
def test_a_broken_rule_is_told_with_its_path(members: dict[str, Any], path: str, text: str) -> None:
    refused = refusal("bedrock-agentcore", "CreateEvent", event(**members))

    sentence = f"Value at '{path}' failed to satisfy constraint: {text}"
    assert refused.message == f"1 validation error detected: {sentence}"
    assert refused.members == {
        "reason": "FieldValidationFailed",
        "fieldList": [{"name": path, "message": sentence}],
    }


def test_the_bound_of_a_number() -> None:
    refused = refusal("bedrock-agentcore", "ListActors", {"memoryId": MEMORY_ID, "maxResults": 101})

    assert refused.message == (
        "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 100"
    )


def test_elements_of_a_list_are_judged_together() -> None:
    records = [
        {"requestIdentifier": "1", "namespaces": ["a b"], "content": {"text": "x"}, "timestamp": 0},
    ]

    refused = refusal(
        "bedrock-agentcore", "BatchCreateMemoryRecords", {"memoryId": MEMORY_ID, "records": records}
    )

    assert refused.message.startswith(
        "1 validation error detected: Value at 'records.1.member.namespaces' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 1024, "
    )


def test_every_violation_is_told() -> None:
    refused = refusal("bedrock-agentcore-control", "CreateMemory", {"name": "1"})

    assert refused.message.startswith("2 validation errors detected: ")
    assert {field["name"] for field in refused.members["fieldList"]} == {"name", "eventExpiryDuration"}


@pytest.mark.parametrize(("days", "accepted"), [(2, False), (3, True), (365, True), (366, False)])
def test_event_expiry_has_the_range_that_aws_enforces(days: int, accepted: bool) -> None:
    operation = operation_model("bedrock-agentcore-control", "CreateMemory")
    params = {"name": "Support", "eventExpiryDuration": days}

    if accepted:
        validate(operation, params)
    else:
        with pytest.raises(ValidationException, match="eventExpiryDuration"):
            validate(operation, params)


def test_an_endless_text_is_refused_by_its_length_without_matching_it() -> None:
    refused = refusal(
        "bedrock-agentcore", "ListMemoryRecords", {"memoryId": MEMORY_ID, "namespace": "a:" * 5_000_000}
    )

    assert [field["name"] for field in refused.members["fieldList"]] == ["namespace"]
    assert "length less than or equal to 1024" in refused.message


def test_every_pattern_of_a_served_operation_compiles() -> None:
    seen: set[str] = set()

    def visit(shape: Any) -> None:
        if shape.name in seen:
            return
        seen.add(shape.name)
        constraints(shape)
        children = [*getattr(shape, "members", {}).values()]
        children += [getattr(shape, name) for name in ("member", "key", "value") if hasattr(shape, name)]
        for child in children:
            visit(child)

    for service, name in handlers():
        visit(operation_model(service, name).input_shape)
    assert "Namespace" in seen


def test_handlers_can_speak_the_same_way() -> None:
    error = invalid([Violation("filter.branch", "Member must not be null")])

    assert re.fullmatch("1 validation error detected: Value at 'filter.branch' failed.*", error.message)


# --- on the wire: labels, parameters and bodies alike -------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "params", "path", "text"),
    [
        (  # a path label
            "get_event",
            {"actorId": "-x", "sessionId": "s", "eventId": "1#a"},
            "actorId",
            "Member must satisfy regular expression pattern: "
            "[a-zA-Z0-9][a-zA-Z0-9-_/]*(?::[a-zA-Z0-9-_/]+)*[a-zA-Z0-9-_/]*",
        ),
        (
            "list_events",
            {"actorId": "a", "sessionId": "s" * 101},
            "sessionId",
            "Member must have length less than or equal to 100",
        ),
        (  # a query parameter
            "get_memory_record",
            {"memoryRecordId": "mem-" + "0" * 36, "namespace": "n" * 1025},
            "namespace",
            "Member must have length less than or equal to 1024",
        ),
        (  # a member of the body
            "list_memory_extraction_jobs",
            {"filter": {"status": "DONE"}},
            "filter.status",
            "Member must satisfy enum value set: [FAILED]",
        ),
        (
            "list_events",
            {"actorId": "a", "sessionId": "s", "maxResults": 101},
            "maxResults",
            "Member must have value less than or equal to 100",
        ),
    ],
)
def test_every_place_of_a_request_is_judged_in_the_same_words(
    data: Any, operation: str, params: dict[str, Any], path: str, text: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(data, operation)(memoryId=MEMORY_ID, **params)

    answer: Any = caught.value.response
    sentence = f"Value at '{path}' failed to satisfy constraint: {text}"
    assert answer["Error"] == {
        "Code": "ValidationException",
        "Message": f"1 validation error detected: {sentence}",
    }
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == "ValidationException"
    assert (answer["reason"], answer["fieldList"]) == (
        "FieldValidationFailed",
        [{"name": path, "message": sentence}],
    )


def test_a_query_parameter_of_the_control_plane_has_its_enum(control: Any) -> None:
    with pytest.raises(ClientError) as caught:
        control.get_memory(memoryId=MEMORY_ID, view="all")

    assert caught.value.response["Error"]["Message"] == (
        "1 validation error detected: Value at 'view' failed to satisfy constraint: "
        "Member must satisfy enum value set: [full, without_decryption]"
    )


def test_several_errors_are_counted_and_joined(data: Any) -> None:
    with pytest.raises(ClientError) as caught:
        data.list_events(memoryId=MEMORY_ID, actorId="a", sessionId="-", maxResults=101)

    answer: Any = caught.value.response
    head, told = answer["Error"]["Message"].split(" detected: ")
    assert head == "2 validation errors"
    limit = "Member must have value less than or equal to 100"
    sentences = {
        f"Value at 'maxResults' failed to satisfy constraint: {limit}",
        f"Value at 'sessionId' failed to satisfy constraint: {NAME}",
    }
    assert set(told.split("; ")) == sentences
    assert {field["message"] for field in answer["fieldList"]} == sentences


@pytest.mark.parametrize(
    "memory_id", ["this is not an id", "1Support-a1B2c3D4e5", f"arn:aws:s3:::memory/{MEMORY_ID}"]
)
def test_the_data_plane_has_words_of_its_own_for_a_malformed_memory_id(data: Any, memory_id: str) -> None:
    """Observed on AWS; a well-formed id that no memory has is a ResourceNotFoundException."""
    with pytest.raises(ClientError) as caught:
        data.list_events(memoryId=memory_id, actorId="a", sessionId="s")
    with pytest.raises(ClientError) as unknown:
        data.list_events(memoryId="Unknown-a1B2c3D4e5", actorId="a", sessionId="s")

    assert caught.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Invalid memoryId: not a valid memory ID or ARN",
    }
    assert unknown.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_an_error_has_no_member_that_its_model_lacks(runtime: Any) -> None:
    """Bedrock Runtime's ValidationException is a message alone."""
    with pytest.raises(ClientError) as caught:
        runtime.converse(modelId="any", messages=[{"role": "robot", "content": []}])

    answer: Any = caught.value.response
    assert answer["Error"]["Code"] == "ValidationException"
    assert not {"reason", "fieldList"} & answer.keys()
