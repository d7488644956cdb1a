"""The memory tool of strands_tools, called directly and by an agent with the rule model."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from strands import Agent
from strands_tools.agent_core_memory import AgentCoreMemoryToolProvider


@pytest.fixture
def provider(memory_id: str, actor: str) -> AgentCoreMemoryToolProvider:
    return AgentCoreMemoryToolProvider(
        memory_id=memory_id, actor_id=actor, session_id="s", namespace=f"/facts/{actor}/", region="us-west-2"
    )


def use(provider: AgentCoreMemoryToolProvider, action: str, **values: Any) -> dict[str, Any]:
    """The tool's answer to a direct call."""
    tool: Any = provider.agent_core_memory  # bound by its decorator, which its type does not say
    answer: dict[str, Any] = tool(action=action, **values)
    return answer


def call(provider: AgentCoreMemoryToolProvider, action: str, **values: Any) -> str:
    """What the tool answers; fails when it reports an error."""
    answer = use(provider, action, **values)
    assert answer["status"] == "success", answer
    return str(answer["content"][0]["text"])


def records(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text.partition(": ")[2])["memoryRecordSummaries"]
    return found


def test_a_record_is_made_found_listed_read_and_deleted(
    provider: AgentCoreMemoryToolProvider, waiting: Callable[..., Any]
) -> None:
    assert "eventId" in call(provider, "record", content="The user prefers vegetarian pizza.")
    (record,) = waiting(lambda: records(call(provider, "retrieve", query="food")))
    assert "vegetarian pizza" in record["content"]["text"]
    assert len(records(call(provider, "list", max_results=5))) == 1
    name = record["memoryRecordId"]
    assert name in call(provider, "get", memory_record_id=name)
    assert name in call(provider, "delete", memory_record_id=name)
    assert records(call(provider, "list")) == []


def test_what_is_not_there_is_reported(provider: AgentCoreMemoryToolProvider) -> None:
    missing = "mem-" + "0" * 36
    answer = use(provider, "get", memory_record_id=missing)
    assert answer["status"] == "error"
    assert "ResourceNotFoundException" in answer["content"][0]["text"]


def test_an_agent_records_and_answers_from_memory(
    provider: AgentCoreMemoryToolProvider, waiting: Callable[..., Any]
) -> None:
    Agent(tools=[*provider.tools], callback_handler=None)("I live in Tromsø and I play the cello.")
    waiting(lambda: records(call(provider, "list")))
    other = Agent(tools=[*provider.tools], callback_handler=None)
    assert "Troms" in str(other("Where do I live?"))
