"""The Chat page in a browser while much goes on: many chats, records that arrive, a killed endpoint."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.chats import hold_chats, said_in
from tests.browser.conftest import Dashboard, running_dashboard, settled
from tests.browser.test_chat_browser import choose_model, input_of, say
from tests.conftest import Endpoint
from tests.pages.conftest import make_memory
from tests.services.record_examples import faults
from tests.services.scripted_model import ScriptedHandler, scripted_model

pytestmark = pytest.mark.browser

# Longer than the slowest poll of the panel, which is five seconds.
QUIET_MILLISECONDS = 6_000
QUIET_AFTER_SECONDS = 90
# Rounding of positions.
PIXELS = 3


@dataclass
class Own:
    """An endpoint and a dashboard of this module's own, and a memory there."""

    endpoint: Endpoint
    dashboard: Dashboard
    memory_id: str

    def open(self, actor: str) -> Page:
        """The Chat page, in a session of an actor."""
        return self.dashboard.open(f"chat?memory={self.memory_id}&actor={actor}&session=first")


@pytest.fixture(scope="module")
def own(_isolated_aws: None, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    folder = tmp_path_factory.mktemp("own")
    endpoint = Endpoint(folder / "data", "--extraction-delay", "2", "--transition-seconds", "0")
    endpoint.start()
    (folder / "studio").mkdir()
    memory_id = make_memory(endpoint.client("bedrock-agentcore-control"), "BrowserChatLive")
    with running_dashboard(endpoint.url, folder / "studio") as url:
        yield Own(endpoint, Dashboard(url, chromium), memory_id)
    endpoint.kill()


def test_chats_that_go_on_at_once_lose_double_and_misplace_nothing(own: Own) -> None:
    data = own.endpoint.client("bedrock-agentcore")
    for chat in hold_chats(own.dashboard.open, own.memory_id, chats=3, patience_seconds=900):
        assert said_in(data, own.memory_id, chat.actor_id, chat.session_id) == list(chat.sentences)
        panel = chat.page.locator(".st-key-chat-panel")
        expect(panel).to_contain_text(chat.fact)
        chat.page.context.close()


def test_records_arrive_without_moving_what_is_read_or_typed_and_polling_ends_with_the_page(
    own: Own,
) -> None:
    page = own.open("reader")
    for number in range(1, 5):
        say(page, f"I live in house number {number}.", number)
    expect(page.locator(".st-key-chat-panel")).not_to_contain_text("extracting")
    say(page, "My sister lives in Oslo.", 5)
    read = page.locator(".st-key-chat-panel-turn-2")
    read.evaluate("element => element.scrollIntoView({block: 'start'})")
    before = read.bounding_box()
    input_of(page).press_sequentially("typed while records arrive", delay=120)
    added = page.locator(".st-key-chat-panel-turn-5 [class*=st-key-chat-record-added]")
    expect(added.first).to_be_attached()
    expect(input_of(page)).to_have_value("typed while records arrive")
    expect(input_of(page)).to_be_focused()
    after = read.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < PIXELS
    with faults(own.endpoint, "latency 0.001 on ListMemoryRecords"):
        input_of(page).fill("My brother lives in Bergen.")
        input_of(page).press("Enter")
        panel = page.locator(".st-key-chat-panel-turn-6")
        expect(panel).to_contain_text(re.compile("extracting|Bergen"))  # or done before that was drawn
        page.get_by_role("link", name="Access", exact=True).click()
        expect(page.get_by_role("heading", name="Access", exact=True)).to_be_visible()
        settled(page)
        until_quiet(page, own.endpoint)
    page.context.close()


def until_quiet(page: Page, endpoint: Endpoint) -> None:
    """Waits until nobody asks any more; what was under way may arrive before."""
    deadline = time.monotonic() + QUIET_AFTER_SECONDS
    before = None
    while (asked := listings(endpoint)) != before:
        assert time.monotonic() < deadline, "it goes on asking"
        before = asked
        page.wait_for_timeout(QUIET_MILLISECONDS)


def listings(endpoint: Endpoint) -> int:
    """How many calls the rule of the test has seen."""
    with urllib.request.urlopen(f"{endpoint.url}/_local/faults", timeout=30) as answer:
        (rule,) = json.load(answer)["faults"]
    return int(rule["calls"])


def test_an_endpoint_killed_in_the_middle_of_an_answer_costs_nothing_that_was_typed(own: Own) -> None:
    page = own.open("survivor")
    say(page, "I live in Irvine.", 1)
    with scripted_model() as model:
        model.acts = [_speaks_until_told]
        choose_model(page, model.url)
        input_of(page).fill("I love chess.")
        input_of(page).press("Enter")
        expect(page.get_by_test_id("stChatMessage").last).to_contain_text("word 3")
        own.endpoint.kill()
        input_of(page).fill("half a sentence")
        model.released.set()
        expect(page.get_by_text("Not stored yet")).to_be_visible()
        expect(page.get_by_text("The conversation stays here.")).to_be_visible()
        expect(page.get_by_test_id("stChatMessage").first).to_contain_text("I live in Irvine.")
        own.endpoint.start()
        expect(page.locator(".st-key-chat-panel-turn-2")).to_contain_text("Event stored")
        expect(page.get_by_text("Not stored yet")).to_have_count(0)
        expect(page.get_by_text("The conversation stays here.")).to_have_count(0)
        expect(input_of(page)).to_have_value("half a sentence")
        expect(page.locator(".st-key-chat-panel")).to_contain_text("The user loves chess")
    data = own.endpoint.client("bedrock-agentcore")
    assert said_in(data, own.memory_id, "survivor", "first") == ["I live in Irvine.", "I love chess."]
    page.context.close()


def _speaks_until_told(handler: ScriptedHandler, body: dict[str, Any]) -> None:
    """A word every so often until the test has it end, then a proper end."""
    handler.begin_stream()
    for number in range(10_000):
        handler.send({"role": "assistant", "content": f"word {number} "})
        if handler.script.released.wait(0.1):
            break
    handler.send({}, "stop")
    handler.end_stream()


def test_a_branch_is_begun_at_a_message_and_both_are_read(own: Own) -> None:
    page = own.open("forker")
    say(page, "I live in Irvine.", 1)
    say(page, "I love tea.", 2)
    page.get_by_role("button", name="Reword", exact=True).nth(1).click()
    page.locator(".st-key-chat-branch-form textarea").fill("I love coffee.")
    page.get_by_role("button", name="Branch and send").click()
    conversation = page.locator(".st-key-chat-conversation")
    expect(conversation).to_contain_text("I love coffee.")
    expect(conversation).not_to_contain_text("I love tea.")
    page.wait_for_url(lambda url: "branch=branch-" in url and "chat_branch" not in url)
    page.locator(".st-key-chat-branch input").click()
    page.get_by_role("option", name="main").click()
    expect(conversation).to_contain_text("I love tea.")
    expect(conversation).not_to_contain_text("I love coffee.")
    page.context.close()
