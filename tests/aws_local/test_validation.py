"""Constraints of the models, in AWS's words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.aws_local.errors import ValidationException
from services.aws_local.operations import handlers
from services.aws_local.service_models import operation_model
from services.aws_local.validation import Violation, constraints, invalid, validate
from tests.aws_local.wire import OPERATIONS, values

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
