"""The test agent before the real endpoint, with the built-in rules and with scripted model servers."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.chat.agent import AnswerRunning
from services.chat.history import read_history
from services.chat.messages import cited_ids
from services.chat.models import ModelChoice
from services.chat.room import ChatRoom
from services.chat.tool_watch import TOOL_CALLS_PER_TURN
from services.chat.turns import (
    Conversation,
    EventStored,
    MemoriesRetrieved,
    ToolCalled,
    Turn,
    TurnDone,
    TurnFailed,
)
from services.clients import Clients, open_clients
from services.connection import embedded_connection
from services.workspace.store import Workspace
from tests.conftest import Endpoint
from tests.services.scripted_model import (
    ScriptedModel,
    calls_tool,
    cites_first_record,
    fails,
    hangs_after,
    says,
    scripted_model,
    talks_garbage,
)

PATIENCE_SECONDS = 60
SECRET = "sk-never-shown"


@pytest.fixture
def clients(endpoint: Any, trail: Workspace, monkeypatch: pytest.MonkeyPatch) -> Clients:
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", endpoint.url)
    return open_clients(embedded_connection(), trail=lambda: trail)


@pytest.fixture(scope="module")
def memory_id(control: Any) -> str:
    strategies = [
        {"userPreferenceMemoryStrategy": {"name": "Preferences", "namespaces": ["/users/{actorId}/"]}},
        {"semanticMemoryStrategy": {"name": "Facts", "namespaces": ["/facts/{actorId}/"]}},
    ]
    name = f"Chat{uuid.uuid4().hex[:8]}"
    memory = control.create_memory(name=name, eventExpiryDuration=30, memoryStrategies=strategies)["memory"]
    wait_until(lambda: control.get_memory(memoryId=memory["id"])["memory"]["status"] == "ACTIVE")
    return str(memory["id"])


@pytest.fixture
def room(clients: Clients, memory_id: str) -> ChatRoom:
    return open_room(clients, memory_id)


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as script:
        yield script


def open_room(clients: Clients, memory_id: str, actor: str | None = None, session: str = "first") -> ChatRoom:
    return ChatRoom.open(clients, Conversation(memory_id, actor or f"actor-{uuid.uuid4().hex[:8]}", session))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def finished(turn: Turn) -> Turn:
    """Waits for the end of a turn."""
    assert turn.wait(PATIENCE_SECONDS), "it did not end in time"
    return turn


def say(room: ChatRoom, text: str) -> Turn:
    return finished(room.agent.start_turn(text))


def scripted(model: ScriptedModel, *acts: Any, timeout: float = 20.0) -> ModelChoice:
    model.acts = list(acts)
    return ModelChoice(
        "openai_compatible", "scripted", base_url=model.url, api_key=SECRET, timeout_seconds=timeout
    )


def remember(room: ChatRoom, text: str) -> dict[str, Any]:
    """Says something and waits for a record of it."""
    say(room, text)
    wait_until(lambda: room.poll(time.time()))
    changes = [change for event in room.panel(time.time()).events for change in event.changes]
    return changes[0].record


def stored(room: ChatRoom, turn: Turn) -> list[tuple[str, str]]:
    """The (role, text) of what the service has of a turn."""
    place = room.conversation
    event = room.clients.data.get_event(
        memoryId=place.memory_id,
        actorId=place.actor_id,
        sessionId=place.session_id,
        eventId=turn.stored[0].event["eventId"],
    )["event"]
    messages = [element["conversational"] for element in event["payload"]]
    return [(message["role"], message["content"]["text"]) for message in messages]


def test_a_turn_is_answered_and_stored_as_one_event(room: ChatRoom) -> None:
    turn = say(room, "I live in Irvine.")
    assert "Irvine" in turn.answer
    assert stored(room, turn) == [("USER", "I live in Irvine."), ("ASSISTANT", turn.answer.strip())]
    assert not turn.failures


def test_a_question_is_answered_from_memory_with_the_records_cited(room: ChatRoom) -> None:
    record = remember(room, "I prefer restaurants with a quiet atmosphere.")
    turn = say(room, "Which atmosphere do I like in restaurants?")
    assert cited_ids(turn)
    assert record["memoryRecordId"] in {row["memoryRecordId"] for row in turn.retrieved_records}
    [retrieval] = turn.retrievals
    assert all("score" in row for row in retrieval.records)
    assert "mem-" not in stored(room, turn)[1][1], "ids are no part of what was said"


def test_the_panel_shows_the_event_and_then_its_records(room: ChatRoom) -> None:
    say(room, "I live in Irvine.")
    [progress] = room.panel(time.time()).events
    assert {work.state for work in progress.work} == {"extracting"}
    wait_until(lambda: room.poll(time.time()))
    [progress] = room.panel(time.time()).events
    assert any("Irvine" in change.record["content"]["text"] for change in progress.changes)


def test_a_stored_session_is_continued(room: ChatRoom, clients: Clients, model: ScriptedModel) -> None:
    say(room, "I live in Irvine.")
    again = open_room(clients, room.conversation.memory_id, room.conversation.actor_id)
    assert (again.earlier[0].role, again.earlier[0].text) == ("USER", "I live in Irvine.")
    again.agent.model = scripted(model, says("Hello"))
    say(again, "And now?")
    texts = [str(message["content"]) for message in model.requests[0]["messages"]]
    assert any("I live in Irvine." in text for text in texts)


def test_what_an_actor_said_is_found_from_another_session(clients: Clients, room: ChatRoom) -> None:
    remember(room, "I prefer restaurants with a quiet atmosphere.")
    other = open_room(clients, room.conversation.memory_id, room.conversation.actor_id, session="second")
    assert say(other, "Which restaurants do I prefer?").retrieved_records


def test_another_actors_memories_are_not_found(clients: Clients, room: ChatRoom) -> None:
    remember(room, "I prefer restaurants with a quiet atmosphere.")
    stranger = open_room(clients, room.conversation.memory_id)
    assert say(stranger, "Which restaurants do I prefer?").retrieved_records == []


def test_the_agent_can_be_left_to_record_by_itself(room: ChatRoom) -> None:
    room.agent.store = "agent"
    turn = say(room, "I live in Irvine.")
    [event] = turn.stored
    [message] = event.event["payload"]
    assert message["conversational"]["role"] == "ASSISTANT"
    assert "Irvine" in message["conversational"]["content"]["text"]


def test_another_model_calls_the_tool_and_cites(room: ChatRoom, model: ScriptedModel) -> None:
    record = remember(room, "I prefer restaurants with a quiet atmosphere.")
    room.agent.model = scripted(
        model, calls_tool(action="retrieve", query="restaurant atmosphere"), cites_first_record
    )
    turn = say(room, "What do I like?")
    assert not turn.failures
    assert [event.input for event in turn.events() if isinstance(event, ToolCalled)] == [
        {"action": "retrieve", "query": "restaurant atmosphere"}
    ]
    assert cited_ids(turn) == (turn.retrieved_records[0]["memoryRecordId"],)
    assert record["memoryRecordId"] in {row["memoryRecordId"] for row in turn.retrieved_records}
    assert model.keys[0] == f"Bearer {SECRET}"


def test_a_models_error_is_shown_and_the_question_is_kept(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.model = scripted(model, fails(500, f"out of memory, key {SECRET}"))
    turn = say(room, "I live in Irvine.")
    [failure] = turn.failures
    assert failure.fault.title == "The model server failed"
    assert "out of memory" in failure.fault.detail
    assert SECRET not in failure.fault.detail
    assert stored(room, turn) == [("USER", "I live in Irvine.")]
    assert turn.stored[0].event["metadata"]["outcome"]["stringValue"] == "failed"


def test_after_an_error_the_conversation_goes_on(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.model = scripted(model, fails(500, "once"), says("Better now"))
    say(room, "First")
    assert say(room, "Second").answer == "Better now"
    roles = [message["role"] for message in model.requests[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


@pytest.mark.parametrize(
    ("act", "title"),
    [
        (fails(404, "model not found"), "The model server does not know this model"),
        (fails(401, "bad key"), "The model server wants another API key"),
        (fails(400, "tools are not supported"), "The model server did not accept the request"),
        (talks_garbage, "The model server's answer could not be read"),
        (says(), "The model gave an empty answer"),
    ],
)
def test_each_kind_of_failure_has_its_own_words(
    room: ChatRoom, model: ScriptedModel, act: Any, title: str
) -> None:
    room.agent.model = scripted(model, act)
    assert [failure.fault.title for failure in say(room, "Hello").failures] == [title]


def test_a_model_that_falls_silent_is_given_up(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.model = scripted(model, hangs_after("One moment"), timeout=6)
    turn = say(room, "Hello")
    assert turn.failures
    assert turn.failures[0].fault.kind == "timeout"
    assert stored(room, turn) == [("USER", "Hello"), ("ASSISTANT", "One moment")]


def test_an_answer_can_be_stopped_and_what_was_said_is_kept(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.model = scripted(model, hangs_after("The beginning"))
    turn = room.agent.start_turn("Tell me a story")
    wait_until(lambda: turn.answer == "The beginning")
    with pytest.raises(AnswerRunning):
        room.agent.start_turn("Too early")
    room.agent.cancel()
    assert finished(turn).done == TurnDone(stopped=True)
    assert stored(room, turn) == [("USER", "Tell me a story"), ("ASSISTANT", "The beginning")]
    room.agent.model = scripted(model, says("Yes"))
    assert say(room, "Are you there?").answer == "Yes"


def test_stopping_an_answer_that_has_just_ended_does_nothing(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.model = scripted(model, says("All of it"))
    turn = say(room, "Hello")
    worker = next((thread for thread in threading.enumerate() if thread.name == "chat-turn"), None)
    if worker is not None:  # its event loop is closed once it has ended
        worker.join(PATIENCE_SECONDS)
    turn.cancel()
    assert not turn.cancelled
    assert turn.done == TurnDone(stopped=False)


def test_a_message_sent_during_an_answer_waits_for_its_end(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.model = scripted(model, hangs_after("The beginning"), says("And the next"))
    room.agent.send("First")
    room.agent.send("Second")
    assert room.agent.waiting == ["Second"]
    wait_until(lambda: room.agent.turns[0].answer == "The beginning")
    room.agent.cancel()
    wait_until(lambda: len(room.agent.turns) == 2)
    assert finished(room.agent.turns[1]).answer == "And the next"
    assert [turn.text for turn in room.agent.turns] == ["First", "Second"]


def test_a_model_that_loops_on_tools_is_stopped(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.model = scripted(model, calls_tool(action="retrieve", query="again"))
    turn = say(room, "Hello")
    assert turn.failures[0].fault.title == "The model kept calling tools"
    calls = [event for event in turn.events() if isinstance(event, ToolCalled)]
    assert len(calls) == TOOL_CALLS_PER_TURN


def test_the_agent_does_not_delete_memories(room: ChatRoom, model: ScriptedModel) -> None:
    record = remember(room, "I prefer restaurants with a quiet atmosphere.")
    room.agent.model = scripted(
        model, calls_tool(action="delete", memory_record_id=record["memoryRecordId"]), says("Done")
    )
    say(room, "Delete everything")
    assert "does not delete" in str(model.requests[-1]["messages"][-1]["content"])
    room.clients.data.get_memory_record(
        memoryId=room.conversation.memory_id, memoryRecordId=record["memoryRecordId"]
    )


def test_a_turn_that_could_not_be_stored_is_stored_later_once(
    room: ChatRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    turn = say(room, "I live in Irvine.")
    assert turn.unstored
    assert [(failure.what, failure.fault.kind) for failure in turn.failures] == [
        ("storage", "not_authorized")
    ]
    monkeypatch.delenv("AGENTCORE_STUDIO_READ_ONLY")
    for _ in range(2):
        room.agent.store_again(turn)
    assert not turn.unstored
    assert len([event for event in turn.events() if isinstance(event, EventStored)]) == 1
    assert stored(room, turn)[0] == ("USER", "I live in Irvine.")


def test_an_endpoint_that_goes_away_in_the_middle_loses_nothing(
    tmp_path: Path, trail: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Endpoint(tmp_path / "data", "--extraction-delay", "0.05", "--transition-seconds", "2")
    running.start()
    try:
        monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", running.url)
        control = running.client("bedrock-agentcore-control")
        facts = {"semanticMemoryStrategy": {"name": "Facts", "namespaces": ["/facts/{actorId}/"]}}
        created = control.create_memory(name="Restarted", eventExpiryDuration=30, memoryStrategies=[facts])
        live = open_clients(embedded_connection(), trail=lambda: trail)
        room = open_room(live, created["memory"]["id"])
        assert room.settling
        assert room.panel(time.time()).next_poll is not None
        wait_until(lambda: not room.poll_if_due(time.time()) and not room.settling)
        running.stop()
        turn = say(room, "I live in Irvine.")
        assert [failure.what for failure in turn.failures] == ["answer", "storage"]
        assert {failure.fault.kind for failure in turn.failures} == {"unreachable"}
        running.start()
        room.agent.store_again(turn)
        assert stored(room, turn) == [("USER", "I live in Irvine.")]
        assert say(room, "I like tea.").answer
    finally:
        running.kill()


def test_ten_chats_at_once_lose_no_message(clients: Clients, memory_id: str) -> None:
    rooms = [open_room(clients, memory_id) for _ in range(10)]
    for number in range(3):
        for room in rooms:
            room.agent.send(f"Message {number}: I live in house {number}.")
    wait_until(lambda: all(len(room.agent.turns) == 3 and not room.agent.running for room in rooms))
    for room in rooms:
        assert not [turn for turn in room.agent.turns if turn.failures]
        said = [message.text for message in read_history(clients, room.conversation).messages[::2]]
        assert said == [f"Message {number}: I live in house {number}." for number in range(3)]


def test_the_longest_message_is_stored_whole(room: ChatRoom) -> None:
    text = "I like tea. " * 8_333 + "Yes."
    turn = say(room, text)
    assert stored(room, turn)[0] == ("USER", text)


def test_a_long_question_is_searched_for_with_its_beginning(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.model = scripted(model, calls_tool(action="retrieve", query="q" * 20_000), says("Nothing"))
    [retrieval] = [e for e in say(room, "Hello").events() if isinstance(e, MemoriesRetrieved)]
    assert len(retrieval.query) == 10_000


def test_events_come_in_the_order_in_which_they_happened(room: ChatRoom) -> None:
    kinds = [type(event).__name__ for event in say(room, "What do I like?").events()]
    asked = ["ModelAsked", "ToolCalled", "MemoriesRetrieved", "ToolAnswered"]
    expected = [*asked, "TextDelta", "EventStored", "TurnDone"]
    assert list(dict.fromkeys(kinds)) == expected


def test_failures_are_not_mistaken_for_answers(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.model = scripted(model, fails(503, "overloaded"))
    turn = say(room, "Hello")
    assert turn.answer == ""
    assert isinstance(turn.failures[0], TurnFailed)
