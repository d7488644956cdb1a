"""What a person sees while AWS, the network or the credentials fail, on every page; and that it passes.

One dashboard and one tab for each page. A fault strikes the tabs at once: Refresh makes them ask anew.
Then each has to say what happened without calling anything empty, and to come back by itself when it is over.
"""

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PATIENCE_MILLISECONDS, Dashboard, choose_row, settled
from tests.conftest import Endpoint
from tests.pages.conftest import SUPPORT_CONVERSATION, make_memory, wait_for_records

pytestmark = pytest.mark.browser

DEADLINE_SECONDS = 180.0
MOST_CALLS = 60
"""Of a page view, whatever the fault."""
CALLS_A_SECOND = 3
"""And of all tabs together while it lasts, which on a busy machine it does for long."""

FAULTS = {
    "throttled": ("throttle", r"AWS asks to slow down"),
    "denied": ("deny", r"AWS denied \w+[\s\S]*allow bedrock-agentcore:\w+"),
    "expired credentials": ("expired-token", r"The AWS credentials have expired"),
    "clock": ("clock-skew", r"This computer.s clock is off"),
    "unknown credentials": ("unknown-key", r"AWS does not know these credentials"),
    "wrong signature": ("invalid-signature", r"AWS refused the signature"),
    "black hole": ("hang", r"The endpoint took too long|Slow or silent"),
    "slow": ("latency 6", r"The endpoint took too long|Slow or silent"),
    "garbage": ("garbage", r"The answer could not be read"),
    "cut off": ("truncate", r"The answer could not be read"),
    "empty": ("empty", r"The answer could not be read"),
    "server error": ("server-error 503", r"The service failed"),
    "reset": ("drop", r"The endpoint does not answer"),
}
"""A fault's rule at the endpoint, and what each page has to say."""
ON_EVERY_PAGE = {"throttled", "denied", "black hole", "garbage", "server error"}
"""One fault of each way to fail strikes all tabs; the others, which fail like one of these, strike a few."""
FEW = ("overview", "records", "access")
REFUSED = r"The endpoint does not answer"

# What a page shows when all is well.
WELL = {
    "overview": "Counted by listing everything",
    "memories": "OutageSupport",
    "events": "I'm having trouble with my order",
    "records": "newest first",
    "retrieval": "Question",
    "chat": "What memory makes of it",
    "access": "Try every read",
}
EMPTY = re.compile(
    r"has no memory yet|There is no memory|There is no record|No session exists|No actor|no actors"
    r"|No record|Nothing: no failure|^0$",
    re.MULTILINE,
)
_TROUBLES = [words for _, words in FAULTS.values()]
TROUBLE = re.compile("|".join([*_TROUBLES, "Not everything could be read", "Not available"]))
DRAWN = "[data-testid=stApp][data-test-script-state=notRunning]"
Tabs = dict[str, Page]


@pytest.fixture(scope="module")
def troubled(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint of its own: other tests' calls do not fail with ours."""
    running = Endpoint(tmp_path_factory.mktemp("troubled") / "data", "--extraction-delay", "0.05")
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def tabs(dashboard: Dashboard, troubled: Endpoint) -> Iterator[Tabs]:
    """Every page of a memory with content, each in a tab."""
    memory_id = make_memory(troubled.client("bedrock-agentcore-control"), "OutageSupport")
    data = troubled.client("bedrock-agentcore")
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
    place = f"connection=custom:{troubled.url}@us-west-2&memory={memory_id}"
    context = dashboard.browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    opened = {name: context.new_page() for name in WELL}
    for name, page in opened.items():
        page.goto(f"{dashboard.url}/{'' if name == 'overview' else name}?{place}", wait_until="commit")
    yield opened
    context.close()


def strikes(endpoint: Endpoint, *rules: str) -> None:
    """Puts fault rules in force at the endpoint; none: all is well again."""
    request = urllib.request.Request(
        f"{endpoint.url}/_local/faults", json.dumps({"faults": rules}).encode(), method="PUT"
    )
    urllib.request.urlopen(request, timeout=30).close()


def calls_struck(endpoint: Endpoint) -> int:
    """How many calls the rules in force let fail so far."""
    with urllib.request.urlopen(f"{endpoint.url}/_local/faults", timeout=30) as answer:
        return sum(int(rule["faults"]) for rule in json.load(answer)["faults"])


def said(page: Page) -> str:
    return page.locator("body").inner_text()


def is_well(name: str, words: str) -> bool:
    return WELL[name] in words and not TROUBLE.search(words)


def refresh(tabs: Tabs) -> None:
    for page in tabs.values():
        page.get_by_test_id("stSidebar").get_by_role("button", name="Refresh").click()


def until(tabs: Tabs, holds: Callable[[str, str], Any]) -> None:
    """Waits until `holds` of every tab at some time."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    left = set(tabs)
    while left:
        for name in sorted(left):
            words = said(tabs[name])
            if holds(name, words):
                left.discard(name)
            else:
                assert time.monotonic() < deadline, f"{name}: {words}"
        next(iter(tabs.values())).wait_for_timeout(100)


def explained(tabs: Tabs, expected: str) -> None:
    """Waits for the explanation; what is drawn with it calls nothing empty and shows no traceback."""

    def holds(name: str, words: str) -> bool:
        if not re.search(expected, words):
            return False
        if tabs[name].locator(DRAWN).count():  # before that, old parts of the page are still there
            words = said(tabs[name])
            assert not EMPTY.search(words), f"{name}: {words}"
            assert "Traceback" not in words
            assert "Something unexpected" not in words
        return True

    until(tabs, holds)


def explained_and_healed(tabs: Tabs, expected: str, lift: Callable[[], None]) -> None:
    try:
        refresh(tabs)
        explained(tabs, expected)
    finally:
        lift()
    until(tabs, is_well)


@pytest.mark.parametrize("name", FAULTS)
def test_every_page_says_what_happened_and_comes_back(name: str, tabs: Tabs, troubled: Endpoint) -> None:
    rule, words = FAULTS[name]
    struck: list[int] = []
    allowed: list[float] = []

    def lift() -> None:
        struck.append(calls_struck(troubled))
        allowed.append(MOST_CALLS + CALLS_A_SECOND * (time.monotonic() - begun))
        strikes(troubled)

    those = tabs if name in ON_EVERY_PAGE else {page: tabs[page] for page in FEW}
    until(tabs, is_well)
    begun = time.monotonic()
    strikes(troubled, rule)
    explained_and_healed(those, words, lift)
    assert 0 < struck[0] <= allowed[0], "all tabs together"


def test_a_refused_connection(tabs: Tabs, troubled: Endpoint) -> None:
    until(tabs, is_well)
    troubled.kill()
    explained_and_healed(tabs, REFUSED, troubled.start)


def test_what_still_works_is_shown(tabs: Tabs, troubled: Endpoint) -> None:
    """Without the right to list memories and records a linked memory is shown, with its namespaces as
    Overview counted them; and what may be listed again comes back, whatever else stays denied."""
    records = tabs["records"]
    until(tabs, is_well)
    strikes(troubled, "deny on ListMemories,ListMemoryRecords")
    try:
        refresh({"records": records})
        until(
            {"records": records},
            lambda _, words: (
                "AWS denied ListMemories" in words
                and "AWS denied ListMemoryRecords" in words
                and "Counted by listing all" in words
            ),
        )
        settled(records)
        assert records.get_by_test_id("stDataFrame").count() == 1
        assert not EMPTY.search(said(records))
        strikes(troubled, "deny on ListMemories")
        until({"records": records}, lambda _, words: WELL["records"] in words)
        assert "AWS denied ListMemories" in said(records)
    finally:
        strikes(troubled)
    until(tabs, is_well)


@pytest.mark.parametrize(
    ("row", "name", "struck"), [(0, "denied", " on GetMemoryRecord,RetrieveMemoryRecords"), (1, "reset", "")]
)
def test_a_fault_while_only_a_part_of_a_page_is_drawn(
    row: int, name: str, struck: str, tabs: Tabs, troubled: Endpoint
) -> None:
    """A record is opened and a question is asked, which draws neither page as a whole."""
    rule, words = FAULTS[name]
    those = {page: tabs[page] for page in ("records", "retrieval")}
    until(those, is_well)
    strikes(troubled, rule + struck)
    try:
        choose_row(those["records"], row, table=1)
        question = those["retrieval"].get_by_label("Question")
        question.fill(f"How to reach the customer, asked {row + 1} times?")
        question.press("Enter")
        explained(those, words)
        if struck:  # the rest of the page is there: the namespaces, the records
            tables = those["records"].get_by_test_id("stDataFrame")
            until({"records": those["records"]}, lambda *_: tables.count() == 2)
    finally:
        strikes(troubled)
    answers = {"records": "As the API returns it", "retrieval": "What the agent gets"}
    until(those, lambda page, said: is_well(page, said) and answers[page] in said)
