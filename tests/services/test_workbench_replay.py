"""Sessions replayed in scratch memories of a real endpoint, and what becomes of those."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.clients import Clients
from services.endpoint_status import EndpointStatus
from services.errors import InvalidDraft, InvalidValue, NotAuthorized
from services.memory import memories
from services.memory.strategy_drafts import Instructions, StrategyDraft
from services.people import Person, acting_as
from services.tasks import Task
from services.workbench import replay, scratch
from services.workbench.replay import Replayed, ReplayRequest
from services.workbench.scratch import Side
from services.workspace import audit_search, copies, scratch_memories
from services.workspace.audit_search import AuditSearch
from services.workspace.store import Workspace
from tests.services.conftest import PATIENCE_SECONDS, eventually, new_memory

Row = dict[str, Any]
START = datetime(2026, 11, 1, 9, 30, 0, 123_000, tzinfo=UTC)
BUILT_IN = Side("AWS's built-in instructions")
ROLE = "arn:aws:iam::123456789012:role/MemoryRole"


def write(live: Clients, memory_id: str, session: str, *said: tuple[str, str], **more: Any) -> str:
    payload = [{"conversational": {"role": role, "content": {"text": text}}} for role, text in said]
    at = START + timedelta(minutes=more.pop("minute", 0))
    event = live.data.create_event(
        memoryId=memory_id,
        actorId="ann",
        sessionId=session,
        eventTimestamp=at,
        payload=payload + more.pop("blobs", []),
        **more,
    )
    return str(event["event"]["eventId"])


def actions(workspace: Workspace) -> set[str]:
    """The AWS operations that are in an audit trail."""
    return {act.action for act in audit_search.iter_acts(workspace, AuditSearch())}


@pytest.fixture(scope="module")
def source(live: Clients) -> Row:
    """A memory with a session of two events, one on a branch of its own, and a blob."""
    strategy = StrategyDraft("semantic", "Facts", "/facts/{actorId}/")
    memory = new_memory(live, strategy)
    root = write(
        live,
        memory["id"],
        "trip",
        ("USER", "I live in Graz."),
        ("ASSISTANT", "Noted."),
        blobs=[{"blob": {"state": 1}}],
        metadata={"channel": {"stringValue": "web"}},
    )
    write(live, memory["id"], "trip", blobs=[{"blob": "only state"}], minute=1)
    branch = {"name": "other", "rootEventId": root}
    write(live, memory["id"], "trip", ("USER", "My dog is called Rex."), minute=2, branch=branch)
    return memory


def request(source: Row, *sides: Side, session: str = "trip", role: str | None = None) -> ReplayRequest:
    return ReplayRequest(source["id"], "ann", session, "semantic", sides or (BUILT_IN,), 30, role)


@pytest.fixture(scope="module")
def replayed(live: Clients, source: Row, trail: Workspace) -> Replayed:
    """One replay with both sides by the built-in instructions, which many tests look at."""
    return replay.replay(live, trail, request(source, BUILT_IN, Side("the same again")))


def test_the_session_is_copied_as_it_was(live: Clients, source: Row, replayed: Replayed) -> None:
    def events(memory_id: str) -> list[Row]:
        answer = live.data.list_events(memoryId=memory_id, actorId="ann", sessionId="trip")
        return list(reversed(answer["events"]))

    first, second = events(replayed.memory_id)
    original = events(source["id"])
    assert first["eventTimestamp"] == original[0]["eventTimestamp"]
    assert first["payload"] == original[0]["payload"][:2]  # without the blob
    assert first["metadata"] == original[0]["metadata"]
    assert second["payload"] == original[2]["payload"]  # the event of a blob alone is left out
    assert second["branch"] == {"name": "other", "rootEventId": first["eventId"]}


def test_both_sides_are_told_with_their_records_and_times(replayed: Replayed) -> None:
    assert replayed.settled
    first, second = replayed.sides
    assert (first.letter, first.label) == ("A", BUILT_IN.label)
    assert (second.letter, second.label) == ("B", "the same again")
    texts = [{record["content"]["text"] for record in side.records} for side in replayed.sides]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 2
    for side in replayed.sides:
        assert side.seconds is not None
        assert side.failures == ()
        namespaces = {name for record in side.records for name in record["namespaces"]}
        assert namespaces == {f"/{side.letter.lower()}/ann/"}


def test_a_scratch_memory_is_named_tagged_noted_and_written_down(
    live: Clients, trail: Workspace, source: Row, replayed: Replayed
) -> None:
    memory = memories.get_memory(live, replayed.memory_id)
    assert memory["name"].startswith(scratch.PREFIX)
    assert memories.list_tags(live, memory["arn"])[scratch.TAG] == scratch.TAG_VALUE
    assert memory["eventExpiryDuration"] == 30
    [found] = [each for each in scratch.existing(live, trail) if each.memory_id == replayed.memory_id]
    assert found.note is not None
    assert found.note.memory_id == replayed.memory_id
    assert found.note.about["sessionId"] == "trip"
    assert found.note.about["labels"] == [BUILT_IN.label, "the same again"]
    assert {"CreateMemory", "CreateEvent"} <= actions(trail)


def test_what_came_of_it_can_be_looked_at_again(live: Clients, replayed: Replayed) -> None:
    again = replay.results(live, replayed.memory_id, {"labels": ["one"]})
    assert [side.label for side in again.sides] == ["one", "Side B"]
    ids = [{record["memoryRecordId"] for record in side.records} for side in again.sides]
    assert ids == [{record["memoryRecordId"] for record in side.records} for side in replayed.sides]
    assert [side.seconds for side in again.sides] == [None, None]
    assert replay.results(live, replayed.memory_id, replayed.about).lacking == 0


def test_one_that_a_crash_left_behind_is_found_by_its_tag(
    live: Clients, workspace: Workspace, replayed: Replayed
) -> None:
    """`workspace` is a database that knows nothing of it."""
    [found] = [each for each in scratch.existing(live, workspace) if each.memory_id == replayed.memory_id]
    assert found.note is None


def test_a_note_whose_memory_was_being_created_finds_it(live: Clients, workspace: Workspace) -> None:
    draft = scratch.draft("semantic", [BUILT_IN], None, 30)
    scratch_memories.add(workspace, live.connection.key, "ann", draft.name, {"sessionId": "trip"})
    created = memories.create_memory(live, draft)  # and the process died here
    [found] = [each for each in scratch.existing(live, workspace) if each.memory_id == created["id"]]
    assert found.note is not None
    assert found.note.about == {"sessionId": "trip"}
    scratch.remove(live, workspace, created["id"])


def test_removing_one_takes_its_note_and_keeps_no_copy(live: Clients, workspace: Workspace) -> None:
    made = scratch.create(
        live, workspace, scratch.draft("semantic", [BUILT_IN], None, 30), {"kind": "semantic"}
    )
    eventually(lambda: memories.get_memory(live, made["id"]), lambda memory: memory["status"] == "ACTIVE")
    scratch.remove(live, workspace, made["id"])
    eventually(
        lambda: [each.memory_id for each in scratch.existing(live, workspace)],
        lambda ids: made["id"] not in ids,
    )
    assert scratch_memories.list_notes(workspace, live.connection.key) == []
    assert copies.list_copies(workspace, "memory") == []
    assert actions(workspace) == {"CreateMemory", "DeleteMemory"}


def test_nothing_but_a_scratch_memory_is_ever_removed(live: Clients, trail: Workspace, source: Row) -> None:
    alike = memories.create_memory(live, memories.MemoryDraft(f"{scratch.PREFIX}{uuid.uuid4().hex[:8]}"))
    for memory_id in (source["id"], alike["id"]):
        with pytest.raises(InvalidValue, match="tag"):
            scratch.remove(live, trail, memory_id)
        assert memories.get_memory(live, memory_id)["id"] == memory_id
    assert alike["id"] not in [each.memory_id for each in scratch.existing(live, trail)]


def test_own_instructions_need_a_role_and_are_checked_before_anything_is_made(
    live: Clients, trail: Workspace, source: Row
) -> None:
    own = Side("mine", {"extraction": Instructions("Only cities.", "model-1")})
    assert any("role" in problem for problem in replay.problems(request(source, BUILT_IN, own)))
    with pytest.raises(InvalidDraft):
        replay.replay(live, trail, request(source, BUILT_IN, own))
    assert replay.problems(request(source, BUILT_IN, own, role=ROLE)) == []
    nameless = Side("mine", {"extraction": Instructions("Only cities.", "")})
    [told] = replay.problems(request(source, nameless, role=ROLE))
    assert told.startswith("A (mine): "), "by the name that people know it by"
    made = replay.replay(live, trail, request(source, own, role=ROLE))
    strategy = scratch.strategies_by_side(memories.get_memory(live, made.memory_id))["A"]
    assert strategy["type"] == "CUSTOM"
    scratch.remove(live, trail, made.memory_id)


def test_a_session_without_words_is_refused_before_anything_is_made(
    live: Clients, workspace: Workspace, source: Row
) -> None:
    write(live, source["id"], "silent", blobs=[{"blob": {"a": 1}}])
    for session in ("silent", "nowhere"):
        with pytest.raises(InvalidValue):
            replay.replay(live, workspace, request(source, session=session))
    assert scratch_memories.list_notes(workspace, live.connection.key) == []


def test_only_admins_replay_and_remove(
    live: Clients, trail: Workspace, source: Row, replayed: Replayed
) -> None:
    with acting_as(Person("carol", "curator", signed_in=True)):
        with pytest.raises(NotAuthorized):
            replay.replay(live, trail, request(source))
        with pytest.raises(NotAuthorized):
            scratch.remove(live, trail, replayed.memory_id)


def test_stopped_while_it_writes_it_leaves_the_memory_to_be_removed(
    live: Clients, trail: Workspace, source: Row
) -> None:
    began = threading.Event()
    go_on = threading.Event()

    def work(task: Task[Replayed]) -> Replayed:
        def tell(told: str) -> None:
            if told.startswith("1 of 2"):
                began.set()
                assert go_on.wait(PATIENCE_SECONDS)

        return replay.replay(live, trail, request(source), lambda: task.stopping, tell)

    task = Task("replay", work).start()
    assert began.wait(PATIENCE_SECONDS)
    task.stop()
    go_on.set()
    assert task.wait(PATIENCE_SECONDS)
    assert task.error is None
    assert task.result is not None
    assert (task.result.sides, task.result.settled) == ((), False)
    [made] = [each for each in scratch.existing(live, trail) if each.memory_id == task.result.memory_id]
    assert made.note is not None
    looked_at = replay.results(live, made.memory_id, made.note.about)
    assert looked_at.lacking == 1, "one of its two events was never written, settled or not"
    scratch.remove(live, trail, task.result.memory_id)


def test_a_branch_whose_beginning_was_deleted_is_refused_before_anything_is_made(
    live: Clients, workspace: Workspace, source: Row
) -> None:
    root = write(live, source["id"], "cut", ("USER", "I live in Graz."))
    branch = {"name": "other", "rootEventId": root}
    write(live, source["id"], "cut", ("USER", "My dog is called Rex."), minute=1, branch=branch)
    live.data.delete_event(memoryId=source["id"], actorId="ann", sessionId="cut", eventId=root)
    with pytest.raises(InvalidValue, match="was deleted"):
        replay.replay(live, workspace, request(source, session="cut"))
    assert scratch_memories.list_notes(workspace, live.connection.key) == []


def test_another_look_tells_whether_more_may_come(
    live: Clients, replayed: Replayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settled(pending: int | None) -> bool:
        said = EndpointStatus(extractor=None, embedder=None, pending_extractions=pending)
        monkeypatch.setattr(replay, "endpoint_status", lambda url: said)
        return replay.results(live, replayed.memory_id).settled

    monkeypatch.setattr(replay, "EXTRACTION_SECONDS", 1e9)
    assert (settled(3), settled(0), settled(None)) == (False, True, False)
    monkeypatch.setattr(replay, "EXTRACTION_SECONDS", -1e9)  # so it was waited for long enough
    assert (settled(3), settled(None)) == (False, True)


def test_a_replay_is_of_the_session_that_it_was_made_of(source: Row, replayed: Replayed) -> None:
    assert replayed.is_of(source["id"], "ann", "trip", "semantic")
    assert not replayed.is_of(source["id"], "ann", "trip", "summary")
    assert not replayed.is_of(source["id"], "ann", "silent", "semantic")
    assert not replayed.is_of("Other-0123456789", "ann", "trip", "semantic")
