"""What a filter, a turn of the page, a choice or a question costs on a page of a large store.

A step's time goes from the act until what it changes has changed on screen. It stands beside the same act on
a page that has nothing but the field, the table or the numbers of pages that is acted on (Streamlit alone),
and the time of the AWS calls that the step made. The rounds of all pages alternate. Beside it: the CPU time
of the dashboard's process, which says more on a busy machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

from benchmarks import browser
from benchmarks.first_page import page
from benchmarks.recording_proxy import Recording
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
Act = Callable[[Page, int], None]

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

    def act(opened: Page, number: int) -> None:
        text = opened.get_by_label(label, exact=True)
        text.fill(words[number % len(words)])
        text.press("Enter")

    return act


def turn_page(opened: Page, number: int) -> None:
    """To the next page, which is another one each time."""
    del number
    opened.get_by_test_id("stPaginationNext").click()


def choose_row(table: int) -> Act:
    """Another row of a page's table, counted from 0."""

    def act(opened: Page, number: int) -> None:
        box = opened.locator(TABLES).nth(table).bounding_box()
        if box is None:
            raise RuntimeError("The table is not on screen.")
        opened.mouse.click(box["x"] + 15, box["y"] + 35 * (number % 4 + 2.5))

    return act


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
_STEPS: Mapping[str, tuple[str, str, Act, str]] = {
    "records: words in the text": ("records", "type", type_into("Find in the text"), CAPTIONS),
    "records: another namespace": ("records", "row", choose_row(0), TABLES),
    "records: open a record": ("records", "row", choose_row(1), ".st-key-record-detail"),
    "events: words in actors' ids": ("events", "type", type_into("Find an actor", OF_IDS), CAPTIONS),
    "events: turn the page of actors": ("events", "turn", turn_page, TABLES),
    "events: another session": ("events", "row", choose_row(1), MAIN + '[data-testid="stHeading"] h3'),
    "retrieval: another question": ("retrieval", "type", type_into("Question"), CAPTIONS),
}
"""Page, kind of act, the act, and what it changes."""


@dataclass
class _Step:
    opened: Page
    act: Act
    changes: str
    samples: list[float] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def measure(
    chromium: Browser,
    links: Mapping[str, str],
    kept: Recording,
    pid: int,
    call_milliseconds: float,
) -> None:
    """Prints what each step costs. `links` lead to the pages of a store, whose calls `kept` records; `pid` is
    the dashboard's process."""
    with ExitStack() as running:
        floors = {kind: _floor(running, chromium, kind) for kind in _FLOORS}
        steps = {
            what: _Step(_opened(chromium, links[name]), act, changes)
            for what, (name, _, act, changes) in _STEPS.items()
        }
        for number in range(ROUNDS + 1):
            for step in floors.values():
                step.samples.append(_milliseconds(step, number))
            for step in steps.values():
                _take(step, number, kept, pid)
    _print(steps, floors, call_milliseconds)


def _floor(running: ExitStack, chromium: Browser, kind: str) -> _Step:
    script, act = _FLOORS[kind]
    url = running.enter_context(page(f"import streamlit as st\n\n{script}\n"))
    return _Step(_opened(chromium, url), act, CAPTIONS)


def _opened(chromium: Browser, url: str) -> Page:
    opened = chromium.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    opened.goto(url)
    idle = "[data-testid=stApp][data-test-script-state=notRunning]"
    opened.wait_for_selector(idle, timeout=browser.TIMEOUT_MILLISECONDS)
    reading = opened.get_by_text("Still reading")  # the actors, in the background: calls of no step
    opened.wait_for_timeout(3_000)
    reading.wait_for(state="detached", timeout=10 * browser.TIMEOUT_MILLISECONDS)
    return opened


def _take(step: _Step, number: int, kept: Recording, pid: int) -> None:
    kept.take_operations()
    before = _processor_milliseconds(pid)
    step.samples.append(_milliseconds(step, number))
    step.opened.wait_for_timeout(QUOTA_MILLISECONDS)
    step.processor.append(_processor_milliseconds(pid) - before)
    step.calls.append(len(kept.take_operations()))


def _milliseconds(step: _Step, number: int) -> float:
    step.opened.evaluate(CHANGED, [step.changes, browser.TIMEOUT_MILLISECONDS])
    step.act(step.opened, number)
    return float(step.opened.evaluate("window.changed"))


def _processor_milliseconds(pid: int) -> float:
    """CPU time of a process so far, in steps of 10 ms."""
    parts = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) * 10.0


def _print(steps: Mapping[str, _Step], floors: Mapping[str, _Step], call: float) -> None:
    rows, notes = [], []
    for what, step in steps.items():
        alone: Sequence[float] = floors[_STEPS[what][1]].samples[1:]
        needed = median(step.calls[1:])
        rows.append(Comparison(what, step.samples[1:], [each + needed * call for each in alone], TARGET))
        notes.append(f"  {what}: {needed:g} calls, {median(step.processor[1:]):.0f} ms CPU of the server")
    comparisons(f"A step on a page, ms (floor: the act alone, and {call:.1f} ms for each call)", rows)
    print("\n".join(notes))
