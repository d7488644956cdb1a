"""Talking to an agent: what its stream may hold, and how it may break."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.agents.rooms import AgentRoom, function_result
from services.agents.turns import AgentPlace, AgentTurn, Asked
from services.clients import Clients
from services.errors import InvalidValue, NotAuthorized
from services.workspace import agent_memories, audit
from services.workspace.store import Workspace
from tests.services.agent_streams import chunk, control, error, holds, streams, trace
from tests.services.conftest import PATIENCE_SECONDS, eventually
from tests.services.fault_server import Behaviour, FaultServer, refuses

GIVEN: dict[str, Any] = {
    "functionInvocationInput": {"actionGroup": "G", "function": "f", "agentId": "A", "parameters": []}
}
PLACE = AgentPlace("AGENT12345", "TSTALIASID", "s-1", "anna")


@pytest.fixture
def room(faulty_clients: Clients, trail: Workspace, faulty: FaultServer) -> Iterator[AgentRoom]:
    """A conversation; in the end every thread that reads has left."""
    yield AgentRoom(faulty_clients, trail, PLACE, 1800)
    faulty.released.set()
    eventually(_reading, lambda threads: not threads)


def _reading() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "invoke-agent"]


@pytest.fixture
def says(room: AgentRoom, faulty: FaultServer) -> Callable[..., AgentTurn]:
    def say(*behaviours: Behaviour, asked: Asked | None = None) -> AgentTurn:
        faulty.plays(*behaviours)
        turn = room.ask(asked or Asked("Hi"))
        assert turn.wait(PATIENCE_SECONDS)
        return turn

    return say


def test_every_chunk_belongs_to_the_answer(says: Callable[..., AgentTurn]) -> None:
    turn = says(streams([chunk("Hello "), chunk("Anna")]))
    assert (turn.answer, turn.chunks, turn.fault) == ("Hello Anna", 2, None)


def test_a_request_without_memory_has_no_memory_id_and_is_in_no_address_book(
    faulty_clients: Clients, faulty: FaultServer, workspace: Workspace
) -> None:
    place = AgentPlace("AGENT12345", "TSTALIASID", "s-1", None)
    room = AgentRoom(faulty_clients, workspace, place, 1800)
    faulty.plays(streams([chunk("Hello")]))
    assert room.ask(Asked("Hi")).wait(PATIENCE_SECONDS)
    assert b"memoryId" not in faulty.requests[-1][3]
    assert agent_memories.list_addresses(workspace, room.home) == []


@pytest.mark.parametrize(
    ("behaviour", "kind", "words"),
    [
        (streams([]), "incomplete", "a chunk"),
        (streams([chunk("Hel")], ends=False), "incomplete", "rest of the stream"),
        (
            streams(
                [
                    trace("orchestrationTrace", {"observation": {"finalResponse": {"text": "Hello Anna"}}}),
                    chunk("Hello "),
                ]
            ),
            "incomplete",
            "last 4 characters",
        ),
        (streams([chunk("Hel"), error("throttlingException", "slower")]), "throttled", "slower"),
        (streams([error("dependencyFailedException", "Lambda function x")]), "service", "Lambda function x"),
        (streams([error("accessDeniedException", "not yours")]), "denied", "not yours"),
        (streams([error("internalServerException", "oh")]), "service", "oh"),
        (refuses("ResourceNotFoundException", 404), "not_found", "ResourceNotFound"),
        (refuses("ValidationException", 400, "Agent is in Not Prepared state"), "conflict", "Not Prepared"),
        (refuses("NotImplementedException", 501), "not_implemented", "NotImplemented"),
    ],
)
def test_a_broken_answer_says_so_and_keeps_what_had_come(
    says: Callable[..., AgentTurn], behaviour: Behaviour, kind: str, words: str
) -> None:
    turn = says(behaviour)
    assert turn.fault is not None
    assert turn.fault.kind == kind
    assert words in turn.fault.detail


def test_a_frame_that_was_damaged_is_no_answer(says: Callable[..., AgentTurn]) -> None:
    damaged = bytearray(chunk("Hello"))
    damaged[-6] ^= 0xFF
    turn = says(streams([bytes(damaged)]))
    assert turn.fault is not None
    assert turn.fault.kind == "incomplete"


def test_an_agent_is_asked_once_only(says: Callable[..., AgentTurn], faulty: FaultServer) -> None:
    says(refuses("InternalServerException", 500))
    assert len(faulty.requests) == 1


def test_stopping_ends_the_reading_and_is_no_fault(room: AgentRoom, faulty: FaultServer) -> None:
    faulty.plays(holds([chunk("Hello ")]))
    turn = room.ask(Asked("Hi"))
    eventually(lambda: turn.answer, lambda answer: answer == "Hello ")
    turn.stop()
    faulty.released.set()
    assert turn.wait(PATIENCE_SECONDS)
    assert (turn.stopped, turn.fault, turn.answer) == (True, None, "Hello ")


def test_a_second_message_waits_for_the_first_to_end(room: AgentRoom, faulty: FaultServer) -> None:
    faulty.plays(holds([]))
    turn = room.ask(Asked("Hi"))
    with pytest.raises(InvalidValue, match="still answering"):
        room.ask(Asked("And?"))
    faulty.released.set()
    assert turn.wait(PATIENCE_SECONDS)


def test_an_answer_that_failed_on_its_way_can_be_given_again(
    room: AgentRoom, says: Callable[..., AgentTurn], faulty: FaultServer
) -> None:
    asks = says(streams([control("inv-1", GIVEN)]))
    assert room.waiting_for is asks
    results = [function_result(GIVEN, "Booked.")]
    faulty.plays(refuses("ThrottlingException", 429))
    failed = room.answer_control(results, Asked(""))
    assert failed.wait(PATIENCE_SECONDS)
    assert failed.fault is not None
    assert room.waiting_for is asks
    faulty.plays(streams([chunk("Your trip is booked.")]))
    answered = room.answer_control(results, Asked(""))
    assert answered.wait(PATIENCE_SECONDS)
    assert answered.asked.invocation_id == "inv-1"
    assert room.waiting_for is None


def test_nothing_cannot_be_said_and_a_viewer_says_nothing(
    room: AgentRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidValue):
        room.ask(Asked("  "))
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "curator")
    with pytest.raises(NotAuthorized):
        room.ask(Asked("Hi"))
    assert room.turns == []


def test_what_was_said_is_not_in_the_audit_trail(says: Callable[..., AgentTurn], trail: Workspace) -> None:
    says(streams([chunk("My secret answer")]), asked=Asked("My secret question"))
    rows = audit.list_audit(trail, limit=2)
    assert [row.action for row in rows] == ["InvokeAgent", "InvokeAgent"]
    assert "secret" not in str(rows)


def test_attributes_go_into_the_session_state_and_nothing_empty_is_sent() -> None:
    bare = Asked("Hi", trace=False, stream=False).request(PLACE)
    assert bare == {
        "agentId": PLACE.agent_id,
        "agentAliasId": PLACE.alias_id,
        "sessionId": PLACE.session_id,
        "memoryId": PLACE.memory_id,
        "inputText": "Hi",
    }
    asked = Asked("Hi", session_attributes={"customer": "7"}, prompt_attributes={"today": "Monday"})
    assert asked.request(PLACE)["sessionState"] == {
        "sessionAttributes": {"customer": "7"},
        "promptSessionAttributes": {"today": "Monday"},
    }
    assert asked.request(PLACE)["streamingConfigurations"] == {"streamFinalResponse": True}


def test_results_go_back_as_the_union_of_the_service_model() -> None:
    assert function_result(GIVEN, "done") == {
        "functionResult": {
            "actionGroup": "G",
            "function": "f",
            "agentId": "A",
            "responseBody": {"TEXT": {"body": "done"}},
        }
    }
    denied = function_result(GIVEN, "", confirmed=False)["functionResult"]
    assert denied["confirmationState"] == "DENY"
    assert "responseBody" not in denied
    api: dict[str, Any] = {"apiInvocationInput": {"actionGroup": "G", "apiPath": "/x", "httpMethod": "GET"}}
    failed = function_result(api, "no", failed=True)["apiResult"]
    assert (failed["httpStatusCode"], failed["responseState"]) == (500, "FAILURE")
