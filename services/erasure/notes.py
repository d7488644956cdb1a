"""What people wrote into this dashboard that mentions a person: for somebody to tick, as records are."""

from __future__ import annotations

from collections.abc import Sequence

from services.erasure.scan import MemoryScan
from services.erasure.subject import Subject
from services.snapshots import snapshots
from services.workspace import mentions
from services.workspace.mentions import Mention
from services.workspace.store import Workspace
from services.workspace.traces import Traces


def find(
    workspace: Workspace,
    connection_key: str,
    subject: Subject,
    scans: Sequence[MemoryScan],
    *,
    everywhere: bool,
) -> list[Mention]:
    """Golden queries, saved filters, comments, prompt drafts and notes about the memories that were read.

    `everywhere`: also about memories of the connection that are there no more. What goes anyway, because it
    is about a record of the person's, is left out.
    """
    records = frozenset(each.record_id for scan in scans for each in scan.records)
    memory_ids = [scan.memory_id for scan in scans]
    traces = Traces(subject, connection_key, memory_ids, records, everywhere)
    return mentions.find(workspace, traces) + snapshots.mentions(workspace, traces)
