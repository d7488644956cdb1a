"""Reviewing by keyboard, as somebody does who has thousands of records before them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, settled
from tests.pages.conftest import make_memory

pytestmark = pytest.mark.browser

TEXTS = ("The user likes tea.", "The door code is 2580.", "The user owns a canoe.")


@pytest.fixture(scope="module")
def memory_id(control: Any, data: Any) -> Iterator[str]:
    memory_id = make_memory(control, "BrowserReview")
    records = [
        {
            "requestIdentifier": str(number),
            "namespaces": ["/facts/ann/"],
            "content": {"text": text},
            "timestamp": datetime(2026, 11, 1, tzinfo=UTC),
        }
        for number, text in enumerate(TEXTS)
    ]
    assert not data.batch_create_memory_records(memoryId=memory_id, records=records)["failedRecords"]
    yield memory_id
    control.delete_memory(memoryId=memory_id)


RECORD_ON_SCREEN = """() => {
  window.pressed = [];
  const shown = () => document.querySelector("[data-testid=stMain]").innerText.match(/mem-[0-9a-f-]{30,}/);
  addEventListener("keydown", () => window.pressed.push(shown()?.[0]), true);
}"""


def test_keys_pressed_faster_than_the_page_draws_decide_about_nothing_unseen(
    dashboard: Dashboard, control: Any, data: Any
) -> None:
    memory_id = make_memory(control, "BrowserFastReview")
    records = [
        {
            "requestIdentifier": str(number),
            "namespaces": ["/facts/ann/"],
            "content": {"text": f"The user has {number} books about trees."},
            "timestamp": datetime(2026, 11, 1, tzinfo=UTC),
        }
        for number in range(20)
    ]
    assert not data.batch_create_memory_records(memoryId=memory_id, records=records)["failedRecords"]
    page = dashboard.open(f"review?memory={memory_id}")
    expect(page.get_by_role("button", name="Check again")).to_be_visible()
    stands_at(page, "Record 1 of 20 in the queue")
    page.evaluate(RECORD_ON_SCREEN)
    for _ in range(10):
        page.keyboard.press("a")
        page.wait_for_timeout(40)
    expect(page.get_by_text("Record 1 of 20 in the queue")).to_have_count(0)
    settled(page)
    left = page.get_by_text(re.compile("Record 1 of .* in the queue"))
    expect(left).to_be_visible()
    on_screen: list[str | None] = page.evaluate("window.pressed")  # at each press; none while it was redrawn
    seen = len({record_id for record_id in on_screen if record_id}) + on_screen.count(None)
    [number] = re.findall(r"of (\d+)", left.inner_text())
    assert 20 - seen <= int(number) < 20
    control.delete_memory(memoryId=memory_id)
    page.context.close()


def stands_at(page: Page, words: str) -> None:
    expect(page.get_by_text(words, exact=True)).to_be_visible()
    settled(page)


def test_records_are_decided_about_by_key(dashboard: Dashboard, memory_id: str) -> None:
    page = dashboard.open(f"review?memory={memory_id}")
    expect(page.get_by_role("button", name="Check again")).to_be_visible()
    stands_at(page, "Record 1 of 3 in the queue")
    expect(page.get_by_text("The door code is 2580.", exact=True).first).to_be_visible()
    page.keyboard.press("a")
    stands_at(page, "Record 1 of 2 in the queue")
    page.keyboard.press("n")
    stands_at(page, "Record 2 of 2 in the queue")
    page.keyboard.press("u")
    stands_at(page, "Record 1 of 3 in the queue")
    comment = page.get_by_placeholder("Comment (optional)")
    comment.fill("as said")
    comment.press("Tab")
    settled(page)
    stands_at(page, "Record 1 of 3 in the queue")
    page.get_by_role("button", name=re.compile("Skip")).click()
    stands_at(page, "Record 1 of 2 in the queue")
    page.keyboard.press("x")  # what that does is asked there and then, once
    expect(page.get_by_role("dialog")).to_contain_text("What shall rejecting do in this memory?")
    settled(page)
    page.keyboard.press("m")
    stands_at(page, "Record 1 of 1 in the queue")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.close()
