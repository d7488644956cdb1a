"""A real dashboard before a real endpoint, in headless Chromium."""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
START_DEADLINE_SECONDS = 120
PATIENCE_MILLISECONDS = 90_000
"""So long a browser test waits for anything: other tests keep the machine busy."""
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Dashboard:
    """A running dashboard; `open` gives a page and waits until it has drawn."""

    url: str
    browser: Browser
    outside_requests: list[str] = field(default_factory=list)

    def open(
        self,
        path: str = "",
        *,
        width: int = 1440,
        height: int = 1000,
        dark: bool = False,
        zone: str | None = None,
        script: str = "",
    ) -> Page:
        """`zone`: the browser's time zone, else this machine's; `script` runs there before anything else."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            timezone_id=zone,
        )
        if script:
            context.add_init_script(script)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        page = context.new_page()
        page.on("request", self._note)
        page.goto(f"{self.url}/{path}")
        settled(page)
        return page

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.url, self.url.replace("http", "ws"), "data:", "blob:")):
            self.outside_requests.append(request.url)


def settled(page: Page) -> None:
    """Waits until Streamlit has finished the run that the last action started."""
    app = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(app).to_be_visible()
    expect(page.locator("[data-testid=stHeading]").first).to_be_visible()


def choose_row(page: Page, row: int, *, table: int = 0) -> None:
    """Clicks the marker of a table's row: the grid is a canvas with 35 px rows below a 35 px header."""
    page.get_by_test_id("stDataFrame").nth(table).click(position={"x": 15, "y": 35 * (row + 1.5)})


@contextmanager
def running_dashboard(endpoint_url: str, data_dir: Path) -> Iterator[str]:
    """Starts the dashboard on a free port, as `make run` does, and stops it."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "server.py")),
        *("--server.address", "127.0.0.1", "--server.port", str(port)),
    ]
    environment: dict[str, Any] = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AGENTCORE_STUDIO_ENDPOINT": endpoint_url,
        "AGENTCORE_STUDIO_DATA": str(data_dir),
    }
    log = (data_dir / "dashboard.log").open("w")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_until_healthy(process, f"http://127.0.0.1:{port}", data_dir / "dashboard.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)
        log.close()


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_DEADLINE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=10):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the dashboard did not start: {log.read_text()}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed tells what its browser showed: a time-out alone says only what was not there."""
    report = yield
    browser: Browser | None = getattr(item, "funcargs", {}).get("chromium")
    if report.when == "call" and report.failed and browser is not None:
        for page in (page for context in browser.contexts for page in context.pages):
            with suppress(PlaywrightError):
                shown = page.locator("body").aria_snapshot(timeout=10_000)
                report.sections.append((f"Page at {page.url}", shown))
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert path, "no Chromium found: `make test` installs one"
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def dashboard(
    endpoint: Any, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dashboard]:
    """The dashboard before the session's endpoint."""
    with running_dashboard(endpoint.url, tmp_path_factory.mktemp("studio")) as url:
        yield Dashboard(url, chromium)
