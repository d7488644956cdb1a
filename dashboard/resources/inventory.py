"""What is in the live connection, counted in the background; one count for all who look at it."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from dashboard.live import clients, connection, source, workspace
from dashboard.resources.memories import memory_summaries
from services.clients import Clients
from services.faults import CALL_ERRORS
from services.inventory.counting import Inventory, Unreviewed
from services.inventory.ledger import Ledger
from services.inventory.snapshot import Snapshot
from services.memory.namespace_counts import NamespaceCounts
from services.review import reviews
from services.workspace.store import Workspace

RECOUNT_AFTER = timedelta(minutes=5)
GO_ON_WITHIN = timedelta(days=1)
"""A count that was begun longer ago is not gone on with: its first numbers say too little of now."""


@dataclass
class _Counted:
    """The counts of a connection: where they are kept, the one that runs here, since which forgetting, the
    last whole one before it, and how many records each namespace held when a memory's were counted here."""

    ledger: Ledger
    inventory: Inventory | None = None
    generation: int = -1
    before: Snapshot | None = None
    by_namespace: dict[str, NamespaceCounts] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@st.cache_resource(max_entries=8)
def _counted(key: str) -> _Counted:
    return _Counted(Ledger(workspace(), key))


def _unreviewed(live: Clients, database: Workspace, memory_id: str) -> Unreviewed:
    """What counts a memory's records that nobody has reviewed, in the counting thread."""
    book = reviews.Book(database, reviews.home(live, memory_id))
    book.catch_up()
    return reviews.unreviewed_counter(book)


def inventory() -> tuple[Snapshot, Snapshot | None]:
    """The count as it is now and, while it runs, the last whole one, where there is one.

    One process counts; in any other, and when it has ended, this is what was kept. Time (five minutes, or as
    long as the count took), Refresh and a write that concerns the whole connection start a new count. After a
    restart, or a fault, it goes on where it was.
    """
    counted = _counted(connection().key)
    generation = source().generation
    with counted.lock:
        if counted.inventory is not None and counted.generation == generation:
            now = counted.inventory.look()
            if now.as_of is None and not counted.inventory.is_lost:
                return now, counted.before
        return _another(counted, generation)


def counted_by_namespace(memory_id: str) -> NamespaceCounts | None:
    """How many records each namespace of a memory held when the count of everything came by, in this process;
    None where it did not yet."""
    return _counted(connection().key).by_namespace.get(memory_id)


def _another(counted: _Counted, generation: int) -> tuple[Snapshot, Snapshot | None]:
    """What is kept, as long as it stands or another process counts; else a count that begins or goes on."""
    asked_anew = counted.generation not in (-1, generation)
    counted.generation = generation
    if counted.inventory is not None:
        counted.inventory.stop()
        counted.inventory = None
    progress, whole, elsewhere = counted.ledger.kept()
    counted.before = whole
    if progress and (elsewhere or (not asked_anew and _stands(progress.snapshot))):
        return progress.snapshot, whole if progress.snapshot.as_of is None else None
    if not counted.ledger.claim():  # another process has only just begun
        return Snapshot((), False, (), datetime.now(UTC), None), whole
    begun = progress if progress and _goes_on(progress.snapshot, asked_anew=asked_anew) else None
    live = clients()
    unreviewed = partial(_unreviewed, live, workspace())
    counted.inventory = Inventory(
        live, live.pace, unreviewed, counted.ledger, begun, by_namespace=counted.by_namespace.__setitem__
    )
    return counted.inventory.look(), whole


def _stands(kept: Snapshot) -> bool:
    """Whether a count that has ended is new enough, and of the memories that there are. A whole one stands as
    long as it took, where that is more than five minutes."""
    if kept.as_of is None:
        return False
    took = kept.as_of - kept.started if kept.is_whole else RECOUNT_AFTER
    if datetime.now(UTC) - kept.as_of > max(RECOUNT_AFTER, min(took, GO_ON_WITHIN)):
        return False
    if not kept.is_whole:
        return True
    try:
        listing = memory_summaries()
    except CALL_ERRORS:  # the page says so; the count is as good as it was
        return True
    return {row["id"] for row in listing.rows} == {each.memory_id for each in kept.memories}


def _goes_on(kept: Snapshot, *, asked_anew: bool) -> bool:
    """Whether a count that did not come to its end is gone on with. Who asks for a new one gets it where it
    costs no more than minutes; an hour of calls is not thrown away."""
    least = RECOUNT_AFTER if asked_anew else timedelta(0)
    return not kept.is_whole and least <= datetime.now(UTC) - kept.started < GO_ON_WITHIN
