"""Which operation a raw path means."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ServiceModel

from services.aws_local.errors import MethodNotAllowed, UnknownOperationException, ValidationException
from services.aws_local.wire.routing import Route, Router
from services.aws_local.wire.service_models import (
    REST_SERVICES,
    apply_patches,
    operation_model,
    service_model,
)
from tests.aws_local.wire import sent

# What only a query parameter or another id in the ARN tells apart, and is not served.
INDISTINCT = {
    ("lambda", "GetLayerVersionByArn"),
    ("lambda", "ListLayers"),
    ("lambda", "ListProvisionedConcurrencyConfigs"),
    ("bedrock-agent-runtime", "ListTagsForResource"),
    ("bedrock-agent-runtime", "TagResource"),
    ("bedrock-agent-runtime", "UntagResource"),
}
EVERY_OPERATION = [
    (service, name)
    for service in REST_SERVICES
    for name in service_model(service).operation_names
    if (service, name) not in INDISTINCT
]
ROUTER = Router(Route.of(service, operation_model(service, name)) for service, name in EVERY_OPERATION)
AWKWARD = "team/alice:1#%2F é?&=+ x"


def signed_for(service: str) -> str:
    """The header of a request that is signed for a service."""
    signing_name = service_model(service).signing_name
    return f"AWS4-HMAC-SHA256 Credential=key/20260301/us-west-2/{signing_name}/aws4_request"


@pytest.mark.parametrize(
    ("service", "path", "operation"),
    [
        ("bedrock-agent", "/agents/A123456789/", "PrepareAgent"),
        ("bedrock-agent-runtime", "/agents/A123456789", "InvokeInlineAgent"),
        ("bedrock-agent", "/tags/arn", "TagResource"),
        ("bedrock-agentcore-control", "/tags/arn", "TagResource"),
    ],
)
def test_services_that_share_a_path_are_told_apart(service: str, path: str, operation: str) -> None:
    match = ROUTER.match("POST", path, signed_for(service))

    assert (match.service, match.operation.name) == (service, operation)


@pytest.mark.parametrize(("service", "name"), EVERY_OPERATION)
def test_every_route_of_the_models_finds_its_operation_and_labels(service: str, name: str) -> None:
    operation = operation_model(service, name)
    members = operation.input_shape.members if operation.input_shape else {}
    labels = {
        member: AWKWARD for member, shape in members.items() if shape.serialization.get("location") == "uri"
    }
    request = sent(operation, labels)

    match = ROUTER.match(request.method, request.path, signed_for(service))

    assert (match.service, match.operation.name) == (service, name)
    assert set(match.labels.values()) <= {AWKWARD}
    assert len(match.labels) == len(labels)


@pytest.mark.parametrize(
    ("method", "path", "operation", "labels"),
    [
        ("POST", "/memories/", "ListMemories", {}),
        ("POST", "/memories", "ListMemories", {}),
        ("POST", "/memories/create", "CreateMemory", {}),
        (
            "GET",
            "/memories/M-a1/actor/team%2Falice%3A1/sessions/s/events/00017%23d5b3",
            "GetEvent",
            {"memoryId": "M-a1", "actorId": "team/alice:1", "sessionId": "s", "eventId": "00017#d5b3"},
        ),
        (
            "POST",
            "/memories/arn%3Aaws%3Abedrock-agentcore%3Aus-west-2%3A000000000000%3Amemory%2FM-a1/actors",
            "ListActors",
            {"memoryId": "arn:aws:bedrock-agentcore:us-west-2:000000000000:memory/M-a1"},
        ),
        ("GET", "/memories/M/memoryRecord/r", "GetMemoryRecord", {"memoryId": "M", "memoryRecordId": "r"}),
        (
            "DELETE",
            "/memories/M/memoryRecords/r",
            "DeleteMemoryRecord",
            {"memoryId": "M", "memoryRecordId": "r"},
        ),
        (
            "POST",
            "/model/us.vendor.model-v1%3A0/converse-stream",
            "ConverseStream",
            {"modelId": "us.vendor.model-v1:0"},
        ),
    ],
)
def test_known_paths(method: str, path: str, operation: str, labels: dict[str, str]) -> None:
    match = ROUTER.match(method, path)

    assert (match.operation.name, match.labels) == (operation, labels)


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/memories/M/unknown", "/memories//actors", "/memories/a/b/c/d/e/f/g"]
)
def test_a_path_that_no_operation_has(path: str) -> None:
    with pytest.raises(UnknownOperationException):
        ROUTER.match("POST", path)


def test_a_wrong_method_is_told_apart_and_names_the_right_ones() -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        ROUTER.match("PATCH", "/memories/M/actor/a/sessions/s/events/e")

    assert refused.value.headers == {"Allow": "DELETE, GET"}


def test_a_label_that_is_not_utf8() -> None:
    with pytest.raises(ValidationException, match="memoryId"):
        ROUTER.match("POST", "/memories/%ff/actors")


def router_of(*templates: str) -> Router:
    """A router over operations that are named like their templates."""
    operations: dict[str, Any] = {
        template: {"name": template, "http": {"method": "GET", "requestUri": template}}
        for template in templates
    }
    model = ServiceModel({"metadata": {}, "operations": operations, "shapes": {}}, "test")
    return Router(Route.of("test", model.operation_model(name)) for name in operations)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/a/b/c", "/a/b/c"),
        ("/a/x/c", "/a/{one}/c"),
        ("/a/x/d", "/a/{rest+}"),
        ("/a/x/y/z", "/a/{rest+}"),
        ("/a/x/y/end", "/a/{rest+}/end"),
    ],
)
def test_the_most_literal_route_wins(path: str, template: str) -> None:
    router = router_of("/a/{rest+}", "/a/{one}/c", "/a/b/c", "/a/{rest+}/end")

    assert router.match("GET", path).operation.name == template


def test_a_greedy_label_keeps_its_slashes() -> None:
    assert router_of("/a/{rest+}/end").match("GET", "/a/x/y%20z/end").labels == {"rest": "x/y z"}


def test_patches_change_the_model_and_notice_when_they_no_longer_fit() -> None:
    document = {"shapes": {"A": {"max": 5, "pattern": "x"}}}

    apply_patches(document, [{"op": "replace", "path": "/shapes/A/max", "value": 3}])
    apply_patches(document, [{"op": "remove", "path": "/shapes/A/pattern"}])
    apply_patches(document, [{"op": "add", "path": "/shapes/A/min", "value": 1}])

    assert document == {"shapes": {"A": {"max": 3, "min": 1}}}
    with pytest.raises(KeyError, match="does not exist"):
        apply_patches(document, [{"op": "replace", "path": "/shapes/A/gone", "value": 1}])
