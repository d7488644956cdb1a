"""The trash: deleted records, kept for a while so that they can be restored, then forgotten."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.auditing import audited
from services.authorization import REMOVE_FOR_GOOD, authorize, current_role
from services.clients import Clients
from services.errors import InvalidValue
from services.workspace import record_lineages
from services.workspace.store import Workspace

DAYS_VARIABLE = "AGENTCORE_STUDIO_TRASH_DAYS"
DEFAULT_DAYS = 30


def retention() -> timedelta:
    """How long deleted records are kept; InvalidValue for a setting that is no whole number of days."""
    text = os.environ.get(DAYS_VARIABLE, "").strip() or str(DEFAULT_DAYS)
    if not text.isdecimal() or not 1 <= int(text) <= 36_500:
        raise InvalidValue(f"{DAYS_VARIABLE} is “{text}”; it must be a number of days from 1 to 36500.")
    return timedelta(days=int(text))


def forget_old(workspace: Workspace) -> int:
    """Remove what was deleted longer ago than the retention; how many texts that were."""
    return record_lineages.forget_deleted_before(workspace, datetime.now(UTC) - retention())


def remove_for_good(clients: Clients, workspace: Workspace, memory_id: str, record_ids: Sequence[str]) -> int:
    """Remove every kept text of deleted records, earlier versions too; how many that were.

    In AWS nothing changes: the records are deleted there. Raises NotAuthorized.
    """
    authorize(current_role(), REMOVE_FOR_GOOD)
    ids = list(record_ids)
    with audited(clients, workspace, REMOVE_FOR_GOOD, memory_id, before={"records": ids}) as after:
        gone = record_lineages.forget(workspace, ids)
        after["textsRemoved"] = gone
    return gone
