"""The rule model, given what an agent's framework put before the user's words."""

from __future__ import annotations

from typing import Any

import pytest

KNOWN = (
    'The user lives in Irvine.\n{"context": "", "preference": "Prefers quiet places", "categories": ["food"]}'
)


def answer(runtime: Any, words: str, known: str = KNOWN, **more: Any) -> str:
    blocks = [{"text": f"<user_context>{known}</user_context>"}, {"text": words}]
    answered = runtime.converse(modelId="rules", messages=[{"role": "user", "content": blocks}], **more)
    return "".join(block.get("text", "") for block in answered["output"]["message"]["content"])


@pytest.mark.parametrize(
    ("question", "words"),
    [("Where do I live?", "Irvine"), ("Which places do I prefer?", "your preference “Prefers quiet places”")],
)
def test_a_question_is_answered_from_it(runtime: Any, question: str, words: str) -> None:
    assert words in answer(runtime, question)


def test_what_it_does_not_hold_is_not_answered_from_it(runtime: Any) -> None:
    said = answer(runtime, "What is the name of my dog?")
    assert "Irvine" not in said and "quiet" not in said


def test_it_is_nothing_that_the_user_said(runtime: Any) -> None:
    assert answer(runtime, "I have two dogs.") == answer(runtime, "I have two dogs.", "")


def test_a_tool_that_is_wanted_comes_first(runtime: Any) -> None:
    memory = {"name": "agent_core_memory", "inputSchema": {"json": {"type": "object"}}}
    assert answer(runtime, "Where do I live?", toolConfig={"tools": [{"toolSpec": memory}]}) == ""
