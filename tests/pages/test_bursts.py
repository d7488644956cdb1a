"""What a run says goes to the browser at its end, or as it goes on where it takes long."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard import bursts
from tests.pages.sessions import RUN_SECONDS, Session, session

PAGE = """
import streamlit as st
from tests.pages import test_bursts

st.text("first")
assert test_bursts.go_on.wait(test_bursts.RUN_SECONDS)
st.text("last")
"""
AGAIN = """
if "drawn" not in st.session_state:
    st.session_state["drawn"] = True
    st.rerun()
"""
go_on = threading.Event()


@contextmanager
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str = PAGE) -> Iterator[Session]:
    """A session whose page stops between its two texts until `go_on` is set."""
    bursts.guard()
    go_on.clear()
    with session(tmp_path / "page.py", page, monkeypatch) as browser:
        try:
            browser.ask()
            yield browser
        finally:
            go_on.set()


async def until_told(browser: Session, told: str) -> list[str]:
    """What the browser is given, flush by flush, until that is among it."""
    found: list[str] = []
    async with asyncio.timeout(RUN_SECONDS):
        while told not in found:
            await asyncio.sleep(0.005)
            found += kinds(browser.server.flush_browser_queue())
    return found


def kinds(given: list[ForwardMsg]) -> list[str]:
    """The texts among what the browser is given, and what else there is by its kind."""
    return [each.delta.new_element.text.body or str(each.WhichOneof("type")) for each in given]


def test_a_run_is_told_at_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bursts, "HOLD_SECONDS", 3600.0)

    async def told() -> list[str]:
        with running(tmp_path, monkeypatch) as browser:
            async with asyncio.timeout(RUN_SECONDS):
                while len(browser.server._browser_queue) < 3:  # new session, running, first text
                    await asyncio.sleep(0.005)
                    assert browser.server.flush_browser_queue() == []
            go_on.set()
            return await until_told(browser, "script_finished")

    assert [each for each in asyncio.run(told()) if each in {"first", "last"}] == ["first", "last"]


def test_a_run_that_asks_for_another_is_told_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bursts, "HOLD_SECONDS", 3600.0)
    flushes: list[list[str]] = []

    async def told() -> None:
        page = PAGE.replace("\nst.text", AGAIN + "\nst.text", 1)
        with running(tmp_path, monkeypatch, page) as browser:
            browser.server._message_enqueued_callback = lambda: flushes.append(
                kinds(browser.server.flush_browser_queue())
            )
            go_on.set()
            await browser.rests()

    asyncio.run(told())
    first = next(filter(None, flushes))
    assert first.count("new_session") == 2
    assert "last" in first


def test_a_long_run_is_told_as_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bursts, "HOLD_SECONDS", 0.01)

    async def told() -> tuple[list[str], list[str]]:
        with running(tmp_path, monkeypatch) as browser:
            before = await until_told(browser, "first")
            go_on.set()
            return before, await until_told(browser, "script_finished")

    before, after = asyncio.run(told())
    assert before[0] == "new_session"
    assert "last" not in before
    assert "last" in after
