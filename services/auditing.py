"""Every change of AWS leaves two rows in the audit trail: one before the call, one that says how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.clients import Clients
from services.faults import explain
from services.workspace import audit
from services.workspace.store import Workspace


@contextmanager
def audited(
    clients: Clients, workspace: Workspace, action: str, resource: str, before: Any
) -> Iterator[dict[str, Any]]:
    """An audit row before the call and one after it, however it ends; yields what becomes its `after`.

    `action` is the AWS operation, `before` a JSON document. A row `started` without a second one means that
    the outcome is unknown.
    """
    after: dict[str, Any] = {}

    def note(result: str) -> None:
        place = f"{clients.connection.key} {resource}"
        audit.append(
            workspace, clients.actor, action, place, before=before, after=after or None, result=result
        )

    note("started")
    try:
        yield after
    except Exception as error:
        fault = explain(error)
        note(f"failed ({fault.kind}): {fault.detail}"[:1000])
        raise
    note("succeeded")
