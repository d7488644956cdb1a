"""A store as of a large product: 10,000 actors, 1,000,000 events in 75,000 sessions, 100,000 records.

The memory is made through the API, with three strategies; what is in it is written in bulk through the
endpoint's own store, in a minute or two, and kept for the next run. One actor has 1,000 of the sessions, one
session 20,000 of the events; two in a hundred records are the busy actor's.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import servers
from benchmarks.filled_store import CACHE, chunks, insert_events, insert_records
from services.aws_local.storage.store import Store, row

ACTORS, SESSIONS, EVENTS, RECORDS = 10_000, 75_000, 1_000_000, 100_000
BUSY_SESSIONS = 1_000
LONG_EVENTS = 20_000
BUSY_ACTOR, LONG_SESSION = "actor-00000", "session-00000"
_AT_ONCE = 10_000
_TEMPLATES = ("/facts/{actorId}/", "/preferences/{actorId}/", "/summaries/{actorId}/{sessionId}/")
_KINDS = ("semanticMemoryStrategy", "userPreferenceMemoryStrategy", "summaryMemoryStrategy")


@dataclass(frozen=True)
class PeopleStore:
    """A data directory, its memory, and an actor and session in the middle of it."""

    data_dir: Path
    memory_id: str
    actor_id: str
    session_id: str


def people_store(share: float = 1.0, cache: Path = CACHE) -> PeopleStore:
    """The store, or one of a `share` of it; built when the cache has none."""
    folder = cache / f"people-{share:g}"
    note = folder.with_suffix(".json")
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        note.write_text(json.dumps(_build(folder, share)), "utf-8")
    return PeopleStore(folder, **json.loads(note.read_text("utf-8")))


def _build(folder: Path, share: float) -> dict[str, Any]:
    started = time.monotonic()
    print(f"Building a store in {folder}", flush=True)
    memory = _memory(folder)
    store = Store.open(folder)
    try:
        [memory_no] = store.read(partial(_number, memory_id=memory["id"]))
        done = 0
        for chunk in chunks(_places(share)):
            store.write(partial(insert_events, memory_no=memory_no, places=chunk))
            done += len(chunk)
            if done % (10 * _AT_ONCE) == 0:
                print(f"  {done:,} events, {time.monotonic() - started:.0f} s", flush=True)
        wanted = int(RECORDS * share)
        strategies = [strategy["strategyId"] for strategy in memory["strategies"]]
        for start in range(0, wanted, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, wanted))
            home = partial(_home, strategies=strategies, actors=int(ACTORS * share))
            store.write(partial(insert_records, memory_no=memory_no, numbers=numbers, home=home))
        print(f"  {wanted:,} records, {time.monotonic() - started:.0f} s", flush=True)
    finally:
        store.close()
    seventh = int(ACTORS * share) + 7  # beyond those of the busy actor
    return {"memory_id": memory["id"], "actor_id": _actor(7), "session_id": _session(seventh)}


def _memory(folder: Path) -> dict[str, Any]:
    """Made by the endpoint, which then makes room for us: one process holds a data directory."""
    with servers.endpoint_on(folder) as (url, _):
        made: dict[str, Any] = servers.client("bedrock-agentcore-control", url).create_memory(
            name="BigSupport",
            eventExpiryDuration=365,
            memoryStrategies=[
                {kind: {"name": kind.removesuffix("MemoryStrategy"), "namespaceTemplates": [template]}}
                for kind, template in zip(_KINDS, _TEMPLATES, strict=True)
            ],
        )["memory"]
    return made


def _number(connection: Any, memory_id: str) -> list[int]:
    found = row(connection, "SELECT memory_no FROM memories WHERE memory_id = ?", (memory_id,))
    return [found["memory_no"]] if found else []


def _actor(number: int) -> str:
    return f"actor-{number:05d}"


def _session(number: int) -> str:
    return f"session-{number:05d}"


def _places(share: float) -> Iterator[tuple[str, str, int]]:
    """Actor, session and place in time of every event, session after session."""
    sessions, events = int(SESSIONS * share), int(EVENTS * share)
    long, busy, actors = int(LONG_EVENTS * share), int(BUSY_SESSIONS * share), int(ACTORS * share)
    for number in range(events):
        session = 0 if number < long else 1 + (number - long) * (sessions - 1) // (events - long)
        actor = 0 if session < busy else session % actors
        yield _actor(actor), _session(session), number


def _home(number: int, strategies: list[str], actors: int) -> tuple[str, str]:
    """The strategy and the namespace of a record."""
    kind = number % len(_TEMPLATES)
    actor = 0 if number % 50 == 0 else number * 7 % actors
    session = _session(number % SESSIONS)
    namespace = _TEMPLATES[kind].replace("{actorId}", _actor(actor)).replace("{sessionId}", session)
    return strategies[kind], namespace
