"""The directory of a memory's actors: kept, read again after a write, and after a fault tried again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st

from dashboard import resources, state
from dashboard.resources import background
from services.short_term.conversation_file import parse_conversation_file
from tests.conftest import REGION, Endpoint
from tests.pages.conftest import make_memory
from tests.services.fault_server import FaultServer, answers, refuses

HELLO = parse_conversation_file('[{"role": "USER", "text": "Hello"}]')
MEMORY = "Memory-0123456789"
PATIENCE_SECONDS = 60.0


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts the connection to an endpoint into the address bar."""
    st.cache_data.clear()
    st.cache_resource.clear()
    place: dict[str, str] = {}
    monkeypatch.setattr(state, "get", place.get)
    return lambda url: place.update({state.Key.CONNECTION: f"custom:{url}@{REGION}"})


@pytest.fixture
def faulty() -> Any:
    server = FaultServer()
    yield server
    server.close()


def ids_of(memory_id: str) -> tuple[str, ...]:
    now = resources.directory(memory_id, PATIENCE_SECONDS)
    assert now.ended
    return now.ids


def test_a_write_is_followed_by_reading_again(
    at: Callable[[str], None], endpoint: Endpoint, control: Any
) -> None:
    memory_id = make_memory(control, "DirectoryWritten")
    at(endpoint.url)
    assert ids_of(memory_id) == ()
    before = resources.clients().call_count()
    assert ids_of(memory_id) == ()
    assert resources.clients().call_count() == before
    resources.write_conversation(memory_id, "ann", "s1", HELLO)
    assert ids_of(memory_id) == ("ann",)


def test_where_actors_are_many_a_write_does_not_read_them_all_again(
    at: Callable[[str], None], endpoint: Endpoint, control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory_id = make_memory(control, "DirectoryMany")
    at(endpoint.url)
    resources.write_conversation(memory_id, "ann", "s1", HELLO)
    assert ids_of(memory_id) == ("ann",)
    monkeypatch.setattr(background, "FEW_ACTORS", 0)
    resources.write_conversation(memory_id, "ben", "s1", HELLO)
    assert ids_of(memory_id) == ("ann",)
    resources.refresh()
    assert ids_of(memory_id) == ("ann", "ben")


def test_a_fault_is_shown_and_then_tried_again(
    at: Callable[[str], None], faulty: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(faulty.url)
    faulty.plays(refuses("AccessDeniedException", 403), answers({"actorSummaries": [{"actorId": "ann"}]}))
    monkeypatch.setattr(background, "FAULT_SECONDS", 3600.0)
    for _ in range(2):
        now = resources.directory(MEMORY, PATIENCE_SECONDS)
        assert now.fault is not None
        assert now.fault.kind == "denied"
    monkeypatch.setattr(background, "FAULT_SECONDS", 0.0)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (now := resources.directory(MEMORY, PATIENCE_SECONDS)).fault:
        assert time.monotonic() < deadline
    assert now.ids == ("ann",)
