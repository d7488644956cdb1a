"""The pages as a person meets them, with the sample conversations of the page tests in the store."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE_MILLISECONDS, Dashboard, choose_row, settled
from tests.pages.conftest import SUPPORT_CONVERSATION, make_memory, wait_for_records

pytestmark = pytest.mark.browser

PAGES = [
    "",
    "memories",
    "events",
    "records",
    "retrieval",
    "review",
    "chat",
    "workbench",
    "agents",
    "agent_chat",
    "session_summaries",
    "notebook_tour",
    "audit",
    "access",
]
TITLES = {
    "": "Overview",
    "memories": "Memories",
    "events": "Events",
    "records": "Records",
    "retrieval": "Retrieval",
    "review": "Review",
    "chat": "Chat",
    "workbench": "Prompt workbench",
    "agents": "Agents",
    "agent_chat": "Agent chat",
    "session_summaries": "Session summaries",
    "notebook_tour": "Notebook tour",
    "audit": "Audit trail",
    "access": "Access",
}


@pytest.fixture(scope="module")
def memory_id(control: Any, data: Any) -> Iterator[str]:
    memory_id = make_memory(control, "BrowserSupport")
    data.create_event(
        memoryId=memory_id,
        actorId="User84",
        sessionId="OrderSupportSession1",
        eventTimestamp=1_793_000_000,
        payload=[
            {"conversational": {"role": role, "content": {"text": said}}}
            for said, role in SUPPORT_CONVERSATION
        ],
    )
    wait_for_records(data, memory_id)
    yield memory_id
    control.delete_memory(memoryId=memory_id)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (800, False)])
def test_every_page_draws_without_an_error(
    dashboard: Dashboard, memory_id: str, path: str, width: int, dark: bool
) -> None:
    page = dashboard.open(f"{path}?memory={memory_id}", width=width, dark=dark)
    expect(page.get_by_role("heading", name=TITLES[path], exact=True)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("Traceback")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_nothing_leaves_the_machine(dashboard: Dashboard, memory_id: str) -> None:
    for path in PAGES:
        dashboard.open(f"{path}?memory={memory_id}").context.close()
    assert dashboard.outside_requests == []


def test_a_click_opens_a_row_and_back_returns(dashboard: Dashboard, memory_id: str, control: Any) -> None:
    other = make_memory(control, "AaaBrowserFirst")
    listed = control.get_paginator("list_memories").paginate().build_full_result()["memories"]
    ids = sorted((memory["id"] for memory in listed), key=lambda id_: id_.rpartition("-")[0].lower())
    page = dashboard.open(f"memories?memory={memory_id}")
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text(f"{len(ids)} memories.")).to_be_visible()
    settled(page)
    choose_row(page, ids.index(other))
    expect(page).to_have_url(re.compile(rf"memory={other}"))
    expect(page.get_by_role("heading", name="AaaBrowserFirst", exact=True)).to_be_visible()
    settled(page)
    go_back_to(page, page.get_by_role("heading", name="BrowserSupport", exact=True))
    page.context.close()


def test_a_row_is_chosen_with_the_keyboard(dashboard: Dashboard, memory_id: str) -> None:
    page = dashboard.open(f"records?memory={memory_id}")
    table = page.get_by_test_id("stDataFrame").nth(1)
    expect(table).to_be_visible()
    table.locator("canvas").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    expect(page).to_have_url(re.compile(r"record=mem-"))
    expect(page.get_by_role("tab", name="Likely sources")).to_be_visible()
    page.context.close()


def test_the_menu_keeps_the_memory(dashboard: Dashboard, memory_id: str) -> None:
    page = dashboard.open(f"memories?memory={memory_id}")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Events").click()
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    settled(page)
    expect(page).to_have_url(re.compile(rf"/events\?.*memory={memory_id}"))
    expect(page.get_by_text("I'm having trouble with my order #12345")).to_be_visible()
    page.context.close()


LEAVES_FOR_EVENTS = """() => {
  document.activeElement.blur();
  [...document.querySelectorAll("[data-testid=stSidebarNav] a")]
    .find((link) => link.innerText.includes("Events")).click();
}"""
"""What a browser that is behind makes of a click on a link out of a field: both in one turn."""


def test_a_link_clicked_out_of_a_field_is_followed(dashboard: Dashboard, memory_id: str) -> None:
    page = dashboard.open(f"retrieval?memory={memory_id}&query=package&scope=path&namespace=/")
    question = page.get_by_label("Question", exact=True)
    expect(question).to_have_value("package")
    settled(page)
    question.fill("damaged package")
    page.evaluate(LEAVES_FOR_EVENTS)
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    said = page.get_by_text("I'm having trouble with my order #12345")
    expect(said).to_be_visible()
    settled(page)
    expect(said).to_be_visible()
    page.context.close()


def test_a_question_is_in_the_address_and_reopens(dashboard: Dashboard, memory_id: str) -> None:
    page = dashboard.open(f"retrieval?memory={memory_id}")
    question = page.get_by_label("Question", exact=True)
    question.fill("How should we reach this customer?")
    question.press("Enter")
    expect(page.get_by_text("#1", exact=True)).to_be_visible()
    link = page.url
    assert "query=How" in link
    page.context.close()
    again = dashboard.open(link.removeprefix(f"{dashboard.url}/"))
    expect(again.get_by_text("#1", exact=True)).to_be_visible()
    question = again.get_by_label("Question", exact=True)
    expect(question).to_have_value("How should we reach this customer?")
    again.get_by_role("tab", name="Code").click()
    expect(again.get_by_test_id("stCode")).to_contain_text("How should we reach this customer?")
    question.fill("damaged package")
    question.press("Enter")
    expect(again.get_by_test_id("stCode")).to_contain_text("damaged package")
    expect(again).to_have_url(re.compile("query=damaged"))
    again.get_by_role("tab", name="Compare").click()
    again.get_by_label("Another question", exact=True).fill("broken parcel")
    again.get_by_label("Another question", exact=True).press("Enter")
    expect(question).to_have_value("broken parcel")
    again.get_by_role("tab", name="Golden queries").click()
    again.get_by_role("button", name="Save golden query").click()
    expect(again.get_by_text("Choose a record, or write a phrase").first).to_be_visible()
    settled(again)
    expect(again.get_by_text("Choose a record, or write a phrase").first).to_be_visible()
    again.context.close()


def go_back_to(page: Page, place: Locator) -> None:
    """Back. A choice is one step (`test_place.py` counts what the browser is told), but a browser that is
    behind may be told of the place before only after the step: then it takes another one."""
    for _ in range(3):
        page.go_back()
        with suppress(AssertionError):
            expect(place).to_be_visible(timeout=PATIENCE_MILLISECONDS / 3)
            break
    expect(place).to_be_visible()
    settled(page)


def test_another_session_is_shown_and_back_returns(dashboard: Dashboard, memory_id: str, data: Any) -> None:
    said = {"conversational": {"role": "USER", "content": {"text": "Where is my refund?"}}}
    place = {"memoryId": memory_id, "actorId": "User84", "sessionId": "Refund"}
    data.create_event(**place, eventTimestamp=1_793_100_000, payload=[said])
    page = dashboard.open(f"events?memory={memory_id}&actor=User84&session=OrderSupportSession1")
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text("2 sessions, newest first")).to_be_visible()
    settled(page)
    choose_row(page, 0)
    expect(page.get_by_role("heading", name="Refund", exact=True)).to_be_visible()
    expect(page.get_by_text("Where is my refund?")).to_be_visible()
    expect(page).to_have_url(re.compile("session=Refund"))
    page.get_by_role("button", name="Inspect").click()
    expect(page.get_by_role("dialog").get_by_text("Where is my refund?")).to_be_visible()
    expect(page).to_have_url(re.compile("event="))
    page.keyboard.press("Escape")  # the browser closes it at once, the page learns of it later
    expect(page).not_to_have_url(re.compile("event="))
    settled(page)
    go_back_to(page, page.get_by_role("dialog").get_by_text("Where is my refund?"))
    page.go_back()
    expect(page).not_to_have_url(re.compile("event="))
    expect(page.get_by_role("dialog")).to_have_count(0)
    settled(page)
    go_back_to(page, page.get_by_role("heading", name="OrderSupportSession1", exact=True))
    page.context.close()
    for of_the_session, before, after in (
        ("session=OrderSupportSession1&search=refund&search_in=session", "Nobody said this here", "1 hit in"),
        ("session=Gone", "There is no session Gone", "Where is my refund?"),
    ):
        page = dashboard.open(f"events?memory={memory_id}&actor=User84&{of_the_session}")
        expect(page.get_by_text(before)).to_be_visible()
        settled(page)
        choose_row(page, 0)
        expect(page.get_by_role("heading", name="Refund", exact=True)).to_be_visible()
        expect(page.get_by_text(after)).to_be_visible()
        expect(page.get_by_text(before)).to_have_count(0)
        page.context.close()


def test_a_message_is_written_by_the_click_that_leaves_its_field(
    dashboard: Dashboard, control: Any, data: Any
) -> None:
    memory_id = control.create_memory(name="BrowserWriting", eventExpiryDuration=30)["memory"]["id"]
    page = dashboard.open(f"events?memory={memory_id}")
    page.get_by_role("button", name="Write events").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Actor id").fill("ann")
    dialog.get_by_label("Session id").fill("s1")
    dialog.get_by_label("Text of message 1").fill("Hello")
    dialog.get_by_role("button", name="Add a message").click()
    dialog.get_by_label("Text of message 2").fill("Hi!")
    dialog.get_by_role("button", name="Write", exact=False).click(delay=100)
    expect(page.get_by_text("1 event written to s1.")).to_be_visible()
    expect(dialog).to_have_count(0)
    place = {"memoryId": memory_id, "actorId": "ann", "sessionId": "s1"}
    [event] = data.list_events(**place)["events"]
    page.goto(f"{page.url}&event={event['eventId'].replace('#', '%23')}&event_view=fork")
    dialog.get_by_label("Text of message 1").fill("Good evening!")
    dialog.get_by_label("Name of the branch").fill("politer")
    dialog.get_by_role("button", name="Fork the conversation").click(delay=100)
    expect(page.get_by_text("The branch politer begins with event")).to_be_visible()
    written = [
        (event["branch"]["name"], part["conversational"]["content"]["text"])
        for event in data.list_events(**place)["events"]
        for part in event["payload"]
    ]
    assert sorted(written) == [("main", "Hello"), ("main", "Hi!"), ("politer", "Good evening!")]
    page.context.close()
    control.delete_memory(memoryId=memory_id)


def test_a_chosen_call_stays_chosen_while_newer_ones_come(dashboard: Dashboard, memory_id: str) -> None:
    def asked(query: str) -> Page:
        page = dashboard.open(f"retrieval?memory={memory_id}&query={query}&scope=path&namespace=/")
        expect(page.get_by_text("#1", exact=True)).to_be_visible()
        return page

    page = asked("parcel")
    page.get_by_test_id("stSidebar").get_by_role("button", name="AWS calls").click()
    panel = page.get_by_test_id("stPopoverBody")
    listed = panel.get_by_text("calls of this connection, newest first")
    panel.get_by_text("The connection", exact=True).click()
    expect(listed).to_be_visible()
    settled(page)
    table = panel.get_by_test_id("stDataFrame")
    expect(table.get_by_role("region", name="AWS calls, newest first")).to_be_visible()
    table.click(position={"x": 15, "y": 35 * 1.5})
    expect(panel.get_by_test_id("stCode")).to_contain_text("import boto3")
    before, how_many = panel.get_by_test_id("stCode").inner_text(), listed.inner_text()
    asked("box").context.close()
    panel.get_by_text("This page", exact=True).click()
    expect(listed).to_have_count(0)
    panel.get_by_text("The connection", exact=True).click()
    expect(listed).to_be_visible()
    expect(listed).not_to_have_text(how_many)
    expect(panel.get_by_test_id("stCode")).to_have_text(before)
    page.context.close()


def test_a_linked_page_leaves_no_error_in_the_console(dashboard: Dashboard, memory_id: str) -> None:
    page = dashboard.browser.new_context().new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(f"{dashboard.url}/records?memory={memory_id}")
    settled(page)
    expect(page.get_by_role("heading", name="Records", exact=True)).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Memories").click()
    expect(page.get_by_role("heading", name="Memories", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("memories.*memory="))
    settled(page)
    go_back_to(page, page.get_by_role("heading", name="Records", exact=True))
    page.reload()
    settled(page)
    expect(page.get_by_role("heading", name="Records", exact=True)).to_be_visible()
    assert told == []
    page.context.close()


def test_a_foreign_host_name_is_refused(dashboard: Dashboard) -> None:
    answer = dashboard.browser.new_context().request.get(dashboard.url, headers={"Host": "evil.example"})
    assert answer.status == 403
