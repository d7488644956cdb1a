"""MemoryClient of the AgentCore SDK: memories, turns, branches, extraction."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bedrock_agentcore.memory import MemoryClient
from botocore.exceptions import ClientError

TURN = [("I live in Lisbon.", "USER"), ("A beautiful city.", "ASSISTANT")]


@pytest.fixture(scope="module")
def client() -> MemoryClient:
    return MemoryClient(region_name="us-west-2")


def test_a_memory_is_made_found_changed_and_deleted(client: MemoryClient) -> None:
    name = f"lifecycle_{uuid.uuid4().hex[:8]}"
    memory = client.create_memory_and_wait(name=name, strategies=[], poll_interval=1)
    assert client.create_or_get_memory(name=name)["id"] == memory["id"]
    assert memory["id"] in [each["id"] for each in client.list_memories()]

    client.add_summary_strategy_and_wait(memory["id"], "Summaries", poll_interval=1)
    (strategy,) = client.get_memory_strategies(memory["id"])
    assert (strategy["name"], strategy["type"]) == ("Summaries", "SUMMARIZATION")

    client.delete_memory_and_wait(memory["id"], poll_interval=1)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_memory(memoryId=memory["id"])


def test_turns_come_back_in_order_and_grouped(client: MemoryClient, memory_id: str, actor: str) -> None:
    for number in range(3):
        messages = [(f"question {number}", "USER"), (f"answer {number}", "ASSISTANT")]
        client.create_event(memory_id, actor, "s", messages)
    turns = client.get_last_k_turns(memory_id, actor, "s", k=2)
    assert [[message["content"]["text"] for message in turn] for turn in turns] == [
        ["question 2", "answer 2"],
        ["question 1", "answer 1"],
    ]
    assert len(client.list_events(memory_id, actor, "s")) == 3


def test_a_fork_is_a_branch_with_its_own_events(client: MemoryClient, memory_id: str, actor: str) -> None:
    root = client.create_event(memory_id, actor, "s", TURN)
    client.fork_conversation(memory_id, actor, "s", root["eventId"], "other", [("I live in Porto.", "USER")])
    assert {branch["name"] for branch in client.list_branches(memory_id, actor, "s")} == {"main", "other"}
    branches = client.get_conversation_tree(memory_id, actor, "s")["main_branch"]["branches"]
    # The service names the default branch as well, and the client puts it beside the others.
    assert {name: len(branch["events"]) for name, branch in branches.items()} == {"main": 1, "other": 1}
    merged = client.merge_branch_context(memory_id, actor, "s", "other", include_parent=True)
    texts = [message["content"] for message in merged]
    assert texts == ["I live in Lisbon.", "A beautiful city.", "I live in Porto."]


def test_blobs_and_past_timestamps_come_back(client: MemoryClient, memory_id: str, actor: str) -> None:
    past = datetime.now(UTC) - timedelta(days=3)
    client.create_blob_event(memory_id, actor, "s", {"step": [1, None, "ü"]}, event_timestamp=past)
    (event,) = client.list_events(memory_id, actor, "s")
    assert event["payload"] == [{"blob": {"step": [1, None, "ü"]}}]
    assert abs(event["eventTimestamp"] - past) < timedelta(milliseconds=2)


def test_what_was_said_is_extracted_and_found(
    client: MemoryClient, memory_id: str, actor: str, waiting: Callable[..., Any]
) -> None:
    client.create_event(memory_id, actor, "s", [("I prefer window seats on long flights.", "USER")])
    for namespace in (f"/facts/{actor}/", f"/preferences/{actor}/"):
        found = waiting(
            lambda namespace=namespace: client.retrieve_memories(
                memory_id, namespace, "which seat on a plane?"
            )
        )
        assert "window seat" in found[0]["content"]["text"]
        assert found[0]["namespaces"] == [namespace]
