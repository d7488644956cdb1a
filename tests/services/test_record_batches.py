"""Batches of records: each item's result, what is kept before, and what a fault on the way leaves behind."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.authorization import NotAuthorized
from services.clients import Clients
from services.memory.strategy_drafts import StrategyDraft
from services.records import calls as record_calls
from services.records.batches import (
    RecordDraft,
    RecordUpdate,
    create_records,
    delete_records,
    plan_deletes,
    results,
    update_records,
)
from services.records.drafts import fingerprint
from services.records.memory_records import get_memory_record
from services.workspace import audit, record_versions
from services.workspace.store import Workspace, open_workspace
from tests.conftest import Endpoint
from tests.services.conftest import new_memory
from tests.services.record_examples import SAID, Row, drafts, faults, listed, unhurried

SQLITE_IS_ENOUGH = True  # what differs between databases is tested in test_record_versions.py


@pytest.fixture
def memory(control: Any) -> Row:
    """A memory without strategies."""
    name = f"Batches{uuid.uuid4().hex[:12]}"
    found: Row = control.create_memory(name=name, eventExpiryDuration=30)["memory"]
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses after faults are short, everything else about them stays."""
    monkeypatch.setattr(record_calls, "FIRST_PAUSE", 0.01)


def test_records_are_created_as_drafted(live: Clients, workspace: Workspace, memory: Row) -> None:
    metadata = {"team": {"stringValue": "blue"}, "at": {"dateTimeValue": SAID}, "n": {"numberValue": 2.5}}
    draft = RecordDraft("Likes tea.", ("/facts/a/",), metadata=metadata, timestamp=SAID, expires_in_days=40)
    [result] = create_records(live, workspace, memory["id"], [draft])
    assert result.ok
    assert result.request == draft
    found = get_memory_record(live, memory["id"], str(result.record_id))
    assert (found["content"]["text"], found["namespaces"]) == ("Likes tea.", ["/facts/a/"])
    assert found["timestamp"] == SAID
    assert {key: found["metadata"][key] for key in metadata} == metadata
    assert (found["expiresAt"] - datetime.now(UTC)).days in (39, 40)


def test_250_are_created_changed_and_deleted_in_batches_of_100(
    live: Clients, workspace: Workspace, memory: Row
) -> None:
    seen: list[tuple[int, int]] = []
    made = create_records(
        live, workspace, memory["id"], drafts(250), progress=lambda *so_far: seen.append(so_far)
    )
    assert [each.request.text for each in made] == [f"Fact number {n}." for n in range(250)]  # type: ignore[union-attr]
    assert seen[-1] == (250, 250)
    ids = [str(each.record_id) for each in made]
    changes = [RecordUpdate(id_, text=f"Changed {n}.") for n, id_ in enumerate(ids)]
    assert all(each.ok for each in update_records(live, workspace, memory["id"], changes))
    assert listed(live, memory["id"]) == {id_: f"Changed {n}." for n, id_ in enumerate(ids)}
    assert all(each.ok for each in delete_records(live, workspace, memory["id"], ids))
    assert listed(live, memory["id"]) == {}
    rows = [row for row in audit.list_audit(workspace) if row.result == "succeeded"]
    calls = [row.action for row in rows]
    for operation in ("BatchCreateMemoryRecords", "BatchUpdateMemoryRecords", "BatchDeleteMemoryRecords"):
        assert calls.count(operation) == 3


def test_what_a_record_was_is_kept_before(live: Clients, workspace: Workspace, memory: Row) -> None:
    [made] = create_records(live, workspace, memory["id"], drafts(1))
    before = get_memory_record(live, memory["id"], str(made.record_id))
    delete_records(live, workspace, memory["id"], [str(made.record_id)])
    [act, _] = record_versions.list_acts(workspace, live.connection.key, memory["id"])
    [version] = record_versions.versions(workspace, act.act_id)
    assert (act.kind, act.state, version.state) == ("delete", "ended", "done")
    assert version.before is not None
    assert fingerprint(version.before) == fingerprint(before)
    assert version.lineage == made.record_id


def test_nothing_is_kept_of_what_shall_leave_no_trace(
    live: Clients, workspace: Workspace, memory: Row
) -> None:
    [made] = create_records(live, workspace, memory["id"], drafts(1))
    delete_records(live, workspace, memory["id"], [str(made.record_id)], keep_versions=False)
    act = record_versions.list_acts(workspace, live.connection.key, memory["id"])[0]
    assert [version.before for version in record_versions.versions(workspace, act.act_id)] == [None]


def test_each_item_fails_by_itself(live: Clients, workspace: Workspace, memory: Row) -> None:
    good, bad = drafts(2)
    made = create_records(
        live, workspace, memory["id"], [good, RecordDraft(bad.text, strategy_id="Gone-a1B2c3D4e5")]
    )
    assert [each.ok for each in made] == [True, False]
    assert "strategy" in str(made[1].error_message)
    missing = "mem-00000000-0000-4000-8000-000000000000"
    gone = delete_records(live, workspace, memory["id"], [missing, str(made[0].record_id)])
    assert [(each.ok, each.error_code) for each in gone] == [(False, "NotFound"), (True, None)]


def test_what_aws_would_refuse_is_not_sent(live: Clients, workspace: Workspace, memory: Row) -> None:
    wrong = [
        RecordDraft("x" * 16_001),
        RecordDraft("ok", ("no spaces",)),
        RecordDraft("ok", metadata={"a": {"stringValue": "ä"}}),
        RecordDraft("ok", metadata={f"k{n}": {"stringValue": "v"} for n in range(21)}),
        RecordDraft("ok", expires_in_days=30),
        RecordDraft("fine"),
    ]
    made = create_records(live, workspace, memory["id"], wrong)
    assert [each.error_code for each in made] == ["InvalidRecord"] * 5 + [None]
    assert len(live.calls) and made[-1].ok


def test_a_hundred_long_records_are_several_requests(
    live: Clients, workspace: Workspace, memory: Row
) -> None:
    long = [RecordDraft("😀" * 16_000, timestamp=SAID) for _ in range(25)]
    made = create_records(live, workspace, memory["id"], long)
    assert all(each.ok for each in made), [each.error_message for each in made]
    calls = [call for call in live.calls if call.operation == "BatchCreateMemoryRecords"]
    assert len(calls) >= 2


def test_a_record_that_changed_meanwhile_is_left_alone(
    live: Clients, workspace: Workspace, memory: Row
) -> None:
    [made] = create_records(live, workspace, memory["id"], drafts(1))
    id_ = str(made.record_id)
    seen = fingerprint(get_memory_record(live, memory["id"], id_))
    update_records(live, workspace, memory["id"], [RecordUpdate(id_, text="Theirs.")])
    [mine] = update_records(live, workspace, memory["id"], [RecordUpdate(id_, text="Mine.", expected=seen)])
    assert (mine.ok, mine.error_code) == (False, "ChangedMeanwhile")
    assert listed(live, memory["id"]) == {id_: "Theirs."}


def test_two_curators_never_lose_each_others_change(live: Clients, workspace: Workspace, memory: Row) -> None:
    """Each adds a letter to what they read, again when told that the other was faster: none is lost."""
    [made] = create_records(live, workspace, memory["id"], [RecordDraft("-", timestamp=SAID)])
    id_ = str(made.record_id)
    failures: list[object] = []

    def add(letter: str, mine: Workspace) -> None:
        for _ in range(10):
            for _attempt in range(200):
                now = get_memory_record(live, memory["id"], id_)
                change = RecordUpdate(id_, text=now["content"]["text"] + letter, expected=fingerprint(now))
                [result] = update_records(live, mine, memory["id"], [change])
                if result.ok:
                    break
                if result.error_code not in {"ChangedMeanwhile", "BeingChanged"}:
                    failures.append(result)

    spaces = [open_workspace(), open_workspace()]
    threads = [threading.Thread(target=add, args=pair) for pair in zip("ab", spaces, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for space in spaces:
        space.close()
    text = listed(live, memory["id"])[id_]
    assert failures == []
    assert (text.count("a"), text.count("b")) == (10, 10)


def test_a_viewer_is_refused_before_anything_is_written_down(
    live: Clients, workspace: Workspace, memory: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    [made] = create_records(live, workspace, memory["id"], drafts(1))
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
    id_ = str(made.record_id)
    attempts: list[Callable[[], object]] = [
        lambda: create_records(live, workspace, memory["id"], drafts(1)),
        lambda: update_records(live, workspace, memory["id"], [RecordUpdate(id_, text="x")]),
        lambda: delete_records(live, workspace, memory["id"], [id_]),
    ]
    for attempt in attempts:
        with pytest.raises(NotAuthorized):
            attempt()
    assert len(record_versions.list_acts(workspace, live.connection.key, memory["id"])) == 1
    assert listed(live, memory["id"]) == {id_: "Fact number 0."}


@pytest.mark.usefixtures("quick")
def test_500_records_under_throttling_change_once_each(
    endpoint: Endpoint, live: Clients, workspace: Workspace, memory: Row
) -> None:
    ids = [str(each.record_id) for each in create_records(live, workspace, memory["id"], drafts(500))]
    changes = [RecordUpdate(id_, text=f"New {n}.") for n, id_ in enumerate(ids)]
    before = live.call_count()
    with faults(endpoint, "throttle on Batch* chance 0.3 seed 7"):
        assert all(each.ok for each in update_records(live, workspace, memory["id"], changes))
    assert listed(live, memory["id"]) == {id_: f"New {n}." for n, id_ in enumerate(ids)}
    assert live.call_count() - before <= 2 * (5 + 5) + 5  # batches, pages of the list; this test's own list


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("rule", ["drop-answer", "drop", "server-error 503", "truncate"])
def test_a_lost_answer_is_asked_again_and_nothing_is_doubled(
    endpoint: Endpoint, live: Clients, workspace: Workspace, memory: Row, rule: str
) -> None:
    with faults(endpoint, f"{rule} on Batch* first 1"):
        made = create_records(live, workspace, memory["id"], drafts(30))
    assert all(each.ok for each in made)
    assert sorted(listed(live, memory["id"]).values()) == sorted(draft.text for draft in drafts(30))
    ids = [str(each.record_id) for each in made]
    with faults(endpoint, f"{rule} on Batch* first 1"):
        assert all(each.ok for each in delete_records(live, workspace, memory["id"], ids))
    assert listed(live, memory["id"]) == {}


@pytest.mark.usefixtures("quick")
def test_an_endpoint_that_stays_away_leaves_unknown_and_unsent_records_told_apart(
    endpoint: Endpoint, live: Clients, workspace: Workspace, memory: Row
) -> None:
    made = create_records(live, workspace, memory["id"], drafts(150))
    ids = [str(each.record_id) for each in made]
    with faults(endpoint, "drop-answer on BatchDelete* after 0 first 4"):
        deleted = delete_records(live, workspace, memory["id"], ids)
    codes = {str(each.error_code) for each in deleted}
    assert codes == {"Unknown", "NotSent"}
    unknown = {each.record_id for each in deleted if each.error_code == "Unknown"}
    assert unknown == set(ids) - set(listed(live, memory["id"])), "the call was carried out all the same"


def test_cancelling_leaves_the_rest_unsent(live: Clients, workspace: Workspace, memory: Row) -> None:
    made = create_records(live, workspace, memory["id"], drafts(120))
    ids = [str(each.record_id) for each in made]
    deleted = delete_records(live, workspace, memory["id"], ids, progress=lambda done, _total: done < 100)
    left = {each.record_id for each in deleted if each.error_code == "NotSent"}
    assert left == set(listed(live, memory["id"]))
    assert len(left) == 20
    assert record_versions.list_acts(workspace, live.connection.key)[0].state == "stopped"


@pytest.mark.parametrize("looks", range(6))
def test_stopping_at_any_moment_loses_no_new_record(live: Clients, workspace: Workspace, looks: int) -> None:
    memory = new_memory(live, StrategyDraft("semantic", "Facts", "/facts/{actorId}/"))
    strategy_id = memory["strategies"][0]["strategyId"]
    metadata = {"team": {"stringValue": "blue"}}  # written by a second call, since the strategy knows no key
    asked = [
        RecordDraft(f"Fact {number}.", ("/facts/a/",), strategy_id=strategy_id, metadata=metadata)
        for number in range(3)
    ]
    calls = itertools.count()
    made = create_records(
        live, workspace, memory["id"], asked, progress=lambda _done, _total: next(calls) < looks
    )
    assert {each.record_id for each in made if each.ok} == set(listed(live, memory["id"]))


def test_who_may_not_delete_in_batches_deletes_one_by_one(
    endpoint: Endpoint, workspace: Workspace, memory: Row
) -> None:
    live = unhurried(endpoint, workspace)  # whose log has nothing else in it
    made = create_records(live, workspace, memory["id"], drafts(12))
    with faults(endpoint, "deny on BatchDeleteMemoryRecords"):
        deleted = delete_records(live, workspace, memory["id"], [str(each.record_id) for each in made])
    assert all(each.ok for each in deleted)
    assert listed(live, memory["id"]) == {}
    rows = [row.action for row in audit.list_audit(workspace, 100) if row.result == "succeeded"]
    assert rows.count("DeleteMemoryRecord") == 12
    assert len([call for call in live.calls if call.operation == "BatchDeleteMemoryRecords"]) == 1


def test_a_denied_call_says_so_for_each_record(
    endpoint: Endpoint, live: Clients, workspace: Workspace, memory: Row
) -> None:
    made = create_records(live, workspace, memory["id"], drafts(3))
    with faults(endpoint, "deny on BatchDelete*,DeleteMemoryRecord"):
        deleted = delete_records(live, workspace, memory["id"], [str(each.record_id) for each in made])
    assert [each.error_code for each in deleted] == ["denied"] * 3
    assert len(listed(live, memory["id"])) == 3
    assert audit.list_audit(workspace)[0].result.startswith("failed (denied)")


def test_records_outside_the_root_are_found_one_by_one(
    live: Clients, workspace: Workspace, memory: Row
) -> None:
    outside = [RecordDraft(f"Outside {n}.", (f"elsewhere/{n}",), timestamp=SAID) for n in range(3)]
    made = create_records(live, workspace, memory["id"], [*drafts(60), *outside])
    ids = [str(each.record_id) for each in made]
    assert all(each.ok for each in delete_records(live, workspace, memory["id"], ids))


def test_a_plan_of_a_dead_process_is_still_known(live: Clients, workspace: Workspace, memory: Row) -> None:
    [made] = create_records(live, workspace, memory["id"], drafts(1))
    act_id = plan_deletes(live, workspace, memory["id"], {str(made.record_id): None}, title="Delete")
    again = open_workspace()
    [result] = results(again, act_id)
    again.close()
    assert (result.ok, result.error_code) == (False, None)
