"""The prompt workbench in a browser: a run that is stopped while the model hangs, then one that answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, settled
from tests.pages.conftest import SUPPORT_CONVERSATION, make_memory, wait_for_records
from tests.services.scripted_model import ScriptedModel, hangs_after, says, scripted_model

pytestmark = pytest.mark.browser


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as server:
        yield server


@pytest.fixture(scope="module")
def memory_id(control: Any, data: Any) -> Iterator[str]:
    memory_id = make_memory(control, "BrowserWorkbench")
    payload = [
        {"conversational": {"role": role, "content": {"text": said}}} for said, role in SUPPORT_CONVERSATION
    ]
    data.create_event(
        memoryId=memory_id, actorId="ann", sessionId="s", eventTimestamp=1_793_000_000, payload=payload
    )
    wait_for_records(data, memory_id)
    yield memory_id
    control.delete_memory(memoryId=memory_id)


def fill(page: Page, label: str, text: str) -> None:
    page.get_by_role("textbox", name=label, exact=True).fill(text)
    page.keyboard.press("Tab")
    settled(page)


def test_a_hanging_run_is_stopped_and_the_next_one_is_compared(
    dashboard: Dashboard, memory_id: str, model: ScriptedModel
) -> None:
    answer = json.dumps([{"fact": "The user likes tea."}])
    model.acts = [hangs_after("["), says(answer)]
    page = dashboard.open(f"workbench?memory={memory_id}&kind=semantic")
    fill(page, "Base URL", model.url)
    fill(page, "Model id", "scripted")
    run = page.get_by_role("button", name="Dry run", exact=True)
    run.click()
    # Once the model has begun to answer: a run that is stopped before never asks it.
    expect(page.get_by_text("1 character so far")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("The dry run was stopped")).to_be_visible()
    assert not model.released.is_set()
    settled(page)
    run.click()
    expect(page.get_by_text("1 memory would be made")).to_be_visible()
    expect(page.get_by_text("The user likes tea.", exact=True)).to_be_visible()
    settled(page)
    page.get_by_role("tab", name="Replay").click()
    expect(page).to_have_url(re.compile("bench=Replay"))
    replay = page.get_by_role("button", name="Replay in a scratch memory")
    expect(replay).to_be_enabled()
    page.get_by_role("tab", name="Dry run").click()
    model_id = page.get_by_role("textbox", name="Model id", exact=True)
    expect(model_id).to_have_value("scripted")
