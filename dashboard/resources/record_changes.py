"""Memory records changed, undone and restored; acts on many of them that go on by themselves."""

import threading
from collections.abc import Iterable, Sequence
from functools import partial

import streamlit as st

from dashboard.live import calling, clients, connection, forgetter, workspace
from dashboard.resources.keeping import CONTENTS, Row, changing
from dashboard.resources.records import memory_record
from dashboard.resources.reviews import read_anew
from services.records import bulk as record_bulk
from services.records import changes as change_service
from services.records import history as record_history
from services.records import joint
from services.records import trash as record_trash
from services.records.batches import ItemResult
from services.records.bulk import DryRun
from services.records.changes import RecordEdit
from services.records.drafts import RecordDraft
from services.records.jobs import RecordJob
from services.workspace import record_lineages, record_versions
from services.workspace.record_lineages import Failure, Step
from services.workspace.record_versions import Act, Version, VersionState


def memory_record_as_it_is(memory_id: str, record_id: str) -> Row:
    """One memory record as GetMemoryRecord returns it now, to make a change from."""
    read_anew(memory_id)
    return memory_record(memory_id, record_id)


def save_record(memory_id: str, edit: RecordEdit) -> ItemResult:
    """Changes a record; RecordChangedMeanwhile when somebody else was faster. What was saved begins no new
    scan: tell it by `record_changed`."""
    forget = forgetter(CONTENTS, memory_id)
    try:
        with calling():
            result = change_service.save(clients(), workspace(), memory_id, edit)
        if result.ok:
            forget = partial(read_anew, memory_id)
    finally:
        forget()
    return result


def create_record(memory_id: str, draft: RecordDraft) -> ItemResult:
    """Writes a record by hand."""
    with changing((CONTENTS, memory_id)):
        return change_service.create(clients(), workspace(), memory_id, draft)


def delete_record(memory_id: str, record_id: str) -> ItemResult:
    """Deletes a record, which is kept in the trash."""
    with changing((CONTENTS, memory_id)):
        return change_service.delete(clients(), workspace(), memory_id, record_id)


@st.cache_resource(max_entries=1)
def _jobs() -> tuple[threading.Lock, dict[str, RecordJob]]:
    """The acts that this process carries out, by id."""
    return threading.Lock(), {}


def start_bulk(memory_id: str, run: DryRun, path: str = "/") -> str:
    """Begins what a dry run showed; it goes on by itself. The act's id."""
    return _start(memory_id, record_bulk.plan(clients(), workspace(), memory_id, run), path)


def start_undo(act: Act, numbers: Iterable[int] | None = None) -> str:
    """Begins to take an act back: whole, with the one that goes with it, or some of its records; the id of
    the act that does."""
    together = [each for each in joint.whole(workspace(), act) if numbers is None and _has_effect(each)]
    planned = [
        record_history.plan_undo(clients(), workspace(), each.act_id, numbers) for each in together or [act]
    ]
    for act_id in planned:
        _start(act.memory_id, act_id)
    return planned[0]


def start_restore(memory_id: str, deleted: Sequence[tuple[str, int]]) -> str:
    """Begins to restore deleted records, (act id, number) each; the act's id."""
    return _start(memory_id, record_history.plan_restore(clients(), workspace(), memory_id, deleted))


def start_version(memory_id: str, version: Version, now: Row | None) -> str:
    """Begins to make a record what it was before one of its changes; the act's id."""
    act_id = record_history.plan_version(clients(), workspace(), memory_id, version, now)
    return _start(memory_id, act_id)


def start_again(act: Act) -> bool:
    """Begins what failed of an act once more; False when somebody is at it."""
    if not record_history.plan_again(clients(), workspace(), act.act_id):
        return False
    _start(act.memory_id, act.act_id)
    return True


def _start(memory_id: str, act_id: str, path: str = "/") -> str:
    lock, jobs = _jobs()
    with lock:
        for ended in [id_ for id_, job in jobs.items() if not job.running]:
            del jobs[ended]
        job = RecordJob(clients(), workspace(), act_id, path, forgetter(CONTENTS, memory_id))
        jobs[act_id] = job
        job.start()
    return act_id


def stop_act(act: Act) -> None:
    """Sends nothing more of an act, whichever process is at it."""
    record_history.stop(workspace(), act)
    _, jobs = _jobs()
    if act.act_id in jobs:
        jobs[act.act_id].stop()


def wait_for_act(act_id: str, seconds: float) -> bool:
    """Waits for the end of an act of this process, but not longer; whether it has ended."""
    _, jobs = _jobs()
    return act_id not in jobs or jobs[act_id].wait(seconds)


def check_act(act: Act) -> dict[str, int]:
    """Finds out what became of the records of an interrupted act, by reading them."""
    with changing((CONTENTS, act.memory_id)):
        return record_history.check(clients(), workspace(), act.act_id)


def record_act(act_id: str) -> tuple[Act, dict[VersionState, int]] | None:
    """An act, and how many of its records are in which state."""
    act = record_versions.act(workspace(), act_id)
    return None if act is None else (act, record_versions.counts(workspace(), act_id))


def act_failures(act_id: str) -> list[Failure]:
    """Why records of an act failed, the most frequent reason first."""
    return record_lineages.failures(workspace(), act_id)


def act_reservations(act_id: str) -> list[Failure]:
    """What is wrong with records of an act that were written all the same."""
    return record_lineages.reservations(workspace(), act_id)


def record_acts(memory_id: str, limit: int = 50) -> list[Act]:
    """The last acts on records of a memory, newest first."""
    return record_versions.list_acts(workspace(), connection().key, memory_id, limit)


def first_records(acts: Sequence[Act]) -> dict[str, tuple[Version, int]]:
    """Of each act, by its id, its first record and how many it has."""
    return record_lineages.first_of(workspace(), [act.act_id for act in acts])


def open_acts(memory_id: str) -> list[Act]:
    """The acts on a memory's records that are under way, or were cut off."""
    return record_versions.open_acts(workspace(), connection().key, memory_id)


def can_be_undone(act: Act) -> bool:
    """Whether anything can still be taken back of an act, or of the one that goes with it."""
    return any(map(_has_effect, joint.whole(workspace(), act)))


def _has_effect(act: Act) -> bool:
    return record_history.is_undoable(workspace(), act)


def is_alive(act: Act) -> bool:
    """Whether somebody is carrying the act out, in this process or another."""
    return record_history.is_alive(act)


def act_versions(act_id: str, states: Sequence[VersionState] = (), limit: int | None = None) -> list[Version]:
    """The records of an act in order, those in certain states or all."""
    return record_versions.versions(workspace(), act_id, states, limit=limit)


def record_steps(record_id: str) -> list[Step]:
    """Everything that was done here to a record, under all its ids, newest first."""
    return record_lineages.history(workspace(), record_id)


def deleted_records(memory_id: str, limit: int, words: str = "") -> list[Step]:
    """What was deleted from a memory here and can be restored, last deleted first; what is older than the
    retention is removed before."""
    record_trash.forget_old(workspace())
    return record_lineages.deleted(workspace(), connection().key, memory_id, limit=limit, words=words)


def count_deleted_records(memory_id: str) -> int:
    """How many records of a memory are in the trash."""
    return record_lineages.count_deleted(workspace(), connection().key, memory_id)


def trash_days() -> int:
    """For how many days deleted records are kept."""
    return record_trash.retention().days


def remove_for_good(memory_id: str, record_ids: Sequence[str]) -> int:
    """Removes every kept text of deleted records; how many that were."""
    with calling():
        return record_trash.remove_for_good(clients(), workspace(), memory_id, record_ids)
