"""Creating, updating and deleting memory records, any number of them: the way for everything that does so.

Batches of 100 below the quota; what each record was is kept before it is changed, each batch leaves its
audit rows, and every record has a result of its own. What was not done can be tried again, and everything
that was done can be undone (`services.records.history`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.authorization import authorize, current_role
from services.clients import Clients
from services.errors import InvalidValue
from services.records.calls import OPERATIONS, UNKNOWN
from services.records.drafts import RecordDraft, RecordUpdate
from services.records.late_metadata import METADATA
from services.records.runs import Progress, carry_out
from services.workspace import record_versions
from services.workspace.record_versions import Act, ActKind, NewAct, Planned, Version
from services.workspace.store import Workspace

__all__ = [
    "ItemResult",
    "RecordDraft",
    "RecordUpdate",
    "create_records",
    "delete_records",
    "plan_creates",
    "plan_deletes",
    "plan_updates",
    "results",
    "update_records",
]


@dataclass(frozen=True)
class ItemResult:
    """What became of one record. `request` is the draft, the change, or the id that was to be deleted.

    `ok` False with the code `Unknown`: the call was sent, and no answer said what became of it. The other
    codes are `services.records.runs`'s (NotSent, ChangedMeanwhile, BeingChanged, NotFound, InvalidRecord), a
    kind of fault of the whole call (`throttled`, `denied`), or a number of AWS's.
    """

    record_id: str | None
    request: RecordDraft | RecordUpdate | str
    ok: bool
    error_code: str | None = None
    error_message: str | None = None

    @property
    def lacks_metadata(self) -> bool:
        """Whether it was written, but perhaps without all of its metadata; `error_message` says why."""
        return self.ok and self.error_code == METADATA


def create_records(
    clients: Clients,
    workspace: Workspace,
    memory_id: str,
    drafts: Sequence[RecordDraft],
    *,
    title: str = "Create",
    progress: Progress | None = None,
) -> list[ItemResult]:
    """Create records; results in the order of the drafts.

    `title` says in the history what it was for. `progress(done, total)` is called after every call; when it
    returns False, what was not sent is reported as not sent. Raises NotAuthorized before anything is sent.
    """
    act_id = plan_creates(clients, workspace, memory_id, drafts, title=title)
    carry_out(clients, workspace, act_id, progress=progress)
    return results(workspace, act_id)


def update_records(
    clients: Clients,
    workspace: Workspace,
    memory_id: str,
    changes: Sequence[RecordUpdate],
    *,
    title: str = "Edit",
    progress: Progress | None = None,
) -> list[ItemResult]:
    """Change records; results in the order of the changes. As `create_records` otherwise."""
    act_id = plan_updates(clients, workspace, memory_id, changes, title=title)
    carry_out(clients, workspace, act_id, progress=progress)
    return results(workspace, act_id)


def delete_records(
    clients: Clients,
    workspace: Workspace,
    memory_id: str,
    record_ids: Sequence[str],
    *,
    keep_versions: bool = True,
    title: str = "Delete",
    progress: Progress | None = None,
) -> list[ItemResult]:
    """Delete records; results in the order of the ids, each once. As `create_records` otherwise.

    `keep_versions` False keeps no copy of what is deleted: then it cannot be undone.
    """
    act_id = plan_deletes(clients, workspace, memory_id, dict.fromkeys(record_ids, None), title=title)
    carry_out(
        clients,
        workspace,
        act_id,
        progress=progress,
        keep_versions=keep_versions,
    )
    return results(workspace, act_id)


def plan_creates(
    clients: Clients, workspace: Workspace, memory_id: str, drafts: Sequence[RecordDraft], *, title: str
) -> str:
    """Write down what shall be created; the act's id for `runs.carry_out`. Raises NotAuthorized."""
    now = datetime.now(UTC).replace(microsecond=0)
    dated = [each if each.timestamp else replace(each, timestamp=now) for each in drafts]
    planned = [Planned(None, each.dumps()) for each in dated]
    return _plan(workspace, _act(clients, memory_id, "create", title), planned)


def plan_updates(
    clients: Clients, workspace: Workspace, memory_id: str, changes: Sequence[RecordUpdate], *, title: str
) -> str:
    """Write down what shall be changed; the act's id. Raises NotAuthorized, and InvalidValue for a record
    that is changed twice."""
    if len({each.record_id for each in changes}) < len(changes):
        raise InvalidValue("One record is changed twice at once.")
    planned = [Planned(each.record_id, each.dumps(), each.expected) for each in changes]
    return _plan(workspace, _act(clients, memory_id, "update", title), planned)


def plan_deletes(
    clients: Clients,
    workspace: Workspace,
    memory_id: str,
    expected: dict[str, str | None],
    *,
    title: str,
    act_id: str | None = None,
) -> str:
    """Write down what shall be deleted: ids, with the fingerprint that each must still have (None: any); the
    act's id, which may be given. Raises NotAuthorized."""
    planned = [Planned(record_id, None, known) for record_id, known in expected.items()]
    act = _act(clients, memory_id, "delete", title)
    return _plan(workspace, replace(act, act_id=act_id or act.act_id), planned)


def _plan(workspace: Workspace, act: NewAct, planned: Sequence[Planned]) -> str:
    authorize(current_role(), OPERATIONS[act.kind])
    return record_versions.plan(workspace, act, planned)


def _act(clients: Clients, memory_id: str, kind: ActKind, title: str) -> NewAct:
    return NewAct(clients.actor, clients.connection.key, memory_id, kind, title)


def results(workspace: Workspace, act_id: str) -> list[ItemResult]:
    """What became of every record of an act, in order; those still to be sent are not ok and have no code."""
    act = record_versions.act(workspace, act_id)
    if act is None:
        raise LookupError(act_id)
    return [result(act, version) for version in record_versions.versions(workspace, act_id)]


def result(act: Act, version: Version) -> ItemResult:
    """What became of one record of an act."""
    code = UNKNOWN if version.state == "sent" else version.error_code
    return ItemResult(
        version.record_id, _request(act, version), version.state == "done", code, version.error_message
    )


def _request(act: Act, version: Version) -> RecordDraft | RecordUpdate | str:
    record_id = str(version.record_id)
    if act.kind == "delete" or version.request is None:
        return record_id
    if act.kind == "create":
        return RecordDraft.loads(version.request)
    return RecordUpdate.loads(record_id, version.request, version.expected)
