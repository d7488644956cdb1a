"""Chat with agents that run elsewhere: on AgentCore Runtime, and of Bedrock Agents."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from services.agents.bedrock_agents import TEST_ALIAS
from services.agents.rooms import AgentRoom
from services.chat.agent_choice import AgentChoice
from services.chat.bedrock_agent import place_of
from services.chat.history import read_history
from services.chat.room import ChatRoom
from services.chat.runtime_agent import runtime_session_id
from services.chat.turns import BranchPoint, Conversation, Turn
from services.chat.without_memory import AnswerWithoutMemory
from services.clients import Clients, open_clients
from services.connection import Connection
from services.errors import InvalidValue
from services.people import Person, acting_as
from services.workspace import audit
from services.workspace.store import Workspace
from tests.aws_local.switches import faults
from tests.conftest import REGION, Endpoint, free_port
from tests.runtime_app import RuntimeApp
from tests.services import agents as bedrock
from tests.services.scripted_model import ScriptedModel, scripted_model
from tests.services.test_chat_agent import (
    PATIENCE_SECONDS,
    finished,
    open_room,
    say,
    wait_until,
)

SESSION_MANAGER = AgentChoice("session_manager")


@pytest.fixture(scope="module")
def served(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint with two agents of AgentCore Runtime, of which one was never started."""
    agent = RuntimeApp(free_port())
    named = {"support": agent.url, "asleep": f"http://127.0.0.1:{free_port()}"}
    options = [part for name, url in named.items() for part in ("--agent-runtime", f"{name}={url}")]
    data = tmp_path_factory.mktemp("kinds") / "data"
    running = Endpoint(data, "--extraction-delay", "0.05", "--transition-seconds", "0", *options)
    running.start()
    agent.environment["AWS_ENDPOINT_URL"] = running.url
    agent.start()
    yield running
    agent.stop()
    assert running.stop() == 0, running.log.read_text("utf-8")


@pytest.fixture(autouse=True)
def _rules(served: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in rules are the endpoint's."""
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", served.url)


@pytest.fixture(scope="module")
def clients(served: Endpoint, trail: Workspace) -> Clients:
    return open_clients(Connection("custom", REGION, endpoint_url=served.url), trail=lambda: trail)


@pytest.fixture(scope="module")
def memory_id(served: Endpoint) -> str:
    strategies = [
        {"userPreferenceMemoryStrategy": {"name": "Preferences", "namespaces": ["/users/{actorId}/"]}},
        {"semanticMemoryStrategy": {"name": "Facts", "namespaces": ["/facts/{actorId}/"]}},
    ]
    name = f"Kinds{uuid.uuid4().hex[:8]}"
    control = served.client("bedrock-agentcore-control")
    created = control.create_memory(name=name, eventExpiryDuration=30, memoryStrategies=strategies)
    return str(created["memory"]["id"])


@pytest.fixture
def room(clients: Clients, memory_id: str) -> ChatRoom:
    return open_room(clients, memory_id)


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as script:
        yield script


def runtime(clients: Clients, name: str) -> AgentChoice:
    listed = clients.control.list_agent_runtimes()["agentRuntimes"]
    arns = {row["agentRuntimeName"]: row["agentRuntimeArn"] for row in listed}
    return AgentChoice("runtime", runtime_arn=arns[name])


@pytest.fixture
def deployed(room: ChatRoom) -> ChatRoom:
    """A chat with an agent on AgentCore Runtime."""
    room.agent.choice = runtime(room.clients, "support")
    return room


def told(room: ChatRoom) -> list[tuple[str, str]]:
    """(role, text) of what the service has of the conversation, as Chat reads it."""
    return [
        (message.role, message.text) for message in read_history(room.clients, room.conversation).messages
    ]


@contextmanager
def faulty(endpoint: Endpoint, rule: str) -> Iterator[None]:
    """While a fault is switched on."""
    faults(endpoint, rule)
    try:
        yield
    finally:
        faults(endpoint)


def failed(turn: Turn) -> str:
    [failure] = [failure for failure in turn.failures if failure.what == "answer"]
    return failure.fault.title


# --- an agent on AgentCore Runtime ------------------------------------------------------------------


def test_an_agents_stream_is_the_answer_and_the_turn_is_stored(deployed: ChatRoom) -> None:
    turn = say(deployed, "words you live in Irvine")
    assert turn.answer.strip() == "you live in Irvine"
    assert told(deployed) == [("USER", "words you live in Irvine"), ("ASSISTANT", "you live in Irvine")]
    assert turn.model == "support · AgentCore Runtime"


def test_words_that_come_in_several_events_are_said_once(deployed: ChatRoom) -> None:
    turn = say(deployed, "strands two dogs and a cat")
    assert turn.answer.strip() == "two dogs and a cat"
    assert [(step.title, step.text) for step in turn.steps] == [("Called a tool", "look_up")]


def test_the_agent_is_told_who_speaks_and_always_in_the_same_session(deployed: ChatRoom) -> None:
    heard = [json.loads(say(deployed, f"echo “{number}” \\n").answer) for number in range(2)]
    place = deployed.conversation
    assert heard[1]["payload"] == {
        "prompt": "echo “1” \\n",
        "actor_id": place.actor_id,
        "session_id": place.session_id,
    }
    assert heard[0]["session"] == heard[1]["session"] == runtime_session_id(place)
    assert len(runtime_session_id(place)) >= 33
    assert runtime_session_id(replace(place, actor_id="somebody-else")) != runtime_session_id(place)
    branches = [replace(place, branch=BranchPoint(name)) for name in ("one", "two")]
    assert len({runtime_session_id(each) for each in (place, *branches)}) == 3


@pytest.mark.parametrize(
    ("prompt", "title", "answer"),
    [
        ("fail", "The agent on AgentCore Runtime failed", ""),
        ("fails-late Half", "The agent reported an error", "Half"),
    ],
)
def test_an_agents_failure_is_shown_as_such(deployed: ChatRoom, prompt: str, title: str, answer: str) -> None:
    turn = say(deployed, prompt)
    assert (failed(turn), turn.answer) == (title, answer)
    assert "the agent's own failure" in turn.failures[0].fault.detail
    said = [("USER", prompt), ("ASSISTANT", answer)]
    assert told(deployed) == (said if answer else said[:1])


def test_the_audit_trail_has_the_invocation_and_nothing_of_what_was_said(
    deployed: ChatRoom, trail: Workspace
) -> None:
    say(deployed, "fail over the secret harbour")
    told, begun = [entry for entry in audit.list_audit(trail) if entry.action == "InvokeAgentRuntime"][:2]
    assert begun.resource == told.resource == deployed.agent.choice.runtime_arn
    assert told.result == "unknown (service): RuntimeClientError", "nobody knows what it did before"
    assert "harbour" not in repr((told, begun))


def test_an_agent_that_is_not_there_is_told(room: ChatRoom) -> None:
    room.agent.choice = runtime(room.clients, "asleep")
    turn = say(room, "words one")
    assert failed(turn) == "The agent on AgentCore Runtime failed"
    assert "start the agent asleep" in turn.failures[0].fault.detail


def test_an_unknown_agent_is_not_found(deployed: ChatRoom) -> None:
    arn = f"{deployed.agent.choice.runtime_arn[:-10]}0000000000"
    deployed.agent.choice = replace(deployed.agent.choice, runtime_arn=arn)
    turn = say(deployed, "words one")
    assert turn.failures[0].fault.kind == "not_found"


def test_a_silent_agent_is_stopped_at_once_and_what_it_said_is_kept(deployed: ChatRoom) -> None:
    turn = deployed.agent.start_turn("hangs Half")
    wait_until(lambda: turn.answer == "Half")
    deployed.agent.cancel()
    assert finished(turn).done is not None and turn.done is not None and turn.done.stopped
    assert told(deployed) == [("USER", "hangs Half"), ("ASSISTANT", "Half")]
    assert say(deployed, "words and on").answer.strip() == "and on"


@pytest.fixture
def storing(deployed: ChatRoom, memory_id: str) -> ChatRoom:
    """A chat with an agent on AgentCore Runtime that is left to store by itself."""
    payload = deployed.agent.choice.payload.removesuffix("}") + f', "memory_id": "{memory_id}"}}'
    deployed.agent.choice = replace(deployed.agent.choice, payload=payload)
    deployed.agent.store = "agent"
    return deployed


def test_a_look_at_what_an_agent_stored_that_fails_is_told_beside_the_answer(
    storing: ChatRoom, served: Endpoint
) -> None:
    with faulty(served, "deny on ListEvents"):
        turn = say(storing, "stores my order")
    assert turn.answer == "Stored: my order"
    [failure] = turn.failures
    assert (failure.what, failure.fault.iam_action) == ("retrieval", "bedrock-agentcore:ListEvents")
    assert not turn.unstored


def test_the_same_words_twice_are_two_turns_with_an_event_each(storing: ChatRoom) -> None:
    first, second = (say(storing, "stores my order") for _ in range(2))
    assert len(first.event_ids) == len(second.event_ids) == 1
    assert first.event_ids != second.event_ids


def test_what_an_agent_stored_of_an_answer_that_broke_off_is_found(storing: ChatRoom) -> None:
    stopped = storing.agent.start_turn("stores-then-hangs Half")
    wait_until(lambda: stopped.answer == "Half")
    storing.agent.cancel()
    finished(stopped)
    broken = say(storing, "stores-then-fails Half")
    assert failed(broken) == "The agent reported an error"
    assert [len(turn.stored) for turn in (stopped, broken)] == [1, 1]
    storing.catch_up(time.time() + 5)
    assert storing.earlier == [], "each is shown once"


def test_an_agent_that_stores_by_itself_is_left_to_it(storing: ChatRoom) -> None:
    turn = say(storing, "stores my order")
    assert told(storing) == [("USER", "stores my order"), ("ASSISTANT", "Stored: my order")]
    assert len(turn.stored) == 1, "its event was found, so that the panel follows it"
    storing.catch_up(time.time() + 5)
    assert storing.earlier == [], "and is shown once"


def test_an_agent_that_stores_nothing_is_no_error(deployed: ChatRoom) -> None:
    deployed.agent.store = "agent"
    turn = say(deployed, "words one two")
    assert (turn.stored, turn.failures, told(deployed)) == ([], [], [])


def test_a_viewer_may_not_invoke_an_agent(deployed: ChatRoom) -> None:
    with acting_as(Person("somebody", "viewer")):
        turn = say(deployed, "words one")
    assert turn.failures[0].fault.iam_action == "bedrock-agentcore:InvokeAgentRuntime"
    assert turn.answer == ""


# --- an agent of Bedrock Agents ---------------------------------------------------------------------


@pytest.fixture
def asked(room: ChatRoom, trail: Workspace) -> ChatRoom:
    """A chat with a travel agent that remembers a trip of the actor's."""
    agent_id = bedrock.new_agent(room.clients, trail)
    actor_id = room.conversation.actor_id
    bedrock.book_a_trip(room.clients, trail, agent_id, actor_id)
    runtime_client = room.clients.client("bedrock-agent-runtime")
    place = {"agentId": agent_id, "agentAliasId": TEST_ALIAS, "memoryId": actor_id}
    wait_until(
        lambda: runtime_client.get_agent_memory(**place, memoryType="SESSION_SUMMARY")["memoryContents"]
    )
    choice = AgentChoice("bedrock_agent", agent_id=agent_id, agent_name="travel", uses_memory=True)
    room.agent.choice = choice
    room.agent.agent_room = AgentRoom(room.clients, trail, place_of(choice, room.conversation), 1800)
    return room


def test_the_answer_steps_and_memory_of_an_agent_of_bedrock(asked: ChatRoom) -> None:
    turn = say(asked, "Hi, what do you know about my trip?")
    assert not turn.failures
    assert turn.answer
    assert any(step.title.startswith("Orchestration: ") for step in turn.steps)
    [memory] = turn.injected
    assert "Boston" in memory.text
    assert [text for _, text in told(asked)] == ["Hi, what do you know about my trip?", turn.answer.strip()]
    assert turn.agent_session is not None
    assert turn.agent_session.memory_id == asked.conversation.actor_id
    room = asked.agent.agent_room
    assert room is not None and len(room.turns) == 1, "Agent chat has the same exchange"


def test_a_return_of_control_ends_the_turn_and_says_what_is_asked(asked: ChatRoom) -> None:
    turn = say(
        asked,
        "Please book a trip from Rome to Paris departing on July 11th 2027 and returning on July 22nd 2027 "
        "via AIR",
    )
    assert turn.control is not None, turn.answer
    assert "Bookings.book_trip(" in turn.control.calls[0]
    assert not turn.failures
    assert [role for role, _ in told(asked)][:1] == ["USER"]


def test_nobody_answers_while_no_agent_is_chosen(room: ChatRoom) -> None:
    room.agent.choice = AgentChoice("bedrock_agent")
    turn = say(room, "Hello")
    assert turn.failures[0].fault.meaning == "Choose an agent of Bedrock Agents."


def test_ids_that_the_agent_would_not_take_are_refused() -> None:
    choice = AgentChoice("bedrock_agent", agent_id="A", uses_memory=True)
    place = Conversation("m", "team/anna", "s1")
    with pytest.raises(InvalidValue, match="memory id"):
        place_of(choice, place)
    assert place_of(replace(choice, uses_memory=False), place).memory_id is None


# --- without memory ---------------------------------------------------------------------------------


def plainly(room: ChatRoom, question: str) -> str:
    answer = AnswerWithoutMemory(question, [], room.agent.without_memory()).wait(PATIENCE_SECONDS)
    assert answer is not None and answer.fault is None, answer
    return answer.text


def test_an_agent_of_bedrock_without_its_memory(asked: ChatRoom) -> None:
    question = "Hi, what do you know about my trip?"
    assert "Boston" in say(asked, question).answer
    assert "Boston" not in plainly(asked, question)
    assert len(told(asked)) == 2, "nothing of it is stored"


def test_an_agent_on_agentcore_runtime_is_asked_as_by_a_stranger(deployed: ChatRoom) -> None:
    heard = json.loads(plainly(deployed, "echo"))
    assert heard["payload"]["actor_id"].startswith("without-memory-")
    assert heard["session"] != runtime_session_id(deployed.conversation)
    assert told(deployed) == []
