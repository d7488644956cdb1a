"""Lambda functions as the store has them, with their resource-based policies."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import apsw

from services.aws_local.call import Scope
from services.aws_local.clock import now_ms
from services.aws_local.errors import ResourceNotFoundException
from services.aws_local.storage.store import Row, row, rows

DEFAULT_TIMEOUT_SECONDS = 3
_NAME = re.compile(r"(?:.*:)?function:(?P<name>[A-Za-z0-9_-]+)(?::.*)?|(?P<bare>[A-Za-z0-9_-]+)(?::.*)?")


@dataclass(frozen=True)
class Function:
    """One function. `statements` are those of its policy, by id."""

    function_no: int
    scope: Scope
    name: str
    updated_ms: int
    settings: dict[str, Any]
    tags: dict[str, str]
    code: bytes
    statements: dict[str, dict[str, Any]]

    @property
    def arn(self) -> str:
        """The function's ARN."""
        return arn_of(self.scope, self.name)

    @property
    def timeout(self) -> int:
        """How many seconds it may take."""
        return int(self.settings.get("Timeout", DEFAULT_TIMEOUT_SECONDS))

    def allows(self, service: str, source_arn: str) -> bool:
        """Whether its policy lets an AWS service call it on behalf of a resource."""
        return any(_allows(each, service, source_arn) for each in self.statements.values())


def _allows(statement: dict[str, Any], service: str, source_arn: str) -> bool:
    if statement["Principal"] not in ({"Service": service}, "*"):
        return False
    if statement["Action"] not in {"lambda:InvokeFunction", "lambda:*"}:
        return False
    condition = statement.get("Condition", {})
    wanted = condition.get("ArnLike", {}).get("AWS:SourceArn")
    account = condition.get("StringEquals", {}).get("AWS:SourceAccount")
    return (wanted is None or fnmatchcase(source_arn, wanted)) and (
        account is None or f":{account}:" in source_arn
    )


def arn_of(scope: Scope, name: str) -> str:
    """The ARN of a function."""
    return f"arn:aws:lambda:{scope.region}:{scope.account_id}:function:{name}"


def name_of(given: str) -> str:
    """The name in a name, partial ARN or ARN, with or without a qualifier."""
    found = _NAME.fullmatch(given)
    return (found["name"] or found["bare"]) if found else given


def find(connection: apsw.Connection, scope: Scope, given: str) -> Function:
    """The function; ResourceNotFoundException in Lambda's words when there is none."""
    sql = "SELECT * FROM lambda_functions WHERE account_id = ? AND region = ? AND name = ?"
    found = row(connection, sql, (scope.account_id, scope.region, name_of(given)))
    if found is None:
        raise ResourceNotFoundException(
            f"Function not found: {arn_of(scope, name_of(given))}", Type="User", Message="Function not found"
        )
    return _function(found)


def _function(found: Row) -> Function:
    return Function(
        found["function_no"],
        Scope(found["account_id"], found["region"]),
        found["name"],
        found["updated_ms"],
        json.loads(found["settings"]),
        json.loads(found["tags"]),
        bytes(found["code"]),
        json.loads(found["statements"]),
    )


def exists(connection: apsw.Connection, scope: Scope, name: str) -> bool:
    """Whether a name is taken."""
    sql = "SELECT 1 FROM lambda_functions WHERE account_id = ? AND region = ? AND name = ?"
    return row(connection, sql, (scope.account_id, scope.region, name)) is not None


def by_name(connection: apsw.Connection, scope: Scope, after: str, limit: int) -> list[Function]:
    """Up to `limit` functions whose names come after one."""
    sql = """
    SELECT * FROM lambda_functions WHERE account_id = ? AND region = ? AND name > ? ORDER BY name LIMIT ?
    """
    return [_function(each) for each in rows(connection, sql, (scope.account_id, scope.region, after, limit))]


def insert(
    connection: apsw.Connection,
    scope: Scope,
    name: str,
    *,
    settings: dict[str, Any],
    tags: dict[str, str],
    code: bytes,
) -> None:
    """Store a new function."""
    sql = """
    INSERT INTO lambda_functions (account_id, region, name, updated_ms, settings, tags, code, statements)
    VALUES (?, ?, ?, ?, ?, ?, ?, '{}')
    """
    values = (name, now_ms(), json.dumps(settings), json.dumps(tags), code)
    connection.execute(sql, (scope.account_id, scope.region, *values))


def set_statements(connection: apsw.Connection, function: Function, statements: dict[str, Any]) -> None:
    """Another policy."""
    sql = "UPDATE lambda_functions SET statements = ? WHERE function_no = ?"
    connection.execute(sql, (json.dumps(statements), function.function_no))


def delete(connection: apsw.Connection, function: Function) -> None:
    """Erase a function."""
    connection.execute("DELETE FROM lambda_functions WHERE function_no = ?", (function.function_no,))


def shown(function: Function) -> dict[str, Any]:
    """The configuration as answers have it."""
    settings = {name: value for name, value in function.settings.items() if name != "Environment"}
    if "Environment" in function.settings:
        settings["Environment"] = {"Variables": function.settings["Environment"].get("Variables", {})}
    modified = datetime.fromtimestamp(function.updated_ms / 1000, UTC).isoformat(timespec="milliseconds")
    digest = hashlib.sha256(function.code).digest()
    return settings | {
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "CodeSize": len(function.code),
        "CodeSha256": base64.b64encode(digest).decode(),
        "Timeout": function.timeout,
        "MemorySize": settings.get("MemorySize", 128),
        "LastModified": modified.replace("+00:00", "+0000"),
        "Version": "$LATEST",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": settings.get("Architectures", ["x86_64"]),
    }
