"""Snapshots: save what a memory holds, compare two states, write records again."""

from dashboard import faults
from dashboard.components import notices, pickers, snapshot_detail, snapshots

notices.show()
memory = pickers.memory()
memory_id = memory["id"] if memory else None
snapshots.toolbar(memory_id)
with faults.shown():
    chosen = snapshots.choose(memory_id)
    if chosen:
        snapshot_detail.show(chosen)
