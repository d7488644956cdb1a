"""Saved copies of what was deleted here: our own database, not cached."""

from collections.abc import Callable

from dashboard.live import workspace
from services.workspace import copies


def saved_copies(limit: int) -> list[copies.Copy]:
    """The newest copies of what was deleted here, on any connection; whole ones only."""
    return [copy for copy in copies.list_copies(workspace(), limit=limit) if copy.complete]


def copy_json(copy_id: str) -> Callable[[], str]:
    """What makes a copy's JSON document, for a download: it may be large, and is read when that is asked."""
    live = workspace()
    return lambda: copies.whole_json(live, copy_id)
