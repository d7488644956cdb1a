"""Brings the sample data in: the memories first, then everything that is written to them.

The anchor is kept in a tag of the memories, so that a load that was interrupted goes on where it stopped when
it is run again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from services.sample_data.casting import MemoryBlueprint
from services.sample_data.domains import DOMAINS
from services.sample_data.plan import VERSION, PlannedMemory, plan
from services.sample_data.progress import Progress
from services.sample_data.sample_memories import (
    ANCHOR_TAG,
    LOADED_TAG,
    VERSION_TAG,
    SampleDataError,
    SampleMemory,
    sample_memories,
    wait_until,
)
from services.sample_data.writing import Target, write

ACTIVE_DEADLINE_SECONDS = 600.0


@dataclass(frozen=True)
class LoadReport:
    """What a load wrote, all zero if it was there already; the sessions lead up to `anchor`."""

    memory_ids: tuple[str, ...]
    actors: int
    sessions: int
    events: int
    records: int
    anchor: datetime
    seconds: float

    def __str__(self) -> str:
        """For people: what was written."""
        if not self.events:
            return "it was there already"
        return (
            f"{len(self.memory_ids)} memories, {self.actors} actors, {self.sessions} sessions, "
            f"{self.events} events in {self.seconds:.1f} s"
        )


def is_loaded(control: Any) -> bool:
    """Whether the whole sample data of this version is there."""
    loaded = {
        memory.name for memory in sample_memories(control) if memory.loaded and memory.version == VERSION
    }
    return all(domain.memory.name in loaded for domain in DOMAINS)


def load(control: Any, data: Any, progress: Progress, anchor: datetime | None = None) -> LoadReport:
    """Writes what is missing of the sample data; `anchor` (default: now) is ignored when finishing a load.

    Raises ClientError as AWS answered, and SampleDataError when sample data of another version is there,
    another memory has one of the names, or a memory doesn't become ACTIVE in time. After ClientError and the
    last of these a second call goes on where this one stopped.
    """
    started = time.monotonic()
    existing = _current(control)
    anchors = [memory.anchor for memory in existing if memory.anchor]
    moment = min(anchors) if anchors else anchor or datetime.now(UTC)
    targets = _targets(control, plan(moment), existing, moment, progress)
    missing = [target for target in targets if not target.memory.loaded]
    write(data, missing, progress)
    for target in missing:
        control.tag_resource(resourceArn=target.memory.arn, tags={LOADED_TAG: "yes"})
    return _report(targets, missing, moment, time.monotonic() - started)


def _report(
    targets: Sequence[Target], written: Sequence[Target], anchor: datetime, seconds: float
) -> LoadReport:
    sessions = [session for target in written for session in target.planned.sessions]
    return LoadReport(
        memory_ids=tuple(target.memory.memory_id for target in targets),
        actors=len({session.actor_id for session in sessions}),
        sessions=len(sessions),
        events=sum(len(session.events) for session in sessions),
        records=sum(len(target.planned.profiles) for target in written),
        anchor=anchor,
        seconds=seconds,
    )


def _current(control: Any) -> list[SampleMemory]:
    """The sample memories that exist; raises SampleDataError when they are of another version."""
    found = sample_memories(control)
    if any(memory.version != VERSION for memory in found):
        raise SampleDataError(
            "The sample data of another version is here. Remove it first, then load this version's."
        )
    return found


def call_count() -> int:
    """How many calls that write a whole load makes."""
    planned = plan(datetime.now(UTC))
    imports = sum(bool(memory.profiles) for memory in planned)
    return sum(memory.event_count for memory in planned) + imports + 2 * len(planned)


def _targets(
    control: Any,
    planned: Sequence[PlannedMemory],
    existing: Sequence[SampleMemory],
    anchor: datetime,
    progress: Progress,
) -> list[Target]:
    """Every planned memory with its resource, created where it is missing, all ACTIVE."""
    by_name = {memory.name: memory for memory in existing}
    targets = []
    for done, memory in enumerate(planned):
        progress(done, len(planned), f"Creating {memory.blueprint.name}")
        found = by_name.get(memory.blueprint.name) or _create(control, memory.blueprint, anchor)
        targets.append(Target(memory, found))
    for target in targets:
        _wait_until_active(control, target.memory)
    return targets


def _create(control: Any, blueprint: MemoryBlueprint, anchor: datetime) -> SampleMemory:
    request: dict[str, Any] = {
        "name": blueprint.name,
        "description": blueprint.description,
        "eventExpiryDuration": blueprint.event_expiry_days,
        "tags": {VERSION_TAG: VERSION, ANCHOR_TAG: anchor.isoformat()},
    }
    if blueprint.strategies:
        request["memoryStrategies"] = list(blueprint.strategies)
    if blueprint.role_arn:
        request["memoryExecutionRoleArn"] = blueprint.role_arn
    memory = _created(control, request)
    return SampleMemory(memory["id"], memory["arn"], blueprint.name, VERSION, anchor, loaded=False)


def _created(control: Any, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(control.create_memory(**request)["memory"])
    except ClientError as error:
        if "already exists" not in str(error):
            raise
        raise SampleDataError(
            f"A memory named {request['name']} exists that is not sample data. The sample data can't be "
            "loaded beside it in this region."
        ) from error


def _wait_until_active(control: Any, memory: SampleMemory) -> None:
    def active() -> bool:
        found = control.get_memory(memoryId=memory.memory_id)["memory"]
        if found["status"] == "FAILED":
            raise SampleDataError(
                f"{memory.name} could not be created: {found.get('failureReason', 'no reason')}."
            )
        return bool(found["status"] == "ACTIVE" and _strategies_active(found))

    wait_until(active, ACTIVE_DEADLINE_SECONDS, f"Creating {memory.name}")


def _strategies_active(memory: dict[str, Any]) -> bool:
    """Only events written after a strategy is ACTIVE are extracted (AWS developer guide)."""
    return all(strategy.get("status", "ACTIVE") == "ACTIVE" for strategy in memory.get("strategies", []))
