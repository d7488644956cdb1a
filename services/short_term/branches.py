"""The branches of a conversation: which there are, where each forks off, and what two of them share.

The first event of a branch carries the `rootEventId` that it follows on; later ones may name only the branch.
A branch's path is what an agent reads on it: the ancestors' events up to each root, then its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = dict[str, Any]
MAIN = "main"


@dataclass(frozen=True)
class Branch:
    """A branch as far as the events tell. `parent` is None for main, and where the root is not among them.

    `root_id` is the event that it follows on; `depth` counts the branches above it.
    """

    name: str
    parent: str | None
    root_id: str | None
    depth: int
    events: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Comparison:
    """Two paths: the events that both begin with, and what each goes on with. Newest first."""

    common: list[Row]
    left: list[Row]
    right: list[Row]


def branch_of(event: Row) -> str:
    """The name of the event's branch; one that names none is on main."""
    return str(event.get("branch", {}).get("name", MAIN))


def position(event: Row) -> tuple[datetime, str]:
    """Where an event stands in time: ids begin with it and tell events of a millisecond apart."""
    return event["eventTimestamp"], event["eventId"]


def tree(events: Iterable[Row]) -> list[Branch]:
    """The branches of a session's events, main first, each followed by those that fork off it."""
    rows = sorted(events, key=position)
    of_event = {row["eventId"]: branch_of(row) for row in rows}
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(branch_of(row), []).append(row)
    roots = {name: _root(own) for name, own in members.items()}
    parents = {name: of_event.get(root or "") for name, root in roots.items()}
    return [
        Branch(
            name,
            parents[name],
            roots[name],
            depth,
            len(members[name]),
            members[name][0]["eventTimestamp"],
            members[name][-1]["eventTimestamp"],
        )
        for name, depth in _in_order(members, parents)
    ]


def _root(events: Sequence[Row]) -> str | None:
    found = (event.get("branch", {}).get("rootEventId") for event in events)
    return next((str(root) for root in found if root), None)


def _in_order(members: dict[str, list[Row]], parents: dict[str, str | None]) -> Iterator[tuple[str, int]]:
    """(branch, depth): parents before children, siblings by age. A circle of roots is entered once."""
    by_age = sorted(members, key=lambda name: (name != MAIN, position(members[name][0])))
    done: set[str] = set()

    def below(name: str, depth: int) -> Iterator[tuple[str, int]]:
        stack = [(name, depth)]
        while stack:
            current, level = stack.pop()
            if current in done:
                continue
            done.add(current)
            yield current, level
            children = [child for child in by_age if parents[child] == current]
            stack += [(child, level + 1) for child in reversed(children)]

    for name in by_age:
        if parents[name] is None or parents[name] == name:
            yield from below(name, 0)
    for name in by_age:  # what is left is in a circle
        yield from below(name, 0)


def path(events: Iterable[Row], name: str) -> list[Row]:
    """What an agent on the branch reads, newest first: ListEvents with includeParentBranches."""
    rows = sorted(events, key=position)
    known = {branch.name: branch for branch in tree(rows)}
    by_id = {row["eventId"]: row for row in rows}
    end: tuple[datetime, str] | None = None
    found: list[Row] = []
    seen: set[str] = set()
    current: str | None = name
    while current is not None and current not in seen:
        seen.add(current)
        found += [row for row in rows if branch_of(row) == current and (end is None or position(row) <= end)]
        branch = known.get(current)
        root = by_id.get(branch.root_id or "") if branch else None
        end = position(root) if root else None
        current = branch.parent if branch else None
    return sorted(found, key=position, reverse=True)


def path_to(events: Iterable[Row], root_id: str) -> list[Row] | None:
    """What a branch that forks off after the event `root_id` begins with, newest first; None where that event
    is not among them."""
    rows = list(events)
    root = next((row for row in rows if row["eventId"] == root_id), None)
    if root is None:
        return None
    return [row for row in path(rows, branch_of(root)) if position(row) <= position(root)]


def compare(events: Iterable[Row], left: str, right: str) -> Comparison:
    """What two branches share and where they part."""
    rows = list(events)
    on_left, on_right = path(rows, left), path(rows, right)
    right_ids = {row["eventId"] for row in on_right}
    left_ids = {row["eventId"] for row in on_left}
    return Comparison(
        [row for row in on_left if row["eventId"] in right_ids],
        [row for row in on_left if row["eventId"] not in right_ids],
        [row for row in on_right if row["eventId"] not in left_ids],
    )
