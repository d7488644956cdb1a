"""Undo, restore and the history of records; and acts that were interrupted."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.authorization import NotAuthorized
from services.clients import Clients
from services.errors import InvalidValue
from services.records import calls as record_calls
from services.records import runs as record_runs
from services.records.batches import (
    RecordDraft,
    RecordUpdate,
    create_records,
    delete_records,
    plan_creates,
    plan_deletes,
    plan_updates,
    results,
    update_records,
)
from services.records.drafts import visible_parts
from services.records.history import (
    check,
    is_alive,
    plan_again,
    plan_restore,
    plan_undo,
    plan_version,
    stop,
)
from services.records.memory_records import get_memory_record
from services.records.runs import carry_out
from services.workspace import record_lineages, record_versions
from services.workspace.store import Workspace, open_workspace
from tests.conftest import ROOT, Endpoint
from tests.services.record_examples import (
    HOSTILE,
    SAID,
    Row,
    drafts,
    faults,
    last_act,
    listed,
    undo,
    unhurried,
)

SQLITE_IS_ENOUGH = True  # what differs between databases is tested in test_record_versions.py

STRATEGY = {
    "semanticMemoryStrategy": {"name": "Facts", "namespaceTemplates": ["/facts/{actorId}/"]},
}


@pytest.fixture
def memory(control: Any) -> Row:
    """A memory with one strategy, ACTIVE."""
    return new_memory(control, f"History{uuid.uuid4().hex[:12]}")


def new_memory(control: Any, name: str) -> Row:
    made = control.create_memory(name=name, eventExpiryDuration=30, memoryStrategies=[STRATEGY])["memory"]
    control.get_waiter("memory_created").wait(memoryId=made["id"], WaiterConfig={"Delay": 1})
    found: Row = control.get_memory(memoryId=made["id"])["memory"]
    return found


def contents(live: Clients, memory_id: str) -> list[Row]:
    """All that people see of the records, whatever their ids."""
    rows = [get_memory_record(live, memory_id, id_) for id_ in listed(live, memory_id)]
    return sorted((visible_parts(row) for row in rows), key=lambda row: str(sorted(row.items(), key=str)))


def test_a_deleted_record_returns_with_a_new_id_and_its_old_timestamp(
    live: Clients, workspace: Workspace, memory: Row
) -> None:
    strategy = memory["strategies"][0]["strategyId"]
    metadata = {"team": {"stringValue": "blue"}, "score": {"numberValue": 2.0}}
    draft = RecordDraft("Likes tea.", ("/facts/a/",), strategy, metadata, SAID, 40)
    [made] = create_records(live, workspace, memory["id"], [draft])
    before = get_memory_record(live, memory["id"], str(made.record_id))
    assert before["metadata"]["team"] == {"stringValue": "blue"}, "keys outside the schema stay too"
    delete_records(live, workspace, memory["id"], [str(made.record_id)])
    undoing = undo(live, workspace, last_act(workspace, live))
    [result] = results(workspace, undoing)
    after = get_memory_record(live, memory["id"], str(result.record_id))
    assert result.record_id != made.record_id
    assert visible_parts(after) == visible_parts(before)
    assert after["memoryStrategyId"] == strategy
    assert timedelta() <= after["expiresAt"] - before["expiresAt"] < timedelta(days=1)


def test_a_whole_bulk_act_is_undone(live: Clients, workspace: Workspace, memory: Row) -> None:
    made = create_records(live, workspace, memory["id"], drafts(60))
    ids = [str(each.record_id) for each in made]
    before = listed(live, memory["id"])
    changes = [RecordUpdate(id_, text="Changed.", namespaces=("/other/",)) for id_ in ids]
    update_records(live, workspace, memory["id"], changes)
    undo(live, workspace, last_act(workspace, live))
    assert listed(live, memory["id"]) == before
    delete_records(live, workspace, memory["id"], ids)
    undo(live, workspace, last_act(workspace, live))
    assert sorted(listed(live, memory["id"]).values()) == sorted(before.values())


def test_what_was_changed_since_is_not_overwritten_by_undo(
    live: Clients, workspace: Workspace, memory: Row
) -> None:
    made = create_records(live, workspace, memory["id"], drafts(2))
    ids = [str(each.record_id) for each in made]
    update_records(live, workspace, memory["id"], [RecordUpdate(id_, text="Mine.") for id_ in ids])
    act_id = last_act(workspace, live)
    live.data.batch_update_memory_records(
        memoryId=memory["id"],
        records=[{"memoryRecordId": ids[0], "timestamp": SAID, "content": {"text": "Theirs."}}],
    )
    undoing = plan_undo(live, workspace, act_id)
    carry_out(live, workspace, undoing)
    assert [each.error_code for each in results(workspace, undoing)] == ["ChangedMeanwhile", None]
    assert listed(live, memory["id"]) == {ids[0]: "Theirs.", ids[1]: "Fact number 1."}
    again = plan_undo(live, workspace, act_id)
    assert [each.record_id for each in results(workspace, again)] == [ids[0]], "it can be tried again"


def test_an_earlier_version_is_restored(live: Clients, workspace: Workspace, memory: Row) -> None:
    [made] = create_records(live, workspace, memory["id"], drafts(1))
    id_ = str(made.record_id)
    for text in ("Second.", "Third."):
        update_records(live, workspace, memory["id"], [RecordUpdate(id_, text=text)])
    oldest = record_lineages.history(workspace, id_)[1].version
    now = get_memory_record(live, memory["id"], id_)
    carry_out(live, workspace, plan_version(live, workspace, memory["id"], oldest, now))
    assert listed(live, memory["id"]) == {id_: "Fact number 0."}
    delete_records(live, workspace, memory["id"], [id_])
    third = record_lineages.history(workspace, id_)[2].version
    carry_out(live, workspace, plan_version(live, workspace, memory["id"], third, None))
    assert list(listed(live, memory["id"]).values()) == ["Second."]


def test_hostile_texts_are_edited_and_restored_byte_for_byte(
    live: Clients, workspace: Workspace, memory: Row
) -> None:
    made = create_records(live, workspace, memory["id"], [RecordDraft(t, timestamp=SAID) for t in HOSTILE])
    ids = [str(each.record_id) for each in made]
    changes = [RecordUpdate(id_, text=text[::-1]) for id_, text in zip(ids, HOSTILE, strict=True)]
    assert all(each.ok for each in update_records(live, workspace, memory["id"], changes))
    undo(live, workspace, last_act(workspace, live))
    assert listed(live, memory["id"]) == dict(zip(ids, HOSTILE, strict=True))
    delete_records(live, workspace, memory["id"], ids)
    undo(live, workspace, last_act(workspace, live))
    assert sorted(listed(live, memory["id"]).values()) == sorted(HOSTILE)


def test_a_record_of_a_deleted_strategy_returns_without_one(
    control: Any, live: Clients, workspace: Workspace, memory: Row
) -> None:
    strategy = memory["strategies"][0]["strategyId"]
    [made] = create_records(live, workspace, memory["id"], [RecordDraft("x", strategy_id=strategy)])
    delete_records(live, workspace, memory["id"], [str(made.record_id)])
    deletes = {"deleteMemoryStrategies": [{"memoryStrategyId": strategy}]}
    control.update_memory(memoryId=memory["id"], memoryStrategies=deletes)
    undo(live, workspace, last_act(workspace, live))
    [id_] = listed(live, memory["id"])
    assert get_memory_record(live, memory["id"], id_)["memoryStrategyId"] == "none"


def kill_in_the_middle(endpoint: Endpoint, act_id: str, place: str, number: int = 2) -> None:
    """Another process carries the act out and dies at its second batch call, or another one."""
    command = [sys.executable, "-m", "tests.services.killed_act", endpoint.url, act_id, place, str(number)]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=120).returncode == 9


@pytest.mark.parametrize(("kind", "place"), [("create", "after"), ("update", "before"), ("delete", "after")])
def test_an_act_whose_process_was_killed_is_told_apart_settled_finished_and_undone(  # noqa: PLR0917
    endpoint: Endpoint,
    live: Clients,
    workspace: Workspace,
    memory: Row,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    place: str,
) -> None:
    before: dict[str, str] = {}
    if kind != "create":
        create_records(live, workspace, memory["id"], drafts(25))
        before = listed(live, memory["id"])
    changes = [RecordUpdate(id_, text=f"{text} Changed.") for id_, text in before.items()]
    act_id = {
        "create": lambda: plan_creates(live, workspace, memory["id"], drafts(25), title="x"),
        "update": lambda: plan_updates(live, workspace, memory["id"], changes, title="x"),
        "delete": lambda: plan_deletes(live, workspace, memory["id"], dict.fromkeys(before), title="x"),
    }[kind]()
    kill_in_the_middle(endpoint, act_id, place)

    assert record_versions.counts(workspace, act_id) == {"done": 10, "sent": 10, "planned": 5}
    with pytest.raises(InvalidValue, match="under way"):
        check(live, workspace, act_id)
    monkeypatch.setattr(record_runs, "ALIVE_SECONDS", 0.0)
    act = record_versions.act(workspace, act_id)
    assert act is not None and not is_alive(act)
    carried_out = 20 if place == "after" else 10
    assert check(live, workspace, act_id) == {"done": carried_out, "failed": 25 - carried_out}

    assert plan_again(live, workspace, act_id)
    carry_out(live, workspace, act_id)
    assert all(each.ok for each in results(workspace, act_id))
    now = listed(live, memory["id"])
    if kind == "create":
        assert sorted(now.values()) == sorted(each.text for each in drafts(25))
    elif kind == "update":
        assert now == {id_: f"{text} Changed." for id_, text in before.items()}
    else:
        assert now == {}
    undo(live, workspace, act_id)
    assert sorted(listed(live, memory["id"]).values()) == sorted(before.values())


@pytest.mark.parametrize(("place", "number"), [("after", 1), ("before", 2)])
def test_records_that_were_created_before_their_metadata_was_written_count_as_done_and_say_so(  # noqa: PLR0917
    endpoint: Endpoint,
    live: Clients,
    workspace: Workspace,
    memory: Row,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    number: int,
) -> None:
    """AWS keeps only the schema's keys of a record that names a strategy, so the others are written again."""
    strategy = memory["strategies"][0]["strategyId"]
    given = {"team": {"stringValue": "blue"}}
    wanted = drafts(3, strategy_id=strategy, metadata=given)
    act_id = plan_creates(live, workspace, memory["id"], wanted, title="x")
    kill_in_the_middle(endpoint, act_id, place, number)
    other = RecordDraft(wanted[0].text, ("/facts/a/",), strategy, {"team": {"stringValue": "red"}}, SAID)
    create_records(live, workspace, memory["id"], [other])  # says the same, and is not one of them

    monkeypatch.setattr(record_runs, "ALIVE_SECONDS", 0.0)
    assert check(live, workspace, act_id) == {"done": 3}
    found = results(workspace, act_id)
    assert [each.error_code for each in found] == ["MetadataMissing"] * 3
    assert len({each.record_id for each in found}) == 3
    undo(live, workspace, act_id)
    assert list(listed(live, memory["id"]).values()) == [other.text]


def test_a_connection_that_drops_leaves_what_is_unknown_to_be_found_out(
    endpoint: Endpoint, live: Clients, workspace: Workspace, memory: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_calls, "FIRST_PAUSE", 0.01)
    made = create_records(live, workspace, memory["id"], drafts(120))
    before = listed(live, memory["id"])
    with faults(endpoint, "drop-answer on BatchDelete* first 4"):
        delete_records(live, workspace, memory["id"], [str(each.record_id) for each in made])
    act_id = last_act(workspace, live)
    assert record_versions.counts(workspace, act_id) == {"sent": 100, "failed": 20}
    assert check(live, workspace, act_id) == {"done": 100, "failed": 20}
    assert len(listed(live, memory["id"])) == 20
    undo(live, workspace, act_id)
    assert sorted(listed(live, memory["id"]).values()) == sorted(before.values())


@pytest.mark.parametrize("kind", ["create", "update"])
def test_an_act_goes_on_without_a_record_whose_text_was_removed_here(
    endpoint: Endpoint, live: Clients, workspace: Workspace, memory: Row, kind: str
) -> None:
    made = create_records(live, workspace, memory["id"], drafts(3))
    ids = [str(each.record_id) for each in made]
    if kind == "create":
        delete_records(live, workspace, memory["id"], ids)
        trash = last_act(workspace, live)
        act_id = plan_restore(live, workspace, memory["id"], [(trash, number) for number in range(3)])
    else:
        changes = [RecordUpdate(id_, text="Changed.") for id_ in ids]
        act_id = plan_updates(live, workspace, memory["id"], changes, title="x")
    with faults(endpoint, "deny on Batch*"):
        carry_out(live, workspace, act_id)
    record_lineages.forget(workspace, ids[:1])
    assert plan_again(live, workspace, act_id)
    assert carry_out(live, workspace, act_id) is None
    assert [each.error_code for each in results(workspace, act_id)] == ["TextRemoved", None, None]
    left = {"create": [], "update": ["Fact number 0."]}[kind]
    done = {"create": ["Fact number 1.", "Fact number 2."], "update": ["Changed."] * 2}[kind]
    assert sorted(listed(live, memory["id"]).values()) == sorted(left + done)


@pytest.mark.parametrize("kind", ["create", "update"])
def test_what_became_of_a_record_whose_text_was_removed_here_is_not_found_out(  # noqa: PLR0917
    endpoint: Endpoint,
    live: Clients,
    workspace: Workspace,
    memory: Row,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    monkeypatch.setattr(record_calls, "FIRST_PAUSE", 0.01)
    made = create_records(live, workspace, memory["id"], drafts(2))
    ids = [str(each.record_id) for each in made]
    if kind == "create":
        delete_records(live, workspace, memory["id"], ids)
        act_id = plan_undo(live, workspace, last_act(workspace, live))
    else:
        changes = [RecordUpdate(id_, text="Changed.") for id_ in ids]
        act_id = plan_updates(live, workspace, memory["id"], changes, title="x")
    with faults(endpoint, "drop-answer on Batch*"):
        carry_out(live, workspace, act_id)
    assert record_versions.counts(workspace, act_id) == {"sent": 2}
    record_lineages.forget(workspace, ids[:1])
    assert check(live, workspace, act_id) == {"failed": 1, "done": 1}
    assert [each.error_code for each in results(workspace, act_id)] == ["TextRemoved", None]


@pytest.mark.parametrize("part", ["text", "metadata"])
def test_undo_leaves_a_record_without_its_metadata_that_was_changed_since(
    endpoint: Endpoint, live: Clients, workspace: Workspace, memory: Row, part: str
) -> None:
    strategy = memory["strategies"][0]["strategyId"]
    wanted = drafts(2, strategy_id=strategy, metadata={"team": {"stringValue": "blue"}})
    with faults(endpoint, "deny on BatchUpdateMemoryRecords"):
        made = create_records(live, workspace, memory["id"], wanted)
    assert [(each.error_code, each.lacks_metadata) for each in made] == [("MetadataMissing", True)] * 2
    [told] = record_lineages.reservations(workspace, last_act(workspace, live))
    assert (told.number, record_lineages.failures(workspace, last_act(workspace, live))) == (2, [])
    act_id, edited = last_act(workspace, live), str(made[0].record_id)
    change = (
        {"content": {"text": "Theirs."}} if part == "text" else {"metadata": {"by": {"stringValue": "x"}}}
    )
    live.data.batch_update_memory_records(
        memoryId=memory["id"], records=[{"memoryRecordId": edited, "timestamp": SAID} | change]
    )
    undoing = plan_undo(live, workspace, act_id)
    carry_out(live, workspace, undoing)
    assert [each.error_code for each in results(workspace, undoing)] == ["ChangedMeanwhile", None]
    assert list(listed(live, memory["id"])) == [edited]


def test_a_viewer_can_undo_nothing(
    live: Clients, workspace: Workspace, memory: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    [made] = create_records(live, workspace, memory["id"], drafts(1))
    delete_records(live, workspace, memory["id"], [str(made.record_id)])
    act_id = last_act(workspace, live)
    version = record_versions.versions(workspace, act_id)[0]
    act = record_versions.list_acts(workspace, live.connection.key)[0]
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
    attempts: list[Callable[[], object]] = [
        lambda: plan_undo(live, workspace, act_id),
        lambda: plan_restore(live, workspace, memory["id"], [(act_id, 0)]),
        lambda: plan_version(live, workspace, memory["id"], version, None),
        lambda: plan_again(live, workspace, act_id),
        lambda: check(live, workspace, act_id),
        lambda: stop(workspace, act),
    ]
    for attempt in attempts:
        with pytest.raises(NotAuthorized):
            attempt()
    assert listed(live, memory["id"]) == {}


# What a sequence may do: to the how-manieth of the living records, or to the how-manieth act so far.
_WHICH = st.integers(0, 7)
_TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)
_METADATA = st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["x", "y"]), max_size=2)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), _WHICH, _TEXTS),
        st.tuples(st.just("tag"), _WHICH, _METADATA),
        st.tuples(st.just("move"), _WHICH, st.sampled_from(["/facts/b/", "/c/", "/"])),
        st.tuples(st.just("strategy"), _WHICH, st.booleans()),
        st.tuples(st.just("delete"), st.lists(_WHICH, min_size=1, max_size=3), st.none()),
        st.tuples(st.just("create"), _WHICH, _TEXTS),
        st.tuples(st.just("undo"), _WHICH, st.none()),
    ),
    max_size=6,
)


@given(steps=_STEPS)
@settings(max_examples=8)
def test_any_sequence_of_changes_undone_from_the_last_to_the_first_leaves_what_was(
    shared: tuple[Clients, Workspace, Row], steps: list[tuple[str, Any, Any]]
) -> None:
    live, workspace, memory = shared
    memory_id = memory["id"]
    for id_ in listed(live, memory_id):
        live.data.delete_memory_record(memoryId=memory_id, memoryRecordId=id_)
    given_metadata = {"a": {"stringValue": "z"}}
    start = [replace(each, metadata=given_metadata) for each in drafts(2)] + drafts(1)
    create_records(live, workspace, memory_id, start)
    before = contents(live, memory_id)
    acts: list[str] = []
    for step in steps:
        act_id = _do(live, workspace, memory, acts, *step)
        if act_id is not None:
            carry_out(live, workspace, act_id)
            acts.append(act_id)
    for act_id in reversed(acts):
        versions = record_versions.versions(workspace, act_id, ("done",))
        if any(version.undone_in is None for version in versions):
            undo(live, workspace, act_id)
    assert contents(live, memory_id) == before


def _do(  # noqa: PLR0911, PLR0917 - one return a kind of step
    live: Clients, workspace: Workspace, memory: Row, acts: list[str], kind: str, which: Any, value: Any
) -> str | None:
    """Plans one step; None when there is nothing that it could be done to."""
    memory_id = memory["id"]
    ids = sorted(listed(live, memory_id))
    if kind == "create":
        return plan_creates(live, workspace, memory_id, [RecordDraft(value)], title=kind)
    if kind == "undo":
        if not acts:
            return None
        try:
            return plan_undo(live, workspace, acts[which % len(acts)])
        except InvalidValue:
            return None
    if not ids:
        return None
    if kind == "delete":
        chosen = dict.fromkeys(ids[each % len(ids)] for each in which)
        return plan_deletes(live, workspace, memory_id, chosen, title=kind)
    strategy = memory["strategies"][0]["strategyId"] if value is True else "none"
    more: dict[str, Any] = {
        "edit": {"text": value},
        "tag": {"metadata": {key: {"stringValue": word} for key, word in dict(value or {}).items()}}
        if kind == "tag"
        else {},
        "move": {"namespaces": (value,)},
        "strategy": {"strategy_id": strategy},
    }[kind]
    change = RecordUpdate(ids[which % len(ids)], **more)
    return plan_updates(live, workspace, memory_id, [change], title=kind)


@pytest.fixture(scope="module")
def shared(
    endpoint: Endpoint, control: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Clients, Workspace, Row]]:
    """One memory and one database for all examples of a property."""
    opened = open_workspace(f"sqlite:///{tmp_path_factory.mktemp('shared')}/workspace.db")
    made = new_memory(control, f"Property{uuid.uuid4().hex[:12]}")
    yield unhurried(endpoint, opened), opened, made
    opened.close()
