"""Many records changed at once: the dry run and its effect, the thread that does it, and the trash."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.authorization import NotAuthorized
from services.clients import Clients
from services.errors import InvalidValue
from services.records import calls as record_calls
from services.records import reading as record_reading
from services.records import trash as record_trash
from services.records.batches import RecordDraft, create_records, delete_records, results
from services.records.bulk import (
    BulkChange,
    Delete,
    DryRun,
    Move,
    ReplaceText,
    SetExpiry,
    SetMetadata,
    dry_run,
    plan,
)
from services.records.contents import parse_content
from services.records.history import plan_undo
from services.records.jobs import RecordJob
from services.records.memory_records import get_memory_record, list_memory_records
from services.records.runs import carry_out
from services.text_changes import around_change
from services.workspace import record_lineages, record_versions
from services.workspace.store import Workspace
from tests.conftest import Endpoint
from tests.services.record_examples import HOSTILE, SAID, Row, drafts, faults, listed

SQLITE_IS_ENOUGH = True  # what differs between databases is tested in test_record_versions.py

PREFERENCE = json.dumps({"context": "c", "preference": "Likes kettles", "categories": ["kettles"]})
SUMMARY = '<topic name="Kettles &amp; pots">\nBought kettles.\n</topic>'


@pytest.fixture
def memory_id(control: Any) -> str:
    name = f"Bulk{uuid.uuid4().hex[:12]}"
    return str(control.create_memory(name=name, eventExpiryDuration=30)["memory"]["id"])


def stored(live: Clients, memory_id: str) -> list[Row]:
    return list_memory_records(live, memory_id, namespace_path="/", limit=None).rows


def record(text: str, namespace: str = "/facts/a/", **metadata: Row) -> Row:
    return {
        "memoryRecordId": f"mem-{uuid.uuid4()}",
        "content": {"text": text},
        "namespaces": [namespace],
        "memoryStrategyId": "none",
        "timestamp": SAID,
        "createdAt": SAID,
        "metadata": metadata,
    }


def texts_after(change: BulkChange, *texts: str) -> list[str | None]:
    return [update.text if (update := change.of(record(text))) else None for text in texts]


def test_words_are_replaced_without_breaking_a_form() -> None:
    change = ReplaceText("kettle", 'te"a <pot> & ')
    fact, preference, summary, other = texts_after(change, "A kettle.", PREFERENCE, SUMMARY, "Nothing.")
    assert fact == 'A te"a <pot> & .'
    assert type(parse_content(preference or "")) is type(parse_content(PREFERENCE))
    assert json.loads(preference or "")["categories"] == ['te"a <pot> & s']
    assert parse_content(summary or "") == parse_content(
        '<topic name="Kettles &amp; pots">Bought te"a &lt;pot&gt; &amp; s.</topic>'
    )
    assert other is None
    assert texts_after(ReplaceText("KETTLE", r"\1", match_case=False), "A Kettle.") == ["A \\1."]
    assert texts_after(ReplaceText("", "x"), "abc") == [None]


def test_a_move_changes_whole_segments_only() -> None:
    change = Move("/archive/2026/", below="/facts/user-1")
    moved = [
        update.namespaces if (update := change.of(record("x", namespace))) else None
        for namespace in ("/facts/user-1/", "/facts/user-1/a/", "/facts/user-10/", "/facts/User-1/", "/x/")
    ]
    assert moved == [("/archive/2026/",), ("/archive/2026/a/",), None, None, None]
    everything = Move("/archive", below="/").of(record("x", "/facts/a/"))
    assert everything is not None and everything.namespaces == ("/archive/facts/a/",)
    assert Move("/facts/a/").of(record("x")) is None


def test_metadata_is_set_and_taken_away_beside_what_else_there_is() -> None:
    known = {"a": {"stringValue": "1"}, "b": {"stringValue": "2"}}
    tagged = SetMetadata("b", {"stringValue": "3"}).of(record("x", **known))
    assert tagged is not None and tagged.metadata == {"a": {"stringValue": "1"}, "b": {"stringValue": "3"}}
    untagged = SetMetadata("a", None).of(record("x", **known))
    assert untagged is not None and untagged.metadata == {"b": {"stringValue": "2"}}
    assert SetMetadata("c", None).of(record("x", **known)) is None


def test_the_dry_run_is_exactly_the_effect_and_undo_brings_everything_back(
    live: Clients, workspace: Workspace, memory_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_reading, "ONE_BY_ONE", 5)  # as for many records
    hostile = [RecordDraft(f"kettle {text}"[:16_000], ("/facts/a/",), timestamp=SAID) for text in HOSTILE]
    made = create_records(live, workspace, memory_id, [*drafts(12), *hostile])
    assert all(each.ok for each in made)
    before = listed(live, memory_id)
    changes: list[BulkChange] = [
        ReplaceText("kettle", "pot"),
        SetMetadata("team", {"stringValue": "blue"}),
        Move("/archive/", below="/facts/"),
        SetExpiry(45),
        Delete(),
    ]
    undone = []
    for change in changes:
        run = dry_run(stored(live, memory_id), change, {})
        act_id = plan(live, workspace, memory_id, run)
        assert carry_out(live, workspace, act_id) is None
        assert all(each.ok for each in results(workspace, act_id))
        now = {row["memoryRecordId"]: row for row in stored(live, memory_id)}
        if isinstance(change, Delete):
            assert now == {}
        for each in run.sent if now else ():
            shown = each.update.applied(each.record)
            assert now[each.record["memoryRecordId"]]["content"] == shown["content"]
            assert now[each.record["memoryRecordId"]]["namespaces"] == shown["namespaces"]
        undone.append(act_id)
    for act_id in reversed(undone):
        undoing = plan_undo(live, workspace, act_id)
        carry_out(live, workspace, undoing)
        assert all(each.ok for each in results(workspace, undoing)), results(workspace, undoing)
    assert sorted(listed(live, memory_id).values()) == sorted(before.values())
    after = [get_memory_record(live, memory_id, id_) for id_ in list(listed(live, memory_id))[:3]]
    assert all("team" not in row["metadata"] and "expiresAt" not in row for row in after)


def test_an_expiry_that_was_there_before_comes_back(
    live: Clients, workspace: Workspace, memory_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_reading, "ONE_BY_ONE", 5)  # as for many records
    many = [RecordDraft(f"Fact {n}.", timestamp=SAID, expires_in_days=90) for n in range(7)]
    create_records(live, workspace, memory_id, many)
    for change in (SetExpiry(40), SetExpiry("never")):
        act_id = plan(live, workspace, memory_id, dry_run(stored(live, memory_id), change, {}))
        carry_out(live, workspace, act_id)
        carry_out(live, workspace, plan_undo(live, workspace, act_id))
        [id_, *_] = listed(live, memory_id)
        left = get_memory_record(live, memory_id, id_)["expiresAt"] - datetime.now(UTC)
        assert left.days in {89, 90}


def test_a_record_that_changed_since_the_dry_run_is_left_alone(
    live: Clients, workspace: Workspace, memory_id: str
) -> None:
    create_records(live, workspace, memory_id, drafts(2))
    rows = stored(live, memory_id)
    run = dry_run(rows, Delete(), {})
    changed = rows[0]["memoryRecordId"]
    live.data.batch_update_memory_records(
        memoryId=memory_id,
        records=[{"memoryRecordId": changed, "timestamp": SAID, "content": {"text": "New."}}],
    )
    act_id = plan(live, workspace, memory_id, run)
    carry_out(live, workspace, act_id)
    assert sorted(str(each.error_code) for each in results(workspace, act_id)) == ["ChangedMeanwhile", "None"]
    assert listed(live, memory_id) == {changed: "New."}


def test_what_aws_would_refuse_is_told_and_left_out(
    live: Clients, workspace: Workspace, memory_id: str
) -> None:
    long = RecordDraft("kettle" + "x" * 15_994, ("/a/",), timestamp=SAID)
    create_records(live, workspace, memory_id, [long, RecordDraft("kettle", ("/a/",), timestamp=SAID)])
    run = dry_run(stored(live, memory_id), ReplaceText("kettle", "longer than a kettle"), {})
    assert (len(run.affected), len(run.refused), len(run.sent)) == (2, 1, 1)
    assert "16,000" in next(row["problem"] for row in run.rows if row["problem"])
    carry_out(live, workspace, plan(live, workspace, memory_id, run))
    assert "longer than a kettle" in listed(live, memory_id).values()


def begun(
    live: Clients, workspace: Workspace, memory_id: str, run: DryRun
) -> tuple[RecordJob, threading.Event]:
    act_id = plan(live, workspace, memory_id, run)
    ended = threading.Event()
    job = RecordJob(live, workspace, act_id, "/", ended.set)
    job.start()
    return job, ended


def test_an_act_goes_on_by_itself_and_says_when_it_ends(
    live: Clients, workspace: Workspace, memory_id: str
) -> None:
    create_records(live, workspace, memory_id, drafts(12))
    job, ended = begun(live, workspace, memory_id, dry_run(stored(live, memory_id), Delete(), {}))
    assert job.wait(60) and ended.is_set()
    assert (job.fault, listed(live, memory_id)) == (None, {})


def test_an_act_is_stopped_between_two_calls(
    live: Clients, workspace: Workspace, memory_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_records(live, workspace, memory_id, drafts(120))
    run = dry_run(stored(live, memory_id), Delete(), {})
    first, go_on = threading.Event(), threading.Event()
    call = record_calls.call

    def held(*args: Any) -> Row:
        answer = call(*args)
        first.set()
        go_on.wait(60)
        return answer

    monkeypatch.setattr(record_calls, "call", held)
    job, _ = begun(live, workspace, memory_id, run)
    assert first.wait(60)
    job.stop()
    go_on.set()
    assert job.wait(60)
    assert record_versions.counts(workspace, job.act_id) == {"done": 100, "failed": 20}
    assert len(listed(live, memory_id)) == 20


def test_a_fault_of_the_whole_act_is_known(
    endpoint: Endpoint, live: Clients, workspace: Workspace, memory_id: str
) -> None:
    create_records(live, workspace, memory_id, drafts(3))
    run = dry_run(stored(live, memory_id), Delete(), {})
    with faults(endpoint, "deny on BatchDelete*,DeleteMemoryRecord"):
        job, _ = begun(live, workspace, memory_id, run)
        assert job.wait(60)
    assert job.fault is not None and job.fault.kind == "denied"


def test_the_trash_keeps_as_long_as_it_is_set_to(
    live: Clients, workspace: Workspace, memory_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert record_trash.retention() == timedelta(days=30)
    monkeypatch.setenv("AGENTCORE_STUDIO_TRASH_DAYS", "7")
    assert record_trash.retention() == timedelta(days=7)
    [made] = create_records(live, workspace, memory_id, drafts(1))
    delete_records(live, workspace, memory_id, [str(made.record_id)])
    assert record_trash.forget_old(workspace) == 0
    long_ago = (datetime.now(UTC) - timedelta(days=8)).isoformat(timespec="microseconds")
    with workspace.transaction() as connection:
        connection.exec_driver_sql(f"UPDATE record_versions SET at = '{long_ago}'")  # noqa: S608 - a time
    assert record_trash.forget_old(workspace) > 0
    assert record_lineages.count_deleted(workspace, live.connection.key, memory_id) == 0


@pytest.mark.parametrize("days", ["0", "-1", "x", "1.5", "99999"])
def test_a_retention_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, days: str) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_TRASH_DAYS", days)
    with pytest.raises(InvalidValue, match="AGENTCORE_STUDIO_TRASH_DAYS"):
        record_trash.retention()


def test_removal_for_good_is_the_curators_and_is_written_down(
    live: Clients, workspace: Workspace, memory_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [made] = create_records(live, workspace, memory_id, drafts(1))
    id_ = str(made.record_id)
    delete_records(live, workspace, memory_id, [id_])
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
    attempts: list[Callable[[], object]] = [
        lambda: record_trash.remove_for_good(live, workspace, memory_id, [id_]),
        lambda: plan(live, workspace, memory_id, DryRun(Delete(), (), 0)),
    ]
    for attempt in attempts:
        with pytest.raises(NotAuthorized):
            attempt()
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "curator")
    assert record_trash.remove_for_good(live, workspace, memory_id, [id_]) == 2
    with workspace.transaction() as connection:
        rows = connection.exec_driver_sql("SELECT before, request FROM record_versions").all()
    assert "Fact number" not in str(rows)


def test_what_changes_is_seen_in_a_narrow_column() -> None:
    lead = "The user told the agent at some length about the weather and then "
    before, after = around_change(f"{lead}ordered tea.", f"{lead}ordered coffee.")
    assert (before, after) == ("…eather and then ordered tea.", "…eather and then ordered coffee.")
    assert around_change("tea", "coffee") == ("tea", "coffee")
    assert around_change("tea", "") == ("tea", "")
