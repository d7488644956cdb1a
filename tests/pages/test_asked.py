"""What a person did is done, once, whatever the browser asks for just before or after."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dashboard import asked, callbacks, runs
from tests.pages.sessions import RUN_SECONDS, Session, session

GATE = threading.Event()
"""What a page waits for that has been told to (`held`)."""
ARRIVED = threading.Event()

TWO_PAGES = """
import streamlit as st

@st.fragment(run_every=3600)
def question():
    st.text_input("Question", key="question")

def first():
    question()
    st.text_input("Name", key="name")

def second():
    st.text("the second page")

def closed():
    st.switch_page(home)

home = st.Page(first)
st.navigation([home, st.Page(second), st.Page(closed)]).run()
"""
USED = """
import streamlit as st
from tests.pages import test_asked

done = st.session_state.setdefault("done", [])

@st.fragment(run_every=3600)
def outer():
    st.text_input("Note", key="note", on_change=lambda: done.append("noted"))
    inner()

@st.fragment(run_every=3600)
def inner():
    st.button("Act", key="act", on_click=lambda: done.append("acted"))

def save():
    done.append("begun")
    test_asked.hold()
    st.session_state["saved"] = True
    done.append("saved")

outer()
st.text_input("Name", key="name", on_change=lambda: done.append("named"))
if st.button("Send", key="send", on_click=lambda: done.append("to send")):
    done.append("sent")
st.button("Save", key="save", on_click=save)
if st.checkbox("Slow", key="slow"):
    test_asked.hold()
st.text("drawn")
"""
Play = Callable[[str, Callable[[Session], Awaitable[None]]], None]


def hold() -> None:
    """What a page calls to wait until the test lets it go on."""
    ARRIVED.set()
    assert GATE.wait(RUN_SECONDS)


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Opens a page and does something with it."""
    for guard in (asked.guard, callbacks.guard, runs.guard):
        guard()
        guard()
    GATE.clear()
    ARRIVED.clear()

    def played(source: str, act: Callable[[Session], Awaitable[None]]) -> None:
        async def opened() -> None:
            with session(tmp_path / "page.py", source, monkeypatch) as browser:
                browser.ask()
                await browser.rests()
                await act(browser)

        try:
            asyncio.run(opened())
        finally:
            GATE.set()

    return played


@pytest.mark.parametrize("in_a_fragment", [True, False])
def test_a_link_is_followed_though_a_field_is_told_of_after_it(play: Play, in_a_fragment: bool) -> None:
    async def act(browser: Session) -> None:
        pages = browser.pages()
        (question,) = browser.fragments()
        late = {"fragment_id": question} if in_a_fragment else {}
        begun = len(browser.told)
        browser.ask(page_script_hash=pages["second"])
        browser.ask(browser.typed("name", "Ann"), page_script_hash=pages[""], **late)
        await browser.rests()
        browser.ask(browser.typed("name", "Ann"), page_script_hash=pages[""], **late)
        await browser.rests()
        drawn = [each.new_session for each in browser.told[begun:] if each.HasField("new_session")]
        assert {each.page_script_hash for each in drawn} == {pages["second"]}
        # Back by a link, with something of the frame changed.
        browser.ask(browser.typed("name", "Eve"), page_script_hash=pages[""], path="/second")
        await browser.rests()
        assert browser.server._pages_manager.current_page_script_hash == pages[""]
        # A link that leads back to where it is.
        browser.ask(page_script_hash=pages["closed"])
        await browser.rests()
        browser.ask(browser.typed("name", "Bea"), page_script_hash=pages[""], **late)
        await browser.rests()
        assert browser.server.session_state["name"] == "Bea"

    play(TWO_PAGES, act)


@pytest.mark.parametrize("timer_first", [True, False])
def test_what_a_timer_tells_of_is_done_once_and_by_its_own_run(play: Play, timer_first: bool) -> None:
    async def act(browser: Session) -> None:
        outer, _ = browser.fragments()
        used = (browser.typed("name", "Ann"), browser.pressed("send"))
        browser.ask(*used, fragment_id=outer, is_auto_rerun=True)
        if timer_first:
            await browser.rests()
            assert browser.server.session_state["done"] == []
        browser.ask(*used)
        browser.ask(*used, fragment_id=outer, is_auto_rerun=True)
        await browser.rests()
        assert browser.server.session_state["done"] == ["named", "to send", "sent"]

    play(USED, act)


def test_a_timer_of_another_page_runs_nothing(play: Play) -> None:
    async def act(browser: Session) -> None:
        (question,) = browser.fragments()
        begun = len(browser.told)
        browser.ask(page_script_hash=browser.pages()["second"], fragment_id=question, is_auto_rerun=True)
        await browser.rests()
        assert browser.told[begun:] == []

    play(TWO_PAGES, act)


def test_a_button_of_which_only_another_part_s_run_learns_is_pressed(play: Play) -> None:
    async def act(browser: Session) -> None:
        outer, _ = browser.fragments()
        used = (browser.typed("note", "x"), browser.typed("name", "Ann"), browser.pressed("send"))
        browser.ask(*used, fragment_id=outer)
        await browser.rests()
        assert browser.server.session_state["done"] == ["noted", "named", "to send", "sent"]
        begun = len(browser.told)
        browser.ask(browser.pressed("act"), fragment_id=outer)  # that is within it
        await browser.rests()
        assert browser.server.session_state["done"][4:] == ["acted"]
        assert sum(each.HasField("new_session") for each in browser.told[begun:]) == 1

    play(USED, act)


def test_a_press_that_waits_is_not_lost_to_a_run_of_the_page(play: Play) -> None:
    async def act(browser: Session) -> None:
        slow = browser.id_of("slow")
        _, inner = browser.fragments()
        browser.ask(type(browser.pressed("act"))(id=slow, bool_value=True))
        assert await asyncio.to_thread(ARRIVED.wait, RUN_SECONDS)
        browser.ask(browser.pressed("act"), fragment_id=inner)
        browser.ask(browser.typed("name", "Ann"), type(browser.pressed("act"))(id=slow, bool_value=False))
        GATE.set()
        await browser.rests()
        assert sorted(browser.server.session_state["done"]) == ["acted", "named"]

    play(USED, act)


def test_what_was_begun_is_done_though_another_run_is_asked_for(play: Play) -> None:
    async def act(browser: Session) -> None:
        browser.ask(browser.pressed("save"))
        assert await asyncio.to_thread(ARRIVED.wait, RUN_SECONDS)
        stopped = browser.server._scriptrunner._script_thread
        browser.ask()
        GATE.set()
        await browser.rests()
        await asyncio.to_thread(stopped.join, RUN_SECONDS)
        assert browser.server.session_state["done"] == ["begun", "saved"]

    play(USED, act)


def test_a_press_in_a_part_that_is_not_drawn_yet_has_the_page_drawn(play: Play) -> None:
    async def act(browser: Session) -> None:
        _, inner = browser.fragments()
        browser.server._fragment_storage.delete(
            inner
        )  # as a run of the outer one does that is stopped half-way
        browser.ask(fragment_id=inner, is_auto_rerun=True)
        await browser.rests()
        assert not browser.server.has_fragment(inner)
        browser.ask(browser.pressed("act"), fragment_id=inner)
        await browser.rests()
        assert browser.server.session_state["done"] == ["acted"]
        assert browser.server.has_fragment(inner)

    play(USED, act)
