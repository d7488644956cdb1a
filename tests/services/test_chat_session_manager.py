"""Chat with the SDK's session manager: what it stores, retrieves and injects, and what goes wrong with it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from services.chat.agent_choice import AgentChoice
from services.chat.history import read_history
from services.chat.room import ChatRoom
from services.chat.turns import (
    BranchPoint,
    EventStored,
    MemoriesRetrieved,
    ModelAsked,
    Turn,
    TurnFailed,
)
from services.clients import Clients
from services.faults import explain
from services.memory.memories import StrategyDraft, StrategyKindName
from services.short_term.events import list_events
from tests.aws_local.switches import faults
from tests.conftest import Endpoint
from tests.services.conftest import new_memory
from tests.services.scripted_model import (
    Act,
    Body,
    ScriptedHandler,
    ScriptedModel,
    fails,
    hangs_after,
    says,
    scripted_model,
)
from tests.services.test_chat_agent import finished, open_room, remember, say, scripted, wait_until

SESSION_MANAGER = AgentChoice("session_manager")


@pytest.fixture(autouse=True)
def _rules(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in rules are the endpoint's."""
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", endpoint.url)


@pytest.fixture(scope="module")
def memory_id(live: Clients) -> str:
    kinds: tuple[StrategyKindName, ...] = ("user_preference", "semantic")
    drafts = [StrategyDraft(kind, kind.title().replace("_", ""), f"/{kind}/{{actorId}}/") for kind in kinds]
    return str(new_memory(live, *drafts)["id"])


@pytest.fixture
def room(live: Clients, memory_id: str) -> ChatRoom:
    return open_room(live, memory_id)


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as script:
        yield script


def told(room: ChatRoom) -> list[tuple[str, str]]:
    """(role, text) of what the service has of the conversation, as Chat reads it."""
    return [
        (message.role, message.text) for message in read_history(room.clients, room.conversation).messages
    ]


@contextmanager
def faulty(endpoint: Endpoint, *rules: str) -> Iterator[None]:
    """While these faults are switched on; afterwards none is."""
    faults(endpoint, *rules)
    try:
        yield
    finally:
        faults(endpoint)


def failed(turn: Turn) -> str:
    [failure] = [failure for failure in turn.failures if failure.what == "answer"]
    return failure.fault.title


def test_the_session_manager_stores_each_message_itself(room: ChatRoom) -> None:
    room.agent.choice = SESSION_MANAGER
    turn = say(room, "I live in Irvine.")
    assert not turn.failures
    assert told(room) == [("USER", "I live in Irvine."), ("ASSISTANT", turn.answer)]
    raw = [event.event["payload"][0]["conversational"]["content"]["text"] for event in turn.stored]
    assert all(json.loads(text)["message"] for text in raw), "they are in the SDK's own format"
    assert len(turn.written) > len(turn.stored), "its own state is an event too"
    assert [len(event.work) for event in room.panel(time.time()).events] == [2, 2], "one for each strategy"


def test_what_the_session_manager_finds_is_told_and_put_before_the_question(
    live: Clients, room: ChatRoom, model: ScriptedModel
) -> None:
    record = remember(room, "I prefer restaurants with a quiet atmosphere.")
    other = open_room(live, room.conversation.memory_id, room.conversation.actor_id, session="second")
    other.agent.choice = SESSION_MANAGER
    other.agent.model = scripted(model, says("A quiet one."))
    turn = say(other, "Which atmosphere do I like in restaurants?")
    [retrieval] = turn.retrievals
    assert record["memoryRecordId"] in {row["memoryRecordId"] for row in retrieval.records}
    assert all(row["score"] >= 0.2 for row in retrieval.records)
    [injected] = turn.injected
    assert injected.text.startswith("<user_context>") and record["content"]["text"] in injected.text
    given = [block["text"] for block in model.requests[0]["messages"][-1]["content"]]
    assert given == [injected.text, turn.text]
    assert told(other)[0] == ("USER", turn.text), "it is not stored with it"
    say(other, "And now?")
    assert injected.text not in str(model.requests[1]["messages"][:-1]), "and looked up anew each time"


def test_the_built_in_rules_answer_from_what_was_injected(live: Clients, room: ChatRoom) -> None:
    remember(room, "I live in Irvine.")
    other = open_room(live, room.conversation.memory_id, room.conversation.actor_id, session="second")
    other.agent.choice = SESSION_MANAGER
    assert "Irvine" in say(other, "Where do I live?").answer


def test_kinds_take_turns_in_one_session(live: Clients, room: ChatRoom, model: ScriptedModel) -> None:
    say(room, "I live in Irvine.")
    room.agent.choice = SESSION_MANAGER
    say(room, "I have two dogs.")
    room.agent.choice = AgentChoice()
    say(room, "My sister lives in Rome.")
    again = open_room(live, room.conversation.memory_id, room.conversation.actor_id)
    again.agent.choice = SESSION_MANAGER
    again.agent.model = scripted(model, says("Yes"))
    say(again, "And now?")
    asked = json.dumps(model.requests[0]["messages"])
    said = ["I live in Irvine.", "I have two dogs.", "My sister lives in Rome.", "And now?"]
    assert all(text in asked for text in said)
    assert [text for role, text in told(again) if role == "USER"] == said
    again.catch_up(time.time() + 5)
    assert "And now?" not in [message.text for message in again.earlier], "it is known for this chat's own"
    assert len(again.agent.turns) == 1


def test_what_breaks_off_is_stored_as_far_as_it_went(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.choice = SESSION_MANAGER
    room.agent.model = scripted(model, hangs_after("The beginning"))
    turn = room.agent.start_turn("Tell me a story")
    wait_until(lambda: "beginning" in turn.answer)
    room.agent.cancel()
    assert finished(turn).done is not None
    assert told(room) == [("USER", "Tell me a story"), ("ASSISTANT", "The beginning")]


def under(endpoint: Endpoint, rule: str, act: Act) -> Act:
    """The act, from which on a fault is switched on."""

    def both(handler: ScriptedHandler, body: Body) -> None:
        faults(endpoint, rule)
        act(handler, body)

    return both


def test_an_answer_that_is_stopped_while_it_is_stored_is_stored_once(
    room: ChatRoom, model: ScriptedModel, endpoint: Endpoint
) -> None:
    room.agent.choice = SESSION_MANAGER
    room.agent.model = scripted(model, under(endpoint, "latency 2 on CreateEvent", says("Noted.")))

    def storing() -> bool:
        call = room.clients.waiting(0.0)
        return turn.done is not None or (
            turn.answer == "Noted." and call is not None and call.operation == "CreateEvent"
        )

    with faulty(endpoint):
        turn = room.agent.start_turn("I live in Irvine.")
        wait_until(storing)
        room.agent.cancel()
        finished(turn)
    assert told(room) == [("USER", "I live in Irvine."), ("ASSISTANT", "Noted.")]


def test_a_question_whose_event_was_written_without_an_answer_is_stored_once(
    room: ChatRoom, endpoint: Endpoint
) -> None:
    room.agent.choice = SESSION_MANAGER
    with faulty(endpoint, "drop-answer on CreateEvent after 2 first 3"):  # the first two are state
        turn = say(room, "I live in Irvine.")
    assert failed(turn) and not turn.answer
    assert not turn.unstored
    assert told(room) == [("USER", "I live in Irvine.")]


def test_an_answer_whose_event_was_written_without_an_answer_is_stored_once(
    room: ChatRoom, model: ScriptedModel, endpoint: Endpoint
) -> None:
    room.agent.choice = SESSION_MANAGER
    rule = "drop-answer on CreateEvent first 3"
    room.agent.model = scripted(model, under(endpoint, rule, says("Noted.")))
    with faulty(endpoint):
        turn = say(room, "I live in Irvine.")
    assert failed(turn) and not turn.unstored
    assert told(room) == [("USER", "I live in Irvine."), ("ASSISTANT", "Noted.")]


def test_an_agents_own_state_does_not_count_as_storing() -> None:
    turn = Turn("I live in Irvine.")
    turn.append(TurnFailed(explain(TimeoutError()), "storage"))
    turn.append(EventStored({"metadata": {"stateType": {"stringValue": "AGENT"}}}, 0.1))
    assert turn.unstored


def test_what_was_said_after_a_tool_is_stored_when_it_is_stopped(
    room: ChatRoom, model: ScriptedModel
) -> None:
    def looks(handler: ScriptedHandler, body: Body) -> None:
        call = {"name": "get_order_status", "arguments": json.dumps({"order_id": "12345"})}
        handler.begin_stream()
        handler.send({"role": "assistant", "content": "Let me look."})
        handler.send({"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": call}]})
        handler.send({}, "tool_calls")
        handler.end_stream()

    room.agent.choice = AgentChoice("session_manager", persona="support")
    room.agent.model = scripted(model, looks, hangs_after("It was delivered yesterday."))
    turn = room.agent.start_turn("Where is order 12345?")
    wait_until(lambda: "yesterday" in turn.answer)
    room.agent.cancel()
    finished(turn)
    said = told(room)
    assert [text for role, text in said if role == "USER"] == ["Where is order 12345?"]
    words = [text for role, text in said if role == "ASSISTANT"]
    assert (words[0], words[-1]) == ("Let me look.", "It was delivered yesterday.")
    assert "\n".join(words).count("Let me look.") == 1
    assert turn.stored[-1].event["metadata"]["outcome"] == {"stringValue": "stopped"}


def test_a_models_failure_keeps_the_question_once(room: ChatRoom, model: ScriptedModel) -> None:
    room.agent.choice = SESSION_MANAGER
    room.agent.model = scripted(model, fails(500, "out of memory"))
    assert failed(say(room, "I live in Irvine.")) == "The model server failed"
    assert told(room) == [("USER", "I live in Irvine.")]


def test_a_session_manager_that_may_not_store_loses_nothing(room: ChatRoom, endpoint: Endpoint) -> None:
    room.agent.choice = SESSION_MANAGER
    say(room, "Hello")
    with faulty(endpoint, "deny on CreateEvent"):
        turn = say(room, "I live in Irvine.")
    assert failed(turn) == "AWS denied CreateEvent"
    assert turn.unstored
    room.agent.store_again(turn)
    assert not turn.unstored
    assert ("USER", "I live in Irvine.") in told(room)


def test_a_retrieval_that_is_denied_is_told_beside_the_answer(room: ChatRoom, endpoint: Endpoint) -> None:
    room.agent.choice = SESSION_MANAGER
    with faulty(endpoint, "deny on RetrieveMemoryRecords"):
        turn = say(room, "I live in Irvine.")
    assert turn.answer
    told = [failure.fault for failure in turn.failures if failure.what == "retrieval"]
    assert {fault.iam_action for fault in told} == {"bedrock-agentcore:RetrieveMemoryRecords"}


def test_a_session_managers_messages_go_to_the_branch(live: Clients, room: ChatRoom) -> None:
    root = say(room, "I live in Irvine.").event_ids[0]
    place = replace(room.conversation, branch=BranchPoint("other", root))
    fork = ChatRoom.open(live, place)
    fork.agent.choice = SESSION_MANAGER
    say(fork, "I have two dogs.")
    assert "I have two dogs." not in str(told(room)[:2])
    on_branch = list_events(live, place.memory_id, place.actor_id, place.session_id, limit=10, branch="other")
    assert any("two dogs" in json.dumps(event["payload"], default=str) for event in on_branch.rows)


def test_every_retrieval_is_told_before_the_model_is_asked(room: ChatRoom) -> None:
    room.agent.choice = SESSION_MANAGER
    kinds = [type(event) for event in say(room, "What do I like?").events()]
    assert kinds.index(MemoriesRetrieved) < kinds.index(ModelAsked)
