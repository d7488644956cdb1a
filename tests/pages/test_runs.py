"""What a run says last reaches the browser, whatever is asked for at that moment."""

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from dashboard import runs

PAGE = """
import streamlit as st

@st.fragment(run_every=3600)
def clock():
    st.text("tick")

st.text("a page")
clock()
"""
RUN_SECONDS = 60.0


def test_a_timer_that_comes_as_a_run_ends_takes_nothing_of_it_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's event loop is busy while a run ends, and the first that it then hears of is a fragment's
    timer of the run before."""
    runs.guard()
    runs.guard()
    monkeypatch.setattr(Runtime, "_instance", MagicMock())
    monkeypatch.setattr(AppSession, "register_file_watchers", lambda session: None)  # a thread that goes on
    page = tmp_path / "page.py"
    page.write_text(PAGE, "utf-8")
    told = asyncio.run(_told(page))
    page_run = ["new_session", "auto_rerun", "script_finished"]
    assert told == [*page_run, *page_run, "new_session", "script_finished"]


async def _told(page: Path) -> list[str]:
    """What the browser is told of a run, of another one while the loop is busy, and of its fragment: when
    each begins and ends, and the timers."""
    told: list[ForwardMsg] = []
    session = AppSession(ScriptData(str(page), is_hello=False), MagicMock(), ScriptCache(), lambda: None, {})
    try:
        session.request_rerun(None)
        await _until_it_rests(session, told)
        clock = next(each.auto_rerun.fragment_id for each in told if each.HasField("auto_rerun"))
        session.request_rerun(None)
        runner: Any = session._scriptrunner
        runner._script_thread.join(RUN_SECONDS)
        assert not runner._script_thread.is_alive()
        session.request_rerun(ClientState(fragment_id=clock, is_auto_rerun=True))
        await _until_it_rests(session, told)
    finally:
        session.shutdown()
    kinds = [str(each.WhichOneof("type")) for each in told]
    return [kind for kind in kinds if kind in {"new_session", "auto_rerun", "script_finished"}]


async def _until_it_rests(session: AppSession, told: list[ForwardMsg]) -> None:
    async with asyncio.timeout(RUN_SECONDS):
        while session._scriptrunner is not None:
            await asyncio.sleep(0.01)
    told += session.flush_browser_queue()
