"""The Demos page: a story played step by step, a hostile recording shown harmlessly, a viewer kept out."""

import re
import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.demo_plays import Play
from services.demos.moments import Answered, Compared, RecordWritten, Retrieved, Said, ShownRecord
from services.demos.recording import Recording
from services.demos.replay import Replay
from tests.pages.conftest import OpenPage, words

PATIENCE_SECONDS = 120
HOSTILE = "![x](https://evil.example/?q=1) <img src=x> :red[now] $x$"


def button(app: AppTest, key: str) -> Any:
    return app.button(key=key)


def test_a_story_is_played_to_its_end_and_taken_back(open_page: OpenPage) -> None:
    app = open_page("demos", demo="preferences")
    assert "Sam moves to another city" in words(app)
    button(app, "demo-start-steps").click().run()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "The end" not in words(app):
        assert time.monotonic() < deadline, words(app)
        following = [each for each in app.button if each.key == "demo-next" and not each.disabled]
        (following[0].click() if following else app).run()
        assert not app.exception
    seen = words(app)
    assert "Portland" in seen
    assert "You did not tell me in this conversation" in seen
    assert "What memory knows now" in seen
    button(app, "demo-reset").click().run()
    assert "Sam moves to another city" in words(app)


def test_a_hostile_recording_is_shown_as_text(open_page: OpenPage) -> None:
    record = ShownRecord("mem-1", HOSTILE, HOSTILE, 0.5, cited=True)
    moments = (
        Said(1.0, HOSTILE),
        Retrieved(1.0, HOSTILE, (record,), 0.1),
        Answered(2.0, HOSTILE, HOSTILE, 1.0),
        Compared(2.0, HOSTILE, "plain " + HOSTILE),
        RecordWritten(3.0, "changed", record, "before " + HOSTILE, 1.0),
    )
    app = open_page("demos")
    recording = Recording(HOSTILE, "memory", "actor", moments)
    for presenting in (False, True):
        app.session_state["demo-play"] = Play(HOSTILE, "memory", "actor", Replay(recording))
        app.session_state["demo-presenting"] = presenting
        app.run()
        button(app, "demo-next").click().run()
        assert not app.exception
        rendered = [
            str(element.value)
            for kind in ("header", "subheader", "caption", "markdown", "info", "error")
            for element in getattr(app, kind)
        ]
        assert any("evil" in text for text in rendered)
        assert not any(re.search(r"(?<!\\)(\]\(https|<img|:red\[now)", text) for text in rendered)


def test_without_an_endpoint_a_story_waits_and_a_recording_plays(open_page: OpenPage) -> None:
    nobody = "custom:http://127.0.0.1:9@us-west-2"
    app = open_page("demos", connection=nobody)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not button(app, "demo-start-steps").disabled:
        assert time.monotonic() < deadline, words(app)
        app.run()
    assert button(app, "demo-start-hands-free").disabled
    assert "a recording does not" in words(app)
    recording = Recording("Taught", "memory", "actor", (Said(1.0, "First."), Said(2.0, "Second.")))
    file = app.file_uploader(key="demo-recording")
    file.set_value(("recording.json", recording.to_json().encode(), "application/json")).run()
    button(app, "demo-replay").click().run()
    assert not app.exception
    assert "First." in words(app) and "being made ready" not in words(app)
    button(app, "demo-next").click().run()
    assert "Second." in words(app) and "The end" in words(app)


def test_a_viewer_cannot_start_a_play(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
    app = open_page("demos")
    assert button(app, "demo-start-hands-free").disabled
    assert button(app, "demo-start-steps").disabled
    assert "your role here is viewer" in words(app)


def test_every_story_has_a_link(open_page: OpenPage) -> None:
    assert "Dana has trouble" in words(open_page("demos", demo="support"))
    assert "Anna plans a trip" in words(open_page("demos", demo="travel"))
