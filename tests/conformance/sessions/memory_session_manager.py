"""MemorySessionManager of the AgentCore SDK, and the sessions and actors that it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bedrock_agentcore.memory.constants import (
    BlobMessage,
    ConversationalMessage,
    MessageRole,
    RetrievalConfig,
)
from bedrock_agentcore.memory.session import MemorySession, MemorySessionManager


@pytest.fixture
def session(memory_id: str, actor: str) -> MemorySession:
    return MemorySessionManager(memory_id, region_name="us-west-2").create_memory_session(actor)


def said(text: str, role: MessageRole = MessageRole.USER) -> ConversationalMessage:
    return ConversationalMessage(text, role)


def test_turns_and_blobs_come_back(session: MemorySession) -> None:
    session.add_turns([said("I moved to Oslo."), said("Noted.", MessageRole.ASSISTANT)])
    session.add_turns([BlobMessage({"tool": "map", "zoom": 3.5})])
    events = session.list_events()  # newest first
    assert [event["payload"][0].get("blob") for event in events] == [{"tool": "map", "zoom": 3.5}, None]
    (turn,) = session.get_last_k_turns(k=5)
    assert [message["content"]["text"] for message in turn] == ["I moved to Oslo.", "Noted."]


def test_an_event_is_read_and_deleted(session: MemorySession) -> None:
    event = session.add_turns([said("Forget this.")])
    assert session.get_event(event["eventId"])["payload"] == event["payload"]
    session.delete_event(event["eventId"])
    assert session.list_events() == []


def test_branches_are_listed(session: MemorySession) -> None:
    root = session.add_turns([said("First.")])
    session.fork_conversation([said("Second, otherwise.")], root["eventId"], "variant")
    assert {branch["name"] for branch in session.list_branches()} == {"main", "variant"}
    both = session.list_events(branch_name="variant", include_parent_branches=True)
    assert len(both) == 2


def test_actors_and_sessions_are_listed(session: MemorySession, actor: str) -> None:
    session.add_turns([said("Hello.")])
    assert actor in [each["actorId"] for each in session.list_actors()]
    assert len(session.get_actor().list_sessions()) == 1


def test_long_term_memories_are_searched_listed_read_and_deleted(
    session: MemorySession, actor: str, waiting: Callable[..., Any]
) -> None:
    session.add_turns([said("I have a cat named Miso.")])
    namespace = f"/facts/{actor}/"
    (found,) = waiting(lambda: session.search_long_term_memories("pets", namespace=namespace))
    assert "Miso" in found["content"]["text"]
    assert len(session.list_long_term_memory_records(namespace_path="/facts")) >= 1
    record = session.get_memory_record(found["memoryRecordId"])
    assert record["content"]["text"] == found["content"]["text"]
    session.delete_memory_record(found["memoryRecordId"])
    assert session.list_long_term_memory_records(namespace=namespace) == []


def test_a_turn_goes_through_a_model_with_what_is_known(
    session: MemorySession, actor: str, waiting: Callable[..., Any]
) -> None:
    session.add_turns([said("My favourite tea is sencha.")])
    waiting(lambda: session.search_long_term_memories("tea", namespace=f"/facts/{actor}/"))
    known: list[Any] = []

    def model(question: str, memories: list[dict[str, Any]]) -> str:
        known.extend(memories)
        return "Sencha."

    _, answer, event = session.process_turn_with_llm(
        "Which tea do I like?", model, retrieval_config={"/facts/{actorId}/": RetrievalConfig(top_k=3)}
    )
    assert (answer, len(event["payload"])) == ("Sencha.", 2)
    assert "sencha" in str(known)
