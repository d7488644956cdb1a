"""The query protocol: what botocore writes is read, and what is written botocore reads."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_plus

import pytest
from botocore.awsrequest import HeadersDict, create_request_object, prepare_request_dict
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.aws_local.errors import NoSuchEntity, UnknownOperationException, ValidationException
from services.aws_local.wire import query
from services.aws_local.wire.service_models import operation_model
from tests.aws_local.wire import values

OPERATIONS = [
    operation_model(service, name)
    for service, name in (
        ("iam", "CreateRole"),
        ("iam", "ListRoles"),
        ("iam", "GetRole"),
        ("iam", "AttachRolePolicy"),
        ("iam", "CreatePolicy"),
        ("iam", "ListAttachedRolePolicies"),
        ("sts", "GetCallerIdentity"),
    )
]


NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def sent(operation: OperationModel, params: dict[str, Any]) -> bytes:
    """The body that botocore sends."""
    serialized = create_serializer("query", include_validation=False).serialize_to_request(params, operation)
    prepare_request_dict(serialized, "http://127.0.0.1:8765")
    body = create_request_object(serialized).prepare().body
    return body.encode() if isinstance(body, str) else bytes(body or b"")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@settings(max_examples=20)
@given(data=st.data())
def test_what_botocore_writes_is_read_unchanged(operation: OperationModel, data: st.DataObject) -> None:
    params = data.draw(values(operation.input_shape)) if operation.input_shape else {}
    body = sent(operation, params)
    assume(not NOT_XML.search(unquote_plus(body.decode())))

    match = query.match(body)

    assert (match.operation.name, match.service) == (operation.name, operation.service_model.service_name)
    assert query.parse_request(operation, body) == without_nothing(params)


def without_nothing(params: Any) -> Any:
    """The protocol cannot tell an empty list or structure from none."""
    if isinstance(params, dict):
        kept = {name: without_nothing(value) for name, value in params.items()}
        return {name: value for name, value in kept.items() if value not in ([], {}, None)}
    if isinstance(params, list):
        return [without_nothing(value) for value in params]
    return params


ROLE = {
    "Path": "/",
    "RoleName": "a&b<c>",
    "RoleId": "AROA1234567890LOCAL",
    "Arn": "arn:aws:iam::000000000000:role/a",
    "CreateDate": 1_772_375_782.346,
    "Tags": [{"Key": "k", "Value": "é"}],
}


def read(operation: OperationModel, answer: Any) -> Any:
    response = {"status_code": answer.status, "headers": HeadersDict(answer.headers), "body": answer.body}
    return create_parser("query").parse(response, operation.output_shape)


def test_botocore_reads_what_is_written() -> None:
    operation = operation_model("iam", "ListRoles")
    result = {"Roles": [ROLE], "IsTruncated": True, "Marker": "next"}

    parsed = read(operation, query.serialize_result(operation, result, "request-1"))

    [role] = parsed["Roles"]
    assert role.pop("CreateDate").timestamp() == ROLE["CreateDate"]
    assert role == {name: value for name, value in ROLE.items() if name != "CreateDate"}
    assert (parsed["IsTruncated"], parsed["Marker"]) == (True, "next")
    assert parsed["ResponseMetadata"]["RequestId"] == "request-1"


def test_an_error_has_the_code_that_these_services_use() -> None:
    operation = operation_model("iam", "GetRole")
    parsed = read(operation, query.error_answer(NoSuchEntity("nobody")))
    assert parsed["Error"] == {"Type": "Sender", "Code": "NoSuchEntity", "Message": "nobody"}
    parsed = read(operation, query.error_answer(ValidationException("odd")))
    assert (parsed["Error"]["Code"], parsed["ResponseMetadata"]["HTTPStatusCode"]) == ("ValidationError", 400)


@pytest.mark.parametrize("body", [b"", b"Action=GetRole", b"Action=Nothing&Version=2010-05-08"])
def test_a_form_that_names_no_operation(body: bytes) -> None:
    with pytest.raises(UnknownOperationException):
        query.match(body)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"a=%ff",
        b"a=%00",
        b"%0b=a",
        b"a=%EF%BF%BF",
        b"&".join(b"a%d=1" % n for n in range(2_001)),
    ],
)
def test_a_body_that_is_no_form(body: bytes) -> None:
    with pytest.raises(ValidationException):
        query.match(body)


def test_a_number_that_is_none() -> None:
    with pytest.raises(ValidationException, match="MaxItems"):
        query.parse_request(operation_model("iam", "ListRoles"), b"MaxItems=many")
