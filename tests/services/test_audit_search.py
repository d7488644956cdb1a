"""The audit trail as people read it: acts, narrowed down and paged to the end, and files to keep."""

from __future__ import annotations

import csv
import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services import audit_exports
from services.workspace import audit
from services.workspace.audit_chain import Point
from services.workspace.audit_search import PAGE_SIZE, AuditSearch, act, choices, iter_acts, page
from services.workspace.audit_verification import verify
from services.workspace.store import Workspace

FORMULA = "=HYPERLINK(1)"


def write(
    workspace: Workspace,
    who: str = "ann",
    action: str = "DeleteEvent",
    resource: str = "M/1",
    ended: str | None = "succeeded",
    **documents: Any,
) -> str:
    """An act: its beginning and, unless it never ended, its end."""
    name = str(uuid.uuid4())
    rows = [("started", documents.get("before"), None, "")]
    if ended:
        rows.append((ended, None, documents.get("after"), documents.get("detail", "")))
    for result, before, after, detail in rows:
        audit.append(
            workspace, who, action, resource, before=before, after=after, result=result,
            connection="embedded", act=name, detail=detail,
        )  # fmt: skip
    return name


@pytest.fixture
def acts(workspace: Workspace) -> Workspace:
    write(workspace, before={"text": "Ünïcode \0 tea"}, after={"eventId": "0#a"})
    write(workspace, who="bob@example.com", action="UpdateMemory", resource="M/2")
    write(workspace, ended="failed (denied)", detail="AccessDenied: no_way 100%")
    write(workspace, ended=None, resource=FORMULA)
    write(workspace, ended="unknown (timeout)")
    audit.append(workspace, "carl", "Old", "no act", before=None, after=None, result="succeeded")
    return workspace


def found(workspace: Workspace, **search: Any) -> list[tuple[str, str]]:
    return [(each.action, each.outcome) for each in page(workspace, AuditSearch(**search)).acts]


def test_one_entry_for_each_act(acts: Workspace) -> None:
    listed = page(acts, AuditSearch())
    assert (listed.total, listed.pages) == (6, 1)
    assert [(each.action, each.outcome) for each in listed.acts] == [
        ("Old", "succeeded"),
        ("DeleteEvent", "unknown"),
        ("DeleteEvent", "unknown"),
        ("DeleteEvent", "failed"),
        ("UpdateMemory", "succeeded"),
        ("DeleteEvent", "succeeded"),
    ]
    first = listed.acts[-1]
    assert (first.before, first.after) == ({"text": "Ünïcode \0 tea"}, {"eventId": "0#a"})
    assert first.rows == (1, 2)
    assert first.ended_at is not None and first.started_at <= first.ended_at
    assert listed.acts[2].ended_at is None
    assert act(acts, 1) == act(acts, 2) == first
    assert act(acts, 99) is None


@pytest.mark.parametrize(
    ("search", "number"),
    [
        ({"who": "bob@example.com"}, 1),
        ({"action": "DeleteEvent"}, 4),
        ({"connection": "embedded"}, 5),
        ({"outcome": "unknown"}, 2),
        ({"outcome": "failed"}, 1),
        ({"outcome": "succeeded"}, 3),
        ({"resource": "m/2"}, 1),
        ({"resource": "tea"}, 0),
        ({"text": "TEA"}, 1),
        ({"text": "üNÏCODE"}, 1),
        ({"text": "0#A"}, 1),
        ({"text": "100%"}, 1),
        ({"text": "no_way"}, 1),
        ({"text": "noXway"}, 0),
        ({"text": "%"}, 1),
        ({"who": "ann", "text": "M/1", "outcome": "failed"}, 1),
    ],
)
def test_it_is_narrowed_down(acts: Workspace, search: dict[str, Any], number: int) -> None:
    assert len(found(acts, **search)) == number


def test_times_narrow_it_down(acts: Workspace) -> None:
    now = datetime.now(UTC)
    assert len(found(acts, since=now - timedelta(hours=1), until=now + timedelta(hours=1))) == 6
    assert found(acts, since=now + timedelta(hours=1)) == []
    assert found(acts, until=now - timedelta(hours=1)) == []


def test_there_is_something_to_choose_from(acts: Workspace) -> None:
    assert choices(acts).who == ("ann", "bob@example.com", "carl")
    assert choices(acts).actions == ("DeleteEvent", "Old", "UpdateMemory")
    assert choices(acts).connections == ("embedded",)


def test_it_is_paged_to_the_end(workspace: Workspace) -> None:
    with workspace.transaction() as connection:
        rows = [
            audit.NewRow("ann", "DeleteEvent", "succeeded", resource=str(n)) for n in range(PAGE_SIZE * 2 + 5)
        ]
        audit.add(workspace, connection, rows)
    seen = [page(workspace, AuditSearch(), number) for number in (1, 2, 3)]
    assert [len(each.acts) for each in seen] == [PAGE_SIZE, PAGE_SIZE, 5]
    assert seen[2].acts[-1].resource == "0"
    assert len({each.audit_id for one in seen for each in one.acts}) == PAGE_SIZE * 2 + 5
    assert page(workspace, AuditSearch(), 99) == seen[2]
    assert page(workspace, AuditSearch(), -1) == seen[0]
    assert page(workspace, AuditSearch(who="nobody")).acts == ()
    assert len(list(iter_acts(workspace, AuditSearch()))) == PAGE_SIZE * 2 + 5


def test_the_json_export_has_everything_and_the_anchor(acts: Workspace) -> None:
    document = json.loads(audit_exports.json_bytes(acts, AuditSearch(action="DeleteEvent")))
    assert len(document["acts"]) == 4
    assert document["acts"][-1]["before"] == {"text": "Ünïcode \0 tea"}
    assert document["search"] == {"action": "DeleteEvent"}
    kept = Point(document["anchor"]["count"], document["anchor"]["head"])
    assert verify(acts).end == kept
    assert verify(acts, kept).intact


def test_the_csv_export_is_safe_and_has_the_anchor(acts: Workspace) -> None:
    text = audit_exports.csv_bytes(acts, AuditSearch()).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 7
    assert {row["resource"] for row in rows} >= {f"'{FORMULA}", "M/1"}
    assert json.loads(rows[-1]["result"])["count"] == verify(acts).end.count
    assert json.loads(rows[5]["before"]) == {"text": "Ünïcode \0 tea"}


def test_an_empty_trail_can_be_exported(workspace: Workspace) -> None:
    assert json.loads(audit_exports.json_bytes(workspace, AuditSearch()))["acts"] == []
    assert b"(anchor)" in audit_exports.csv_bytes(workspace, AuditSearch())
