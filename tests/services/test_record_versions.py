"""What is kept of records, in every database: acts, versions, claims, lineages, the trash."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.clients import Clients
from services.errors import InvalidValue
from services.records.batches import RecordUpdate, create_records, delete_records, results, update_records
from services.records.history import plan_restore, plan_undo
from services.records.runs import carry_out
from services.workspace import record_claims, record_lineages, record_versions
from services.workspace.record_versions import NewAct, Outcome, Planned
from services.workspace.store import Workspace, open_workspace
from tests.conftest import Endpoint
from tests.services.record_examples import Row, drafts, last_act, listed, undo, unhurried


@pytest.fixture
def memory(control: Any) -> Row:
    """A memory without strategies."""
    name = f"Versions{uuid.uuid4().hex[:12]}"
    found: Row = control.create_memory(name=name, eventExpiryDuration=30)["memory"]
    return found


def new_act() -> NewAct:
    return NewAct("ann", "custom:x", "M-a1B2c3D4e5", "delete", "Delete")


def test_a_record_is_claimed_by_one_act_until_that_ends_or_its_time_runs_out(workspace: Workspace) -> None:
    first = record_versions.plan(workspace, new_act(), [Planned("r1"), Planned("r2")])
    second = record_versions.plan(workspace, new_act(), [Planned("r2"), Planned("r3")])
    assert record_claims.claim(workspace, first, ["r1", "r2"], 60) == {"r1", "r2"}
    assert record_claims.claim(workspace, second, ["r2", "r3"], 60) == {"r3"}
    assert record_claims.claim(workspace, first, ["r1", "r2"], 60) == {"r1", "r2"}, "its own stay its own"
    record_claims.end(workspace, first, "ended")
    assert record_claims.claim(workspace, second, ["r2", "r3"], -1) == {"r2", "r3"}
    third = record_versions.plan(workspace, new_act(), [Planned("r2")])
    assert record_claims.claim(workspace, third, ["r2"], 60) == {"r2"}, (
        "a killed process holds nothing for long"
    )


def test_somebody_else_can_stop_an_act(workspace: Workspace) -> None:
    act_id = record_versions.plan(workspace, new_act(), [Planned("r1")])
    assert record_claims.beat(workspace, act_id, 60)
    other = open_workspace(workspace.engine.url.render_as_string(hide_password=False))
    record_claims.request_stop(other, act_id)
    other.close()
    assert not record_claims.beat(workspace, act_id, 60)
    assert not record_versions.again(workspace, act_id, datetime.now(UTC) - timedelta(minutes=1))
    record_claims.end(workspace, act_id, "stopped")
    record_versions.finish(workspace, act_id, [Outcome(0, "failed", "r1", "NotSent", "x")])
    assert record_versions.again(workspace, act_id, datetime.now(UTC) - timedelta(minutes=1))
    assert record_versions.counts(workspace, act_id) == {"planned": 1}


def test_some_of_an_act_are_undone_and_the_rest_later(
    live: Clients, workspace: Workspace, memory: Row
) -> None:
    made = create_records(live, workspace, memory["id"], drafts(5))
    delete_records(live, workspace, memory["id"], [str(each.record_id) for each in made])
    act_id = last_act(workspace, live)
    carry_out(live, workspace, plan_undo(live, workspace, act_id, [1, 3]))
    assert sorted(listed(live, memory["id"]).values()) == ["Fact number 1.", "Fact number 3."]
    undo(live, workspace, act_id)
    assert len(listed(live, memory["id"])) == 5
    with pytest.raises(InvalidValue, match="undone already"):
        plan_undo(live, workspace, act_id)


def test_the_history_goes_on_over_new_ids(live: Clients, workspace: Workspace, memory: Row) -> None:
    [made] = create_records(live, workspace, memory["id"], drafts(1))
    first = str(made.record_id)
    update_records(live, workspace, memory["id"], [RecordUpdate(first, text="Second.")])
    edited = last_act(workspace, live)
    delete_records(live, workspace, memory["id"], [first])
    restored = undo(live, workspace, last_act(workspace, live))
    second = str(results(workspace, restored)[0].record_id)
    update_records(live, workspace, memory["id"], [RecordUpdate(second, text="Third.")])
    steps = record_lineages.history(workspace, second)
    assert [step.act.kind for step in steps] == ["update", "create", "delete", "update", "create"]
    assert record_lineages.history(workspace, first) == steps
    texts = [step.version.before["content"]["text"] for step in steps if step.version.before]
    assert texts == ["Second.", "Second.", "Fact number 0."]
    undo(live, workspace, last_act(workspace, live))
    undo(live, workspace, edited)
    assert listed(live, memory["id"]) == {second: "Fact number 0."}


def test_two_people_who_undo_at_once_restore_once(
    endpoint: Endpoint, live: Clients, workspace: Workspace, memory: Row
) -> None:
    made = create_records(live, workspace, memory["id"], drafts(20))
    delete_records(live, workspace, memory["id"], [str(each.record_id) for each in made])
    act_id = last_act(workspace, live)
    refused: list[str] = []

    def restore(mine: Workspace) -> None:
        clients = unhurried(endpoint, mine)
        try:
            carry_out(clients, mine, plan_undo(clients, mine, act_id))
        except InvalidValue as error:
            refused.append(str(error))

    spaces = [open_workspace(workspace.engine.url.render_as_string(hide_password=False)) for _ in range(3)]
    threads = [threading.Thread(target=restore, args=(space,)) for space in spaces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for space in spaces:
        space.close()
    assert len(refused) == 2
    assert sorted(listed(live, memory["id"]).values()) == sorted(each.text for each in drafts(20))


def test_the_trash_holds_what_was_deleted_until_it_is_restored_or_forgotten(
    live: Clients, workspace: Workspace, memory: Row
) -> None:
    made = create_records(live, workspace, memory["id"], drafts(4))
    ids = [str(each.record_id) for each in made]
    update_records(live, workspace, memory["id"], [RecordUpdate(ids[0], text="Earlier text.")])
    delete_records(live, workspace, memory["id"], ids[:2])
    delete_records(live, workspace, memory["id"], ids[2:])
    key = live.connection.key

    def trash() -> list[str]:
        steps = record_lineages.deleted(workspace, key, memory["id"], limit=10)
        return [str(step.version.record_id) for step in steps]

    assert sorted(trash()) == sorted(ids)
    steps = record_lineages.deleted(workspace, key, memory["id"], limit=10)
    chosen = [(s.version.act_id, s.version.number) for s in steps if s.version.record_id in {ids[1], ids[2]}]
    carry_out(live, workspace, plan_restore(live, workspace, memory["id"], chosen))
    assert sorted(listed(live, memory["id"]).values()) == ["Fact number 1.", "Fact number 2."]
    assert sorted(trash()) == sorted([ids[0], ids[3]])
    assert record_lineages.forget(workspace, [ids[0]]) > 0
    assert trash() == [ids[3]]
    with pytest.raises(InvalidValue):
        plan_restore(live, workspace, memory["id"], [_place(workspace, ids[0])])
    assert [step.version.before for step in record_lineages.history(workspace, ids[0])] == [None] * 3
    assert record_lineages.count_deleted(workspace, key, memory["id"]) == 1
    record_lineages.forget_deleted_before(workspace, datetime.now(UTC) - timedelta(days=1))
    assert trash() == [ids[3]]
    record_lineages.forget_deleted_before(workspace, datetime.now(UTC) + timedelta(days=1))
    assert trash() == []
    kept = [step.version.before for step in record_lineages.history(workspace, ids[1])]
    assert any(kept), "what was restored keeps its history"


def _place(workspace: Workspace, record_id: str) -> tuple[str, int]:
    version = record_lineages.history(workspace, record_id)[0].version
    return version.act_id, version.number
