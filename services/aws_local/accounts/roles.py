"""IAM's roles, policies and attachments as the store has them. They belong to an account, not to a region."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import apsw

from services.aws_local.errors import NoSuchEntity
from services.aws_local.storage.store import Row, row, rows

AWS_MANAGED = "arn:aws:iam::aws:policy/"


@dataclass(frozen=True)
class Role:
    """One role; `shown` is as answers have it."""

    role_no: int
    shown: dict[str, Any]


def find(connection: apsw.Connection, account_id: str, name: str) -> Role:
    """The role; NoSuchEntity when there is none."""
    sql = "SELECT * FROM iam_roles WHERE account_id = ? AND name = ?"
    found = row(connection, sql, (account_id, name))
    if found is None:
        raise NoSuchEntity(f"The role with name {name} cannot be found.")
    return Role(found["role_no"], json.loads(found["shown"]))


def exists(connection: apsw.Connection, account_id: str, name: str) -> bool:
    """Whether a role's name is taken."""
    sql = "SELECT 1 FROM iam_roles WHERE account_id = ? AND name = ?"
    return row(connection, sql, (account_id, name)) is not None


def by_name(connection: apsw.Connection, account_id: str, after: str, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` roles whose names come after one."""
    sql = "SELECT shown FROM iam_roles WHERE account_id = ? AND name > ? ORDER BY name LIMIT ?"
    return [json.loads(each["shown"]) for each in rows(connection, sql, (account_id, after, limit))]


def insert(connection: apsw.Connection, account_id: str, shown: dict[str, Any]) -> None:
    """Store a new role."""
    sql = "INSERT INTO iam_roles (account_id, name, shown) VALUES (?, ?, ?)"
    connection.execute(sql, (account_id, shown["RoleName"], json.dumps(shown)))


def delete(connection: apsw.Connection, role: Role) -> None:
    """Remove a role."""
    connection.execute("DELETE FROM iam_roles WHERE role_no = ?", (role.role_no,))


def attached(connection: apsw.Connection, role: Role) -> list[str]:
    """The ARNs of the policies of a role."""
    sql = "SELECT policy_arn FROM iam_attachments WHERE role_no = ? ORDER BY policy_arn"
    return [each["policy_arn"] for each in rows(connection, sql, (role.role_no,))]


def attach(connection: apsw.Connection, role: Role, policy_arn: str) -> None:
    """Attach a policy; harmless when it is."""
    connection.execute("INSERT OR IGNORE INTO iam_attachments VALUES (?, ?)", (role.role_no, policy_arn))


def detach(connection: apsw.Connection, role: Role, policy_arn: str) -> bool:
    """Detach a policy; whether it was attached."""
    sql = "DELETE FROM iam_attachments WHERE role_no = ? AND policy_arn = ?"
    connection.execute(sql, (role.role_no, policy_arn))
    return connection.changes() > 0


# --- policies ---------------------------------------------------------------------------------------


def find_policy(connection: apsw.Connection, account_id: str, arn: str) -> Row:
    """A policy of the account's own, `shown` parsed; NoSuchEntity when there is none."""
    sql = "SELECT * FROM iam_policies WHERE account_id = ? AND arn = ?"
    found = row(connection, sql, (account_id, arn))
    if found is None:
        raise NoSuchEntity(f"Policy {arn} does not exist or is not attachable.")
    return found | {"shown": json.loads(found["shown"])}


def policy_exists(connection: apsw.Connection, account_id: str, arn: str) -> bool:
    """Whether a policy's ARN is taken."""
    sql = "SELECT 1 FROM iam_policies WHERE account_id = ? AND arn = ?"
    return row(connection, sql, (account_id, arn)) is not None


def insert_policy(connection: apsw.Connection, account_id: str, shown: dict[str, Any], document: str) -> None:
    """Store a new policy."""
    sql = "INSERT INTO iam_policies (account_id, arn, shown, document) VALUES (?, ?, ?, ?)"
    connection.execute(sql, (account_id, shown["Arn"], json.dumps(shown), document))


def delete_policy(connection: apsw.Connection, policy: Row) -> None:
    """Remove a policy."""
    connection.execute("DELETE FROM iam_policies WHERE policy_no = ?", (policy["policy_no"],))


def attachments(connection: apsw.Connection, account_id: str, arn: str) -> int:
    """How many roles of the account have a policy."""
    sql = """
    SELECT count(*) AS found FROM iam_attachments JOIN iam_roles USING (role_no)
    WHERE account_id = ? AND policy_arn = ?
    """
    found = row(connection, sql, (account_id, arn))
    return int(found["found"]) if found else 0
