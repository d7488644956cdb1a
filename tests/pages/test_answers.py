"""Answers to questions: asked once for each place, and never kept when they failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st

from dashboard import resources, state
from services.faults import Fault
from services.retrieval.inquiries import Inquiry
from tests.conftest import REGION, Endpoint
from tests.pages.conftest import Store
from tests.services.fault_server import FaultServer, answers, refuses

MEMORY: dict[str, Any] = {"id": "Memory-0123456789"}


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The address bar, empty."""
    st.cache_data.clear()
    st.cache_resource.clear()
    empty: dict[str, str] = {}
    monkeypatch.setattr(state, "get", empty.get)
    return empty


@pytest.fixture
def faulty(place: dict[str, str]) -> Iterator[FaultServer]:
    """A server that misbehaves as told, as the live connection."""
    server = FaultServer()
    place[state.Key.CONNECTION] = f"custom:{server.url}@{REGION}"
    yield server
    server.close()


def test_one_more_place_costs_one_more_call(place: dict[str, str], endpoint: Endpoint, store: Store) -> None:
    place[state.Key.CONNECTION] = f"custom:{endpoint.url}@{REGION}"
    memory = {"id": store.memory_id}

    def calls_of(inquiry: Inquiry) -> int:
        before = resources.clients().call_count()
        assert all(not isinstance(each.outcome, Fault) for each in resources.answers(memory, inquiry))
        return resources.clients().call_count() - before

    assert calls_of(Inquiry("email")) == 1
    assert calls_of(Inquiry("email")) == 0
    assert calls_of(Inquiry("email", namespaces=("/facts/", "/"))) == 1
    assert calls_of(Inquiry("email", min_score=0.5)) == 0, "the least score is the dashboard's own"
    assert calls_of(Inquiry("email", top_k=3)) == 1
    resources.forget_events(store.memory_id)
    assert calls_of(Inquiry("email")) == 1


def test_a_fault_is_not_kept(faulty: FaultServer) -> None:
    faulty.plays(refuses("AccessDeniedException", 403), answers({"memoryRecordSummaries": []}))
    [denied] = resources.answers(MEMORY, Inquiry("q"))
    assert isinstance(denied.outcome, Fault)
    assert denied.outcome.kind == "denied"
    [healed] = resources.answers(MEMORY, Inquiry("q"))
    assert not isinstance(healed.outcome, Fault)
    assert healed.outcome.records == []


def test_what_is_kept_is_bounded(faulty: FaultServer) -> None:
    faulty.plays(answers({"memoryRecordSummaries": []}))
    for number in range(60):
        [answer] = resources.answers(MEMORY, Inquiry(f"question {number}"))
        assert not isinstance(answer.outcome, Fault)
    asked = len(faulty.requests)
    resources.answers(MEMORY, Inquiry("question 0"))
    assert len(faulty.requests) == asked + 1
