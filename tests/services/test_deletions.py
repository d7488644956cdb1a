"""Destructive acts: a copy and an audit row first, and a way back."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from services import deletions
from services.authorization import NotAuthorized
from services.clients import Clients, open_clients
from services.connection import Connection
from services.errors import Cancelled, CopyNotFound, IncompleteAnswer, InvalidValue
from services.memory import memories
from services.memory.memories import StrategyDraft
from services.records import memory_records
from services.short_term import events
from services.short_term.events import MessageDraft
from services.workspace import audit, copies
from services.workspace.store import Workspace
from tests.services.conftest import eventually, new_memory
from tests.services.fault_server import FaultServer, answers, refuses

MEMORY = "Memory-0123456789"
EVENT = {
    "memoryId": MEMORY,
    "actorId": "a",
    "sessionId": "s",
    "eventId": "0#a",
    "eventTimestamp": 1,
    "payload": [],
}


def results(workspace: Workspace) -> list[tuple[str, str]]:
    """(action, result) of the audit trail, oldest first."""
    return [(row.action, row.result) for row in reversed(audit.list_audit(workspace))]


def test_a_deleted_event_can_be_written_again(
    live: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    place = (memory["id"], "ann", "s1")
    root = events.create_event(live, *place, [MessageDraft("USER", "Hello")])
    event = events.create_event(
        live,
        *place,
        [MessageDraft("USER", "Again")],
        metadata={"mood": "calm"},
        branch={"name": "other", "rootEventId": root["eventId"]},
    )
    copy_id = deletions.delete_event(live, workspace, *place, event["eventId"])
    assert [row["eventId"] for row in events.list_events(live, *place).rows] == [root["eventId"]]
    restored = deletions.restore_event(live, workspace, copy_id)
    assert restored["eventId"] != event["eventId"]
    for member in ("eventTimestamp", "payload", "metadata", "branch"):
        assert restored[member] == event[member]
    assert copies.get(workspace, copy_id).restored_as == restored["eventId"]
    assert results(workspace) == [
        ("DeleteEvent", "started"),
        ("DeleteEvent", "succeeded"),
        ("CreateEvent", "started"),
        ("CreateEvent", "succeeded"),
    ]
    newest = audit.list_audit(workspace)[0]
    assert (newest.who, newest.after) == ("tester", {"eventId": restored["eventId"]})
    with pytest.raises(InvalidValue, match="already written back"):
        deletions.restore_event(live, workspace, copy_id)


def test_a_curator_may_take_back_their_own_deletion_only(
    live: Clients, memory: dict[str, Any], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = (memory["id"], "ann", "s1")
    mine, theirs = [events.create_event(live, *place, [MessageDraft("USER", "Hello")]) for _ in range(2)]
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "curator")
    of_me = deletions.delete_event(live, workspace, *place, mine["eventId"])
    somebody = open_clients(live.connection, actor="somebody else", trail=lambda: workspace)
    of_them = deletions.delete_event(somebody, workspace, *place, theirs["eventId"])
    assert deletions.restore_event(live, workspace, of_me)["payload"] == mine["payload"]
    with pytest.raises(NotAuthorized, match="CreateEvent"):
        deletions.restore_event(live, workspace, of_them)
    with pytest.raises(NotAuthorized):
        events.create_event(live, *place, [MessageDraft("USER", "New")])
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "admin")
    assert deletions.restore_event(live, workspace, of_them)["payload"] == theirs["payload"]


def test_a_restored_event_is_not_extracted_a_second_time(live: Clients, workspace: Workspace) -> None:
    memory = new_memory(live, StrategyDraft("semantic", "Facts", "/facts/{actorId}/"))
    event = events.create_event(live, memory["id"], "ann", "s1", [MessageDraft("USER", "I live in Berlin.")])

    def records() -> list[dict[str, Any]]:
        return memory_records.list_memory_records(live, memory["id"], namespace_path="/").rows

    before = eventually(records, bool)
    copy_id = deletions.delete_event(live, workspace, memory["id"], "ann", "s1", event["eventId"])
    deletions.restore_event(live, workspace, copy_id)
    # A later event that is extracted shows that the restored one would have been by now.
    events.create_event(live, memory["id"], "bob", "s2", [MessageDraft("USER", "I live in Oslo.")])
    after = eventually(records, lambda rows: any("Oslo" in row["content"]["text"] for row in rows))
    of_ann = [row for row in after if row["namespaces"] == ["/facts/ann/"]]
    assert [row["memoryRecordId"] for row in of_ann] == [row["memoryRecordId"] for row in before]


def test_an_event_is_only_restored_where_it_was_deleted(
    live: Clients, memory: dict[str, Any], workspace: Workspace, faulty: FaultServer
) -> None:
    event = events.create_event(live, memory["id"], "ann", "s1", [MessageDraft("USER", "Hello")])
    copy_id = deletions.delete_event(live, workspace, memory["id"], "ann", "s1", event["eventId"])
    elsewhere = open_clients(Connection("custom", "us-west-2", endpoint_url=faulty.url))
    with pytest.raises(InvalidValue, match="another connection"):
        deletions.restore_event(elsewhere, workspace, copy_id)
    assert faulty.requests == []


def test_only_copies_of_events_are_restored(live: Clients, workspace: Workspace) -> None:
    with pytest.raises(CopyNotFound):
        deletions.restore_event(live, workspace, "nothing")
    copy_id = copies.save(workspace, "memory", "M", {"connection": live.connection.key})
    with pytest.raises(InvalidValue, match="copy of a memory"):
        deletions.restore_event(live, workspace, copy_id)


def test_a_refused_deletion_is_in_the_audit_trail(
    faulty: FaultServer, faulty_clients: Clients, workspace: Workspace
) -> None:
    faulty.plays(answers({"event": EVENT}), refuses("AccessDeniedException", 403))
    with pytest.raises(ClientError):
        deletions.delete_event(faulty_clients, workspace, MEMORY, "a", "s", "0#a")
    (_, started), (_, failed) = results(workspace)
    assert started == "started"
    assert failed.startswith("failed (denied)")
    assert len(copies.list_copies(workspace)) == 1


def test_nothing_is_deleted_that_could_not_be_copied(
    faulty: FaultServer, faulty_clients: Clients, workspace: Workspace
) -> None:
    faulty.plays(answers({}))
    with pytest.raises(IncompleteAnswer):
        deletions.delete_event(faulty_clients, workspace, MEMORY, "a", "s", "0#a")
    with pytest.raises(IncompleteAnswer):
        deletions.delete_memory(faulty_clients, workspace, MEMORY)
    assert {method for method, *_ in faulty.requests} == {"GET"}
    assert copies.list_copies(workspace) == []


def test_a_viewer_makes_no_copies(
    live: Clients, memory: dict[str, Any], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    with pytest.raises(NotAuthorized):
        deletions.delete_memory(live, workspace, memory["id"])
    with pytest.raises(NotAuthorized):
        deletions.delete_event(live, workspace, memory["id"], "a", "s", "0#a")
    assert copies.list_copies(workspace) == []
    assert results(workspace) == []


@pytest.fixture
def full(live: Clients) -> dict[str, Any]:
    """A memory with more than a page of events in one session, and records at two roots."""
    slashed = StrategyDraft("semantic", "Slashed", "/facts/{actorId}/")
    plain = StrategyDraft("semantic", "Plain", "support/{actorId}")
    memory = new_memory(live, slashed, plain)
    for number in range(105):
        events.create_event(live, memory["id"], "ann", "s1", [MessageDraft("ASSISTANT", f"{number}")])
    events.create_event(live, memory["id"], "bob", "s2", [MessageDraft("USER", "I live in Berlin.")])

    def found(path: str) -> list[dict[str, Any]]:
        return memory_records.list_memory_records(live, memory["id"], namespace_path=path).rows

    eventually(lambda: (found("/facts"), found("support")), all)
    return memory


def test_a_memory_is_deleted_after_everything_in_it_was_copied(
    live: Clients, full: dict[str, Any], workspace: Workspace
) -> None:
    seen: list[tuple[int, str]] = []
    copy_id = deletions.delete_memory(live, workspace, full["id"], lambda *step: seen.append(step))
    parts = list(copies.iter_parts(workspace, copy_id))
    assert parts[0]["memory"]["name"] == full["name"]
    copied = [event for part in parts for event in part.get("events", [])]
    assert len({event["eventId"] for event in copied}) == 106
    records = [record for part in parts for record in part.get("records", [])]
    roots = {record["namespaces"][0].lstrip("/").split("/")[0] for record in records}
    assert roots == {"facts", "support"}
    assert len({record["memoryRecordId"] for record in records}) == len(records)
    assert [step for step in seen if step[1] == "events"][-1] == (106, "events")
    assert seen[-1] == (len(records), "records")
    assert copies.get(workspace, copy_id).complete
    assert results(workspace) == [("DeleteMemory", "started"), ("DeleteMemory", "succeeded")]
    eventually(
        lambda: {row["id"] for row in memories.list_memories(live).rows}, lambda ids: full["id"] not in ids
    )


@pytest.mark.parametrize("stop_at", ["events", "records"])
def test_a_cancelled_deletion_deletes_nothing(
    stop_at: str, live: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    events.create_event(live, memory["id"], "ann", "s1", [MessageDraft("USER", "Hello")])
    with pytest.raises(Cancelled):
        deletions.delete_memory(live, workspace, memory["id"], lambda _done, what: what != stop_at)
    assert memories.get_memory(live, memory["id"])["status"] == "ACTIVE"
    assert copies.list_copies(workspace) == []
    assert results(workspace) == []
