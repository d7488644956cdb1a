"""What the chat does when its session is changed elsewhere: deleted, restored, written to."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services import deletions
from services.chat import history as chat_history
from services.chat.earlier_turns import earlier_turns
from services.chat.history import EarlierMessage, History, read_history, read_outline
from services.chat.room import ChatRoom
from services.chat.turns import BranchPoint, Conversation, EventStored, Turn
from services.clients import Clients
from services.errors import InvalidConversation
from services.memory.strategy_drafts import StrategyDraft
from services.workspace.store import Workspace
from tests.services.conftest import new_memory
from tests.services.scripted_model import says, scripted_model
from tests.services.test_chat_agent import say, scripted

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
# Later than any look that is still put off.
SOON = 5.0


@pytest.fixture(scope="module")
def memory_id(live: Clients) -> str:
    facts = StrategyDraft("semantic", "Facts", "/facts/{actorId}/")
    return str(new_memory(live, facts)["id"])


@pytest.fixture
def room(live: Clients, memory_id: str, endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> ChatRoom:
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", endpoint.url)
    return ChatRoom.open(live, Conversation(memory_id, f"actor-{time.time_ns()}", "first"))


def place(room: ChatRoom) -> tuple[str, str, str]:
    kept = room.conversation
    return kept.memory_id, kept.actor_id, kept.session_id


def delete(room: ChatRoom, workspace: Workspace, turn: Turn) -> str:
    """Deletes a turn's event as the Events page does; the id of the copy."""
    return deletions.delete_event(room.clients, workspace, *place(room), turn.stored[0].event["eventId"])


def texts(room: ChatRoom) -> list[str]:
    """What the users' side of the conversation reads, as it is drawn."""
    said = [part for part in room.said() if isinstance(part, Turn) or part.role == "USER"]
    return [part.text for part in said]


def test_a_turn_whose_event_was_deleted_is_forgotten_by_page_and_model(
    room: ChatRoom, workspace: Workspace
) -> None:
    for number in range(3):
        say(room, f"I live in house {number}.")
    delete(room, workspace, room.agent.turns[1])
    assert room.catch_up(time.time() + SOON)
    assert texts(room) == ["I live in house 0.", "I live in house 2."]
    with scripted_model() as model:
        room.agent.model = scripted(model, says("Yes"))
        say(room, "And now?")
        told = str(model.requests[0]["messages"])
    assert "house 0" in told
    assert "house 1" not in told


def test_a_restored_turn_comes_back_in_its_place(room: ChatRoom, workspace: Workspace) -> None:
    for number in range(3):
        say(room, f"I live in house {number}.")
    copy_id = delete(room, workspace, room.agent.turns[1])
    assert room.catch_up(time.time() + SOON)
    deletions.restore_event(room.clients, workspace, copy_id)
    assert room.catch_up(time.time() + 2 * SOON)
    assert texts(room) == [f"I live in house {number}." for number in range(3)]


def test_earlier_messages_that_were_deleted_go_too(
    room: ChatRoom, live: Clients, workspace: Workspace
) -> None:
    turn = say(room, "Said before")
    again = ChatRoom.open(live, room.conversation)
    assert texts(again) == ["Said before"]
    delete(room, workspace, turn)
    assert again.catch_up(time.time() + SOON)
    assert texts(again) == []
    assert not again.has_events


def test_what_another_window_says_appears(room: ChatRoom, live: Clients) -> None:
    say(room, "Said here")
    say(ChatRoom.open(live, room.conversation), "Said there")
    assert room.catch_up(time.time() + SOON)
    assert texts(room) == ["Said here", "Said there"]


def test_nothing_changed_is_no_news_and_costs_little(room: ChatRoom) -> None:
    say(room, "Said here")
    now = time.time()
    assert not room.catch_up(now), "it has only just been opened"
    assert not room.catch_up(now + SOON)
    before = room.clients.call_count()
    assert not room.catch_up(now + SOON + 1)
    assert room.clients.call_count() == before, "asked a second ago"


def test_a_turn_that_is_not_stored_stays(
    room: ChatRoom, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = say(room, "Stored")
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    say(room, "Not stored")
    monkeypatch.delenv("AGENTCORE_STUDIO_READ_ONLY")
    assert room.unfinished
    delete(room, workspace, first)
    room.catch_up(time.time() + SOON)
    assert texts(room) == ["Not stored"]


def test_a_look_that_fails_is_shown_and_loses_nothing(
    room: ChatRoom, monkeypatch: pytest.MonkeyPatch, faulty_clients: Clients, faulty: Any
) -> None:
    say(room, "Said here")
    faulty.close()
    room.use(faulty_clients)
    assert room.catch_up(time.time() + SOON)
    assert room.panel(time.time()).fault is not None
    assert texts(room) == ["Said here"]


def test_only_so_many_events_are_read(room: ChatRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        say(room, f"I live in house {number}.")
    monkeypatch.setattr(chat_history, "EARLIER_EVENTS", 2)
    history = read_history(room.clients, room.conversation)
    assert not history.complete
    assert [message.text for message in history.messages[::2]] == ["I live in house 1.", "I live in house 2."]
    outline = read_outline(room.clients, room.conversation)
    assert outline.events == history.events
    assert not room.catch_up(time.time() + SOON), "the third is out of sight, not gone"


def history(*minutes: int, complete: bool = True) -> History:
    events = {f"event-{minute}": NOON + timedelta(minutes=minute) for minute in minutes}
    return History(events, (), complete)


def turn_at(minute: int, stored_at: float) -> Turn:
    turn = Turn("Hello")
    turn.started_at = (NOON + timedelta(minutes=minute)).timestamp()
    turn.append(EventStored({"eventId": f"event-{minute}"}, 0.01, at=stored_at))
    return turn


def test_lists_are_compared_as_far_back_as_both_reach() -> None:
    assert history(3, 2, 1).same_events(history(3, 2, 1), but=())
    assert not history(3, 2, 1).same_events(history(3, 1), but=())
    assert history(4, 3, 2, complete=False).same_events(history(4, 3, 2, 1), but=())
    assert history(4, 3, 2, complete=False).same_events(history(3, 2, 1, complete=False), but={"event-4"})
    assert not history(4, 2, complete=False).same_events(history(4, 3, 2, 1), but=())


def test_an_event_is_missed_only_where_it_should_be_listed() -> None:
    now = time.time()
    assert history(2, 1).lacks(turn_at(3, now - 60), now)
    assert not history(3, 2, 1).lacks(turn_at(3, now - 60), now)
    assert not history(2, 1).lacks(turn_at(3, now - 1), now), "a listing may be a moment behind"
    assert not history(3, 2, complete=False).lacks(turn_at(1, now - 60), now), "older than what was read"
    assert not history().lacks(Turn("Not stored"), now)


def test_what_was_there_at_the_opening_stays_above_whatever_its_time_says() -> None:
    future = EarlierMessage("event-1", NOON + timedelta(days=9_999), "USER", "text", "Future", (), None)
    turn = Turn("Now")
    assert chat_history.in_order([future], [turn], {"event-1"}) == [future, turn]
    assert chat_history.in_order([future], [turn], ()) == [turn, future]


def branched(room: ChatRoom, name: str, root: Turn) -> Conversation:
    """A branch of the room's conversation that follows on a turn."""
    return replace(room.conversation, branch=BranchPoint(name, root.event_ids[-1]))


def test_a_branch_of_a_branch_reads_its_ancestors_up_to_each_fork(room: ChatRoom, live: Clients) -> None:
    first, _ = say(room, "One"), say(room, "Two on main")
    upper = ChatRoom.open(live, branched(room, "upper", first))
    second = say(upper, "Two on upper")
    say(upper, "Three on upper")
    lower = ChatRoom.open(live, branched(upper, "lower", second))
    assert texts(lower) == ["One", "Two on upper"]
    assert not lower.is_stored
    say(lower, "Three on lower")
    assert lower.is_stored
    again = ChatRoom.open(live, replace(lower.conversation, branch=BranchPoint("lower")))
    assert texts(again) == ["One", "Two on upper", "Three on lower"]
    assert texts(ChatRoom.open(live, room.conversation)) == ["One", "Two on main"]


def test_a_branch_that_is_made_elsewhere_becomes_known_and_changes_nothing_here(
    room: ChatRoom, live: Clients
) -> None:
    turn = say(room, "One")
    say(ChatRoom.open(live, branched(room, "elsewhere", turn)), "Two elsewhere")
    assert room.catch_up(time.time() + SOON)
    assert "elsewhere" in {branch.name for branch in room.branches}
    assert texts(room) == ["One"]
    assert not room.catch_up(time.time() + 2 * SOON)


def test_a_branch_whose_root_is_gone_cannot_be_begun(
    room: ChatRoom, live: Clients, workspace: Workspace
) -> None:
    turn = say(room, "One")
    say(room, "Two")
    conversation = branched(room, "late", turn)
    delete(room, workspace, turn)
    with pytest.raises(InvalidConversation, match="is not there any more"):
        ChatRoom.open(live, conversation)


def test_stored_exchanges_are_told_each_with_the_records_that_fit_it_best() -> None:
    def message(event: str, minute: int, role: str, text: str) -> EarlierMessage:
        return EarlierMessage(event, NOON + timedelta(minutes=minute), role, "text", text, (), None)

    def record(number: int, text: str, minute: int) -> dict[str, Any]:
        return {
            "memoryRecordId": f"mem-{number}",
            "content": {"text": text},
            "timestamp": NOON + timedelta(minutes=minute),
            "createdAt": NOON + timedelta(minutes=minute, seconds=9),
        }

    messages = [
        message("e1", 0, "USER", "My dog is called Rex."),
        message("e1", 0, "ASSISTANT", "Noted: your dog is called Rex."),
        message("e2", 5, "USER", "I live in Graz."),  # each message an event: the session manager's way
        message("e3", 5, "ASSISTANT", "Graz it is."),
    ]
    records = [
        record(1, "The user's dog is called Rex.", 0),
        record(2, "The user lives in Graz.", 60),
        record(3, "The user plays the oboe.", 60),
    ]
    first, second = earlier_turns(messages, records)
    assert (first.text, first.event_ids) == ("My dog is called Rex.", ("e1",))
    assert (second.text, second.event_ids) == ("I live in Graz.", ("e2", "e3"))
    assert [likely.record["memoryRecordId"] for likely in first.records] == ["mem-1"]
    assert [(each.record["memoryRecordId"], each.same_time) for each in second.records] == [("mem-2", False)]
    assert first.records[0].confidence == "high", "the same words at the same time"
