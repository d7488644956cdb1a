"""The memory of agents in the embedded endpoint: summaries, the address book, deletion, and copies of it."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agents import memory as agent_memory
from services.agents import session_summaries, summary_transfer
from services.agents.session_summaries import SessionRow
from services.agents.summary_transfer import Transfer
from services.clients import Clients
from services.errors import NotAuthorized
from services.notebook import functions as notebook_functions
from services.short_term.events import actor_problems
from services.workspace import agent_memories, copies
from services.workspace.agent_memories import Home
from services.workspace.store import Workspace
from tests.services.agents import book_a_trip, new_agent, room_of, talk
from tests.services.conftest import eventually


@pytest.fixture(scope="module")
def agent_id(live: Clients, trail: Workspace) -> str:
    return new_agent(live, trail)


@pytest.fixture
def anna() -> str:
    """A memory id that nobody has used."""
    return f"anna-{uuid.uuid4().hex[:8]}"


def stored(live: Clients, trail: Workspace, home: Home, memory_id: str, number: int) -> list[dict[str, Any]]:
    return eventually(
        lambda: agent_memory.list_summaries(live, trail, home, memory_id).rows,
        lambda rows: len(rows) >= number,
    )


def rows_of(live: Clients, trail: Workspace, home: Home, memory_id: str) -> list[SessionRow]:
    found = agent_memory.list_summaries(live, trail, home, memory_id)
    known = agent_memories.list_sessions(trail, home, memory_id)
    return session_summaries.session_rows(known, found.rows, datetime.now(UTC))


def test_the_notebooks_story(live: Clients, trail: Workspace, agent_id: str, anna: str) -> None:
    first = book_a_trip(live, trail, agent_id, anna)
    (summary,) = stored(live, trail, first.home, anna, 1)
    assert "2024-07-22" in summary["summaryText"]
    second = room_of(live, trail, agent_id, "second", anna)
    turn = talk(second, "I need to stay an extra day. Can I return on the 23rd instead?")
    assert "recall" in turn.answer
    assert "2024-07-23" in turn.answer
    assert "2024-07-22" in str(turn.steps)
    assert "2024-07-23" in talk(second, "that is correct, thanks!").answer
    second.end()
    assert len(stored(live, trail, first.home, anna, 2)) == 2
    states = {row.session_id: row.state for row in rows_of(live, trail, first.home, anna)}
    assert states == {"first": "stored", "second": "stored"}
    agent_memory.delete_memory(live, trail, first.home, anna)
    assert agent_memory.list_summaries(live, trail, first.home, anna).rows == []


def test_a_cancellation_meets_the_notebooks_fault(
    live: Clients, trail: Workspace, agent_id: str, anna: str
) -> None:
    room = room_of(live, trail, agent_id, "cancelling", anna)
    turn = talk(room, "Please cancel my trip. The booking id is 12345678.")
    assert turn.fault is not None
    assert turn.fault.title == "An action of the agent failed"
    assert notebook_functions.known_fault(turn) == notebook_functions.CANCEL_FAULT
    assert notebook_functions.known_fault(room.turns[0]) is None


def test_a_session_is_known_from_its_first_turn_to_its_summary(
    live: Clients, trail: Workspace, agent_id: str, anna: str
) -> None:
    room = room_of(live, trail, agent_id, f"s-{anna}", anna)
    talk(room, "Hi, my name is Anna.")
    (row,) = rows_of(live, trail, room.home, anna)
    assert (row.state, row.turns) == ("open", 1)
    assert [each.memory_id for each in agent_memories.list_addresses(trail, room.home)].count(anna) == 1
    room.end()
    eventually(
        lambda: [each.state for each in rows_of(live, trail, room.home, anna)],
        lambda states: states == ["stored"],
    )


def test_one_summary_is_deleted_and_the_other_stays_and_a_copy_is_kept(
    live: Clients, trail: Workspace, agent_id: str, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = book_a_trip(live, trail, agent_id, anna, "one").home
    book_a_trip(live, trail, agent_id, anna, "two")
    stored(live, trail, home, anna, 2)
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "curator")
    copy_id = agent_memory.delete_summary(live, trail, home, anna, "one")
    assert copy_id is not None
    kept = copies.document(trail, copy_id)
    assert [each["sessionId"] for each in kept["summaries"]] == ["one"]
    states = {row.session_id: row.state for row in rows_of(live, trail, home, anna)}
    assert states == {"two": "stored", "one": "deleted"}
    with pytest.raises(NotAuthorized):
        agent_memory.delete_memory(live, trail, home, anna)


def test_summaries_become_records_of_an_actor(
    live: Clients, trail: Workspace, agent_id: str, anna: str, memory: dict[str, Any]
) -> None:
    home = book_a_trip(live, trail, agent_id, anna).home
    stored(live, trail, home, anna, 1)
    rows = rows_of(live, trail, home, anna)
    plan = Transfer(agent_id, "TSTALIASID", anna, str(memory["id"]), "records")
    done = summary_transfer.transfer(live, trail, plan, rows)
    assert (done.written, done.failed) == (len(rows[0].topics), ())
    found = live.data.list_memory_records(memoryId=memory["id"], namespacePath=f"/agents/{anna}/")
    texts = [record["content"]["text"] for record in found["memoryRecordSummaries"]]
    assert any(text.startswith("action results: ") and "Boston" in text for text in texts)


def test_summaries_become_events_of_an_actor(
    live: Clients, trail: Workspace, agent_id: str, anna: str, memory: dict[str, Any]
) -> None:
    home = book_a_trip(live, trail, agent_id, anna).home
    stored(live, trail, home, anna, 1)
    plan = Transfer(agent_id, "TSTALIASID", anna, str(memory["id"]), "events")
    assert summary_transfer.transfer(live, trail, plan, rows_of(live, trail, home, anna)).written == 1
    (event,) = live.data.list_events(
        memoryId=memory["id"], actorId=anna, sessionId="first", includePayloads=True
    )["events"]
    assert "Boston" in event["payload"][0]["conversational"]["content"]["text"]
    assert event["metadata"]["agentId"] == {"stringValue": agent_id}


@pytest.mark.parametrize(
    ("memory_id", "actor", "session"),
    [
        ("TST_MEM_ID", "TST_MEM_ID", "TST_MEM_ID"),
        ("anna-smith", "anna-smith", "anna-smith"),
        ("anna.smith", "anna-smith-#", "anna-smith-#"),
        ("user:7", "user:7", "user-7-#"),
        (".hidden", "x-hidden-#", "x-hidden-#"),
        ("a." * 50, "a-" * 45 + "-#", "a-" * 45 + "-#"),
    ],
)
def test_ids_become_what_agentcore_takes(memory_id: str, actor: str, session: str) -> None:
    """What is not taken as it is has a digest of itself behind it (#)."""
    digest = hashlib.sha256(memory_id.encode()).hexdigest()[:8]
    assert summary_transfer.actor_id(memory_id) == actor.replace("#", digest)
    assert summary_transfer.session_id_of(memory_id) == session.replace("#", digest)


@given(st.sets(st.from_regex(r"[0-9a-z._:-]{2,6}", fullmatch=True), min_size=2, max_size=20))
def test_two_memory_ids_never_become_one_actor(memory_ids: set[str]) -> None:
    assert len({summary_transfer.actor_id(each) for each in memory_ids}) == len(memory_ids)
    assert len({summary_transfer.session_id_of(each) for each in memory_ids}) == len(memory_ids)
    for memory_id in memory_ids:
        assert actor_problems(summary_transfer.actor_id(memory_id)) == []


def test_the_address_book_keeps_each_id_once(workspace: Workspace) -> None:
    home = Home("embedded", "AGENT12345", "TSTALIASID")
    assert agent_memories.add(workspace, home, "me", ["b.b", "a-a", "b.b"], "hand") == 2
    assert agent_memories.add(workspace, home, "me", ["a-a"], "file") == 0
    assert [each.memory_id for each in agent_memories.list_addresses(workspace, home)] == ["a-a", "b.b"]
    agent_memories.turn_taken(workspace, home, "s-1", "a-a", 60)
    agent_memories.session_ended(workspace, home, "s-1")
    agent_memories.turn_taken(workspace, home, "s-1", "a-a", 60)
    (session,) = agent_memories.list_sessions(workspace, home, "a-a")
    assert (session.ended_at, session.turns) == (None, 1)
    agent_memories.remove(workspace, home, "a-a")
    assert agent_memories.list_sessions(workspace, home, "a-a") == []


@pytest.mark.parametrize(
    ("content", "found", "wrong"),
    [
        ("anna\nbob\n\nanna\n", ["anna", "bob"], []),
        ("name,memoryId\nAnna,a-1\nBob,b-2\n", ["a-1", "b-2"], []),
        ("memory_id;since\n a-1 ;2020\n", ["a-1"], []),
        ("two words\nok-id\nx\n", ["ok-id"], ["two words", "x"]),
        ("", [], []),
    ],
)
def test_memory_ids_are_read_from_lines_and_tables(content: str, found: list[str], wrong: list[str]) -> None:
    assert agent_memories.ids_in_file(content) == (found, wrong)
