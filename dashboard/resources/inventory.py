"""What is in the live connection, counted in the background; one count for all who look at it."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from dashboard.live import clients, connection, source, workspace
from services.clients import Clients
from services.inventory import Inventory, Snapshot, Unreviewed
from services.review import reviews
from services.workspace.store import Workspace

RECOUNT_AFTER = timedelta(minutes=5)


@dataclass
class _Counted:
    """The count of a connection that runs or ended last, and the last whole one before it."""

    inventory: Inventory | None = None
    generation: int = -1
    before: Snapshot | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@st.cache_resource(max_entries=8)
def _counted(key: str) -> _Counted:
    return _Counted()


def _kept_for(counted: Snapshot) -> timedelta:
    """How long a count stands: as long as it took, where that is more than five minutes."""
    took = counted.as_of - counted.started if counted.as_of else RECOUNT_AFTER
    return max(RECOUNT_AFTER, took)


def _unreviewed(live: Clients, database: Workspace, memory_id: str) -> Unreviewed:
    """What counts a memory's records that nobody has reviewed, in the counting thread."""
    book = reviews.Book(database, reviews.home(live, memory_id))
    book.catch_up()
    return reviews.unreviewed_counter(book)


def inventory() -> tuple[Snapshot, Snapshot | None]:
    """The count as it is now and, while it runs, the last whole one, where there is one.

    Refresh, a write that concerns the whole connection, and time (five minutes, or as long as the count took)
    start a new count.
    """
    counted = _counted(connection().key)
    generation = source().generation
    with counted.lock:
        if counted.inventory is not None:
            now = counted.inventory.look()
            old = now.as_of is not None and datetime.now(UTC) - now.as_of > _kept_for(now)
            if counted.generation == generation and not old:
                return now, counted.before if now.as_of is None else None
            counted.inventory.stop()
            counted.before = now if now.as_of is not None and now.fault is None else counted.before
        counted.inventory = Inventory(clients(), clients().pace, partial(_unreviewed, clients(), workspace()))
        counted.generation = generation
        return counted.inventory.look(), counted.before
