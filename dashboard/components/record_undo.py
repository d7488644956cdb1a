"""The way back from what has just been done to one record, offered where that is told."""

from functools import partial

from dashboard import faults, resources, state
from dashboard.components import notices, permissions
from dashboard.components.record_acts import OPERATIONS, OPPOSITE
from services.workspace.record_versions import Act

_TOLD = {
    "create": "Taken back: the record is in the trash.",
    "update": "Taken back: the record says again what it said.",
    "delete": "Taken back: the record is there again, with a new id and its old timestamp.",
}


def leave(message: str, record_id: str) -> None:
    """Leaves the notice of the last act on a record, with Undo for whoever may undo it."""
    steps = resources.record_steps(record_id)
    offered = bool(steps) and not permissions.refused(OPERATIONS[OPPOSITE[steps[0].act.kind]])
    notices.leave(message, partial(_undo, steps[0].act) if offered else None)


def _undo(act: Act) -> None:
    with faults.shown():
        done = resources.take_back(act.memory_id, (act.act_id,))
        if done.problem:
            notices.leave(f"It was not taken back: {done.problem.error_message}", failed=True)
            return
        notices.leave(_TOLD[act.kind])
        if state.page() == "records":
            state.put(record=None if act.kind == "create" else done.results[-1].record_id)
