"""The Access page, and the list of AWS calls in the sidebar."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import resources
from services.clients import Health
from services.errors import NoAnswer
from services.faults import explain
from tests.pages.conftest import OpenPage, Store, all_memories, words


def test_reads_are_tried_when_asked_for(open_page: OpenPage, store: Store) -> None:
    app = open_page("access", memory=store.memory_id)
    assert not app.dataframe
    app.button(key="try-access").click().run()
    assert not app.exception
    table = app.dataframe[0].value
    assert set(table["Verdict"]) == {"allowed"}
    assert "bedrock-agentcore:ListMemoryExtractionJobs" in set(table["IAM action"])
    why = dict(zip(table["Call"], table["Why"], strict=True))
    assert why["ListActors"] == ""
    assert "does not exist" in why["GetMemoryRecord"]  # a made-up id: allowed and not found


def test_policies_can_be_copied(open_page: OpenPage, store: Store) -> None:
    app = open_page("access", memory=store.memory_id)
    policies = [json.loads(block.value) for block in app.code]
    assert len(policies) == 3
    app.toggle(key="policy-for-one").set_value(True).run()
    assert all(store.memory_id in block.value for block in app.code)


def test_an_endpoint_that_is_down_still_prints_policies(open_page: OpenPage) -> None:
    app = open_page("access", connection="custom:http://127.0.0.1:9@us-west-2")
    assert app.error
    assert len(app.code) >= 3


def test_the_calls_are_listed_newest_first_and_as_code(open_page: OpenPage, store: Store) -> None:
    app = open_page("records", memory=store.memory_id)
    app.session_state["aws-calls"] = True
    app.run()
    assert not app.exception
    assert "of this page while you look at it, newest first" in words(app)
    calls = _listed(app)
    assert "ListMemoryRecords" in set(calls["Call"])
    assert calls["At"].is_monotonic_decreasing
    assert set(calls["Charged as"]) == {"free"}


def test_the_memory_to_try_is_the_one_that_other_pages_begin_with(
    open_page: OpenPage, store: Store, control: Any
) -> None:
    app = open_page("access")
    first = min((row["id"] for row in all_memories(control)), key=str.lower)
    assert app.text_input(key="memory-to-try").value == first


def test_calls_of_another_page_are_listed_when_asked_for(open_page: OpenPage, store: Store) -> None:
    open_page("records", memory=store.memory_id)
    app = open_page("access")
    app.session_state["aws-calls"] = True
    app.run()
    assert not app.exception
    assert "ListMemoryRecords" not in set(_listed(app).get("Call", []))
    app.session_state["whose-aws-calls"] = "The connection"
    app.run()
    assert not app.exception
    assert "newest first, whoever caused them" in words(app)
    assert {"ListMemories", "ListMemoryRecords"} <= set(_listed(app)["Call"])


def _listed(app: AppTest) -> pd.DataFrame:
    """The list of AWS calls; empty where there is none."""
    return next((frame.value for frame in app.dataframe if "Call" in frame.value), pd.DataFrame())


def test_a_fault_that_passes_while_the_page_is_drawn_is_not_left_in_the_sidebar(
    open_page: OpenPage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sidebar is drawn first: it tells of a fault that is over when the page has been drawn."""
    fault = explain(NoAnswer("ListMemories", 3.0))
    well = Health(reachable=True, seconds=0.01, account=None, fault=None)

    def looks() -> Iterator[Health]:
        yield Health(reachable=False, seconds=3.0, account=None, fault=fault)
        while True:
            yield well

    looking = looks()
    monkeypatch.setattr(resources, "connection_health", lambda: next(looking))
    app = open_page("access", memory=store.memory_id)
    assert not app.exception
    assert fault.title in words(app)
    assert "Not everything could be read (ListMemories)" in words(app).replace("\\", "")
