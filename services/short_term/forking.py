"""Forking a conversation: a first event on a new branch that follows on an event of the session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from services.auditing import audited
from services.authorization import authorize, current_role
from services.clients import Clients
from services.constraints import DATA, constraint
from services.errors import InvalidConversation
from services.short_term import events
from services.short_term.conversation_file import MessageDraft
from services.workspace.store import Workspace

_HINT = "begin with a letter or digit; then letters, digits, - and _"


def branch_problems(name: str, taken: Collection[str] = ()) -> list[str]:
    """What AWS would refuse about a new branch's name; `taken` are the session's branches."""
    problems = constraint(DATA, "CreateEvent", "branch", "name").text_problems(
        "The branch's name", name, _HINT
    )
    if not problems and name in {"main", *taken}:
        problems = [f"The session has a branch “{name}” already; a fork needs a name of its own."]
    return problems


def fork(
    clients: Clients, workspace: Workspace, root: dict[str, Any], name: str, messages: Sequence[MessageDraft]
) -> dict[str, Any]:
    """Write messages as the first event of branch `name` that follows on the event `root`.

    Nothing is copied: AWS keeps the root's id with the branch, and reads the events up to it when the parents
    are asked for too. Strategies extract from the new event as from any other. Written down in the audit
    trail. Raises NotAuthorized and InvalidConversation before anything is sent.
    """
    authorize(current_role(), "CreateEvent")
    problems = branch_problems(name)
    numbered = enumerate(messages, 1)
    problems += [said for number, message in numbered for said in message.problems(f"Message {number}")]
    if not messages:
        problems.append("A fork needs at least one message.")
    if problems:
        raise InvalidConversation(problems)
    place = (root["memoryId"], root["actorId"], root["sessionId"])
    branch = {"name": name, "rootEventId": root["eventId"]}
    resource = "/".join((*place, root["eventId"]))
    with audited(clients, workspace, "CreateEvent", resource, before={"fork": branch}) as after:
        made = events.create_event(clients, *place, messages, branch=branch)
        after["eventId"] = made["eventId"]
    return made
