"""The Chat page in a browser: the AWS guide's conversation, watched as memories are made of it."""

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from services.chat.personas import ASSISTANT
from tests.browser.conftest import Dashboard, settled
from tests.pages.conftest import make_memory
from tests.services.scripted_model import ScriptedHandler, ScriptedModel, scripted_model

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def memory_id(control: Any) -> Iterator[str]:
    memory_id = make_memory(control, "BrowserChat")
    yield memory_id
    control.delete_memory(memoryId=memory_id)


@pytest.fixture
def chat(dashboard: Dashboard, memory_id: str) -> Iterator[Page]:
    page = dashboard.open(
        f"chat?memory={memory_id}&actor=person-{uuid.uuid4().hex[:8]}&session=TalkingAboutFood"
    )
    expect(page.locator(".st-key-chat-panel")).to_be_visible()
    yield page
    page.context.close()


def input_of(page: Page) -> Locator:
    return page.get_by_test_id("stChatInputTextArea")


def say(page: Page, text: str, number: int) -> Locator:
    """Types a message and waits until the panel has its event; returns the panel's part about it."""
    input_of(page).fill(text)
    input_of(page).press("Enter")
    turn = page.locator(f".st-key-chat-panel-turn-{number}")
    expect(turn).to_contain_text("Event stored")
    return turn


def choose_model(page: Page, url: str) -> None:
    """Chooses an OpenAI-compatible server in the settings."""
    page.get_by_text("Built-in rules", exact=True).click()
    page.locator(".st-key-chat-model-kind input").click()
    page.get_by_role("option", name="OpenAI-compatible").click()
    port = str(urlsplit(url).port)
    for key, value, named in (
        ("chat-openai-url", url, port),
        ("chat-openai_compatible-model", "scripted", "scripted"),
    ):
        field = page.locator(f".st-key-{key} input")
        field.fill(value)
        field.press("Enter")
        # The page's heading names the model; before it does, the next field may still be drawn anew.
        heading = page.get_by_text("Conversation ·")
        expect(heading).to_contain_text(named)
        settled(page)
    page.keyboard.press("Escape")


def test_the_guides_conversation_becomes_records_and_the_last_question_is_answered_from_them(
    chat: Page,
) -> None:
    panel = chat.locator(".st-key-chat-panel")
    for number, sentence in enumerate(ASSISTANT.suggestions[:4], start=1):
        turn = say(chat, sentence, number)
        expect(turn.locator("[class*=st-key-chat-record-added]").first).to_be_visible()
    for kind, words in (
        ("Preference", "In the mood for Italian cuisine"),
        ("Preference", "quiet atmosphere"),
        ("Fact", "lives in Irvine"),
    ):
        record = panel.locator("[class*=st-key-chat-record-added]", has_text=words)
        expect(record.filter(has_text=kind).first).to_be_visible()
    answered = say(chat, ASSISTANT.suggestions[4], 5)
    answer = chat.get_by_test_id("stChatMessage").last
    expect(answer).to_contain_text("Italian")
    expect(answer).to_contain_text("[1]")
    expect(answered).to_contain_text("cited 1")
    cited = chat.locator(".st-key-chat-citations-4").get_by_role("link").first
    cited.click()
    expect(chat.get_by_role("heading", name="Records", exact=True)).to_be_visible()
    expect(chat.locator(".st-key-record-detail")).to_contain_text("Italian")


def test_records_appear_while_nothing_is_touched_and_typing_goes_on(chat: Page) -> None:
    turn = say(chat, "I live in Irvine.", 1)
    input_of(chat).fill("half a sen")
    expect(turn).to_contain_text("The user lives in Irvine")
    expect(turn).to_contain_text("after the event")
    expect(input_of(chat)).to_have_value("half a sen")
    expect(input_of(chat)).to_be_focused()


def test_an_answer_streams_and_can_be_stopped(chat: Page) -> None:
    with scripted_model() as model:
        model.acts = [_tells_until_released]
        choose_model(chat, model.url)
        input_of(chat).fill("Tell me a story")
        input_of(chat).press("Enter")
        answer = chat.get_by_test_id("stChatMessage").nth(1)
        expect(answer).to_contain_text("word 3")
        expect(answer).to_contain_text("word 9")
        chat.locator(".st-key-chat-stop button").click()
        expect(answer).to_contain_text("Stopped by you")
    expect(chat.locator(".st-key-chat-panel-turn-1")).to_contain_text("Event stored")


def _tells_until_released(handler: ScriptedHandler, body: dict[str, Any]) -> None:
    """A word every so often, until the test ends or the listener goes."""
    script: ScriptedModel = handler.script
    handler.begin_stream()
    for number in range(10_000):
        handler.send({"role": "assistant", "content": f"word {number} "})
        if script.released.wait(0.1):
            return


def test_a_reload_in_the_middle_loses_nothing(chat: Page) -> None:
    say(chat, "I live in Irvine.", 1)
    chat.reload()
    settled(chat)
    message = chat.get_by_test_id("stChatMessage").first
    expect(message).to_contain_text("I live in Irvine.")


def test_a_message_of_more_than_the_limit_is_offered_for_shortening(chat: Page) -> None:
    long = "I live in Irvine. " * 6_000
    input_of(chat).fill(long)
    input_of(chat).press("Enter")
    expect(chat.get_by_text("Shorten it by 8,000")).to_be_visible()
    kept = chat.get_by_label("Your message")
    expect(kept).to_have_value(long)
    kept.fill("I live in Irvine.")
    chat.get_by_role("button", name="Send", exact=True).click()
    turn = chat.locator(".st-key-chat-panel-turn-1")
    expect(turn).to_contain_text("Event stored")
    expect(kept).to_have_count(0)


def test_an_actor_that_is_typed_is_no_news_to_other_pages_until_something_is_stored(
    dashboard: Dashboard, memory_id: str
) -> None:
    page = dashboard.open(f"chat?memory={memory_id}")
    name = f"typed-{uuid.uuid4().hex[:8]}"
    page.locator(".st-key-chat-actor input").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"/facts/{name}/")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["chat_actor"] == [name]
    assert "actor" not in parse_qs(urlsplit(page.url).query)
    say(page, "I live in Irvine.", 1)
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("actor") == [name])
    page.get_by_role("link", name="Open on Events").click()
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    expect(page.get_by_text("I live in Irvine.").first).to_be_visible()
    page.context.close()


@pytest.mark.parametrize(("width", "side_by_side"), [(1440, True), (800, False)])
def test_the_panel_is_beside_the_conversation_or_below_it(
    dashboard: Dashboard, memory_id: str, width: int, side_by_side: bool
) -> None:
    page = dashboard.open(f"chat?memory={memory_id}", width=width)
    conversation = page.locator(".st-key-chat-conversation").bounding_box()
    panel = page.locator(".st-key-chat-panel").bounding_box()
    assert conversation is not None
    assert panel is not None
    assert (panel["x"] > conversation["x"] + 100) == side_by_side
    assert panel["width"] > 300
    page.context.close()
