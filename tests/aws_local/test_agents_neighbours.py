"""STS, IAM and Lambda, as far as agents need them."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.aws_local.agentcore import refused
from tests.aws_local.travel import Clients, zipped
from tests.conftest import Endpoint

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]})
MANAGED = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.fixture
def iam(agents_endpoint: Endpoint) -> Iterator[Any]:
    client = agents_endpoint.client("iam")
    yield client
    client.close()


def test_the_caller_is_the_account_of_the_key(agents_endpoint: Endpoint) -> None:
    for key, account in (("testing", "000000000000"), ("123456789012", "123456789012")):
        client = boto3.Session(key, "secret", region_name="us-west-2").client(
            "sts", endpoint_url=agents_endpoint.url
        )
        found = client.get_caller_identity()
        assert found["Account"] == account
        assert found["Arn"].startswith(f"arn:aws:iam::{account}:user/")
        client.close()


def test_roles_and_policies(iam: Any) -> None:
    role = iam.create_role(
        RoleName="agent", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "a", "Value": "b"}]
    )
    assert role["Role"]["Arn"] == "arn:aws:iam::000000000000:role/agent"
    found = iam.get_role(RoleName="agent")["Role"]
    assert found["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert found["Tags"] == [{"Key": "a", "Value": "b"}]
    refused("EntityAlreadyExists", iam.create_role, RoleName="agent", AssumeRolePolicyDocument=TRUST)
    refused("MalformedPolicyDocument", iam.create_role, RoleName="b", AssumeRolePolicyDocument="{")
    refused("NoSuchEntity", iam.get_role, RoleName="nobody")
    refused("ValidationError", iam.create_role, RoleName="no spaces", AssumeRolePolicyDocument=TRUST)

    policy = iam.create_policy(PolicyName="models", PolicyDocument=TRUST)["Policy"]
    refused("EntityAlreadyExists", iam.create_policy, PolicyName="models", PolicyDocument=TRUST)
    unknown = policy["Arn"] + "x"
    refused("NoSuchEntity", iam.attach_role_policy, RoleName="agent", PolicyArn=unknown)
    for arn in (policy["Arn"], MANAGED):
        iam.attach_role_policy(RoleName="agent", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="agent")["AttachedPolicies"]
    assert {each["PolicyArn"] for each in attached} == {policy["Arn"], MANAGED}
    assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["AttachmentCount"] == 1
    assert [each["RoleName"] for each in iam.list_roles()["Roles"]] == ["agent"]

    refused("DeleteConflict", iam.delete_role, RoleName="agent")
    refused("DeleteConflict", iam.delete_policy, PolicyArn=policy["Arn"])
    for arn in (policy["Arn"], MANAGED):
        iam.detach_role_policy(RoleName="agent", PolicyArn=arn)
    refused("NoSuchEntity", iam.detach_role_policy, RoleName="agent", PolicyArn=MANAGED)
    iam.delete_policy(PolicyArn=policy["Arn"])
    iam.delete_role(RoleName="agent")
    refused("NoSuchEntity", iam.get_role, RoleName="agent")


def test_faults_of_iam_have_its_own_codes(agents_endpoint: Endpoint) -> None:
    for fault, code in (
        ("throttle", "Throttling"),
        ("deny", "AccessDenied"),
        ("server-error", "ServiceFailure"),
    ):
        client = agents_endpoint.client("iam")
        client.meta.events.register(
            "before-sign.iam.GetRole",
            lambda request, fault=fault, **_: request.headers.add_header("x-agentcore-local-fault", fault),
        )
        told = refused(code, client.get_role, RoleName="agent")
        assert code != "AccessDenied" or "iam:GetRole" in told
        client.close()


def test_what_iam_does_not_do_here_says_so(iam: Any) -> None:
    told = refused("NotImplementedException", iam.list_users)
    assert "ListUsers of iam" in told


PROBE = """
import os, sys

def handler(event, context):
    print("a line for the log")
    return {"event": event, "arn": context.invoked_function_arn, "variables": dict(os.environ),
            "left": context.get_remaining_time_in_millis()}
"""


def invoked(travel: Clients, name: str, event: dict[str, Any], **params: Any) -> tuple[dict[str, Any], Any]:
    answer = travel.functions.invoke(FunctionName=name, Payload=json.dumps(event), **params)
    return answer, json.load(io.TextIOWrapper(answer["Payload"]))


def test_a_function_is_run_in_a_process_without_credentials(
    travel: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not to be seen")
    arn = travel.function(PROBE, Environment={"Variables": {"OWN": "value"}})
    answer, told = invoked(travel, arn, {"a": 1}, LogType="Tail")
    assert told["event"] == {"a": 1}
    assert told["arn"] == arn
    assert told["left"] > 0
    assert told["variables"]["OWN"] == "value"
    secrets = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    assert not told["variables"].keys() & secrets
    assert base64.b64decode(answer["LogResult"]) == b"a line for the log\n"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def handler(event, context): return 1 / 0", "ZeroDivisionError"),
        ("def handler(event, context): return object()", "TypeError"),
        ("raise ImportError('no')", "ImportError"),
        ("import os\ndef handler(event, context): os._exit(3)", "Runtime.ExitError"),
        ("def other(event, context): pass", "AttributeError"),
    ],
)
def test_what_a_function_fails_of_is_told(travel: Clients, source: str, kind: str) -> None:
    answer, told = invoked(travel, travel.function(source), {})
    assert answer["FunctionError"] == "Unhandled"
    assert told["errorType"] == kind


def test_functions_are_listed_and_deleted(travel: Clients) -> None:
    arn = travel.function(PROBE, Tags={"team": "travel"})
    name = arn.rpartition(":")[2]
    found = travel.functions.get_function(FunctionName=name)
    assert found["Configuration"]["FunctionArn"] == arn
    assert found["Tags"] == {"team": "travel"}
    assert found["Configuration"]["CodeSize"] == len(zipped(PROBE))
    again = {"Runtime": "python3.12", "Handler": "a.b", "Role": found["Configuration"]["Role"]}
    code = {"ZipFile": zipped("")}
    create = travel.functions.create_function
    refused("ResourceConflictException", create, FunctionName=name, Code=code, **again)
    refused("InvalidParameterValueException", create, FunctionName="b", Code={"S3Bucket": "abc"}, **again)
    names = [
        each["FunctionName"]
        for page in travel.functions.get_paginator("list_functions").paginate(
            PaginationConfig={"PageSize": 1}
        )
        for each in page["Functions"]
    ]
    assert name in names
    policy = json.loads(travel.functions.get_policy(FunctionName=name)["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == ["agents"]
    statement = {"FunctionName": name, "StatementId": "agents"}
    permission = statement | {"Action": "lambda:InvokeFunction", "Principal": "bedrock.amazonaws.com"}
    refused("ResourceConflictException", travel.functions.add_permission, **permission)
    travel.functions.remove_permission(**statement)
    refused("ResourceNotFoundException", travel.functions.remove_permission, **statement)
    refused("ResourceNotFoundException", travel.functions.get_policy, FunctionName=name)
    travel.functions.delete_function(FunctionName=name)
    told = refused("ResourceNotFoundException", travel.functions.get_function, FunctionName=name)
    assert told == f"Function not found: {arn}"
