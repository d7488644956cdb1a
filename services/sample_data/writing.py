"""Sends the planned sessions and imported profiles: CreateEvent and BatchCreateMemoryRecords.

Each call carries a client token that depends on the content alone, so that sending it again adds nothing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from botocore.exceptions import ClientError

from services.people import carried
from services.sample_data.casting import Profile
from services.sample_data.plan import VERSION, PlannedEvent, PlannedMemory, PlannedSession
from services.sample_data.progress import Progress
from services.sample_data.sample_memories import SampleDataError, SampleMemory, error_code

WRITERS = 8
ATTEMPTS = 5
IMPORT_NAMESPACE = "/imported/{actorId}/"


@dataclass(frozen=True)
class Target:
    """A planned memory and the memory resource that it goes into."""

    planned: PlannedMemory
    memory: SampleMemory


def write(data: Any, targets: Sequence[Target], progress: Progress) -> None:
    """All events and records of the targets; progress counts events and is told from this thread only."""
    total = sum(target.planned.event_count for target in targets)
    done = 0
    progress(done, total, "Writing conversations")
    for future in _finished(data, targets):
        done += future.result()
        progress(done, total, "Writing conversations")
    for target in targets:
        _import_profiles(data, target)
    progress(total, total, "Sample data loaded")


def _finished(data: Any, targets: Sequence[Target]) -> Iterator[Future[int]]:
    """The writers as they finish. One actor's sessions stay in order; after a failure nothing new starts."""
    pool = ThreadPoolExecutor(WRITERS, thread_name_prefix="sample-data")
    try:
        yield from as_completed(
            [
                pool.submit(carried(_write_sessions), data, target.memory.memory_id, list(sessions))
                for target in targets
                for _, sessions in groupby(target.planned.sessions, key=lambda session: session.actor_id)
            ]
        )
    finally:
        pool.shutdown(cancel_futures=True)


def _write_sessions(data: Any, memory_id: str, sessions: Sequence[PlannedSession]) -> int:
    """Writes sessions one after another; returns the number of their events."""
    for session in sessions:
        _write_session(data, memory_id, session)
    return sum(len(session.events) for session in sessions)


def _write_session(data: Any, memory_id: str, session: PlannedSession) -> None:
    event_ids: list[str] = []
    for event in session.events:
        root = event_ids[event.root] if event.root is not None else None
        request = event_request(event, root) | {"actorId": session.actor_id, "sessionId": session.session_id}
        event_ids.append(_create_event(data, request | {"memoryId": memory_id}))


def event_request(event: PlannedEvent, root_event_id: str | None) -> dict[str, Any]:
    """The CreateEvent request of an event, without the memory, actor and session that it goes to."""
    request: dict[str, Any] = {
        "eventTimestamp": event.at,
        "payload": event.payload,
        "clientToken": event.client_token,
    }
    if event.metadata:
        request["metadata"] = {key: {"stringValue": value} for key, value in event.metadata.items()}
    if event.branch:
        request["branch"] = {"name": event.branch} | ({"rootEventId": root_event_id} if root_event_id else {})
    return request


def _create_event(data: Any, request: dict[str, Any]) -> str:
    """The id of the event. RetryableConflictException isn't in botocore's retry list, so it is retried here,
    which the client token makes safe."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return str(data.create_event(**request)["event"]["eventId"])
        except ClientError as error:
            if error_code(error) != "RetryableConflictException" or attempt == ATTEMPTS:
                raise
        time.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311 - jitter
    raise AssertionError("unreachable")


def _import_profiles(data: Any, target: Target) -> None:
    """Facts that another system knew, as records without a strategy, labelled by their metadata."""
    profiles = target.planned.profiles
    if not profiles:
        return
    answer = data.batch_create_memory_records(
        memoryId=target.memory.memory_id,
        records=[_record(number, profile, target) for number, profile in enumerate(profiles)],
        clientToken=f"sample-data-{VERSION}-{target.planned.key}-imported-profiles",
    )
    if answer["failedRecords"]:
        reason = answer["failedRecords"][0].get("errorMessage", "no reason given")
        raise SampleDataError(f"Profiles could not be imported into {target.memory.name}: {reason}")


def _record(number: int, profile: Profile, target: Target) -> dict[str, Any]:
    return {
        "requestIdentifier": f"profile-{number:03d}",
        "namespaces": [IMPORT_NAMESPACE.format(actorId=profile.actor_id)],
        "content": {"text": profile.text},
        "timestamp": target.planned.sessions[0].events[0].at,
        "metadata": {"source": {"stringValue": profile.source}, "origin": {"stringValue": "imported"}},
    }
