"""Headless Chromium, and how to tell in it that a page has drawn or a rerun has ended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.servers import CannotMeasure

TIMEOUT_MILLISECONDS = 60_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

# The dashboard's Content-Security-Policy forbids eval, and with it Playwright's own wait_for_function: these
# two leave a promise behind that `page.evaluate` can wait for.

# Resolves to the browser's clock at the first frame in which an element is there and has an area.
FIRST_SEEN = """
([selector, timeout]) => {
  window.firstSeen = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("never seen: " + selector)), timeout);
    const look = () => {
      const box = document.querySelector(selector)?.getBoundingClientRect();
      if (box && box.width > 0 && box.height > 0) resolve(performance.now());
      else requestAnimationFrame(look);
    };
    look();
  });
}
"""
# Resolves when a run that began after it was installed has ended.
NEXT_RUN = """
(timeout) => {
  window.nextRun = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no run has ended")), timeout);
    const app = document.querySelector("[data-testid=stApp]");
    const ended = () => app.getAttribute("data-test-script-state") === "notRunning";
    let wasRunning = false;
    new MutationObserver(() => {
      if (wasRunning && ended()) resolve();
      wasRunning = !ended();
    }).observe(app, {attributes: true, attributeFilter: ["data-test-script-state"]});
  });
}
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium of this machine; raises CannotMeasure when there is none."""
    found = [
        path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))
    ]
    if not found:
        raise CannotMeasure("No Chromium found; `make chromium` installs one.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=ARGUMENTS)
        yield browser
        browser.close()


def milliseconds_until_visible(page: Page, url: str, selector: str) -> float:
    """Time from the start of the navigation to the first frame that shows the selector."""
    page.add_init_script(f"({FIRST_SEEN})({json.dumps([selector, TIMEOUT_MILLISECONDS])})")
    page.goto(url)
    return float(page.evaluate("window.firstSeen"))


def wait_until_idle(page: Page) -> None:
    """Waits until Streamlit has drawn a page and runs nothing."""
    page.wait_for_selector("[data-testid=stHeading]", timeout=TIMEOUT_MILLISECONDS)
    page.wait_for_selector(
        "[data-testid=stApp][data-test-script-state=notRunning]", timeout=TIMEOUT_MILLISECONDS
    )
    page.wait_for_timeout(500)  # a page that reads in steps starts its next run at once


def after_rerun(page: Page, act: Callable[[], None]) -> None:
    """Does something that makes the page's script run again, and waits until it has."""
    page.evaluate(NEXT_RUN, TIMEOUT_MILLISECONDS)
    act()
    page.evaluate("window.nextRun")
    wait_until_idle(page)
