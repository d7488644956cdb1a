"""LangGraph's checkpoint saver over AgentCore Memory, in both of its storage formats."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command, interrupt
from langgraph_checkpoint_aws import AgentCoreMemorySaver

FORMATS = ["legacy", "snapshot"]


class Talk(TypedDict):
    messages: Annotated[list[Any], add_messages]
    count: int


def answer(state: Talk) -> dict[str, Any]:
    return {"messages": [("ai", f"answer {state.get('count', 0)}")], "count": state.get("count", 0) + 1}


def approve(state: Talk) -> dict[str, Any]:
    return {"messages": [("ai", f"approved: {interrupt('Go on?')}")]}


def graph(saver: AgentCoreMemorySaver, node: Any = answer) -> Any:
    builder = StateGraph(Talk)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    builder.add_edge("node", END)
    return builder.compile(checkpointer=saver)


@pytest.fixture(params=FORMATS)
def saver(request: pytest.FixtureRequest, memory_id: str) -> AgentCoreMemorySaver:
    return AgentCoreMemorySaver(memory_id, region_name="us-west-2", checkpoint_format=request.param)


def place(actor: str, thread: str = "thread-1") -> dict[str, Any]:
    return {"configurable": {"thread_id": thread, "actor_id": actor}}


def test_a_conversation_goes_on_where_it_was(saver: AgentCoreMemorySaver, actor: str) -> None:
    for number in range(3):
        state = graph(saver).invoke({"messages": [("user", f"question {number}")]}, place(actor))
    assert state["count"] == 3
    assert [message.content for message in graph(saver).get_state(place(actor)).values["messages"]] == [
        word for number in range(3) for word in (f"question {number}", f"answer {number}")
    ]


def test_checkpoints_are_listed_newest_first_and_can_be_returned_to(
    saver: AgentCoreMemorySaver, actor: str
) -> None:
    for number in range(2):
        graph(saver).invoke({"messages": [("user", f"question {number}")]}, place(actor))
    history = list(graph(saver).get_state_history(place(actor)))
    assert [state.values.get("count", 0) for state in history] == [2, 1, 1, 1, 0, 0]
    earlier = next(state for state in history if state.values.get("count") == 1)
    assert graph(saver).get_state(earlier.config).values == earlier.values


def test_an_interrupted_run_is_resumed(saver: AgentCoreMemorySaver, actor: str) -> None:
    graph(saver, approve).invoke({"messages": [("user", "Delete it")]}, place(actor))
    assert graph(saver, approve).get_state(place(actor)).next == ("node",)
    done = graph(saver, approve).invoke(Command(resume="yes"), place(actor))
    assert done["messages"][-1].content == "approved: yes"


def test_a_large_state_comes_back(saver: AgentCoreMemorySaver, actor: str) -> None:
    text = "long " * 100_000
    graph(saver).invoke({"messages": [("user", text)]}, place(actor))
    assert graph(saver).get_state(place(actor)).values["messages"][0].content == text


def test_a_deleted_thread_is_gone_and_others_stay(saver: AgentCoreMemorySaver, actor: str) -> None:
    for thread in ("thread-1", "thread-2"):
        graph(saver).invoke({"messages": [("user", "hello")]}, place(actor, thread))
    saver.delete_thread("thread-1", actor)
    assert graph(saver).get_state(place(actor)).values == {}
    assert graph(saver).get_state(place(actor, "thread-2")).values["count"] == 1
