"""Snapshots that are kept here, what became of their records, and writing records again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import (
    clients,
    clients_at,
    clients_of,
    connection,
    forgetter,
    source,
    workspace,
)
from dashboard.resources.keeping import CONTENTS, MEMORIES, Row
from services import connection as connections
from services.authorization import KEEP_SNAPSHOTS
from services.clients import Clients
from services.errors import Cancelled
from services.memory import contents as memory_contents
from services.memory import memories as memory_service
from services.memory import rebuilding as memory_rebuilding
from services.memory.rebuilding import Rebuilt
from services.records import copying as record_copying
from services.records.batches import ItemResult
from services.records.copying import CopyPlan, Destination
from services.short_term import events as event_service
from services.snapshots import snapshots
from services.snapshots.comparison import Comparison, Pair, compare
from services.snapshots.snapshots import Snapshot
from services.tasks import Task

COMPARED_SECONDS = 300


@dataclass(frozen=True)
class CopyRequest:
    """Which records of a snapshot go where. `paths` and `strategies` are pairs of old and new."""

    snapshot_id: str
    record_ids: tuple[str, ...]
    connection_key: str
    memory_id: str
    paths: tuple[tuple[str, str], ...] = ()
    strategies: tuple[tuple[str, str | None], ...] = ()

    @property
    def destination(self) -> Destination:
        return Destination(dict(self.strategies), dict(self.paths))


def snapshots_here() -> list[Snapshot]:
    """All snapshots that are kept here, newest first."""
    return snapshots.list_snapshots(workspace())


def unreadable_snapshots() -> list[str]:
    """The names of files that a killed process has left, and that cannot be read."""
    return snapshots.recover(workspace())


def snapshot_records(snapshot_id: str) -> list[Row]:
    """The records of a snapshot."""
    return _records(snapshot_id)


@st.cache_resource(max_entries=4, ttl=COMPARED_SECONDS, show_spinner="Reading the snapshot…")
def _records(snapshot_id: str) -> list[Row]:
    return snapshots.records(workspace(), snapshot_id)


def snapshot_file(snapshot_id: str) -> Callable[[], bytes]:
    """What makes a snapshot's file, for a download: read when that is asked."""
    kept = workspace()
    return lambda: snapshots.path_of(kept, snapshot_id).read_bytes()


def take_in_snapshot(content: bytes) -> Snapshot:
    """Keeps a snapshot that somebody brings."""
    return snapshots.take_in(workspace(), snapshots.of_bytes(content))


def delete_snapshot(snapshot_id: str) -> None:
    """Removes a snapshot for good."""
    snapshots.delete(workspace(), snapshot_id)
    _records.clear(snapshot_id)


@st.cache_resource(max_entries=1)
def _tasks() -> dict[str, Task[object]]:
    """What is done in this process, by what it is about."""
    return {}


def task(about: str) -> Task[object] | None:
    """A piece of work by what it is about, if there is or was one."""
    return _tasks().get(about)


def forget_task(about: str) -> None:
    """It has been looked at."""
    _tasks().pop(about, None)


def start_saving(about: str, memory_id: str, *, with_events: bool, note: str) -> None:
    """Begins to write a snapshot."""
    live, kept = clients(), workspace()

    def work(task: Task[object]) -> Snapshot:
        def told(done: int, what: str) -> bool:
            return task.tell(f"{done:,} {what}")

        return snapshots.save(live, kept, memory_id, with_events=with_events, note=note, progress=told)

    _tasks()[about] = Task(f"snapshot-{memory_id}", work, action=KEEP_SNAPSHOTS)
    _tasks()[about].start()


@st.cache_resource(max_entries=4, ttl=COMPARED_SECONDS, show_spinner=False)
def _comparison(asked: Source, snapshot_id: str, against: str | None, memory_id: str) -> Task[Comparison]:
    kept, live = workspace(), clients_at(asked.key)

    def work(task: Task[Comparison]) -> Comparison:
        before = snapshots.records(kept, snapshot_id)
        if against is not None:
            return compare(before, snapshots.records(kept, against))
        return compare(before, _stored(live, memory_id, task))

    return Task(f"compare-{snapshot_id[:8]}", work).start()


def _stored(live: Clients, memory_id: str, task: Task[Comparison]) -> list[Row]:
    """All records of a memory as it is now, telling how many; raises Cancelled."""
    memory = memory_service.get_memory(live, memory_id)
    actors = event_service.list_actors(live, memory_id, limit=None).rows
    found: list[Row] = []
    for page in memory_contents.record_pages(live, memory, actors):
        found += page
        if not task.tell(f"{len(found):,} records"):
            raise Cancelled
    return found


def comparison(snapshot_id: str, against: str | None, memory_id: str) -> Task[Comparison]:
    """What became of a snapshot's records: in another snapshot, or (None) in the memory as it is now."""
    return _comparison(source(CONTENTS, memory_id), snapshot_id, against, memory_id)


def forget_comparison() -> None:
    """The next comparison reads anew."""
    _comparison.clear()


def memories_at(connection_key: str) -> list[str]:
    """The ids of the memories of any connection, in order."""
    live = clients_of(Source(connection_key, 0))
    return sorted((row["id"] for row in memory_service.list_memories(live).rows), key=str.lower)


def strategies_at(connection_key: str, memory_id: str) -> dict[str, str]:
    """The strategies of a memory of any connection: names by id."""
    live = clients_of(Source(connection_key, 0))
    memory = memory_service.get_memory(live, memory_id)
    return {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}


def connection_keys() -> dict[str, str]:
    """The connections that records can be copied to, as key and label; the live one first."""
    here = connection()
    near = connections.embedded_connection(here.region)
    profiles = [
        connections.Connection("profile", here.region, profile=name) for name in connections.profile_names()
    ]
    return {each.key: each.label for each in (here, near, *profiles)}


def regions() -> list[str]:
    """The regions in which AgentCore Memory is."""
    return connections.regions()


def in_region(connection_key: str, region: str) -> str:
    """A connection's key in another region."""
    return replace(connections.parse_connection(connection_key), region=region).key


@st.cache_resource(max_entries=4, ttl=COMPARED_SECONDS, show_spinner=False)
def _plan(request: CopyRequest) -> Task[CopyPlan]:
    wanted = set(request.record_ids)
    rows = [row for row in _records(request.snapshot_id) if row["memoryRecordId"] in wanted]
    live = clients_at(request.connection_key)

    def work(task: Task[CopyPlan]) -> CopyPlan:
        def told(read: int) -> bool:
            return task.tell(f"{read:,} records")

        return record_copying.plan(live, request.memory_id, rows, request.destination, told)

    return Task(f"plan-{request.memory_id}", work).start()


def copy_plan(request: CopyRequest) -> Task[CopyPlan]:
    """What writing records would do; nothing is written."""
    return _plan(request)


def forget_copy_plan(request: CopyRequest) -> None:
    """The next dry run reads anew what is there."""
    _plan.clear(request)


def start_copying(about: str, request: CopyRequest, plan: CopyPlan) -> None:
    """Begins to write the records that the plan of the request shows."""
    kept, live = workspace(), clients_at(request.connection_key)
    title = f"From snapshot {request.snapshot_id[:8]}"

    def work(task: Task[object]) -> list[ItemResult]:
        def told(done: int, total: int) -> bool:
            return task.tell(f"{done:,} of {total:,} records")

        return record_copying.carry_out(live, kept, plan, title, told)

    _plan.clear(request)
    ended = forgetter(CONTENTS, request.memory_id)
    _tasks()[about] = Task(f"copy-{request.memory_id}", work, ended, action="BatchCreateMemoryRecords")
    _tasks()[about].start()


def start_putting_back(about: str, memory_id: str, pairs: Sequence[Pair]) -> None:
    """Begins to make changed records as they were."""
    live, kept, chosen = clients(), workspace(), tuple(pairs)

    def work(task: Task[object]) -> list[ItemResult]:
        def told(done: int, total: int) -> bool:
            return task.tell(f"{done:,} of {total:,} records")

        return record_copying.put_back(live, kept, memory_id, chosen, told)

    ended = forgetter(CONTENTS, memory_id)
    _tasks()[about] = Task(f"put-back-{memory_id}", work, ended, action="BatchUpdateMemoryRecords")
    _tasks()[about].start()


def rebuilding_problem(name: str) -> str | None:
    """What AWS would refuse of a memory's name, as a sentence."""
    problems = memory_rebuilding.name_problems(name)
    return problems[0] if problems else None


def start_rebuilding(about: str, copy_id: str, name: str) -> None:
    """Begins to make a deleted memory again from its copy."""
    live, kept = clients(), workspace()

    def work(task: Task[object]) -> Rebuilt:
        def told(done: int, what: str) -> bool:
            return task.tell(f"{done:,} {what}")

        return memory_rebuilding.rebuild(live, kept, copy_id, name, told)

    _tasks()[about] = Task(f"rebuild-{copy_id[:8]}", work, forgetter(MEMORIES), action="CreateMemory")
    _tasks()[about].start()
