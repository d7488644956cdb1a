"""LangGraph's long-term store over AgentCore Memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph_checkpoint_aws import AgentCoreMemoryStore


@pytest.fixture
def store(memory_id: str) -> AgentCoreMemoryStore:
    return AgentCoreMemoryStore(memory_id=memory_id, region_name="us-west-2")


def test_messages_become_memories_that_are_found_and_read(
    store: AgentCoreMemoryStore, actor: str, waiting: Callable[..., Any]
) -> None:
    store.put((actor, "s"), "1", {"message": HumanMessage("I love strong coffee.")})
    store.put((actor, "s"), "2", {"message": AIMessage("Espresso, then?")})
    (found, *_) = waiting(lambda: store.search(("facts", actor), query="drinks", limit=3))
    assert "coffee" in found.value["content"]
    assert found.value["namespaces"] == [f"/facts/{actor}/"]
    assert 0 < found.score <= 1
    read = store.get(("facts", actor), found.key)
    assert read is not None
    assert read.value["content"] == found.value["content"]


def test_nothing_is_found_where_nothing_is(store: AgentCoreMemoryStore, actor: str) -> None:
    assert store.get(("facts", actor), "mem-" + "0" * 36) is None
    assert store.search(("facts", actor), query="anything") == []


def test_it_works_asynchronously(
    store: AgentCoreMemoryStore, actor: str, waiting: Callable[..., Any]
) -> None:
    asyncio.run(store.aput((actor, "s"), "1", {"message": HumanMessage("I grow tomatoes.")}))
    found = waiting(lambda: asyncio.run(store.asearch(("facts", actor), query="garden vegetables")))
    assert "tomatoes" in found[0].value["content"]
