"""Sessions of Streamlit's server without a browser: what it asks for is said by the test."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from streamlit.proto.ClientState_pb2 import ClientState, ContextInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

RUN_SECONDS = 60.0


class Session:
    """A browser's session with a page that is given as source text; `told` is what the browser was told."""

    def __init__(self, page: Path) -> None:
        script = ScriptData(str(page), is_hello=False)
        self.server: Any = AppSession(script, MagicMock(), ScriptCache(), lambda: None, {})
        self.told: list[ForwardMsg] = []

    def ask(self, *used: WidgetState, path: str = "/", **what: Any) -> None:
        """What the browser asks for, with what was used; `path` is that of the address that it shows."""
        widgets, where = WidgetStates(widgets=used), ContextInfo(url=f"http://127.0.0.1{path}")
        self.server.request_rerun(ClientState(widget_states=widgets, context_info=where, **what))

    async def rests(self) -> None:
        async with asyncio.timeout(RUN_SECONDS):
            while self.server._scriptrunner is not None:
                await asyncio.sleep(0.01)
        self.told += self.server.flush_browser_queue()

    def close(self) -> None:
        """Ends the session, and waits for its run: Streamlit closes the loop of a run that is still ending in
        the server's own loop, which ends with the test, and what is left open a later test is blamed for."""
        run = self.server._scriptrunner
        self.server.shutdown()
        if run is not None and run._script_thread is not None:
            run._script_thread.join(RUN_SECONDS)
        self.server._script_event_loop.close()

    def id_of(self, key: str) -> str:
        found: str = self.server.session_state.get_widget_id_from_key(key)
        return found

    def pressed(self, key: str) -> WidgetState:
        return WidgetState(id=self.id_of(key), trigger_value=True)

    def typed(self, key: str, text: str) -> WidgetState:
        return WidgetState(id=self.id_of(key), string_value=text)

    def fragments(self) -> list[str]:
        """The ids of the fragments that have timers, as they were first drawn."""
        return list(
            dict.fromkeys(each.auto_rerun.fragment_id for each in self.told if each.HasField("auto_rerun"))
        )

    def pages(self) -> dict[str, str]:
        """The hash of each page, by the last part of its address."""
        return {page["url_pathname"]: hash_ for hash_, page in self.server.get_pages().items()}


@contextmanager
def session(page: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr(Runtime, "_instance", MagicMock())
    monkeypatch.setattr(AppSession, "register_file_watchers", lambda session: None)  # a thread that goes on
    page.write_text(source, "utf-8")
    opened = Session(page)
    try:
        yield opened
    finally:
        opened.close()
