"""Times are those of the browser's zone, and UTC, said so, where the browser tells none."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.conftest import PATIENCE_MILLISECONDS, Dashboard
from tests.pages.conftest import make_memory

pytestmark = pytest.mark.browser

NO_ZONE = """
const told = Intl.DateTimeFormat.prototype.resolvedOptions;
Intl.DateTimeFormat.prototype.resolvedOptions = function () {
  return { ...told.call(this), timeZone: undefined };
};
"""


@pytest.fixture(scope="module")
def event_place(control: Any, data: Any) -> Iterator[str]:
    """One message said at 2026-10-26 21:20:00.250 UTC."""
    memory_id = make_memory(control, "BrowserTimes")
    data.create_event(
        memoryId=memory_id,
        actorId="ann",
        sessionId="late",
        eventTimestamp=1_793_049_600.25,
        payload=[{"conversational": {"role": "USER", "content": {"text": "Good night."}}}],
    )
    yield f"events?memory={memory_id}&actor=ann&session=late"
    control.delete_memory(memoryId=memory_id)


def told_on_hover(page: Page, local: str) -> str:
    """What hovering over a time shows; a page that is drawn anew meanwhile takes the hover away."""
    moment = page.get_by_test_id("stChatMessage").get_by_text(local).locator("visible=true").first
    shown = page.get_by_test_id("stTooltipContent")
    deadline = time.monotonic() + PATIENCE_MILLISECONDS / 1000
    while True:
        page.mouse.move(0, 0)
        moment.hover()
        try:
            return shown.inner_text(timeout=5_000).strip()
        except TimeoutError:
            assert time.monotonic() < deadline, f"hovering over {local} shows nothing"


def said_in_the_sidebar(page: Page, words: str) -> None:
    line = page.get_by_test_id("stSidebar").get_by_text(words)
    expect(line).to_be_visible()


@pytest.mark.parametrize(
    ("zone", "local", "named"),
    [
        ("Asia/Kolkata", "2026-10-27 02:50:00 IST", "Times in Asia/"),
        ("America/Sao_Paulo", "2026-10-26 18:20:00 UTC-03", "Times in America/Sao_Paulo"),
        ("UTC", "2026-10-26 21:20:00 UTC", "Times in UTC"),
    ],
)
def test_a_time_is_shown_in_the_browsers_zone_and_exactly_on_hover(
    dashboard: Dashboard, event_place: str, zone: str, local: str, named: str
) -> None:
    page = dashboard.open(event_place, zone=zone)
    said_in_the_sidebar(page, named)
    assert told_on_hover(page, local) == "2026-10-26 21:20:00.250 UTC"
    page.context.close()


def test_a_browser_that_tells_no_zone_gets_utc_and_is_told_so(dashboard: Dashboard, event_place: str) -> None:
    page = dashboard.open(event_place, zone="Asia/Kolkata", script=NO_ZONE)
    said_in_the_sidebar(page, "Times in UTC, since the browser's time zone is not known")
    assert told_on_hover(page, "2026-10-26 21:20:00 UTC") == "2026-10-26 21:20:00.250 UTC"
    page.context.close()
