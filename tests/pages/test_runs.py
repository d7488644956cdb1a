"""Runs of a session do not disturb each other, and what one says last reaches the browser."""

import asyncio
import threading
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent, add_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

from dashboard import runs
from tests.pages.sessions import RUN_SECONDS, session

PAGE = """
import streamlit as st

@st.fragment(run_every=3600)
def clock():
    st.text("tick")

st.text("a page")
clock()
"""


def test_a_timer_that_comes_as_a_run_ends_takes_nothing_of_it_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's event loop is busy while a run ends, and the first that it then hears of is a fragment's
    timer of the run before."""
    runs.guard()

    async def told() -> list[str]:
        with session(tmp_path / "page.py", PAGE, monkeypatch) as browser:
            browser.ask()
            await browser.rests()
            (clock,) = browser.fragments()
            browser.ask()
            thread = browser.server._scriptrunner._script_thread
            thread.join(RUN_SECONDS)
            assert not thread.is_alive()
            browser.ask(fragment_id=clock, is_auto_rerun=True)
            await browser.rests()
        kinds = [str(each.WhichOneof("type")) for each in browser.told]
        return [kind for kind in kinds if kind in {"new_session", "auto_rerun", "script_finished"}]

    page_run = ["new_session", "auto_rerun", "script_finished"]
    assert asyncio.run(told()) == [*page_run, *page_run, "new_session", "script_finished"]


@pytest.fixture
def requests() -> ScriptRequests:
    runs.guard()
    return ScriptRequests()


def test_a_run_that_is_told_to_stop_takes_nothing_back_at_its_end(requests: ScriptRequests) -> None:
    runner = MagicMock(_requests=requests)
    finished = (MagicMock(), ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS, False, MagicMock())
    requests.request_stop()
    ScriptRunner._on_script_finished(runner, *finished)
    runner._session_state.on_script_finished.assert_not_called()
    runner._requests = ScriptRequests()
    ScriptRunner._on_script_finished(runner, *finished)
    runner._session_state.on_script_finished.assert_called_once()


def test_a_run_that_is_told_to_stop_does_not_say_which_page_is_next(
    requests: ScriptRequests, tmp_path: Path
) -> None:
    pages = PagesManager(str(tmp_path / "page.py"))
    said: list[str | None] = []

    def run() -> None:
        add_script_run_ctx(threading.current_thread(), MagicMock(script_requests=requests))
        pages.set_script_intent("drawn", "")
        said.append(pages.intended_page_script_hash)
        requests.request_stop()
        pages.set_script_intent("left", "")
        said.append(pages.intended_page_script_hash)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(RUN_SECONDS)
    assert said == ["drawn", "drawn"]
