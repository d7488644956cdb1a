"""LlamaIndex's memory over AgentCore Memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.memory.bedrock_agentcore import AgentCoreMemory, AgentCoreMemoryContext


@pytest.fixture
def memory(memory_id: str, actor: str) -> AgentCoreMemory:
    strategies = boto3.client("bedrock-agentcore-control").get_memory(memoryId=memory_id)["memory"][
        "strategies"
    ]
    facts = next(each["strategyId"] for each in strategies if each["type"] == "SEMANTIC")
    context = AgentCoreMemoryContext(
        actor_id=actor,
        memory_id=memory_id,
        session_id="s",
        namespace=f"/facts/{actor}/",
        memory_strategy_id=facts,
    )
    return AgentCoreMemory(context=context, region_name="us-west-2")


def message(text: str, role: MessageRole = MessageRole.USER, **more: Any) -> ChatMessage:
    return ChatMessage(content=text, role=role, additional_kwargs=more)


def test_messages_come_back_with_roles_and_tool_calls(memory: AgentCoreMemory) -> None:
    said = [
        message("Which seat is free?"),
        message("", MessageRole.ASSISTANT, tool_calls=[{"name": "seats", "arguments": {"row": 3}}]),
        message("3A", MessageRole.TOOL, tool_call_id="1"),
        message("Seat 3A is free.", MessageRole.ASSISTANT),
    ]
    memory.put_messages(said)
    assert [(each.role, each.content, each.additional_kwargs) for each in memory.get_all()] == [
        (each.role, each.content or "", each.additional_kwargs) for each in said
    ]


def test_what_is_known_is_put_before_the_chat(memory: AgentCoreMemory, waiting: Callable[..., Any]) -> None:
    memory.put(message("I prefer aisle seats."))
    waiting(lambda: "aisle" in str(memory.get(input="Which seat?")[0].content))
    assert memory.get()[0].role == MessageRole.SYSTEM


def test_only_new_messages_are_written(memory: AgentCoreMemory) -> None:
    first = [message("One."), message("Two.", MessageRole.ASSISTANT)]
    memory.put_messages(first)  # `set` and `get` of this client fail on a session without messages
    memory.set([*first, message("Three.")])
    assert [each.content for each in memory.get_all()] == ["One.", "Two.", "Three."]


def test_a_session_is_deleted_with_its_memories(
    memory: AgentCoreMemory, memory_id: str, actor: str, waiting: Callable[..., Any]
) -> None:
    memory.put(message("I play the oboe."))
    namespace = f"/facts/{actor}/"
    strategy = str(memory._context.memory_strategy_id)
    waiting(lambda: memory.list_memory_records(memory_id, strategy, namespace))
    assert memory.list_sessions(memory_id, actor) == ["s"]
    memory.delete_all_memory_for_session(
        memory_id=memory_id, actor_id=actor, session_id="s", namespace=namespace, memory_strategy_id=strategy
    )
    assert memory.list_raw_events(memory_id, "s", actor) == []
    assert memory.list_memory_records(memory_id, strategy, namespace) == []
