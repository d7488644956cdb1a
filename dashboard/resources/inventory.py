"""What is in the live connection, counted in the background; one count for all who look at it."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard.live import clients, connection, source
from dashboard.resources.background import pace
from services.inventory import Inventory, Snapshot

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


def inventory() -> tuple[Snapshot, Snapshot | None]:
    """The count as it is now and, while it runs, the last whole one, where there is one.

    Refresh, a write that concerns the whole connection, and five minutes start a new count.
    """
    counted = _counted(connection().key)
    generation = source().generation
    with counted.lock:
        if counted.inventory is not None:
            now = counted.inventory.look()
            old = now.as_of is not None and datetime.now(UTC) - now.as_of > RECOUNT_AFTER
            if counted.generation == generation and not old:
                return now, counted.before if now.as_of is None else None
            counted.inventory.stop()
            counted.before = now if now.as_of is not None and now.fault is None else counted.before
        counted.inventory = Inventory(clients(), pace())
        counted.generation = generation
        return counted.inventory.look(), counted.before
