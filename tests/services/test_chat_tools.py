"""Tools of personas in the chat: what runs, what the turn tells of it, what is stored, which models err."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.chat.agent_choice import AgentChoice
from services.chat.history import read_history
from services.chat.models import ModelChoice
from services.chat.personas import PERSONAS
from services.chat.room import ChatRoom
from services.chat.tool_watch import TOOL_CALLS_PER_TURN
from services.chat.turns import Conversation, TextDelta, ToolCall, Turn
from services.clients import Clients, open_clients
from services.connection import embedded_connection
from services.workspace.store import Workspace
from tests.services.conftest import eventually
from tests.services.scripted_model import ScriptedModel, calls, calls_tool, fails, says, scripted_model

PATIENCE_SECONDS = 60
ORDER = json.dumps({"order_id": "12345"})


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
    name = f"Tools{uuid.uuid4().hex[:8]}"
    made = control.create_memory(name=name, eventExpiryDuration=30, memoryStrategies=strategies)["memory"]
    eventually(
        lambda: control.get_memory(memoryId=made["id"])["memory"]["status"], lambda status: status == "ACTIVE"
    )
    return str(made["id"])


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as script:
        yield script


@pytest.fixture
def enter(clients: Clients, memory_id: str) -> Callable[..., ChatRoom]:
    """Opens a session with a persona."""

    def open_room(persona: str, actor: str | None = None, session: str = "first") -> ChatRoom:
        place = Conversation(memory_id, actor or f"actor-{uuid.uuid4().hex[:8]}", session)
        room = ChatRoom.open(clients, place)
        room.agent.choice = AgentChoice(persona=persona)
        return room

    return open_room


def say(room: ChatRoom, text: str) -> Turn:
    turn = room.agent.start_turn(text)
    assert turn.wait(PATIENCE_SECONDS), "it did not end in time"
    return turn


def scripted(room: ChatRoom, model: ScriptedModel, *acts: Any) -> None:
    model.acts = list(acts)
    room.agent.model = ModelChoice("openai_compatible", "scripted", base_url=model.url, timeout_seconds=20)


def own_calls(turn: Turn) -> list[ToolCall]:
    """The calls but those of the memory tool."""
    return [call for call in turn.tool_calls if call.called.name != "agent_core_memory"]


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


CALLED_BY = {
    "assistant": [],
    "support": ["get_order_status", "refund_order", "change_delivery_address", "list_orders"],
    "airline": ["search_flights", "book_flight", "change_seat", "list_flight_bookings"],
    "restaurants": ["search_restaurants", "reserve_table", "list_reservations"],
    "travel": ["plan_trip", "search_hotels", "book_hotel", "check_visa"],
}


@pytest.mark.parametrize("name", list(PERSONAS))
def test_the_suggested_conversation_of_each_persona_runs_through_its_tools(
    enter: Callable[..., ChatRoom], name: str
) -> None:
    room = enter(name)
    turns = [say(room, sentence) for sentence in PERSONAS[name].suggestions]
    assert not [failure for turn in turns for failure in turn.failures]
    made = [call for turn in turns for call in own_calls(turn)]
    assert [call.called.name for call in made] == CALLED_BY[name]
    assert not [call for call in made if call.answer is None or call.answer.failed]


def test_a_turn_is_stored_with_its_tools_between_the_question_and_the_answer(
    enter: Callable[..., ChatRoom],
) -> None:
    room = enter("support")
    turn = say(room, "Where is my order 12345?")
    asked, acted, answered = stored(room, turn)
    assert asked == ("USER", "Where is my order 12345?")
    assert acted[0] == "TOOL"
    first, told, data = acted[1].split("\n")
    assert first == "get_order_status(order_id='12345')"
    assert "ceramic coffee grinder" in told
    assert json.loads(data)["order"]["order_id"] == "12345"
    assert answered == ("ASSISTANT", turn.answer.strip())
    roles = [message.role for message in read_history(room.clients, room.conversation).messages]
    assert roles == ["USER", "TOOL", "ASSISTANT"]


def test_nothing_of_a_tools_result_becomes_a_memory(enter: Callable[..., ChatRoom]) -> None:
    room = enter("support")
    say(room, "Where is my order 12345?")
    say(room, "I live in Irvine.")
    eventually(lambda: room.poll(time.time()) or room.known_records, bool)
    records = [
        record["content"]["text"]
        for place in room.places
        for record in room.clients.data.list_memory_records(
            memoryId=room.conversation.memory_id, **place.arguments()
        )["memoryRecordSummaries"]
    ]
    assert any("Irvine" in record for record in records)
    assert not [record for record in records if "grinder" in record or "order_id" in record]


def test_what_was_remembered_is_used_in_a_new_session(enter: Callable[..., ChatRoom]) -> None:
    first = enter("restaurants")
    say(first, "I'm vegetarian and I live in Irvine.")
    eventually(lambda: first.poll(time.time()) or first.known_records >= 2, bool)
    second = enter("restaurants", first.conversation.actor_id, "second")
    turn = say(second, "Can you find me an Italian restaurant?")
    [call] = own_calls(turn)
    assert call.called.input == {"city": "Irvine", "cuisine": "Italian", "diet": "vegetarian"}
    assert turn.retrieved_records
    assert "because I remember" in turn.answer


def test_what_was_booked_is_found_in_another_session_and_by_nobody_else(
    enter: Callable[..., ChatRoom],
) -> None:
    first = enter("airline")
    say(first, "Find flights from Boston to Lisbon for tomorrow")
    say(first, "Book the earliest one with an aisle seat")
    again = enter("airline", first.conversation.actor_id, "second")
    assert "FB-1001" in say(again, "Which flights have I booked?").answer
    assert "no flight" in say(enter("airline"), "Which flights have I booked?").answer


def test_a_refund_is_paid_once_however_often_it_is_asked_for(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    room = enter("support")
    refund = ("refund_order", json.dumps({"order_id": "12345", "reason": "damaged"}))
    scripted(room, model, calls(refund, refund), says("Done"))
    turn = say(room, "Refund it")
    assert sorted(call.answer.failed for call in turn.tool_calls if call.answer) == [False, True]


def test_a_model_that_loops_on_a_tool_is_stopped_and_the_turn_says_so(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    room = enter("support")
    scripted(room, model, calls(("get_order_status", ORDER)))
    turn = say(room, "Where is it?")
    assert len(turn.tool_calls) == TOOL_CALLS_PER_TURN
    assert turn.tool_limit_reached is not None
    assert turn.tool_limit_reached.calls == TOOL_CALLS_PER_TURN
    assert [failure.fault.title for failure in turn.failures] == ["The model kept calling tools"]
    assert [role for role, _ in stored(room, turn)] == ["USER", *["TOOL"] * TOOL_CALLS_PER_TURN]


def test_a_model_that_is_told_of_the_limit_may_still_answer(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    room = enter("support")
    scripted(room, model, calls(*[("get_order_status", ORDER)] * 12), says("It is delivered."))
    turn = say(room, "Where is it?")
    assert turn.answer == "It is delivered."
    assert not turn.failures
    assert len(turn.tool_calls) == TOOL_CALLS_PER_TURN
    assert turn.tool_limit_reached is not None


def test_a_tool_that_does_not_exist_is_told_to_the_model_and_shown(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    room = enter("support")
    scripted(room, model, calls(("launch_rocket", "{}")), says("I cannot do that."))
    turn = say(room, "Launch it")
    [call] = turn.tool_calls
    assert call.called.name == "launch_rocket"
    assert call.answer is not None
    assert call.answer.failed
    assert turn.answer == "I cannot do that."


@pytest.mark.parametrize("sent", ["{broken", "[1]", '"words"', "7"])
def test_arguments_that_are_no_object_are_refused_and_shown(
    enter: Callable[..., ChatRoom], model: ScriptedModel, sent: str
) -> None:
    room = enter("support")
    scripted(room, model, calls(("get_order_status", sent)), says("Sorry"))
    [call] = say(room, "Where is it?").tool_calls
    assert call.called.input == {"arguments": sent}
    assert call.answer is not None
    assert call.answer.failed


@pytest.mark.parametrize(
    "act",
    [
        calls(("get_order_status", {"order_id": "12345"})),
        calls(("get_order_status", json.dumps(ORDER))),
        calls(("get_order_status", ORDER), ids=False),
        calls(("get_order_status", ORDER), finish="stop"),
    ],
    ids=["as an object", "as a text in a text", "without an id", "finished with stop"],
)
def test_servers_that_call_tools_in_their_own_way_are_understood(
    enter: Callable[..., ChatRoom], model: ScriptedModel, act: Any
) -> None:
    room = enter("support")
    scripted(room, model, act, says("It is delivered."))
    turn = say(room, "Where is it?")
    [call] = turn.tool_calls
    assert call.called.input == {"order_id": "12345"}
    assert call.answer is not None
    assert not call.answer.failed
    assert turn.answer == "It is delivered."


def test_words_before_a_call_are_stored_before_it(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    def looks_first(handler: Any, body: Any) -> None:
        handler.begin_stream()
        handler.send({"role": "assistant", "content": "Let me look."})
        function = {"name": "get_order_status", "arguments": ORDER}
        handler.send({"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": function}]})
        handler.send({}, "tool_calls")
        handler.end_stream()

    room = enter("support")
    scripted(room, model, looks_first, says("It is delivered."))
    turn = say(room, "Where is it?")
    kept = stored(room, turn)
    assert [role for role, _ in kept] == ["USER", "ASSISTANT", "TOOL", "ASSISTANT"]
    assert (kept[1][1], kept[3][1]) == ("Let me look.", "It is delivered.")


def test_what_a_tool_did_is_known_after_an_answer_that_failed(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    room = enter("support")
    refund = ("refund_order", json.dumps({"order_id": "12345", "reason": "damaged"}))
    scripted(room, model, calls(refund), fails(500, "broken"), says("It was refunded."))
    assert say(room, "Refund it").failures
    say(room, "And now?")
    told = json.dumps(model.requests[-1]["messages"])
    assert "Refunded" in told
    assert "broken off by an error" in told


def test_two_calls_with_one_id_keep_each_its_own_result(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    def asks_twice(handler: Any, body: Any) -> None:
        handler.begin_stream()
        for index, arguments in enumerate((ORDER, json.dumps({"order_id": "99999"}))):
            function = {"name": "get_order_status", "arguments": arguments}
            handler.send({"tool_calls": [{"index": index, "id": "call_0", "function": function}]})
        handler.send({}, "tool_calls")
        handler.end_stream()

    room = enter("support")
    scripted(room, model, asks_twice, says("One of them is delivered."))
    known, unknown = say(room, "Where are they?").tool_calls
    assert known.answer is not None
    assert "ceramic coffee grinder" in known.answer.text
    assert unknown.answer is not None
    assert "ceramic coffee grinder" not in unknown.answer.text
    told = [message for message in model.requests[-1]["messages"] if message["role"] == "tool"]
    assert len({message["tool_call_id"] for message in told}) == 2


@pytest.mark.parametrize(
    ("pieces", "answer"),
    [
        (("Hi \ud83d", "\ude00 there"), "Hi \U0001f600 there"),
        (("Hi \ud83d", " there"), "Hi \ufffd there"),
        (("Hi", " \ud83d"), "Hi \ufffd"),
        (("Hi \ude00", " there"), "Hi \ufffd there"),
    ],
)
def test_an_answer_with_halves_of_characters_is_stored_and_gone_on_with(
    enter: Callable[..., ChatRoom], model: ScriptedModel, pieces: tuple[str, ...], answer: str
) -> None:
    room = enter("support")
    scripted(room, model, says(*pieces), says("Yes."))
    turn = say(room, "Hello")
    assert not turn.failures
    assert stored(room, turn)[1] == ("ASSISTANT", answer)
    for event in turn.events():
        if isinstance(event, TextDelta):
            event.text.encode()  # it can be drawn while the rest is still to come
    assert say(room, "Are you there?").answer == "Yes."


def test_a_tools_input_with_half_a_character_is_stored(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    room = enter("support")
    scripted(room, model, calls(("get_order_status", '{"order_id": "12\\ud83d"}')), says("Not found."))
    turn = say(room, "Where is it?")
    assert not turn.failures
    assert [call.called.input for call in turn.tool_calls] == [{"order_id": "12\ufffd"}]
    assert [role for role, _ in stored(room, turn)] == ["USER", "TOOL", "ASSISTANT"]


def test_what_is_not_to_be_kept_cannot_be_recorded_either(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    room = enter("assistant")
    scripted(room, model, calls_tool(action="record", content="The user has a secret."), says("Noted."))
    room.agent.keeping = "nothing"
    turn = say(room, "I have a secret.")
    assert turn.written == []
    [call] = turn.tool_calls
    assert call.answer is not None
    assert call.answer.failed
    assert not room.clients.data.list_sessions(
        memoryId=room.conversation.memory_id, actorId=room.conversation.actor_id
    )["sessionSummaries"]


def test_what_is_not_to_be_extracted_is_recorded_so(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    room = enter("assistant")
    scripted(room, model, calls_tool(action="record", content="The user lives in Irvine."), says("Noted."))
    room.agent.keeping = "unextracted"
    requests: list[dict[str, Any]] = []
    room.clients.session.events.register(  # heard by the tool's own client, made with the first answer
        "provide-client-params.bedrock-agentcore.CreateEvent", lambda params, **_: requests.append(params)
    )
    turn = say(room, "I live in Irvine.")
    assert [event.extracted for event in turn.written] == [False, False]
    assert [request["extractionMode"] for request in requests] == ["SKIP"]


def test_a_search_that_ends_after_its_answer_was_stopped_is_that_answers(
    enter: Callable[..., ChatRoom], model: ScriptedModel
) -> None:
    begun, released = threading.Event(), threading.Event()

    def hold(**_: Any) -> None:
        begun.set()
        released.wait(PATIENCE_SECONDS)

    room = enter("assistant")
    room.clients.session.events.register(
        "before-parameter-build.bedrock-agentcore.RetrieveMemoryRecords", hold
    )
    scripted(room, model, calls_tool(action="retrieve", query="the first"), says("And the second."))
    first = room.agent.start_turn("First")
    assert begun.wait(PATIENCE_SECONDS)
    room.agent.cancel()
    assert first.wait(PATIENCE_SECONDS)
    second = say(room, "Second")
    released.set()
    eventually(lambda: [*first.retrievals, *second.retrievals], bool)
    assert [retrieval.query for retrieval in first.retrievals] == ["the first"]
    assert second.retrievals == []
