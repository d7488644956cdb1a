"""How long the browser takes to show the first page of a warm dashboard.

The figure is the time from the start of the navigation until the table of memories is on screen; the floor is
the same time for a Streamlit page that writes one word, served in the same run with the same configuration,
until that word is on screen. The ratio is thus what our own page costs over what Streamlit costs anyway. Warm
means that the server has shown the page before. Once with an empty browser cache (a first visit) and once
with a filled one. Beside it stand the page's title, which is there before the table, and a page with
nothing but a table of the same size: the part of the ratio that is Streamlit's table and not ours. All loads
alternate.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from benchmarks import browser, servers
from benchmarks.table import Comparison, comparisons

LOADS = 9
TARGET = 2.0
TABLE = '[data-testid="stMain"] [data-testid="stDataFrame"] canvas'
TITLE = '[data-testid="stMain"] [data-testid="stHeading"]'
WORD = '[data-testid="stMain"] [data-testid="stMarkdownContainer"] p'
EMPTY_PAGE = 'import streamlit as st\n\nst.write("Empty")\n'
TABLE_PAGE = """import streamlit as st

st.dataframe({name: ["text"] * 7 for name in ("Name", "Status", "Strategies", "Expiry", "Created")})
"""


@dataclass(frozen=True)
class Site:
    """A server, and the selector of what a person waits for on its first page."""

    url: str
    selector: str


def main() -> None:
    """Measures and prints."""
    with (
        servers.endpoint() as endpoint_url,
        page(EMPTY_PAGE) as empty_url,
        page(TABLE_PAGE) as table_url,
        servers.dashboard(endpoint_url) as dashboard_url,
        browser.chromium() as chromium,
    ):
        servers.load_sample_data(endpoint_url)
        sites = [
            Site(dashboard_url, TABLE),
            Site(dashboard_url, TITLE),
            Site(table_url, TABLE),
            Site(empty_url, WORD),
        ]
        comparisons(
            f"First page of the warm dashboard, ms (floor: an empty page; {LOADS} loads)",
            [
                *_compared("first visit", _loads(chromium, sites, cached=False)),
                *_compared("later visit", _loads(chromium, sites, cached=True)),
            ],
        )


@contextmanager
def page(script: str) -> Iterator[str]:
    """A Streamlit server of one page; gives its URL."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "page.py"
        file.write_text(script, "utf-8")
        with servers.streamlit(file) as url:
            yield url


def _loads(chromium: Browser, sites: list[Site], *, cached: bool) -> list[list[float]]:
    """Milliseconds per site and load; the very first load, which finds a cold server, is left out."""
    kept = [chromium.new_context() for _ in sites]
    rounds = []
    for _ in range(LOADS + 1):
        contexts = kept if cached else [chromium.new_context() for _ in sites]
        rounds.append([_load(context, site) for context, site in zip(contexts, sites, strict=True)])
        for context in [] if cached else contexts:
            context.close()
    return [list(samples) for samples in zip(*rounds[1:], strict=True)]


def _load(context: BrowserContext, site: Site) -> float:
    opened = context.new_page()
    milliseconds = browser.milliseconds_until_visible(opened, site.url, site.selector)
    opened.close()
    return milliseconds


def _compared(visit: str, loads: list[list[float]]) -> list[Comparison]:
    dashboard, title, table, empty = loads
    return [
        Comparison(f"{visit}: the dashboard", dashboard, empty, TARGET),
        Comparison(f"{visit}: its title", title, empty),
        Comparison(f"{visit}: nothing but a table", table, empty),
    ]
