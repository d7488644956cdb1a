"""Branches: the tree, what an agent reads on one, and what two share; and forking."""

from __future__ import annotations

from typing import Any

import pytest

from services.clients import Clients
from services.errors import InvalidConversation, NotAuthorized
from services.short_term import branches, events, forking
from services.short_term.conversation_file import MessageDraft
from services.workspace import audit
from services.workspace.store import Workspace
from tests.services.conftest import new_memory
from tests.services.conversations import say

PLACE = ("ann", "trip")
Ids = dict[str, str]


@pytest.fixture(scope="module")
def forked(live: Clients) -> tuple[str, Ids, list[dict[str, Any]]]:
    """A conversation with two branches off main and one off a branch; the events as ListEvents has them."""
    memory_id = new_memory(live)["id"]
    ids: Ids = {}

    def add(name: str, minute: int, branch: str | None = None, root: str | None = None) -> None:
        more = {"branch": {"name": branch} | ({"rootEventId": ids[root]} if root else {})} if branch else {}
        ids[name] = say(live, memory_id, PLACE, name, minute, **more)

    for minute in range(4):
        add(f"m{minute}", minute)
    add("a0", 10, "a", "m1")
    add("a1", 11, "a")
    add("aa0", 12, "aa", "a0")
    add("b0", 13, "b", "m2")
    add("m4", 14)
    return memory_id, ids, events.list_events(live, memory_id, *PLACE).rows


def test_the_tree_has_parents_before_children(forked: tuple[str, Ids, list[dict[str, Any]]]) -> None:
    _, ids, rows = forked
    shown = [(b.name, b.parent, b.depth, b.events, b.root_id) for b in branches.tree(rows)]
    assert shown == [
        ("main", None, 0, 5, None),
        ("a", "main", 1, 2, ids["m1"]),
        ("aa", "a", 2, 1, ids["a0"]),
        ("b", "main", 1, 1, ids["m2"]),
    ]


@pytest.mark.parametrize("name", ["a", "aa", "b"])
def test_a_path_is_what_aws_lists_with_parent_branches(
    live: Clients, forked: tuple[str, Ids, list[dict[str, Any]]], name: str
) -> None:
    memory_id, _, rows = forked
    listed = live.data.list_events(
        memoryId=memory_id,
        actorId=PLACE[0],
        sessionId=PLACE[1],
        filter={"branch": {"name": name, "includeParentBranches": True}},
        maxResults=100,
    )["events"]
    assert [row["eventId"] for row in branches.path(rows, name)] == [row["eventId"] for row in listed]


def test_two_branches_are_compared(forked: tuple[str, Ids, list[dict[str, Any]]]) -> None:
    _, ids, rows = forked
    names = {event_id: name for name, event_id in ids.items()}
    found = branches.compare(rows, "aa", "main")
    sides = (found.common, found.left, found.right)
    assert [[names[row["eventId"]] for row in side] for side in sides] == [
        ["m1", "m0"],
        ["aa0", "a0"],
        ["m4", "m3", "m2"],
    ]


def test_a_branch_whose_root_is_not_listed_stands_alone(
    forked: tuple[str, Ids, list[dict[str, Any]]],
) -> None:
    _, ids, rows = forked
    newest = [row for row in rows if row["eventId"] in {ids["aa0"], ids["m4"]}]
    tree = {branch.name: branch for branch in branches.tree(newest)}
    assert (tree["aa"].parent, tree["aa"].root_id, tree["aa"].depth) == (None, ids["a0"], 0)
    assert [row["eventId"] for row in branches.path(newest, "aa")] == [ids["aa0"]]


def test_roots_in_a_circle_end(forked: tuple[str, Ids, list[dict[str, Any]]]) -> None:
    row = forked[2][0]
    circle = [
        row | {"eventId": "1#a", "branch": {"name": "x", "rootEventId": "2#b"}},
        row | {"eventId": "2#b", "branch": {"name": "y", "rootEventId": "1#a"}},
    ]
    assert {branch.name for branch in branches.tree(circle)} == {"x", "y"}
    assert {event["eventId"] for event in branches.path(circle, "x")} == {"1#a", "2#b"}


def test_forking_writes_a_branch_and_an_audit_entry(
    live: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    say(live, memory["id"], PLACE, "Window or aisle?")
    [root] = events.list_events(live, memory["id"], *PLACE).rows
    made = forking.fork(live, workspace, root, "second-try", [MessageDraft("USER", "Aisle.")])
    listed = events.get_event(live, memory["id"], *PLACE, made["eventId"])
    assert listed["branch"] == {"name": "second-try", "rootEventId": root["eventId"]}
    assert listed["payload"][0]["conversational"]["content"]["text"] == "Aisle."
    ended, started = audit.list_audit(workspace)
    assert (started.result, ended.result, ended.action) == ("started", "succeeded", "CreateEvent")
    assert ended.after == {"eventId": made["eventId"]}
    assert root["eventId"] in ended.resource


def test_only_an_admin_may_fork(
    live: Clients, memory: dict[str, Any], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(live, memory["id"], PLACE, "Hello.")
    [root] = events.list_events(live, memory["id"], *PLACE).rows
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "curator")
    with pytest.raises(NotAuthorized):
        forking.fork(live, workspace, root, "x", [MessageDraft("USER", "Hi.")])
    assert audit.list_audit(workspace) == []
    assert len(events.list_events(live, memory["id"], *PLACE).rows) == 1


@pytest.mark.parametrize("name", ["", "-a", "main", "taken", "x" * 101])
def test_names_that_aws_would_refuse_are_said(name: str) -> None:
    assert forking.branch_problems(name, ["taken"])


def test_a_fork_without_a_message_is_refused(
    live: Clients, forked: tuple[str, Ids, list[dict[str, Any]]], workspace: Workspace
) -> None:
    with pytest.raises(InvalidConversation):
        forking.fork(live, workspace, forked[2][0], "empty", [])
