"""Two acts that are one to people: a merge changes the record that stays and deletes the others.

AWS has a call for each, so they are two acts; the second has the first one's id with a mark behind it, by
which they are undone together.
"""

from __future__ import annotations

from services.workspace import record_versions
from services.workspace.record_versions import Act
from services.workspace.store import Workspace

_SECOND = "-2"


def second_id(first_id: str) -> str:
    """The id of the act that goes with the act of that id."""
    return f"{first_id}{_SECOND}"


def whole(workspace: Workspace, act: Act) -> list[Act]:
    """The act and the one that goes with it, if any, in the order in which they were carried out."""
    first_id = act.act_id.removesuffix(_SECOND)
    found = (record_versions.act(workspace, id_) for id_ in (first_id, second_id(first_id)))
    return [each for each in found if each is not None]
