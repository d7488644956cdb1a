"""Writing events through the dialog, deleting a memory through its dialog, and the saved copies."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from services.workspace import copies
from tests.conftest import REGION, Endpoint
from tests.pages.conftest import OpenPage, make_memory, words
from tests.services.fault_server import Behaviour, FaultServer, Handler, refuses

PATIENCE_SECONDS = 60.0
TOO_LONG = "x" * 100_001


def dialog(open_page: OpenPage, memory_id: str, session_id: str, **place: str) -> AppTest:
    """The Events page with the dialog open and its target filled in."""
    app = open_page("events", memory=memory_id, **place)
    app.button(key="write-events").click().run()
    return target(app, session_id)


def target(app: AppTest, session_id: str) -> AppTest:
    app.text_input(key="write-actor").set_value("ann")
    return app.text_input(key="write-session").set_value(session_id).run()


def typed(app: AppTest, *rows: tuple[str, str]) -> AppTest:
    """Messages in the fields of the dialog: those of the first are there, the others are added."""
    for number, (role, said) in enumerate(rows, 1):
        if not [field for field in app.text_area if field.label == f"Text of message {number}"]:
            next(button for button in app.button if button.label == "Add a message").click().run()
        next(f for f in app.selectbox if f.label == f"Role of message {number}").set_value(role)
        next(f for f in app.text_area if f.label == f"Text of message {number}").set_value(said)
    return app.run()


def uploaded(app: AppTest, rows: Any) -> AppTest:
    content = json.dumps(rows).encode()
    return app.file_uploader(key="write-file").set_value(("talk.json", content, "application/json")).run()


def said(data: Any, memory_id: str, session_id: str) -> list[str]:
    """The texts of a session, oldest first."""
    answer = data.list_events(memoryId=memory_id, actorId="ann", sessionId=session_id, maxResults=100)
    return [
        element["conversational"]["content"]["text"]
        for event in reversed(answer["events"])
        for element in event["payload"]
    ]


def numbered(count: int, words: str = "") -> list[dict[str, str]]:
    return [{"role": "USER", "text": f"{words}{number}"} for number in range(count)]


def test_messages_typed_by_hand_become_one_event(open_page: OpenPage, control: Any, data: Any) -> None:
    memory_id = make_memory(control, "WritingByHand")
    app = dialog(open_page, memory_id, "s1")
    typed(app, ("USER", "Hello"), ("ASSISTANT", "Hi!"), ("USER", " "), ("USER", "Bye"))
    app.button(key="write-by-hand").click().run()
    assert not app.exception
    assert said(data, memory_id, "s1") == ["Hello", "Hi!", "Bye"]
    assert "1 event written to s1" in words(app).replace("\\", "")
    assert (app.query_params["actor"], app.query_params["session"]) == ("ann", "s1")
    app.button(key="write-events").click().run()
    assert [field.value for field in app.text_area] == [""], "what was written is not there again"


def test_why_nothing_can_be_written_yet_stands_beside_the_button(
    open_page: OpenPage, control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a click there says it again: it may be the click that leaves the field with the message."""
    app = dialog(open_page, make_memory(control, "WritingNothing"), "s1")
    for said_of, actor_id in (
        ("Give the actor id first.", " "),
        ("Correct the ids first.", "not an id!"),
        ("There is no message to write yet.", "ann"),
    ):
        app.text_input(key="write-actor").set_value(actor_id).run()
        assert said_of in [each.value for each in app.caption]
        app.button(key="write-by-hand").click().run()
        shown = [each.value.replace("\\", "") for each in app.markdown]
        assert any(said_of in each and ":red" in each for each in shown)
    typed(app, ("USER", "Hello"))
    assert "There is no message" not in words(app)
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
    app.run()
    assert "your role here is viewer" in words(app) and app.button(key="write-by-hand").disabled


def test_a_message_too_long_for_aws_is_said_and_nothing_typed_is_lost(
    open_page: OpenPage, control: Any, data: Any
) -> None:
    memory_id = make_memory(control, "WritingTooLong")
    app = dialog(open_page, memory_id, "s1")
    typed(app, ("USER", "Hello"), ("USER", TOO_LONG))
    assert "Message 2 has 100,001 characters" in words(app).replace("\\", "")
    app.button(key="write-by-hand").click().run()
    assert "Correct the messages first." in words(app).replace("\\", "")
    assert data.list_actors(memoryId=memory_id)["actorSummaries"] == []
    typed(app, ("USER", "Hello"), ("USER", TOO_LONG[:100_000]))
    app.button(key="write-by-hand").click().run()
    assert [len(text) for text in said(data, memory_id, "s1")] == [5, 100_000]


def test_a_file_with_a_message_too_long_names_it(open_page: OpenPage, control: Any, data: Any) -> None:
    memory_id = make_memory(control, "WritingFileTooLong")
    app = dialog(open_page, memory_id, "s1")
    uploaded(app, [{"role": "USER", "text": "Hello"}, {"role": "USER", "text": TOO_LONG}])
    shown = words(app).replace("\\", "")
    assert "Message 2 has 100,001 characters" in shown
    assert TOO_LONG[:200] not in shown
    assert [button.key for button in app.button if button.key == "write-from-file"] == []
    assert data.list_actors(memoryId=memory_id)["actorSummaries"] == []


def test_a_file_is_written_in_events_of_a_hundred(open_page: OpenPage, control: Any, data: Any) -> None:
    memory_id = make_memory(control, "WritingFile")
    app = dialog(open_page, memory_id, "s1")
    uploaded(app, numbered(150))
    app.button(key="write-from-file").click().run()
    assert not app.exception
    assert said(data, memory_id, "s1") == [str(number) for number in range(150)]


def forwards(endpoint: Endpoint) -> Behaviour:
    """Passes the request on to the real endpoint, and its answer back."""

    def behave(handler: Handler) -> None:
        _, path, headers, body = handler.server.requests[-1]
        sent = {name: value for name, value in headers.items() if name not in {"Host", "Content-Length"}}
        request = urllib.request.Request(f"{endpoint.url}{path}", body or None, sent, method=handler.command)
        with urllib.request.urlopen(request, timeout=10) as answer:
            handler.send(answer.status, answer.read(), Content_Type="application/json")

    return behave


class FaultyPath(FaultServer):
    """Stands before the real endpoint and refuses the CreateEvent calls whose numbers it is told."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self.refused: set[int] = set()
        self.writes = 0
        self._forward = forwards(endpoint)

    def next_behaviour(self) -> Behaviour:
        command, path, *_ = self.requests[-1]
        if command == "POST" and path.endswith("/events"):
            self.writes += 1
            if self.writes in self.refused:
                return refuses("AccessDeniedException", 403)
        return self._forward


@pytest.fixture
def faulty_path(endpoint: Endpoint) -> Iterator[FaultyPath]:
    server = FaultyPath(endpoint)
    yield server
    server.close()


def test_an_import_that_failed_in_the_middle_is_continued(
    open_page: OpenPage, control: Any, data: Any, faulty_path: FaultyPath
) -> None:
    memory_id = make_memory(control, "WritingContinued")
    faulty_path.refused = {2}
    app = dialog(open_page, memory_id, "s1", connection=f"custom:{faulty_path.url}@{REGION}")
    uploaded(app, numbered(250))
    app.button(key="write-from-file").click().run()
    assert "1 of 3 events written so far" in words(app)
    assert len(said(data, memory_id, "s1")) == 100
    app.run()
    assert app.button(key="write-from-file").label == "Continue with 2 events"
    app.button(key="write-from-file").click().run()
    assert not app.exception
    assert said(data, memory_id, "s1") == [str(number) for number in range(250)]


@pytest.mark.parametrize("changed", ["file", "session", "dialog"])
def test_what_was_written_elsewhere_before_is_never_skipped(
    changed: str, open_page: OpenPage, control: Any, data: Any, faulty_path: FaultyPath
) -> None:
    memory_id = make_memory(control, f"WritingOther{changed.title()}")
    faulty_path.refused = {2}
    app = dialog(open_page, memory_id, "s1", connection=f"custom:{faulty_path.url}@{REGION}")
    uploaded(app, numbered(150))
    app.button(key="write-from-file").click().run()
    assert len(said(data, memory_id, "s1")) == 100
    session_id = "s1" if changed == "file" else "s2"
    if changed == "dialog":
        app.button(key="write-events").click().run()
    target(app, session_id)
    uploaded(app, numbered(150, "new " if changed == "file" else ""))
    assert app.button(key="write-from-file").label == "Write 2 events"
    app.button(key="write-from-file").click().run()
    written = said(data, memory_id, session_id)
    if changed == "file":
        assert written[100:] == [f"new {number}" for number in range(150)]
    else:
        assert written == [str(number) for number in range(150)]


def open_saved_copies(app: AppTest) -> str:
    """The list's text, drawn by itself: pages place the button that opens it."""
    app.session_state["saved-copies"] = True
    return words(app.run())


def copies_page() -> None:
    from dashboard.components import notices, saved_copies

    notices.show()
    saved_copies.popover()


def test_copying_a_memory_can_be_stopped(
    open_page: OpenPage, control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.components import memory_deletion

    memory_id = make_memory(control, "WritingKept")
    go_on = threading.Event()
    append = copies.append

    def slow_append(*args: Any) -> None:
        assert go_on.wait(PATIENCE_SECONDS)
        append(*args)

    monkeypatch.setattr(copies, "append", slow_append)
    monkeypatch.setattr(memory_deletion, "FIRST_LOOK_SECONDS", 0.0)
    app = open_page(memory=memory_id)
    app.button(key="open-delete").click().run()
    app.text_input(key=f"delete-{memory_id}-typed").set_value("WritingKept").run()
    app.button(key=f"delete-{memory_id}-confirmed").click().run()
    assert "A copy is made before anything is deleted" in words(app)
    app.button(key="stop-deletion").click().run()
    go_on.set()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "Nothing was changed" not in words(app) and time.monotonic() < deadline:
        app.run()
    assert "Nothing was changed" in words(app)
    app.button(key="close-deletion").click().run()
    assert control.get_memory(memoryId=memory_id)["memory"]["status"] == "ACTIVE"


def test_a_deleted_event_is_restored_from_the_saved_copies(
    open_page: OpenPage, control: Any, data: Any
) -> None:
    memory_id = make_memory(control, "WritingRestored")
    app = dialog(open_page, memory_id, "s1")
    typed(app, ("USER", "Keep me"))
    app.button(key="write-by-hand").click().run()
    [event] = data.list_events(memoryId=memory_id, actorId="ann", sessionId="s1")["events"]
    app.button(key=f"inspect-transcript-0-{event['eventId']}").click().run()
    app.query_params["event_view"] = "delete"
    app.run()
    app.text_input(key=f"delete-{event['eventId']}-typed").set_value("delete").run()
    app.button(key=f"delete-{event['eventId']}-confirmed").click().run()
    assert said(data, memory_id, "s1") == []
    st.cache_data.clear()
    shown = AppTest.from_function(copies_page, default_timeout=60)
    assert memory_id in open_saved_copies(shown)
    [restore] = [button for button in shown.button if button.label == "Restore"]
    restore.click().run()
    assert said(data, memory_id, "s1") == ["Keep me"]
    assert "The event was written again" in words(shown)
    assert "Written back as" in words(shown)
