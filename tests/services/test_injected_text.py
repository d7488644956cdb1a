"""The injected text, held against what Strands' own session manager injects."""

from __future__ import annotations

import warnings
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from services.clients import Clients
from services.retrieval import injected_text, retrieval
from services.retrieval.inquiries import Inquiry, call_params
from services.retrieval.retrieval import PlaceAnswer
from tests.services.retrieval_memory import CATS, CONTACT, TRAIN, filled

QUESTION = "How should we contact this person?"


@pytest.fixture(scope="module")
def known(live: Clients) -> dict[str, Any]:
    return filled(live)


def asked(live: Clients, memory: dict[str, Any], inquiry: Inquiry) -> list[PlaceAnswer]:
    outcomes = retrieval.retrieve_each(live, call_params(memory, inquiry))
    return [PlaceAnswer(*each) for each in zip(inquiry.places(), outcomes, strict=True)]


def integration() -> ModuleType:
    """Strands' integration; the SDK has a deprecation of its own on import."""
    with warnings.catch_warnings(action="ignore"):
        return import_module("bedrock_agentcore.memory.integrations.strands.session_manager")


def injected_by_strands(
    live: Clients, memory_id: str, namespaces: tuple[str, ...], min_score: float
) -> list[dict[str, Any]]:
    """The content of the last message after AgentCoreMemorySessionManager has retrieved for it."""
    strands: Any = integration()
    manager = strands.AgentCoreMemorySessionManager(
        strands.AgentCoreMemoryConfig(
            memory_id=memory_id,
            session_id="s1",
            actor_id="ann",
            retrieval_config={
                name: strands.RetrievalConfig(top_k=10, relevance_score=min_score) for name in namespaces
            },
        ),
        boto_session=live.session,
        region_name=live.connection.region,
    )
    message: dict[str, Any] = {"role": "user", "content": [{"text": QUESTION}]}
    event: Any = SimpleNamespace(agent=SimpleNamespace(messages=[message]))
    manager.retrieve_customer_context(event)
    content: list[dict[str, Any]] = message["content"]
    return content


@pytest.mark.parametrize("share_of_the_best", [0.0, 0.99])
def test_one_namespace_reads_as_strands_writes_it(
    live: Clients, known: dict[str, Any], share_of_the_best: float
) -> None:
    answers = asked(live, known, Inquiry(QUESTION))
    min_score = round(retrieval.score_of(answers[0].records()[0]) * share_of_the_best, 3)
    block, question = injected_by_strands(live, known["id"], ("/",), min_score)
    assert block["text"] == injected_text.strands_text(answers, min_score)
    assert question == {"text": QUESTION}
    assert (CATS in block["text"]) == (share_of_the_best == 0)


def test_several_namespaces_are_in_one_block(live: Clients, known: dict[str, Any]) -> None:
    namespaces = ("/facts/ann/", "/likes/ann/")
    block, _ = injected_by_strands(live, known["id"], namespaces, 0.0)
    ours = [
        injected_text.strands_text(asked(live, known, Inquiry(QUESTION, namespaces=order)), 0.0)
        for order in (namespaces, namespaces[::-1])
    ]
    assert block["text"] in ours, "in whichever order the calls ended"


def test_nothing_that_counts_is_no_text_at_all(live: Clients, known: dict[str, Any]) -> None:
    answers = asked(live, known, Inquiry(QUESTION))
    assert len(injected_by_strands(live, known["id"], ("/",), 1.0)) == 1
    assert injected_text.strands_text(answers, 1.0) == ""
    assert injected_text.plain_text(answers, 1.0) == ""


def test_plain_text_has_no_json(live: Clients, known: dict[str, Any]) -> None:
    lines = injected_text.plain_text(asked(live, known, Inquiry(QUESTION)), 0.0).splitlines()
    assert lines[0] == f"- {CONTACT}"
    assert "- Prefers trains over planes" in lines
    assert TRAIN not in "".join(lines)
    assert len(lines) == 4


def test_another_tag(live: Clients, known: dict[str, Any]) -> None:
    text = injected_text.strands_text(asked(live, known, Inquiry(QUESTION)), 0.0, "memories")
    assert text.startswith("<memories>")
    assert text.endswith("</memories>")
