"""Lambda, as far as agents need it: functions with their code and policies, and Invoke where code is run."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import uuid4

import apsw

from services.aws_local import bounded_json
from services.aws_local.call import Call
from services.aws_local.errors import (
    InvalidParameterValueException,
    NotImplementedOperation,
    ResourceConflictException,
    ResourceNotFoundException,
)
from services.aws_local.functions import functions, running
from services.aws_local.functions.functions import Function
from services.aws_local.storage.pagination import Query, page

SERVICE = "lambda"

_SETTINGS = (
    "Runtime",
    "Role",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "Environment",
    "Architectures",
)
_PAGING = frozenset({"Marker", "MaxItems"})
_DEFAULT_PAGE = 50


def create_function(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Keep a function with its zip file. Code from S3 and images are not read."""
    code = params["Code"].get("ZipFile")
    if not code:
        raise InvalidParameterValueException(
            "The embedded endpoint takes code as a ZipFile only.", Type="User"
        )
    if "Runtime" not in params or "Handler" not in params:
        raise InvalidParameterValueException(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            Type="User",
        )
    name = functions.name_of(params["FunctionName"])

    def create(connection: apsw.Connection) -> Function:
        if functions.exists(connection, call.scope, name):
            raise ResourceConflictException(f"Function already exist: {name}", Type="User")
        settings = {each: params[each] for each in _SETTINGS if each in params}
        tags = params.get("Tags", {})
        functions.insert(connection, call.scope, name, settings=settings, tags=tags, code=code)
        return functions.find(connection, call.scope, name)

    return functions.shown(call.backend.write(create))


def _found(call: Call, given: str) -> Function:
    return call.backend.read(lambda connection: functions.find(connection, call.scope, given))


def get_function(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """A function's configuration and tags; its code cannot be downloaded here."""
    function = _found(call, params["FunctionName"])
    return {
        "Configuration": functions.shown(function),
        "Code": {"RepositoryType": "S3"},
        "Tags": function.tags,
    }


def get_function_configuration(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """A function's configuration."""
    return functions.shown(_found(call, params["FunctionName"]))


def list_functions(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Functions by name."""
    query = Query.of(call, {name: value for name, value in params.items() if name not in _PAGING})
    after = (query.position(params.get("Marker")) or [""])[0]
    limit = params.get("MaxItems", _DEFAULT_PAGE)
    found = call.backend.read(lambda connection: functions.by_name(connection, call.scope, after, limit + 1))
    listed, token = page(query, found, limit, lambda last: [last.name])
    return {"Functions": list(map(functions.shown, listed)), "NextMarker": token}


def delete_function(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Erase a function and its code."""
    call.backend.write(
        lambda db: functions.delete(db, functions.find(db, call.scope, params["FunctionName"]))
    )
    return {"StatusCode": 204}


def add_permission(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Add a statement to the function's policy; the agent service looks at it before it calls."""

    def add(connection: apsw.Connection) -> dict[str, Any]:
        function = functions.find(connection, call.scope, params["FunctionName"])
        if params["StatementId"] in function.statements:
            raise ResourceConflictException(
                f"The statement id ({params['StatementId']}) provided already exists. Please provide a new "
                "statement id, or remove the existing statement.",
                Type="User",
            )
        statement = _statement(function, params)
        added = function.statements | {params["StatementId"]: statement}
        functions.set_statements(connection, function, added)
        return statement

    return {"Statement": json.dumps(call.backend.write(add))}


def _statement(function: Function, params: dict[str, Any]) -> dict[str, Any]:
    principal = params["Principal"]
    named = {"Service": principal} if principal.endswith(".amazonaws.com") else {"AWS": principal}
    statement: dict[str, Any] = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else named,
        "Action": params["Action"],
        "Resource": function.arn,
    }
    condition = {}
    if "SourceAccount" in params:
        condition["StringEquals"] = {"AWS:SourceAccount": params["SourceAccount"]}
    if "SourceArn" in params:
        condition["ArnLike"] = {"AWS:SourceArn": params["SourceArn"]}
    return statement | ({"Condition": condition} if condition else {})


def remove_permission(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Take a statement out of the function's policy."""

    def remove(connection: apsw.Connection) -> None:
        function = functions.find(connection, call.scope, params["FunctionName"])
        kept = {sid: each for sid, each in function.statements.items() if sid != params["StatementId"]}
        if len(kept) == len(function.statements):
            raise ResourceNotFoundException(
                f"Statement {params['StatementId']} is not found in resource policy.", Type="User"
            )
        functions.set_statements(connection, function, kept)

    call.backend.write(remove)
    return {}


def get_policy(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The function's policy."""
    function = _found(call, params["FunctionName"])
    if not function.statements:
        raise ResourceNotFoundException("The resource you requested does not exist.", Type="User")
    statements = list(function.statements.values())
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    return {"Policy": json.dumps(policy), "RevisionId": str(uuid4())}


def invoke(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Run a function and wait for it, where `--run-lambda-code` allows it; else 501."""
    function = _found(call, params["FunctionName"])
    if params.get("InvocationType", "RequestResponse") == "DryRun":
        return {"StatusCode": 204, "Payload": b""}
    if not call.backend.settings.run_lambda_code:
        raise NotImplementedOperation("Invoke", "lambda, started without --run-lambda-code,")
    try:
        event = bounded_json.read(params.get("Payload") or b"{}")
    except ValueError:
        raise InvalidParameterValueException("The payload is no JSON.", Type="User") from None
    outcome = running.run(function, event)
    told = outcome.result if outcome.error is None else outcome.error
    answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": json.dumps(told).encode()}
    if params.get("LogType") == "Tail":
        answer["LogResult"] = base64.b64encode(outcome.log.encode()).decode()
    return answer | ({"FunctionError": "Unhandled"} if outcome.error is not None else {})
