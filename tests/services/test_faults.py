"""Faults: every error of a call becomes sentences, and the right kind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from services.clients import Clients, open_clients
from services.connection import Connection
from services.errors import (
    Cancelled,
    CopyNotFound,
    IncompleteAnswer,
    InvalidConversation,
    InvalidEndpoint,
    NotAuthorized,
)
from services.faults import explain
from tests.conftest import REGION, free_port
from tests.services.fault_server import FaultServer, garbage, hangs, refuses, reset


def refusal(code: str, status: int, message: str = "No.", operation: str = "ListMemories") -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "request-1"},
    }
    return ClientError(answer, operation)


@pytest.mark.parametrize(
    ("code", "status", "message", "kind"),
    [
        ("AccessDeniedException", 403, "no", "denied"),
        ("ResourceNotFoundException", 404, "Memory not found: x", "not_found"),
        ("ValidationException", 400, "1 validation error detected", "invalid"),
        ("ValidationException", 400, "Memory is in transitional state UPDATING", "conflict"),
        ("ValidationException", 400, "Memory with name X already exists", "invalid"),
        ("InvalidInputException", 400, "no", "invalid"),
        ("ThrottledException", 429, "Rate exceeded.", "throttled"),
        ("ThrottlingException", 429, "no", "throttled"),
        ("ConflictException", 409, "no", "conflict"),
        ("RetryableConflictException", 409, "no", "conflict"),
        ("ServiceQuotaExceededException", 402, "no", "quota"),
        ("ServiceException", 500, "no", "service"),
        ("InternalServerException", 500, "no", "service"),
        ("ExpiredTokenException", 403, "The security token is expired", "credentials"),
        ("UnrecognizedClientException", 403, "The security token is invalid", "credentials"),
        ("InvalidClientTokenId", 403, "no", "credentials"),
        ("SignatureDoesNotMatch", 403, "The request signature we calculated does not match", "credentials"),
        ("SignatureDoesNotMatch", 403, "Signature expired: 2020 is now earlier than", "clock"),
        ("InvalidSignatureException", 403, "Signature not yet current: 2030", "clock"),
        ("RequestTimeTooSkewed", 403, "no", "clock"),
        ("NotImplementedException", 501, "no", "not_implemented"),
        ("UnknownOperationException", 404, "no", "not_implemented"),
        ("502", 502, "Bad Gateway", "service"),
        ("403", 403, "Forbidden", "denied"),
        ("429", 429, "", "throttled"),
        ("Teapot", 418, "short and stout", "unexpected"),
    ],
)
def test_what_the_service_says(code: str, status: int, message: str, kind: str) -> None:
    fault = explain(refusal(code, status, message))
    assert fault.kind == kind
    assert fault.operation == "ListMemories"
    assert fault.request_id == "request-1"
    assert message in fault.detail


def test_every_error_of_the_memory_operations_is_known() -> None:
    session = botocore.session.Session()
    for service in ("bedrock-agentcore", "bedrock-agentcore-control"):
        model = session.get_service_model(service)
        for name in model.operation_names:
            if "Memor" not in name and "Event" not in name:
                continue
            for shape in model.operation_model(name).error_shapes:
                assert explain(refusal(shape.name, 599, operation=name)).kind not in {
                    "unexpected",
                    "service",
                } or ("Service" in shape.name or "Internal" in shape.name), shape.name


def test_a_denial_names_the_missing_permission() -> None:
    fault = explain(refusal("AccessDeniedException", 403))
    assert fault.iam_action == "bedrock-agentcore:ListMemories"
    assert "bedrock-agentcore:ListMemories" in fault.next_step
    words = "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: y"
    assert explain(refusal("AccessDeniedException", 403, words)).iam_action == "kms:Decrypt"
    model_call = explain(refusal("AccessDeniedException", 403, operation="ConverseStream"))
    assert model_call.iam_action == "bedrock:InvokeModelWithResponseStream"


def test_a_taken_name_is_said_as_that() -> None:
    fault = explain(refusal("ValidationException", 400, "Memory with name X already exists"))
    assert fault.title == "This name is taken"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (botocore_errors.NoCredentialsError(), "credentials"),
        (botocore_errors.PartialCredentialsError(provider="env", cred_var="x"), "credentials"),
        (botocore_errors.ProfileNotFound(profile="x"), "credentials"),
        (botocore_errors.UnauthorizedSSOTokenError(), "credentials"),
        (botocore_errors.SSOTokenLoadError(error_msg="x"), "credentials"),
        (botocore_errors.TokenRetrievalError(provider="sso", error_msg="x"), "credentials"),
        (botocore_errors.CredentialRetrievalError(provider="x", error_msg="y"), "credentials"),
        (botocore_errors.EndpointConnectionError(endpoint_url="http://a"), "unreachable"),
        (botocore_errors.ConnectionClosedError(endpoint_url="http://a"), "unreachable"),
        (botocore_errors.ProxyConnectionError(proxy_url="http://a", error="x"), "unreachable"),
        (botocore_errors.SSLError(endpoint_url="http://a", error="x"), "unreachable"),
        (botocore_errors.ConnectTimeoutError(endpoint_url="http://a"), "timeout"),
        (botocore_errors.ReadTimeoutError(endpoint_url="http://a"), "timeout"),
        (botocore_errors.ParamValidationError(report="x"), "invalid"),
        (botocore_errors.NoRegionError(), "invalid"),
        (IncompleteAnswer("ListMemories", ["memories"]), "incomplete"),
        (NotAuthorized("viewer", "DeleteMemory"), "not_authorized"),
        (InvalidEndpoint("x"), "invalid"),
        (InvalidConversation(["x"]), "invalid"),
        (CopyNotFound("x"), "not_found"),
        (Cancelled(), "invalid"),
        (ZeroDivisionError("division by zero"), "unexpected"),
        (ValueError("not ours"), "unexpected"),
    ],
)
def test_what_never_reached_the_service(error: Exception, kind: str) -> None:
    fault = explain(error)
    assert fault.kind == kind
    assert str(error) in fault.detail


def test_a_refused_role_names_operation_and_permission() -> None:
    fault = explain(NotAuthorized("viewer", "DeleteMemory"))
    assert fault.operation == "DeleteMemory"
    assert fault.iam_action == "bedrock-agentcore:DeleteMemory"
    assert "viewer" in fault.detail


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (refuses("ThrottledException", 429), "throttled"),
        (refuses("ServiceException", 500), "service"),
        (garbage(b"<html>Bad gateway</html>", 502), "service"),
        (garbage(b"<html>Forbidden</html>", 403), "denied"),
        (reset, "unreachable"),
        (hangs, "timeout"),
    ],
)
def test_over_the_wire(behaviour: Any, kind: str, faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(behaviour)
    with pytest.raises(Exception) as caught:
        faulty_clients.control.list_memories()
    assert explain(caught.value).kind == kind


def test_an_endpoint_that_is_down_says_how_to_start_it() -> None:
    clients = open_clients(Connection("custom", REGION, endpoint_url=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(botocore_errors.EndpointConnectionError) as caught:
        clients.control.list_memories()
    fault = explain(caught.value)
    assert fault.kind == "unreachable"
    assert "make run" in fault.next_step


def test_no_credentials_over_the_wire(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(botocore_errors.NoCredentialsError) as caught:
        open_clients(Connection("profile", REGION)).control.list_memories()
    assert explain(caught.value).kind == "credentials"


@given(st.text(), st.integers(100, 599), st.text())
def test_any_answer_is_explained_in_whole_sentences(code: str, status: int, message: str) -> None:
    fault = explain(refusal(code, status, message))
    assert fault.title
    for sentence in (fault.meaning, fault.next_step):
        assert re.search(r"[.)]$", sentence), sentence
