"""What the services behind Bedrock Agents refuse, told in words that help."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError, EventStreamError, ParamValidationError

from services.faults import explain, iam_action
from tests.conftest import REGION

MAINTENANCE = (
    "Bedrock Agents is in Maintenance Mode. New agent creation is not available for accounts without prior "
    "service usage."
)


def refusal(code: str, status: int, message: str, operation: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )


@pytest.mark.parametrize(
    ("code", "status", "message", "operation", "kind", "title"),
    [
        ("AccessDeniedException", 403, MAINTENANCE, "CreateAgent", "denied", "new to Bedrock Agents"),
        (
            "ValidationException",
            400,
            "Create operation can't be performed on AgentAlias when Agent is in Not Prepared state.",
            "CreateAgentAlias",
            "conflict",
            "not prepared",
        ),
        (
            "ValidationException",
            400,
            "Prepare operation can't be performed on Agent when it is in Preparing state. Retry …",
            "PrepareAgent",
            "conflict",
            "state Preparing",
        ),
        (
            "ConflictException",
            409,
            "Could not delete Agent with ID X, since it has active aliases",
            "DeleteAgent",
            "conflict",
            "still has aliases",
        ),
        (
            "ConflictException",
            409,
            "ActionGroup with name X cannot be deleted when it is Enabled. Either use "
            "SkipResourceInUseCheckOnDelete flag or mark it as Disabled.",
            "DeleteAgentActionGroup",
            "conflict",
            "still enabled",
        ),
        ("NotImplementedException", 501, "no", "GetAgentMemory", "not_implemented", "does not serve"),
        ("DependencyFailedException", 424, "no", "InvokeAgent", "service", "action of the agent failed"),
        ("ConflictException", 409, "no", "InvokeAgent", "conflict", "session is busy"),
        ("EntityAlreadyExists", 409, "Role with name X already exists.", "CreateRole", "conflict", "taken"),
        ("NoSuchEntity", 404, "no", "GetRole", "not_found", "does not exist"),
        ("DeleteConflict", 409, "no", "DeleteRole", "conflict", "Something else"),
    ],
)
def test_a_refusal_is_told_in_words_of_its_own(  # noqa: PLR0917 - columns of the table above
    code: str, status: int, message: str, operation: str, kind: str, title: str
) -> None:
    fault = explain(refusal(code, status, message, operation))
    assert fault.kind == kind
    assert title in fault.title
    assert message in fault.detail


def test_no_permission_is_named_where_none_would_help() -> None:
    fault = explain(refusal("AccessDeniedException", 403, MAINTENANCE, "CreateAgent"))
    assert fault.iam_action is None
    assert "2026" in fault.meaning
    denied = explain(refusal("AccessDeniedException", 403, "no", "CreateAgent"))
    assert denied.iam_action == "bedrock:CreateAgent"


def test_an_error_inside_the_stream_has_its_kind() -> None:
    error = EventStreamError(
        {"Error": {"Code": "dependencyFailedException", "Message": "Lambda function x"}},
        "InvokeAgent",
    )
    fault = explain(error)
    assert (fault.kind, fault.operation) == ("service", "InvokeAgent")
    assert "DependencyFailedException" in fault.detail


def test_memory_id_none_is_told_to_be_the_notebooks_fault() -> None:
    client = boto3.Session().client("bedrock-agent-runtime", region_name=REGION)
    with pytest.raises(ParamValidationError) as raised:
        client.invoke_agent(agentId="A" * 10, agentAliasId="TSTALIASID", sessionId="s-1", memoryId=None)
    fault = explain(raised.value)
    assert fault.title.startswith("memoryId is None")
    assert "memory_id=None" in fault.meaning


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("GetAgentMemory", "bedrock:GetAgentMemory"),
        ("DeleteOneSummary", "bedrock:DeleteAgentMemory"),
        ("CreateRole", "iam:CreateRole"),
        ("CreateFunction", "lambda:CreateFunction"),
        ("GetCallerIdentity", "sts:GetCallerIdentity"),
        ("ListEvents", "bedrock-agentcore:ListEvents"),
    ],
)
def test_an_action_has_the_prefix_of_its_service(operation: str, action: str) -> None:
    assert iam_action(operation) == action
