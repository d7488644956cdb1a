"""The Strands SDK's own memory interface over AgentCore Memory: write, deduplicate, recall."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import boto3
from bedrock_agentcore.memory.integrations.strands.memorystore import (
    AgentCoreMemoryStore,
    create_agentcore_memory_stores,
)
from strands.memory import AddMessagesContext, MemoryManager

MESSAGES: Any = [
    {"role": "user", "content": [{"text": "I work as a nurse in Bergen."}]},
    {"role": "assistant", "content": [{"text": "Long shifts?"}]},
    {"role": "user", "content": [{"text": "Yes, and I sail on weekends."}]},
]


def store(memory_id: str, actor: str, **settings: Any) -> AgentCoreMemoryStore:
    return AgentCoreMemoryStore(
        memory_id=memory_id, actor_id=actor, session_id="s", region_name="us-west-2", **settings
    )


def writer(memory_id: str, actor: str, **settings: Any) -> AgentCoreMemoryStore:
    return store(memory_id, actor, namespace="/facts/{actorId}/", writable=True, extraction=True, **settings)


def events(memory_id: str, actor: str) -> list[Any]:
    data = boto3.client("bedrock-agentcore")
    found: list[Any] = data.list_events(memoryId=memory_id, actorId=actor, sessionId="s")["events"]
    return found


def add(target: AgentCoreMemoryStore) -> None:
    asyncio.run(target.add_messages(MESSAGES, AddMessagesContext(sequence_numbers=[0, 1, 2])))


def test_a_repeated_write_is_stored_once(memory_id: str, actor: str) -> None:
    target = writer(memory_id, actor)
    add(target)
    stored = events(memory_id, actor)
    add(target)
    assert events(memory_id, actor) == stored


def test_facts_are_recalled_exactly_and_by_path(
    memory_id: str, actor: str, waiting: Callable[..., Any]
) -> None:
    target = writer(memory_id, actor)
    add(target)
    found = waiting(lambda: asyncio.run(target.search("What is the user's job?")))
    assert "nurse" in found[0].content
    subtree = store(memory_id, actor, namespace_path=f"/facts/{actor}")
    assert "nurse" in asyncio.run(subtree.search("What is the user's job?"))[0].content


def test_weak_matches_are_left_out(memory_id: str, actor: str, waiting: Callable[..., Any]) -> None:
    target = writer(memory_id, actor, min_score=0.3)
    add(target)
    waiting(lambda: asyncio.run(target.search("Where does the user work?")))
    assert asyncio.run(target.search("quarterly report of a steel mill")) == []


def test_the_memory_manager_searches_all_stores(
    memory_id: str, actor: str, waiting: Callable[..., Any]
) -> None:
    add(writer(memory_id, actor))
    namespaces: Any = [{"namespace": "/facts/{actorId}/"}, {"namespace": "/summaries/{actorId}/{sessionId}/"}]
    stores = create_agentcore_memory_stores(
        memory_id=memory_id, actor_id=actor, session_id="s", namespaces=namespaces, region_name="us-west-2"
    )
    manager = MemoryManager(stores=list(stores))
    found = waiting(lambda: asyncio.run(manager.search("nurse in Bergen")))
    assert any("nurse" in each.content for each in found)
