"""The notebook's story in a browser: Anna books, her session is summarised, the next session knows of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from services.notebook.tour import BOOK, RETURN
from tests.browser.conftest import Dashboard, settled

pytestmark = pytest.mark.browser


def press(page: Page, prefix: str) -> None:
    """Clicks the button whose key begins so, once it is there."""
    page.locator(f"[class*=st-key-{prefix}] button").first.click()


def go_on(page: Page, step: str) -> None:
    """Takes the tour's next step."""
    press(page, f"tour-next-{step}")
    expect(page.locator(f"[class*=st-key-tour-next-{step}]")).to_have_count(0)


def say(page: Page, step: str, answer: str, *, acts: bool = False) -> None:
    """Says a step's sentence, carries out what the agent asks for, and waits for the answer."""
    press(page, f"tour-run-{step}")
    if acts:
        press(page, "control-send")
    now = page.locator(".st-key-tour-now")
    expect(now.get_by_test_id("stChatMessage").last).to_contain_text(answer)
    go_on(page, step)


def test_the_notebooks_story(dashboard: Dashboard) -> None:
    page = dashboard.open("notebook_tour")
    press(page, "tour-begin")
    press(page, "tour-build")
    now = page.locator(".st-key-tour-now")
    expect(now).to_contain_text("Anna books a trip")
    expect(now).to_contain_text(BOOK[:40])
    say(page, "book", "Successfully booked trip", acts=True)
    say(page, "thanks", "welcome")
    say(page, "end", "Session is terminated")
    expect(now).to_contain_text("2024-07-22")
    expect(now).to_contain_text("user goals")
    go_on(page, "wait")
    expect(now).to_contain_text(RETURN)
    press(page, "tour-run-return")
    expect(now.get_by_test_id("stChatMessage").last).to_contain_text("recall")
    expect(now.locator(".st-key-prompt-memory")).to_contain_text("Boston")
    go_on(page, "return")
    say(page, "confirm", "2024-07-23", acts=True)
    say(page, "end-again", "Session is terminated")
    press(page, "tour-next-read")
    page.get_by_role("link", name="Its session summaries").click()
    _summaries_are_read_deleted_and_gone(page)
    settled(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Notebook tour").click()
    expect(page.get_by_role("heading", name="Notebook tour", exact=True)).to_be_visible()
    settled(page)
    for step in ("delete", "gone"):
        press(page, f"tour-run-{step}")
        expect(page.locator(f"[class*=st-key-tour-run-{step}]")).to_have_count(0)
    expect(page.get_by_text("The tour is done")).to_be_visible()
    press(page, "remove-tour-")
    press(page, "remove-now-")
    expect(page.get_by_text("Nothing is left.")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.context.close()


def _summaries_are_read_deleted_and_gone(page: Page) -> None:
    expect(page.get_by_role("heading", name="Session summaries", exact=True)).to_be_visible()
    expect(page.get_by_text("2 stored")).to_be_visible()
    detail = page.locator(".st-key-summary-detail")
    expect(detail).to_contain_text("2024-07-23")
    expect(page).to_have_url(re.compile("memory_id=TST_MEM_ID_.*summary="))
    page.get_by_role("button", name="Delete this memory id").click()
    name = re.search(r"memory_id=([^&]+)", page.url)
    assert name is not None
    page.locator(".st-key-delete-memory-id-typed input").fill(name.group(1))
    page.get_by_role("button", name="Delete all summaries").click()
    expect(page.get_by_text("2 deleted")).to_be_visible()
    expect(page.get_by_text("2 stored")).to_have_count(0)


def test_an_agent_is_made_talked_to_and_deleted(dashboard: Dashboard) -> None:
    page = dashboard.open("agents")
    press(page, "open-create-agent")
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("browser-agent")
    instruction = form.get_by_label("Instruction", exact=True)
    instruction.fill("You are an agent that answers questions about trips, briefly.")
    instruction.press("Tab")
    create = form.get_by_role("button", name="Create agent")
    expect(create).to_be_enabled()
    create.click()
    detail = page.locator(".st-key-agent-detail")
    expect(detail).to_contain_text("browser-agent")
    expect(detail).to_contain_text("PREPARED")
    detail.get_by_role("link", name="Chat", exact=True).click()
    expect(page.get_by_role("heading", name="Agent chat", exact=True)).to_be_visible()
    settled(page)
    page.get_by_test_id("stChatInputTextArea").fill("<b>Hi</b> ![x](http://example.com/x.png)")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stChatMessage").first).to_contain_text("![x](http://example.com/x.png)")
    expect(page.locator(".st-key-agent-trace")).to_contain_text("Orchestration")
    expect(page.locator(".st-key-agent-trace")).to_contain_text("no language model")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Agents").click()
    expect(detail).to_contain_text("browser-agent")
    press(page, "open-delete-agent")
    form.locator(".st-key-delete-agent-typed input").fill("browser-agent")
    form.get_by_role("button", name="Delete agent").click()
    expect(page.get_by_text("browser-agent was deleted")).to_be_visible()
    assert dashboard.outside_requests == []
    page.context.close()
