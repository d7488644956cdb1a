"""Ten people who chat at once with the dashboard, each as fast as the answers come; the floor is one alone.

Each has a browser window of their own and says five things to the agent with the built-in rules, so what is
measured is the dashboard and the endpoint, and the windows too: all share this machine. Besides, nothing may
be lost: every message has to be stored once, in its order, and every fact of theirs extracted.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks import browser, servers
from benchmarks.table import Comparison, comparisons

CHATS = 10
PATIENCE_SECONDS = 900.0
EXTRACTED_SECONDS = 120.0
LOOK_MILLISECONDS = 50
PLACES = ("Irvine", "Lisbon", "Oslo", "Kyoto", "Quito", "Tallinn", "Porto", "Bergen", "Graz", "Lyon")
FOODS = ("Thai", "Greek", "Indian", "Mexican", "Korean", "French", "Spanish", "Turkish", "Polish", "Vegan")
STRATEGY = {"semanticMemoryStrategy": {"name": "Facts", "namespaceTemplates": ["/facts/{actorId}/"]}}

OpenPage = Callable[[str], Page]
"""Opens a path of the dashboard in a window of its own, and waits until it has drawn."""


@dataclass
class Chat:
    """One conversation: what is to be said in it, and how long each answer took, in seconds."""

    page: Page
    actor_id: str
    session_id: str
    sentences: tuple[str, ...]
    fact: str
    sent: int = 0
    asked_at: float | None = None
    seconds: list[float] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether everything was said and answered."""
        return self.sent == len(self.sentences) and self.asked_at is None

    def go_on(self) -> None:
        """Notes an answer that is there, and says the next sentence."""
        if self.asked_at is not None and self._answered():
            self.seconds.append(time.monotonic() - self.asked_at)
            self.asked_at = None
        if self.asked_at is None and self.sent < len(self.sentences):
            box = self.page.get_by_test_id("stChatInputTextArea")
            box.fill(self.sentences[self.sent])
            box.press("Enter")
            self.sent += 1
            self.asked_at = time.monotonic()

    def _answered(self) -> bool:
        """Whether the page shows the last answer whole."""
        messages = self.page.get_by_test_id("stChatMessage")
        if messages.count() < 2 * self.sent or self.page.locator(".st-key-chat-stop").count():
            return False
        return messages.nth(2 * self.sent - 1).get_by_test_id("stText").count() > 0


def hold_chats(open_page: OpenPage, memory_id: str, *, chats: int, patience_seconds: float) -> list[Chat]:
    """So many chats (ten at most) of five messages each; raises CannotMeasure when they take too long.

    The windows stay open, to be looked at and closed by the caller.
    """
    held = [_open(open_page, memory_id, number) for number in range(chats)]
    deadline = time.monotonic() + patience_seconds
    while not all(chat.over for chat in held):
        if time.monotonic() > deadline:
            raise servers.CannotMeasure(f"Not over in time, messages sent: {[chat.sent for chat in held]}.")
        for chat in held:
            chat.go_on()
        held[0].page.wait_for_timeout(LOOK_MILLISECONDS)
    return held


def _open(open_page: OpenPage, memory_id: str, number: int) -> Chat:
    place, actor_id = PLACES[number], f"person-{number}-{uuid.uuid4().hex[:8]}"
    sentences = (
        f"I live in {place}.",
        f"I prefer {FOODS[number]} food.",
        f"My dog is called {place}y.",
        "I work as a nurse.",
        "Where do I live?",
    )
    page = open_page(f"chat?memory={memory_id}&actor={actor_id}&session=first")
    return Chat(page, actor_id, "first", sentences, f"lives in {place}")


def said_in(data: Any, memory_id: str, actor_id: str, session_id: str) -> list[str]:
    """What the user said in each event of a session, oldest first."""
    place = {"memoryId": memory_id, "actorId": actor_id, "sessionId": session_id}
    events = data.list_events(**place, maxResults=100)["events"]
    return [event["payload"][0]["conversational"]["content"]["text"] for event in reversed(events)]


def main() -> None:
    """Measures, checks that nothing was lost, and prints."""
    with servers.endpoint() as endpoint_url, servers.dashboard(endpoint_url) as url:
        control = servers.client("bedrock-agentcore-control", endpoint_url)
        data = servers.client("bedrock-agentcore", endpoint_url)
        memory = control.create_memory(name="TenChats", eventExpiryDuration=90, memoryStrategies=[STRATEGY])[
            "memory"
        ]
        with browser.chromium() as chromium:
            alone = _held(chromium, url, data, memory["id"], 1)
            together = _held(chromium, url, data, memory["id"], CHATS)
    comparisons(
        f"{CHATS} chats at once (every message stored once and in order, every fact extracted)",
        [Comparison("answer, seen in the browser", _milliseconds(together), _milliseconds(alone))],
    )


def _held(chromium: Browser, url: str, data: Any, memory_id: str, chats: int) -> list[Chat]:
    def open_page(path: str) -> Page:
        page = chromium.new_context().new_page()
        page.goto(f"{url}/{path}")
        browser.wait_until_idle(page)
        return page

    held = hold_chats(open_page, memory_id, chats=chats, patience_seconds=PATIENCE_SECONDS)
    for chat in held:
        _check(data, memory_id, chat)
        chat.page.context.close()
    return held


def _check(data: Any, memory_id: str, chat: Chat) -> None:
    """Raises CannotMeasure when a message was lost, doubled or misplaced, or a fact was not extracted."""
    said = said_in(data, memory_id, chat.actor_id, chat.session_id)
    if said != list(chat.sentences):
        raise servers.CannotMeasure(f"{chat.actor_id} said {chat.sentences}, stored is {said}.")
    deadline = time.monotonic() + EXTRACTED_SECONDS
    while chat.fact not in str(_records(data, memory_id, chat.actor_id)):
        if time.monotonic() > deadline:
            raise servers.CannotMeasure(f"No record says that {chat.actor_id} {chat.fact}.")
        time.sleep(0.1)


def _records(data: Any, memory_id: str, actor_id: str) -> Any:
    return data.list_memory_records(memoryId=memory_id, namespace=f"/facts/{actor_id}/")


def _milliseconds(held: Sequence[Chat]) -> list[float]:
    return [1_000 * seconds for chat in held for seconds in chat.seconds]
