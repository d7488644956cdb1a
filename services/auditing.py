"""Every change of AWS leaves two rows in the audit trail: one before the call, one that says how it ended.

Calls outside `audited` are written down too, by the hooks on every client (`services.acts`); `audited` is for
whoever knows more than the call tells: what was there before, and what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.acts import Act, opened
from services.clients import Clients
from services.workspace.store import Workspace


@contextmanager
def audited(
    clients: Clients, workspace: Workspace, action: str, resource: str, before: Any
) -> Iterator[dict[str, Any]]:
    """An audit row before the call and one after it, however it ends; yields what becomes its `after`.

    `action` is the AWS operation, `before` a JSON document. One call of that operation belongs to these rows;
    further calls in the block get their own. A row `started` without a second one means that the outcome is
    unknown. `before` is kept with the first row, `after` with the second.
    """
    after: dict[str, Any] = {}
    act = Act(
        workspace,
        who=clients.actor,
        connection=clients.connection.key,
        action=action,
        resource=resource,
        before=before,
    )
    try:
        with opened(act):
            yield after
    except BaseException as error:
        act.fail(error, after or None)
        raise
    act.end(after or None)
