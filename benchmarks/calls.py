"""How many AWS calls each page makes.

A recording proxy stands between the dashboard and the endpoint. Each page is opened with a link that names a
memory, an actor, a session and a question, so that it has everything to show; then its script is run again
without anything having changed; then another page is visited and the menu leads back; then somebody else
opens the same link. The first number is what the page needs; the others have the floor 0, because no answer
can have changed, but for Chat, whose live panel looks for changes anew for every visitor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page

from benchmarks import browser, servers
from benchmarks.recording_proxy import Recording, recording

PAGES = {"Memories": "", "Events": "events", "Retrieval": "retrieval", "Chat": "chat"}
LINK = {"actor": "user-84", "query": "How does this customer like to be contacted?"}
COLUMNS = ("first load", "rerun", "coming back", "second visitor")


def main() -> None:
    """Measures and prints."""
    with servers.endpoint() as endpoint_url, recording(endpoint_url) as (proxy_url, kept):
        report = servers.load_sample_data(endpoint_url)
        memory_id = next(found for found in report.memory_ids if "Support" in found)
        data = servers.client("bedrock-agentcore", endpoint_url)
        sessions = data.list_sessions(memoryId=memory_id, actorId=LINK["actor"])["sessionSummaries"]
        place = LINK | {"memory": memory_id, "session": sessions[0]["sessionId"]}
        with browser.chromium() as chromium:
            _print({title: _counts(chromium, proxy_url, kept, title, place) for title in PAGES})


def _counts(
    chromium: Browser, proxy_url: str, kept: Recording, title: str, place: dict[str, str]
) -> list[list[str]]:
    """The calls of each column, on a dashboard that has shown nothing yet."""
    with servers.dashboard(proxy_url) as url:
        link = f"{url}/{PAGES[title]}?{urlencode(place)}"
        page = chromium.new_context().new_page()
        kept.take()
        page.goto(link)
        browser.wait_until_idle(page)
        counts = [kept.take_operations()]
        browser.after_rerun(page, lambda: page.locator("body").press("r"))  # Streamlit's shortcut
        counts.append(kept.take_operations())
        browser.after_rerun(page, _menu(page, next(other for other in PAGES if other != title)))
        kept.take()
        browser.after_rerun(page, _menu(page, title))
        counts.append(kept.take_operations())
        page.context.close()
        visitor = chromium.new_context().new_page()
        visitor.goto(link)
        browser.wait_until_idle(visitor)
        visitor.context.close()
        return [*counts, kept.take_operations()]


def _menu(page: Page, title: str) -> Callable[[], None]:
    """What chooses a page in the menu."""
    return page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click


def _print(pages: dict[str, list[list[str]]]) -> None:
    print("\nAWS calls per page (floor of every column but the first: 0)")
    print(f"  {'':12}" + "".join(f"{column:>16}" for column in COLUMNS))
    for title, columns in pages.items():
        print(f"  {title:12}" + "".join(f"{len(calls):16}" for calls in columns))
        for column, calls in zip(COLUMNS, columns, strict=True):
            if calls:
                named = ", ".join(f"{count} {name}" for name, count in sorted(Counter(calls).items()))
                print(f"  {'':14}{column}: {named}")
