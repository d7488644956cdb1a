"""What the dashboard costs on a store as of a large product, beside the sample data in the same run.

First useful content: the time from the start of a navigation until a page shows what it is for (not its
title, not a spinner), on a dashboard that has forgotten every answer, with 10,000 actors, 1,000,000 events
and 100,000 records (`benchmarks.people_store`); its floor is the same page on the sample data. Steps on a
page: `benchmarks.page_steps`. Memory is that of the dashboard's process, beside what it was before more
viewers came. All of it at the default quarter of the API quotas. Rounds alternate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Browser

from benchmarks import browser, page_steps, servers
from benchmarks.people_store import people_store
from benchmarks.recording_proxy import Recording, recording
from benchmarks.resident import megabytes
from benchmarks.table import Comparison, comparisons

ROUNDS = 5
QUOTA_MILLISECONDS = 1_500
VIEWERS = 5
FIRST_CONTENT_TARGET = 2.0
MAIN = '[data-testid="stMain"] '
USEFUL = {
    "overview": '[data-testid="stMetricValue"]',
    "memories": '[data-testid="stDataFrame"] canvas',
    "events": '[data-testid="stChatMessage"]',
    "records": '[data-testid="stDataFrame"] canvas',
    "retrieval": '[data-testid="stDataFrame"] canvas',
    "chat": '[data-testid="stChatInput"]',
    "access": '[data-testid="stCode"]',
}
"""What a page is for, when it is there."""


@dataclass(frozen=True)
class Account:
    """A dashboard before an endpoint, a place in its store, and what it asks."""

    url: str
    pid: int
    place: dict[str, str]
    kept: Recording

    def link(self, name: str, **more: str) -> str:
        return f"{self.url}/{'' if name == 'overview' else name}?{urlencode(self.place | more)}"


def main() -> None:
    """Measures and prints."""
    with ExitStack() as running:
        small, large = _sample(running), _people(running)
        chromium = running.enter_context(browser.chromium())
        forgetting = [_forgetting(chromium, account) for account in (small, large)]
        comparisons(
            f"First useful content, ms (floor: the same page on the sample data; {ROUNDS} rounds)",
            [_first_content(chromium, name, (small, large), forgetting) for name in USEFUL],
        )
        links = {name: large.link(name) for name in USEFUL}
        page_steps.measure(chromium, links, large.kept, large.pid)
        _memory(chromium, large)


def _sample(running: ExitStack) -> Account:
    endpoint_url = running.enter_context(servers.endpoint())
    report = servers.load_sample_data(endpoint_url)
    memory_id = next(found for found in report.memory_ids if "Support" in found)
    data = servers.client("bedrock-agentcore", endpoint_url)
    sessions = data.list_sessions(memoryId=memory_id, actorId="user-84")["sessionSummaries"]
    place = {"memory": memory_id, "actor": "user-84", "session": sessions[0]["sessionId"]}
    return _account(running, endpoint_url, place)


def _people(running: ExitStack) -> Account:
    store = people_store()
    endpoint_url, _ = running.enter_context(servers.endpoint_on(store.data_dir))
    place = {"memory": store.memory_id, "actor": store.actor_id, "session": store.session_id}
    return _account(running, endpoint_url, place)


def _account(running: ExitStack, endpoint_url: str, place: dict[str, str]) -> Account:
    proxy_url, kept = running.enter_context(recording(endpoint_url))
    url, process = running.enter_context(servers.dashboard_process(proxy_url))
    return Account(url, process.pid, place, kept)


def _forgetting(chromium: Browser, account: Account) -> Callable[[], None]:
    """What lets a dashboard forget what it was answered, as the button Refresh does; then it waits, so that
    the quotas are untouched."""
    opened = chromium.new_page()
    opened.goto(account.link("access"))
    browser.wait_until_idle(opened)

    def forget() -> None:
        browser.after_rerun(opened, opened.get_by_role("button", name="Refresh").click)
        opened.wait_for_timeout(QUOTA_MILLISECONDS)

    return forget


def _first_content(
    chromium: Browser, name: str, accounts: Sequence[Account], forgetting: Sequence[Callable[[], None]]
) -> Comparison:
    times: list[list[float]] = [[] for _ in accounts]
    for _ in range(ROUNDS + 1):
        for account, forget, samples in zip(accounts, forgetting, times, strict=True):
            forget()
            context = chromium.new_context()
            link, selector = account.link(name), MAIN + USEFUL[name]
            samples.append(browser.milliseconds_until_visible(context.new_page(), link, selector))
            context.close()
    of_small, of_large = times
    found = Comparison(name, of_large[1:], of_small[1:], FIRST_CONTENT_TARGET)
    print(f"  {name}: {found.ratio:.2f} times the sample data's", flush=True)
    return found


def _memory(chromium: Browser, large: Account) -> None:
    """What each further viewer costs who has every page open."""
    before = megabytes(large.pid)
    contexts = []
    for _ in range(VIEWERS):
        context = chromium.new_context()
        for name in USEFUL:
            opened = context.new_page()
            opened.goto(large.link(name))
            browser.wait_until_idle(opened)
        contexts.append(context)
    after = megabytes(large.pid)
    print("\nMemory of the dashboard's process")
    print(
        f"  {before:.0f} MB before, {after:.0f} MB with {VIEWERS} viewers who have all {len(USEFUL)} pages "
        f"open: {(after - before) / VIEWERS:.1f} MB each"
    )
    for context in contexts:
        context.close()
