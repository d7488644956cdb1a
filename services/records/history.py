"""Undoing acts on records, restoring earlier versions, and finding out what became of interrupted acts.

Taking back an act is an act itself, with versions of its own: it can be taken back too. A deleted record
returns with a new id and its old timestamp, since AWS gives ids and does not take them. A record that was
changed since is not overwritten: it is reported, and its history shows what to restore by hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.authorization import authorize, current_role
from services.clients import Clients
from services.errors import InvalidValue
from services.memory.memories import get_memory
from services.records import late_metadata
from services.records import reading as record_reading
from services.records import runs as record_runs
from services.records.calls import OPERATIONS
from services.records.drafts import (
    NO_STRATEGY,
    RecordDraft,
    RecordUpdate,
    draft_of,
    fingerprint,
    own_metadata,
    visible_parts,
)
from services.records.memory_records import list_memory_records
from services.workspace import record_claims, record_lineages, record_versions
from services.workspace.record_versions import Act, ActKind, NewAct, Outcome, Planned, Version
from services.workspace.store import Workspace

Row = dict[str, Any]
MIN_EXPIRY_DAYS = 31
_CLOCKS_DIFFER = timedelta(minutes=5)
_OPPOSITE: dict[ActKind, ActKind] = {"create": "delete", "update": "update", "delete": "create"}
CANNOT_TELL = "CannotTell"


def can_be_undone(version: Version, kind: ActKind) -> bool:
    """Whether one record of an act can be taken back: done, not undone yet, and its text kept."""
    kept = kind == "create" or version.before is not None
    return version.state == "done" and version.undone_in is None and kept


def is_undoable(workspace: Workspace, act: Act) -> bool:
    """Whether anything of an act can still be taken back."""
    return record_versions.has_effect(workspace, act.act_id, needs_text=act.kind != "create")


def plan_undo(
    clients: Clients, workspace: Workspace, act_id: str, numbers: Iterable[int] | None = None
) -> str:
    """Write down the act that takes back another one, whole or some of its records; its id.

    Carried out by `runs.carry_out`. Raises NotAuthorized, and InvalidValue when there is nothing to
    take back.
    """
    act = record_versions.act(workspace, act_id)
    if act is None:
        raise InvalidValue("This act is not known here.")
    chosen = None if numbers is None else set(numbers)
    versions = [
        version
        for version in record_versions.versions(workspace, act_id, ("done",))
        if (chosen is None or version.number in chosen) and can_be_undone(version, act.kind)
    ]
    return _plan(clients, workspace, act, versions, f"Undo: {act.title}")


def plan_restore(
    clients: Clients, workspace: Workspace, memory_id: str, deleted: Sequence[tuple[str, int]]
) -> str:
    """Write down the act that brings deleted records back: (act id, number) of each; the act's id.

    As `plan_undo` otherwise.
    """
    wanted: dict[str, list[int]] = {}
    for act_id, number in deleted:
        wanted.setdefault(act_id, []).append(number)
    versions: list[Version] = []
    for act_id, numbers in wanted.items():
        act = record_versions.act(workspace, act_id)
        if act is None or act.kind != "delete" or act.memory_id != memory_id:
            raise InvalidValue("Only what was deleted from this memory can be restored to it.")
        chosen = set(numbers)
        found = record_versions.versions(workspace, act_id, ("done",))
        versions += [each for each in found if each.number in chosen and can_be_undone(each, "delete")]
    now = datetime.now(UTC)
    likewise = Act("", now, clients.actor, clients.connection.key, memory_id, "delete", "", "ended", now)
    return _plan(clients, workspace, likewise, versions, "Restore from the trash")


def _plan(clients: Clients, workspace: Workspace, act: Act, versions: Sequence[Version], title: str) -> str:
    kind = _OPPOSITE[act.kind]
    authorize(current_role(), OPERATIONS[kind])
    if act.connection_key != clients.connection.key:
        raise InvalidValue(
            f"This was done at another connection ({act.connection_key}). Choose it in the sidebar."
        )
    if not versions:
        raise InvalidValue("Nothing of this can be undone: it was not done, or is undone already.")
    ids = record_lineages.current_ids(workspace, [str(each.lineage) for each in versions])
    if kind == "create":
        gone = [each for each in versions if ids[str(each.lineage)] is None]
        planned = _creates(clients, act.memory_id, gone)
    elif kind == "delete":
        planned = _deletes(clients, act.memory_id, versions, ids)
    else:
        planned = _updates(versions, ids)
    if not planned:
        raise InvalidValue("Nothing of this can be undone: the records are gone, or back, already.")
    new = NewAct(clients.actor, clients.connection.key, act.memory_id, kind, title)
    act_id = record_versions.plan(workspace, new, planned)
    if not record_versions.counts(workspace, act_id):
        record_claims.end(workspace, act_id, "ended")
        raise InvalidValue("Somebody else is undoing this already.")
    return act_id


def _place(version: Version) -> tuple[str, int]:
    return version.act_id, version.number


def _deletes(
    clients: Clients, memory_id: str, versions: Sequence[Version], ids: Mapping[str, str | None]
) -> list[Planned]:
    """Deletions of created records that are still there; `ids` are their ids now."""
    there = [(each, id_) for each in versions if (id_ := ids[str(each.lineage)]) is not None]
    doubtful = [id_ for each, id_ in there if each.error_code == late_metadata.METADATA]
    now: dict[str, Row | None] = {}
    for part in record_reading.records_now(clients, memory_id, doubtful, lambda _operation: None):
        now |= part
    return [Planned(id_, None, _as_made(each, now.get(id_)), undoes=_place(each)) for each, id_ in there]


def _as_made(version: Version, now: Row | None) -> str | None:
    """The fingerprint that a record which an act created must still have for taking it back.

    Where metadata was not written nobody knows which of it was: then that of `now`, if all else is as made.
    """
    if version.error_code != late_metadata.METADATA or version.request is None or now is None:
        return _made(version)
    draft = RecordDraft.loads(version.request)
    alike = fingerprint(now | {"metadata": {}}) == _fingerprint_of(replace(draft, metadata={}))
    return fingerprint(now) if alike and _lacks_metadata(now, draft) else _made(version)


def _made(version: Version) -> str | None:
    """The fingerprint of a record as an act created it; a record that was changed since has another."""
    if version.request is None:
        return None
    return _fingerprint_of(RecordDraft.loads(version.request))


def _fingerprint_of(draft: RecordDraft) -> str:
    return fingerprint(
        {
            "content": {"text": draft.text},
            "namespaces": list(draft.namespaces),
            "memoryStrategyId": draft.strategy_id or NO_STRATEGY,
            "metadata": dict(draft.metadata),
            "timestamp": draft.timestamp,
        }
    )


def _creates(clients: Clients, memory_id: str, versions: Sequence[Version]) -> list[Planned]:
    """Deleted records as drafts. Of one whose strategy is gone the strategy is left out: AWS would refuse."""
    memory = get_memory(clients, memory_id)
    days = {row["strategyId"]: row.get("recordExpiryDurationDays") for row in memory.get("strategies", [])}
    planned = []
    for version in versions:
        record = version.before or {}
        strategy = record.get("memoryStrategyId")
        draft = draft_of(record, _expiry_days(record, days.get(strategy)))
        if strategy not in days:
            draft = replace(draft, strategy_id=None)
        planned.append(
            Planned(None, draft.dumps(), lineage=version.lineage or version.record_id, undoes=_place(version))
        )
    return planned


def _expiry_days(record: Row, of_strategy: int | None) -> int | None:
    """After how many days a restored record expires: when it would have, but AWS takes no less than 31.

    Lists do not tell when a record expires; then the duration of its strategy counts, if that has one.
    """
    if "expiresAt" not in record:
        return of_strategy
    if record["expiresAt"] is None:
        return None
    left = datetime.fromisoformat(record["expiresAt"]) - datetime.now(UTC)
    return max(MIN_EXPIRY_DAYS, math.ceil(left / timedelta(days=1)))


def _updates(versions: Sequence[Version], ids: Mapping[str, str | None]) -> list[Planned]:
    """What an act changed of records, as it was before, for records that are still as the act left them;
    `ids` are their ids now."""
    planned = []
    for version in versions:
        record_id, before = ids[str(version.lineage)], version.before or {}
        change = RecordUpdate.loads(str(version.record_id), version.request or {})
        back = RecordUpdate(
            record_id=record_id or str(version.record_id),
            text=None if change.text is None else before["content"]["text"],
            namespaces=None if change.namespaces is None else tuple(before.get("namespaces", [])),
            strategy_id=None if change.strategy_id is None else before.get("memoryStrategyId"),
            metadata=None if change.metadata is None else own_metadata(before),
            timestamp=None if change.timestamp is None else datetime.fromisoformat(before["timestamp"]),
            expiry="keep" if change.expiry == "keep" else _expiry_days(before, None) or "never",
        )
        expected = fingerprint(change.applied(before))
        planned.append(Planned(back.record_id, back.dumps(), expected, version.lineage, _place(version)))
    return planned


def plan_version(
    clients: Clients, workspace: Workspace, memory_id: str, version: Version, now: Row | None
) -> str:
    """Write down the act that makes a record what it was before one of its changes; its id.

    `now` is the record as it is, or None when it is deleted: then it is created again. Raises NotAuthorized,
    and InvalidValue when nothing of that version is kept.
    """
    if version.before is None:
        raise InvalidValue("Nothing is kept of this version.")
    title = "Restore an earlier version"
    lineage = version.lineage or version.record_id
    if now is None:
        authorize(current_role(), OPERATIONS["create"])
        [planned] = _creates(clients, memory_id, [version])
        act = NewAct(clients.actor, clients.connection.key, memory_id, "create", title)
        return record_versions.plan(workspace, act, [replace(planned, undoes=None)])
    authorize(current_role(), OPERATIONS["update"])
    before, strategy = version.before, version.before.get("memoryStrategyId")
    back = RecordUpdate(
        record_id=str(now["memoryRecordId"]),
        text=before["content"]["text"],
        namespaces=tuple(before.get("namespaces", [])),
        strategy_id=None if strategy == now.get("memoryStrategyId") else strategy,
        metadata=own_metadata(before),
        timestamp=draft_of(before).timestamp,
    )
    act = NewAct(clients.actor, clients.connection.key, memory_id, "update", title)
    planned = Planned(back.record_id, back.dumps(), fingerprint(now), lineage)
    return record_versions.plan(workspace, act, [planned])


def is_alive(act: Act, now: datetime | None = None) -> bool:
    """Whether somebody is carrying the act out, in this process or another."""
    since = (now or datetime.now(UTC)) - act.alive_at
    return act.state in {"running", "stopping"} and since.total_seconds() < record_runs.ALIVE_SECONDS


def stop(workspace: Workspace, act: Act) -> None:
    """Let whoever carries the act out send nothing more of it, in whatever process. Raises NotAuthorized."""
    authorize(current_role(), OPERATIONS[act.kind])
    record_claims.request_stop(workspace, act.act_id)


def plan_again(clients: Clients, workspace: Workspace, act_id: str) -> bool:
    """Plan what failed of an act once more, for `runs.carry_out`; False when somebody is at it."""
    act = record_versions.act(workspace, act_id)
    if act is None:
        raise InvalidValue("This act is not known here.")
    authorize(current_role(), OPERATIONS[act.kind])
    alive_since = datetime.now(UTC) - timedelta(seconds=record_runs.ALIVE_SECONDS)
    return record_versions.again(workspace, act_id, alive_since)


def check(
    clients: Clients,
    workspace: Workspace,
    act_id: str,
    look: Callable[[int, int], bool | None] = lambda _done, _total: None,
) -> dict[str, int]:
    """Find out what became of the records of an interrupted act whose outcome is unknown, by reading them.

    Those that were never sent are noted as not sent. Returns how many records are in which state now. Raises
    NotAuthorized, InvalidValue while somebody is carrying the act out, and what reading raises.
    """
    act = record_versions.act(workspace, act_id)
    if act is None or is_alive(act):
        raise InvalidValue("This act is still under way.")
    authorize(current_role(), OPERATIONS[act.kind])
    unsent = record_versions.numbers(workspace, act_id, "planned")
    record_versions.finish(
        workspace,
        act_id,
        [record_runs.unchanged(number, id_, record_runs.NOT_SENT) for number, id_ in unsent.items()],
    )
    sent = record_versions.versions(workspace, act_id, ("sent",))
    emptied = [each for each in sent if each.request is None and act.kind != "delete"]
    unknown = [each for each in sent if each not in emptied]
    found = [record_runs.unchanged(each.number, each.record_id, record_runs.EMPTIED) for each in emptied]
    found += _created(clients, workspace, act, unknown) if act.kind == "create" else []
    if unknown and act.kind != "create":
        by_id = {str(version.record_id): version for version in unknown}
        rows = record_reading.records_now(clients, act.memory_id, list(by_id), lambda _operation: None)
        for part in rows:
            found += [_became(act, by_id[id_], row) for id_, row in part.items()]
            look(len(found), len(sent))
    record_versions.finish(workspace, act_id, found)
    record_claims.end(workspace, act_id, "ended")
    return dict(record_versions.counts(workspace, act_id))  # type: ignore[arg-type]


def _became(act: Act, version: Version, now: Row | None) -> Outcome:
    """What an update or a deletion did to a record, by how it is now."""
    id_ = str(version.record_id)
    if act.kind == "delete":
        if now is None:
            return Outcome(version.number, "done", id_)
        return record_runs.unchanged(version.number, id_, record_runs.NOT_DONE)
    if now is None:
        return record_runs.unchanged(version.number, id_, record_runs.GONE)
    change = RecordUpdate.loads(id_, version.request or {})
    before, is_now = version.before or {}, fingerprint(now)
    was, should = fingerprint(before), fingerprint(change.applied(before))
    if was == should:
        message = "Only the expiry was to change, which does not show. Try it again."
        return Outcome(version.number, "failed", id_, CANNOT_TELL, message)
    if is_now == should:
        return Outcome(version.number, "done", id_)
    code = record_runs.NOT_DONE if is_now == was else record_runs.CHANGED
    return record_runs.unchanged(version.number, id_, code)


def _created(clients: Clients, workspace: Workspace, act: Act, versions: Sequence[Version]) -> list[Outcome]:
    """Which of the records that an act may have created exist: alike in everything, stored since it was
    sent, and known to no other act."""
    outcomes = []
    by_place: dict[str, list[Version]] = {}
    for version in versions:
        draft = RecordDraft.loads(version.request or {})
        by_place.setdefault(next(iter(draft.namespaces), ""), []).append(version)
    for place, here in by_place.items():
        where = {"namespace": place} if place else {"namespace_path": "/"}
        rows = list_memory_records(clients, act.memory_id, **where, limit=None).rows  # type: ignore[arg-type]
        since = min(version.at for version in here) - _CLOCKS_DIFFER
        known = record_lineages.known_ids(workspace, [row["memoryRecordId"] for row in rows])
        new = [row for row in rows if row["createdAt"] >= since and row["memoryRecordId"] not in known]
        outcomes += _matched(here, new)
    return outcomes


def _matched(versions: Sequence[Version], rows: Sequence[Row]) -> list[Outcome]:
    """Which row each version became, each row at most one: first those alike in everything, then those that
    lack metadata.

    Of a record that names a strategy AWS keeps only the keys of its schema; the others are written after it
    (`runs`), and the act may have been cut off before that.
    """
    left = {row["memoryRecordId"]: row for row in rows}
    outcomes: list[Outcome] = []
    lacking: list[Version] = []
    by_mark = _ids_by(left.values(), fingerprint)
    for version in versions:
        ids = by_mark.get(str(_made(version)))
        if ids:
            id_ = ids.pop()
            del left[id_]
            outcomes.append(Outcome(version.number, "done", id_))
        else:
            lacking.append(version)
    bare = _ids_by(left.values(), lambda row: fingerprint(row | {"metadata": {}}))
    for version in lacking:
        draft = RecordDraft.loads(version.request or {})
        ids = bare.get(_fingerprint_of(replace(draft, metadata={})), [])
        found = next((id_ for id_ in ids if _lacks_metadata(left[id_], draft)), None)
        if found is None:
            outcomes.append(record_runs.unchanged(version.number, None, record_runs.NOT_DONE))
        else:
            ids.remove(found)
            outcomes.append(late_metadata.unseen(Outcome(version.number, "done", found)))
    return outcomes


def _ids_by(rows: Iterable[Row], mark: Callable[[Row], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(mark(row), []).append(row["memoryRecordId"])
    return found


def _lacks_metadata(row: Row, draft: RecordDraft) -> bool:
    """Whether a record has some of the draft's metadata and nothing else: its strategy kept no more."""
    names_strategy = draft.strategy_id not in (None, NO_STRATEGY)
    there = visible_parts(row)["metadata"]
    wanted = visible_parts({"metadata": dict(draft.metadata)})["metadata"]
    return names_strategy and all(wanted.get(key) == value for key, value in there.items())
