"""IAM, as far as agents need it: roles, policies of the account's own, attachments. Nothing is enforced.

Policies of AWS can be attached by any name below `arn:aws:iam::aws:policy/`: AWS has thousands.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import apsw

from services.aws_local import bounded_json
from services.aws_local.accounts import roles
from services.aws_local.call import Call
from services.aws_local.clock import now_ms
from services.aws_local.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    MalformedPolicyDocument,
    NoSuchEntity,
)
from services.aws_local.identifiers import short_id
from services.aws_local.storage.pagination import Query, page

SERVICE = "iam"

_DEFAULT_PAGE = 100
_PAGING = frozenset({"Marker", "MaxItems"})


def create_role(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """A new role."""
    _check_document(params["AssumeRolePolicyDocument"])
    path, name = params.get("Path", "/"), params["RoleName"]
    shown = {
        "Path": path,
        "RoleName": name,
        "RoleId": f"AROA{short_id()}LOCAL",
        "Arn": f"arn:aws:iam::{call.scope.account_id}:role{path}{name}",
        "CreateDate": now_ms() / 1000,
        "AssumeRolePolicyDocument": quote(params["AssumeRolePolicyDocument"]),
    }
    shown |= {each: params[each] for each in ("Description", "MaxSessionDuration", "Tags") if each in params}

    def create(connection: apsw.Connection) -> None:
        if roles.exists(connection, call.scope.account_id, name):
            raise EntityAlreadyExists(f"Role with name {name} already exists.")
        roles.insert(connection, call.scope.account_id, shown)

    call.backend.write(create)
    return {"Role": shown}


def _check_document(document: str) -> None:
    try:
        parsed = bounded_json.read(document)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict) or "Statement" not in parsed:
        raise MalformedPolicyDocument("This policy contains invalid Json")


def get_role(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """One role."""
    return {"Role": _role(call, params["RoleName"]).shown}


def _role(call: Call, name: str) -> roles.Role:
    return call.backend.read(lambda connection: roles.find(connection, call.scope.account_id, name))


def list_roles(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Roles by name, those below a path prefix where one is given."""
    query = Query.of(call, {name: value for name, value in params.items() if name not in _PAGING})
    after = (query.position(params.get("Marker")) or [""])[0]
    limit = params.get("MaxItems", _DEFAULT_PAGE)
    found = call.backend.read(
        lambda connection: roles.by_name(connection, call.scope.account_id, after, limit + 1)
    )
    listed, token = page(query, found, limit, lambda last: [last["RoleName"]])
    prefix = params.get("PathPrefix", "/")
    below = [role for role in listed if role["Path"].startswith(prefix)]
    return {"Roles": below, "IsTruncated": token is not None, "Marker": token}


def delete_role(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Remove a role from which everything is detached."""

    def delete(connection: apsw.Connection) -> None:
        role = roles.find(connection, call.scope.account_id, params["RoleName"])
        if roles.attached(connection, role):
            raise DeleteConflict("Cannot delete entity, must detach all policies first.")
        roles.delete(connection, role)

    call.backend.write(delete)
    return {}


def attach_role_policy(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Attach a policy to a role."""

    def attach(connection: apsw.Connection) -> None:
        role = roles.find(connection, call.scope.account_id, params["RoleName"])
        if not params["PolicyArn"].startswith(roles.AWS_MANAGED):
            roles.find_policy(connection, call.scope.account_id, params["PolicyArn"])
        roles.attach(connection, role, params["PolicyArn"])

    call.backend.write(attach)
    return {}


def detach_role_policy(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Detach a policy from a role."""

    def detach(connection: apsw.Connection) -> None:
        role = roles.find(connection, call.scope.account_id, params["RoleName"])
        if not roles.detach(connection, role, params["PolicyArn"]):
            raise NoSuchEntity(f"Policy {params['PolicyArn']} was not found.")

    call.backend.write(detach)
    return {}


def list_attached_role_policies(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The policies of a role, all on one page."""

    def read(connection: apsw.Connection) -> list[str]:
        return roles.attached(connection, roles.find(connection, call.scope.account_id, params["RoleName"]))

    arns = call.backend.read(read)
    named = [{"PolicyArn": arn, "PolicyName": arn.rpartition("/")[2]} for arn in arns]
    return {"AttachedPolicies": named, "IsTruncated": False}


def create_policy(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """A new policy of the account's own."""
    _check_document(params["PolicyDocument"])
    path, name = params.get("Path", "/"), params["PolicyName"]
    arn = f"arn:aws:iam::{call.scope.account_id}:policy{path}{name}"
    now = now_ms() / 1000
    shown = {
        "PolicyName": name,
        "PolicyId": f"ANPA{short_id()}LOCAL",
        "Arn": arn,
        "Path": path,
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "IsAttachable": True,
        "CreateDate": now,
        "UpdateDate": now,
    }

    def create(connection: apsw.Connection) -> None:
        if roles.policy_exists(connection, call.scope.account_id, arn):
            raise EntityAlreadyExists(
                f"A policy called {name} already exists. Duplicate names are not allowed."
            )
        roles.insert_policy(connection, call.scope.account_id, shown, params["PolicyDocument"])

    call.backend.write(create)
    return {"Policy": shown}


def get_policy(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """One policy of the account's own."""

    def read(connection: apsw.Connection) -> dict[str, Any]:
        account_id, arn = call.scope.account_id, params["PolicyArn"]
        policy = roles.find_policy(connection, account_id, arn)
        count = roles.attachments(connection, account_id, arn)
        shown: dict[str, Any] = policy["shown"]
        return shown | {"AttachmentCount": count}

    return {"Policy": call.backend.read(read)}


def delete_policy(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Remove a policy that nothing is attached to."""

    def delete(connection: apsw.Connection) -> None:
        account_id, arn = call.scope.account_id, params["PolicyArn"]
        policy = roles.find_policy(connection, account_id, arn)
        if roles.attachments(connection, account_id, arn):
            raise DeleteConflict("Cannot delete a policy attached to entities.")
        roles.delete_policy(connection, policy)

    call.backend.write(delete)
    return {}
