"""What is read in the background: a memory's actors and searches in conversations, shared by all who look.

All of it shares the connection's pace with the pages, so that together they keep below the quotas.
"""

import threading
import time
from dataclasses import dataclass, field, replace

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import clients, clients_of, connection, drop_refused, source
from dashboard.resources.derived import of_kept
from dashboard.resources.inventory import counted_by_namespace
from dashboard.resources.keeping import CONTENTS, FRESH_SECONDS, LARGE_FRESH_SECONDS
from services.listing import PAGE_SIZE
from services.memory import namespace_counts as counting
from services.memory.namespace_counts import NamespaceCounting, NamespaceCounts
from services.memory.namespaces import KnownNamespace
from services.short_term.actor_directory import ActorDirectory, Actors
from services.short_term.event_search import EventSearch, Scope

FEW_ACTORS = 1_000
"""More of them are believed for `LARGE_FRESH_SECONDS`."""
FAULT_SECONDS = 3.0
"""So long a failed reading is shown as failed before the next look tries again."""
FIRST_LOOK_SECONDS = 4.0
"""So long a page waits for the first hundred actors before it draws without them."""


@dataclass
class _Known:
    """The reading of a memory's actors that is current, since when, and the whole one before it."""

    reading: ActorDirectory | None = None
    generations: tuple[int, int] = (-1, -1)
    since: float = 0.0
    failed_at: float | None = None
    before: Actors | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@st.cache_resource(max_entries=8)
def _known(key: str, memory_id: str) -> _Known:
    return _Known()


def directory(memory_id: str, wait_seconds: float = FIRST_LOOK_SECONDS) -> Actors:
    """The actors of a memory as far as they are read; at first it waits for the first of them.

    They are read again after a write here and after 30 seconds; where they are many, after Refresh and after
    5 minutes. The whole list of before is shown until the new one is as long.
    """
    known = _known(connection().key, memory_id)
    generations = source().generation, source(CONTENTS, memory_id).generation
    with known.lock:
        if known.reading is None or _outdated(known, known.reading, generations):
            if known.reading is not None:
                known.before = _whole(known.reading.look()) or known.before
                known.reading.stop()
            known.reading = ActorDirectory(clients(), clients().pace, memory_id)
            known.generations, known.since, known.failed_at = generations, time.monotonic(), None
        reading, before = known.reading, known.before
    now = reading.look(wait_seconds, lambda actors: actors.ended or len(actors.ids) >= PAGE_SIZE)
    drop_refused(now.fault)
    if before and not now.ended and len(now.ids) < len(before.ids):
        return replace(before, ended=False, complete=False)
    return now


def _outdated(known: _Known, reading: ActorDirectory, generations: tuple[int, int]) -> bool:
    now = reading.look()
    if not now.ended:
        return False
    if now.fault:
        known.failed_at = known.failed_at or time.monotonic()
        return time.monotonic() - known.failed_at > FAULT_SECONDS
    age = time.monotonic() - known.since
    if len(now.ids) > FEW_ACTORS:  # not after every write: it would be hundreds of calls
        return age > LARGE_FRESH_SECONDS or known.generations[0] != generations[0]
    return age > FRESH_SECONDS or known.generations != generations


def _whole(actors: Actors) -> Actors | None:
    return actors if actors.complete else None


@st.cache_resource(max_entries=8, ttl=3600, show_spinner=False)
def _counting(key: str, memory_id: str) -> list[tuple[NamespaceCounting, int]]:
    """The count and the connection's generation when it was begun; empty until somebody wants it. It takes
    minutes for a large memory: Refresh does not end it."""
    return []


def count_namespaces(memory_id: str) -> None:
    """Begins to count all records of a memory by namespace, for all who look; again where it was done."""
    reading = NamespaceCounting(clients(), clients().pace, memory_id)
    _counting(connection().key, memory_id)[:] = [(reading, source().generation)]


def namespace_counts(memory_id: str) -> NamespaceCounts | None:
    """How far the count is; where nobody wanted it, and after Refresh where it had failed, what the count of
    everything found; None where that did not come by yet."""
    for reading, generation in _counting(connection().key, memory_id):
        now = reading.look()
        if now.fault is None or generation == source().generation:
            return now
    return counted_by_namespace(memory_id)


def stop_counting_namespaces(memory_id: str) -> None:
    """Count no further, for everybody."""
    for reading, _ in _counting(connection().key, memory_id):
        reading.stop()


def counted_namespaces(
    memory_id: str, known: list[KnownNamespace], now: NamespaceCounts
) -> list[KnownNamespace]:
    """The namespaces of a count that is complete, with those that are known besides; not to be changed."""
    return of_kept(
        f"counted-{connection().key}-{memory_id}-{now.as_of}",
        known,
        lambda each: counting.counted(list(each), now.counts),
    )


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False)
def _search(asked: Source, scope: Scope, words: str) -> EventSearch:
    live = clients_of(asked)
    return EventSearch(live, live.pace, scope, words)


def event_search(scope: Scope, words: str) -> EventSearch:
    """The search for words in a scope, begun by the first look at it. InvalidValue for no words."""
    return _search(source(), scope, words)


def forget_search(scope: Scope, words: str) -> None:
    """The next look at this search begins it anew."""
    event_search(scope, words).stop()
    _search.clear(source(), scope, words)
