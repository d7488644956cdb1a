"""An agent of the Strands SDK that keeps its sessions in AgentCore Memory; the rule model answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bedrock_agentcore.memory.integrations.strands.config import AgentCoreMemoryConfig, RetrievalConfig
from bedrock_agentcore.memory.integrations.strands.session_manager import AgentCoreMemorySessionManager
from strands import Agent


def agent(memory_id: str, actor: str, **settings: Any) -> Agent:
    config = AgentCoreMemoryConfig(memory_id=memory_id, actor_id=actor, session_id="s", **settings)
    return Agent(
        agent_id="guide",
        system_prompt="You are helpful.",
        session_manager=AgentCoreMemorySessionManager(config, region_name="us-west-2"),
        callback_handler=None,
    )


def test_a_conversation_goes_on_in_another_process(memory_id: str, actor: str) -> None:
    agent(memory_id, actor)("My name is Ada.")
    later = agent(memory_id, actor)
    assert [message["role"] for message in later.messages] == ["user", "assistant"]
    assert "Ada" in str(later("What is my name?"))


def test_the_state_of_an_agent_comes_back(memory_id: str, actor: str) -> None:
    first = agent(memory_id, actor)
    first.state.set("visits", 3)
    first("Hello.")
    assert agent(memory_id, actor).state.get("visits") == 3


def test_messages_are_sent_in_batches(memory_id: str, actor: str) -> None:
    first = agent(memory_id, actor, batch_size=10)
    for number in range(3):
        first(f"I have {number + 2} cats.")
    manager: Any = first._session_manager
    manager.close()
    assert len(agent(memory_id, actor).messages) == 6


def test_what_is_known_is_given_to_the_model(memory_id: str, actor: str, waiting: Callable[..., Any]) -> None:
    known = {"/preferences/{actorId}/": RetrievalConfig(top_k=3, relevance_score=0.3)}
    talking = agent(memory_id, actor, retrieval_config=known)
    talking("I like sushi with tuna.")
    manager: Any = talking._session_manager
    namespace = f"/preferences/{actor}/"
    waiting(lambda: manager.memory_client.retrieve_memories(memory_id, namespace, "sushi"))
    talking("What sushi do I like?")
    assert "<user_context>" in str(talking.messages)


def test_asynchronous_agents_work_as_well(memory_id: str, actor: str) -> None:
    first = agent(memory_id, actor, async_mode=True)
    asyncio.run(first.invoke_async("My dog is a corgi."))
    assert len(agent(memory_id, actor).messages) == 2
