"""A demo played hands-free to its end in a browser, recorded, replayed without AWS, and handed over."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, settled

pytestmark = pytest.mark.browser

PATIENCE_MILLISECONDS = 240_000


def test_a_demo_plays_hands_free_and_its_recording_replays(dashboard: Dashboard, tmp_path: Path) -> None:
    page = dashboard.open("demos?demo=preferences")
    page.get_by_text("Brisk", exact=True).click()
    page.get_by_role("button", name="Play hands-free").click()
    handed_over = page.get_by_role("button", name="Report to hand over")
    expect(handed_over).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    expect(page.get_by_text("The same agent without memory").first).to_be_visible()
    report = saved(page, "Report to hand over", tmp_path)
    assert "Portland" in report.read_text(encoding="utf-8")
    recording = saved(page, "Recording", tmp_path)
    assert json.loads(recording.read_text(encoding="utf-8"))["title"] == "Preferences that change"
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("button", name="Step by step")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    replayed(page, recording)
    assert dashboard.outside_requests == []


def saved(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def replayed(page: Page, recording: Path) -> None:
    page.get_by_role("button", name="Replay a recording").click()
    page.locator("input[type=file]").set_input_files(recording)
    settled(page)
    page.get_by_role("button", name="Replay", exact=True).click()
    following = page.get_by_role("button", name="Next scene")
    expect(following).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    following.click()
    expect(page.get_by_text("I live in Irvine.").first).to_be_visible(timeout=PATIENCE_MILLISECONDS)
