"""The access check: what is denied is told from what is merely not there; policies name what is called."""

from __future__ import annotations

import json
from typing import Any, get_args

import botocore.session
import pytest

from services import access_check
from services.agents.operations import DELETE_ONE_SUMMARY
from services.authorization import NotAuthorized, Role, authorize
from services.clients import Clients
from tests.services.conftest import new_memory
from tests.services.fault_server import FaultServer, refuses

MODELS = (
    "bedrock-agentcore",
    "bedrock-agentcore-control",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "iam",
    "lambda",
)


def actions(policy: dict[str, Any]) -> set[str]:
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def test_every_read_of_a_real_memory_is_allowed(live: Clients) -> None:
    found = access_check.check_reads(live, new_memory(live)["id"])
    assert {each.operation: each.verdict for each in found} == dict.fromkeys(access_check.READS, "allowed")


def test_without_a_memory_only_the_list_is_known(live: Clients) -> None:
    found = {each.operation: each.verdict for each in access_check.check_reads(live, None)}
    assert found.pop("ListMemories") == "allowed"
    assert set(found.values()) == {"unknown"}


def test_denied_names_the_action(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(refuses("AccessDeniedException", 403))
    found = access_check.check_reads(faulty_clients, "Memory-0123456789")
    assert {each.operation for each in found if each.verdict != "denied"} == {"ListTagsForResource"}
    assert [each.iam_action for each in found][:2] == [
        "bedrock-agentcore:ListMemories",
        "bedrock-agentcore:GetMemory",
    ]
    assert all(each.fault for each in found)


def test_what_needs_another_call_first_is_not_judged_by_that(live: Clients) -> None:
    found = access_check.check_reads(live, "Gone-0123456789")
    tags = next(each for each in found if each.operation == "ListTagsForResource")
    assert tags.verdict == "unknown"
    assert tags.fault and tags.fault.operation == "GetMemory"


def test_a_failing_service_says_nothing_about_access(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(refuses("ServiceException", 400))
    found = access_check.check_reads(faulty_clients, "Memory-0123456789")
    assert {each.verdict for each in found} <= {"unknown"}


@pytest.mark.parametrize("role", get_args(Role))
def test_a_policy_allows_only_what_the_role_may_do_here(role: Role) -> None:
    known = {
        name
        for service in MODELS
        for name in botocore.session.Session().get_service_model(service).operation_names
    }
    granted = {action.split(":")[1] for action in actions(json.loads(access_check.policy(role)))}
    granted.discard("PassRole")
    assert granted <= known
    for operation in granted:
        authorize(role, DELETE_ONE_SUMMARY if operation == "DeleteAgentMemory" else operation)


def test_each_role_has_what_the_one_before_has() -> None:
    viewer, curator, admin = (actions(json.loads(access_check.policy(role))) for role in get_args(Role))
    assert viewer < curator < admin
    assert "bedrock-agentcore:BatchDeleteMemoryRecords" not in curator
    with pytest.raises(NotAuthorized):
        authorize("viewer", "DeleteEvent")


def test_a_policy_can_be_for_one_memory() -> None:
    arn = "arn:aws:bedrock-agentcore:us-west-2:*:memory/A-0123456789"
    statements = {each["Sid"]: each for each in json.loads(access_check.policy("viewer", [arn]))["Statement"]}
    assert statements["Memories"]["Resource"] == [arn]
    assert statements["Account"] == {
        "Sid": "Account",
        "Effect": "Allow",
        "Action": ["bedrock-agentcore:ListMemories"],
        "Resource": "*",
    }


def test_only_admins_may_invoke_agents_on_agentcore_runtime() -> None:
    listed, invoked = "bedrock-agentcore:ListAgentRuntimes", "bedrock-agentcore:InvokeAgentRuntime"
    for role in get_args(Role):
        statements = json.loads(access_check.policy(role))["Statement"]
        allowed = {action: each["Resource"] for each in statements for action in each["Action"]}
        assert allowed[listed] == "*"
        assert allowed.get(invoked) == (
            "arn:aws:bedrock-agentcore:*:*:runtime/*" if role == "admin" else None
        )
