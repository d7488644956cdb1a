"""The audit trail: who did what to which resource, and how it ended. Rows are added, never changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import audit


@dataclass(frozen=True)
class AuditRecord:
    """One act, or how one ended. `action` is the AWS operation, `before` and `after` JSON documents."""

    audit_id: int
    at: datetime
    who: str
    action: str
    resource: str
    before: Any
    after: Any
    result: str


def append(
    workspace: Workspace,
    who: str,
    action: str,
    resource: str,
    *,
    before: Any,
    after: Any,
    result: str,
) -> int:
    """Add a row and return its id; it is on disk when this returns."""
    row = {
        "at": now_text(),
        "who": who,
        "action": action,
        "resource": resource,
        "before": None if before is None else to_json(before),
        "after": None if after is None else to_json(after),
        "result": result,
    }
    with workspace.transaction() as connection:
        added = connection.execute(audit.insert().values(row).returning(audit.c.audit_id))
        return int(added.scalar_one())


def list_audit(workspace: Workspace, limit: int = 200) -> list[AuditRecord]:
    """The last rows, newest first."""
    query = sa.select(audit).order_by(audit.c.audit_id.desc()).limit(limit)
    with workspace.transaction() as connection:
        return [_record(row._mapping) for row in connection.execute(query)]


def _record(row: sa.RowMapping) -> AuditRecord:
    return AuditRecord(
        audit_id=row["audit_id"],
        at=datetime.fromisoformat(row["at"]),
        who=row["who"],
        action=row["action"],
        resource=row["resource"],
        before=None if row["before"] is None else json.loads(row["before"]),
        after=None if row["after"] is None else json.loads(row["after"]),
        result=row["result"],
    )
