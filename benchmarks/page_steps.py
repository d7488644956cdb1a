"""What a filter, a turn of the page, a choice or a question costs on a page of a large store.

A step's time goes from the act until what it changes has changed on screen. The act is typing and Enter, or
a click, but not the driver's search for the field, which takes longer the more is on a page. Its floor is an
empty rerun: the same act in this dashboard's frame around a page that has nothing but the field, the table or
the numbers of pages that is acted on, and the time in which a call that the step needs was under way. A
stricter floor stands beside it: such a page without the frame, Streamlit alone. The rounds of all pages
alternate. Beside it: the CPU time of the dashboard's process, which says more on a busy machine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

from benchmarks import browser, servers
from benchmarks.first_page import page
from benchmarks.recording_proxy import Exchange, Recording
from benchmarks.table import Comparison, comparisons

ROUNDS = 7
QUOTA_MILLISECONDS = 1_500
"""Behind a step, so that none waits for a turn below the quotas."""
TARGET = 1.5
MAIN = '[data-testid="stMain"] '
TABLES = MAIN + '[data-testid="stDataFrame"]'
OF_IDS = ("1", "23", "456", "7", "89", "012", "3", "45")
"""Found in different numbers of the actors' ids."""
WORDS = ("bababa", "babaki", "dobata", "babalu", "mesiki", "babano", "dovelu", "babado")
Act = Callable[[Page, int], Callable[[], None]]
"""Finds what is acted on, and gives the act itself."""

# Resolves to the milliseconds until the text of the elements is another one. A table's text is what it tells
# to screen readers: the rows in sight.
CHANGED = """
([selector, timeout]) => {
  const told = () => [...document.querySelectorAll(selector)].map((each) => each.textContent).join("|");
  const [begun, before] = [performance.now(), told()];
  window.changed = new Promise((resolve, reject) => {
    const look = () => {
      if (told() !== before) resolve(performance.now() - begun);
      else if (performance.now() - begun > timeout) reject(new Error("nothing has changed: " + selector));
      else requestAnimationFrame(look);
    };
    look();
  });
}
"""
CAPTIONS = MAIN + '[data-testid="stCaptionContainer"]'


def type_into(label: str, words: Sequence[str] = WORDS) -> Act:
    """Other words in a field, and Enter."""

    def found(opened: Page, number: int) -> Callable[[], None]:
        field = opened.get_by_label(label, exact=True).element_handle()

        def act() -> None:
            field.fill(words[number % len(words)])
            field.press("Enter")

        return act

    return found


def turn_page(opened: Page, number: int) -> Callable[[], None]:
    """To the next page, which is another one each time."""
    del number
    return opened.get_by_test_id("stPaginationNext").element_handle().click


def choose_row(table: int) -> Act:
    """Another row of a page's table, counted from 0."""

    def found(opened: Page, number: int) -> Callable[[], None]:
        box = opened.locator(TABLES).nth(table).bounding_box()
        if box is None:
            raise RuntimeError("The table is not on screen.")
        at = (box["x"] + 15, box["y"] + 35 * (number % 4 + 2.5))
        return lambda: opened.mouse.click(*at)

    return found


_FLOORS: Mapping[str, tuple[str, Act]] = {
    "type": ('st.caption("Words: " + st.text_input("Words"))', type_into("Words")),
    "turn": ('st.caption(f"Page {st.pagination(100, key=1)}")', turn_page),
    "row": (
        'rows = st.dataframe({"name": [f"row {number}" for number in range(8)]}, on_select="rerun",\n'
        '    selection_mode="single-row")["selection"]["rows"]\n'
        'st.caption(f"Rows: {rows}")',
        choose_row(0),
    ),
}
_FRAMED = f"""import runpy
import sys
from pathlib import Path

sys.path.insert(0, {str(servers.ROOT)!r})

from dashboard import navigation

navigation.ROOT = Path(__file__).parent / "empty"
runpy.run_path({str(servers.ROOT / "dashboard" / "app.py")!r})
"""
"""The dashboard with the pages of a folder beside this script. That is not `pages` itself: Streamlit takes
what is in such a folder for pages of its own, and draws them without our frame."""
_OPENS = '[data-testid="stHeading"] h3'
_STEPS: Mapping[str, tuple[str, str, Act, str, str | None]] = {
    "records: words in the text": ("records", "type", type_into("Find in the text"), CAPTIONS, None),
    "records: another namespace": ("records", "row", choose_row(0), TABLES, "ListMemoryRecords"),
    "records: open a record": (
        "records",
        "row",
        choose_row(1),
        ".st-key-record-detail",
        "GetMemoryRecord",
    ),
    "events: words in actors' ids": ("events", "type", type_into("Find an actor", OF_IDS), CAPTIONS, None),
    "events: turn the page of actors": ("events", "turn", turn_page, TABLES, None),
    "events: another session": ("events", "row", choose_row(1), MAIN + _OPENS, "ListEvents"),
    "retrieval: another question": (
        "retrieval",
        "type",
        type_into("Question"),
        CAPTIONS,
        "RetrieveMemoryRecords",
    ),
}
"""Page, kind of act, the act, what it changes, and the calls that it needs."""


@dataclass
class _Step:
    opened: Page
    act: Act
    changes: str
    samples: list[float] = field(default_factory=list)
    needed: list[float] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def measure(chromium: Browser, links: Mapping[str, str], kept: Recording, pid: int) -> None:
    """Prints what each step costs. `links` lead to the pages of a store, whose calls `kept` records; `pid` is
    the dashboard's process."""
    with ExitStack() as running:
        framed = {kind: _floor(running, chromium, kind, framed=True) for kind in _FLOORS}
        alone = {kind: _floor(running, chromium, kind, framed=False) for kind in _FLOORS}
        steps = {
            what: _Step(_opened(chromium, links[name]), act, changes)
            for what, (name, _, act, changes, _) in _STEPS.items()
        }
        for number in range(ROUNDS + 1):
            for floor in (*framed.values(), *alone.values()):
                floor.samples.append(_milliseconds(floor, number))
            for what, step in steps.items():
                _take(step, number, kept, pid, _STEPS[what][4])
    _print(steps, framed, alone)


def _floor(running: ExitStack, chromium: Browser, kind: str, *, framed: bool) -> _Step:
    script, act = _FLOORS[kind]
    empty = f"import streamlit as st\n\n{script}\n"
    url = running.enter_context(_in_the_frame(empty) if framed else page(empty))
    return _Step(_opened(chromium, url), act, CAPTIONS)


@contextmanager
def _in_the_frame(script: str) -> Iterator[str]:
    """The dashboard with every page replaced by a script, before an endpoint without data; gives the URL."""
    with tempfile.TemporaryDirectory() as directory, servers.endpoint() as endpoint_url:
        folder = Path(directory) / "empty" / "pages"
        folder.mkdir(parents=True)
        for file in (servers.ROOT / "pages").glob("*.py"):
            (folder / file.name).write_text(script, "utf-8")
        framed = Path(directory) / "framed.py"
        framed.write_text(_FRAMED, "utf-8")
        environment = {"AGENTCORE_STUDIO_ENDPOINT": endpoint_url, "AGENTCORE_STUDIO_DATA": directory}
        with servers.streamlit(framed, environment) as url:
            yield f"{url}/access"  # a page that asks for nothing in the address bar


def _opened(chromium: Browser, url: str) -> Page:
    opened = chromium.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    opened.goto(url)
    idle = "[data-testid=stApp][data-test-script-state=notRunning]"
    opened.wait_for_selector(idle, timeout=browser.TIMEOUT_MILLISECONDS)
    reading = opened.get_by_text("Still reading")  # the actors, in the background: calls of no step
    opened.wait_for_timeout(3_000)
    reading.wait_for(state="detached", timeout=10 * browser.TIMEOUT_MILLISECONDS)
    return opened


def _take(step: _Step, number: int, kept: Recording, pid: int, needed: str | None) -> None:
    kept.take()
    before = _processor_milliseconds(pid)
    step.samples.append(_milliseconds(step, number))
    step.opened.wait_for_timeout(QUOTA_MILLISECONDS)
    step.processor.append(_processor_milliseconds(pid) - before)
    exchanges = [exchange for exchange in kept.take() if exchange.operation]
    step.needed.append(_under_way([each for each in exchanges if each.operation == needed]))
    step.calls.append(len(exchanges))


def _under_way(calls: Sequence[Exchange]) -> float:
    """Milliseconds in which at least one of the calls was under way."""
    total, until = 0.0, 0.0
    for call in sorted(calls, key=lambda each: each.begun):
        total += max(0.0, call.ended - max(call.begun, until))
        until = max(until, call.ended)
    return total * 1000


def _milliseconds(step: _Step, number: int) -> float:
    act = step.act(step.opened, number)
    step.opened.evaluate(CHANGED, [step.changes, browser.TIMEOUT_MILLISECONDS])
    act()
    return float(step.opened.evaluate("window.changed"))


def _processor_milliseconds(pid: int) -> float:
    """CPU time of a process so far, in steps of 10 ms."""
    parts = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) * 10.0


def _print(steps: Mapping[str, _Step], framed: Mapping[str, _Step], alone: Mapping[str, _Step]) -> None:
    for title, floors, target in (
        ("an empty rerun and the calls it needs", framed, TARGET),
        ("Streamlit alone and those calls", alone, None),
    ):
        rows = []
        for what, step in steps.items():
            empty = floors[_STEPS[what][1]].samples[1:]
            floor = [rerun + calls for rerun, calls in zip(empty, step.needed[1:], strict=True)]
            rows.append(Comparison(what, step.samples[1:], floor, target))
        comparisons(f"A step on a page, ms (floor: {title}; {ROUNDS} rounds)", rows)
    for what, step in steps.items():
        calls, needed, cpu = (median(each[1:]) for each in (step.calls, step.needed, step.processor))
        print(f"  {what}: {calls:g} calls, {needed:.0f} ms needed, {cpu:.0f} ms CPU of the server")
