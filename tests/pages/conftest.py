"""Pages without a browser: Streamlit's AppTest before a real endpoint."""

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from services import heartbeat

ROOT = Path(__file__).resolve().parents[2]
RUN_SECONDS = 120

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Opens a page as a link would: `open_page("events", memory=memory_id)`."""
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", endpoint.url)
    monkeypatch.setattr(heartbeat, "PATIENCE_SECONDS", 60.0)  # a busy machine is no outage
    st.cache_data.clear()
    st.cache_resource.clear()

    def open_(name: str = "memories", **place: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=RUN_SECONDS)
        app.query_params.update(place)
        if name != "overview":
            app.switch_page(f"../pages/{name}.py")
        return app.run()

    return open_


def words(app: AppTest) -> str:
    """Everything readable on the page, in one string."""
    kinds = ("header", "subheader", "caption", "text", "code", "markdown")
    kinds += ("info", "warning", "error", "success")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


@dataclass(frozen=True)
class Store:
    """A memory with the seed guide's support conversation in it, and the records made from it."""

    memory_id: str
    actor_id: str
    session_id: str
    record_ids: list[str]


SUPPORT_CONVERSATION = [
    ("Hi, I'm having trouble with my order #12345", "USER"),
    ("I'm sorry to hear that. Let me look up your order.", "ASSISTANT"),
    ("lookup_order(order_id='12345')", "TOOL"),
    ("What specific issue are you experiencing?", "ASSISTANT"),
    ("The package arrived damaged. By the way, I prefer to be contacted by email.", "USER"),
]


@pytest.fixture(scope="session")
def store(control: Any, data: Any) -> Store:
    """Made once; tests that change something make their own memory."""
    memory_id = make_memory(control, "PagesSupport")
    event = {
        "memoryId": memory_id,
        "actorId": "User84",
        "sessionId": "OrderSupportSession1",
        "eventTimestamp": datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
        "payload": [
            {"conversational": {"role": role, "content": {"text": said}}}
            for said, role in SUPPORT_CONVERSATION
        ],
    }
    data.create_event(**event)
    return Store(memory_id, "User84", "OrderSupportSession1", wait_for_records(data, memory_id))


def all_memories(control: Any) -> list[dict[str, Any]]:
    """Those of every test that shares the endpoint, perhaps more than a page of them."""
    listed: list[dict[str, Any]] = (
        control.get_paginator("list_memories").paginate().build_full_result()["memories"]
    )
    return listed


def make_memory(control: Any, name: str) -> str:
    """A memory with semantic facts and preferences, ACTIVE."""
    memory = control.create_memory(
        name=name,
        eventExpiryDuration=90,
        memoryStrategies=[
            {"semanticMemoryStrategy": {"name": "Facts", "namespaceTemplates": ["/facts/{actorId}/"]}},
            {
                "userPreferenceMemoryStrategy": {
                    "name": "Preferences",
                    "namespaceTemplates": ["/preferences/{actorId}/"],
                }
            },
        ],
    )["memory"]
    control.get_waiter("memory_created").wait(memoryId=memory["id"], WaiterConfig={"Delay": 1})
    return str(memory["id"])


def wait_for_records(data: Any, memory_id: str, at_least: int = 2) -> list[str]:
    """The ids of the records below /, once there are `at_least` and no strategy has anything left to do."""
    deadline = time.monotonic() + 120
    found: list[str] = []
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{data.meta.endpoint_url}/healthz", timeout=60) as health:
            pending = json.load(health)["pendingExtractions"]
        answer = data.list_memory_records(memoryId=memory_id, namespacePath="/", maxResults=100)
        found = [record["memoryRecordId"] for record in answer["memoryRecordSummaries"]]
        if len(found) >= at_least and not pending:
            return found
        time.sleep(0.1)
    raise AssertionError(f"only {len(found)} records after two minutes")
