"""The page that erases a person: find, confirm, follow, certify."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import navigation
from services.agents.memory import list_summaries
from services.clients import open_clients
from services.connection import Connection
from services.retrieval.inquiries import Inquiry
from services.workspace import erasures, golden, reviews
from services.workspace.golden import Expectation, Home
from services.workspace.store import open_workspace
from tests.conftest import Endpoint
from tests.pages.conftest import OpenPage, make_memory, words
from tests.services.agents import book_a_trip, new_agent
from tests.services.conftest import eventually

PATIENCE_SECONDS = 120.0
NOW = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _second_check_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ERASURE_RECHECK_MINUTES", "0")


@pytest.fixture
def crowd(control: Any, data: Any) -> str:
    """A memory with a person, a neighbour whose id begins alike, and a record that mentions the person."""
    memory_id = make_memory(control, f"Erase{time.monotonic_ns()}")
    for actor in ("user-1", "user-10"):
        data.create_event(
            memoryId=memory_id,
            actorId=actor,
            sessionId="s1",
            eventTimestamp=NOW,
            payload=[{"conversational": {"role": "OTHER", "content": {"text": "Good morning."}}}],
            extractionMode="SKIP",
        )
    places = {
        "/facts/user-1/": "Theirs.",
        "/facts/user-10/": "A neighbour's.",
        "/team/": "Ask user-1 about <b>it</b>.",
    }
    records = [
        {
            "requestIdentifier": f"r{number}",
            "namespaces": [namespace],
            "content": {"text": said},
            "timestamp": NOW,
        }
        for number, (namespace, said) in enumerate(places.items())
    ]
    data.batch_create_memory_records(memoryId=memory_id, records=records)
    return memory_id


def shown(app: AppTest, there: Callable[[AppTest], bool]) -> AppTest:
    """The page, drawn again until it shows that; fails when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not there(app):
        assert time.monotonic() < deadline, words(app)
        time.sleep(0.2)
        app.run()
    return app


def look(app: AppTest, memory_id: str, ids: str) -> AppTest:
    app.text_area(key="erase-ids").set_value(ids)
    app.multiselect(key="erase-memories").set_value([memory_id])
    next(each for each in app.button if each.label == "Look what there is").click()
    return app.run()


def metrics(app: AppTest) -> dict[str, str]:
    return {each.label: str(each.value) for each in app.metric}


def button(app: AppTest, label: str) -> Any:
    return next(each for each in app.button if each.label == label)


def test_a_person_is_found_erased_checked_and_certified(open_page: OpenPage, data: Any, crowd: str) -> None:
    app = look(open_page("erase"), crowd, "user-1")
    shown(app, lambda page: "Events" in metrics(page))
    found = metrics(app)
    assert (found["Events"], found["Records"], found["Perhaps theirs"]) == ("1", "1", "1")
    assert button(app, "Erase this person").disabled
    confirmation = next(each for each in app.text_input if each.placeholder == "user-1")
    confirmation.set_value("user-10").run()
    assert button(app, "Erase this person").disabled
    next(each for each in app.text_input if each.placeholder == "user-1").set_value("user-1").run()
    button(app, "Erase this person").click().run()
    assert app.text_area(key="erase-ids").value == ""
    shown(app, lambda page: any(each.label == "Check now" for each in page.button))
    button(app, "Check now").click().run()
    shown(app, lambda page: any(each.value == "Certificates" for each in page.subheader))
    answer = data.list_memory_records(memoryId=crowd, namespacePath="/")
    left = sorted(each["content"]["text"] for each in answer["memoryRecordSummaries"])
    assert left == ["A neighbour's.", "Ask user-1 about <b>it</b>."]
    place = {"memoryId": crowd, "sessionId": "s1"}
    assert data.list_events(**place, actorId="user-1")["events"] == []
    assert len(data.list_events(**place, actorId="user-10")["events"]) == 1


def test_nobody_is_found_in_a_memory_without_them(open_page: OpenPage, crowd: str) -> None:
    app = look(open_page("erase"), crowd, "somebody-else")
    shown(app, lambda page: "Events" in metrics(page))
    assert "Nothing of this person" in words(app)


def test_what_agents_remember_is_erased_where_there_is_no_memory(
    open_page: OpenPage, endpoint: Endpoint
) -> None:
    connection = Connection("custom", "eu-north-1", endpoint_url=endpoint.url)  # a region without a memory
    workspace = open_workspace()
    try:
        clients = open_clients(connection, trail=lambda: workspace)
        agent_id = new_agent(clients, workspace)
        room = book_a_trip(clients, workspace, agent_id, "anna")
        eventually(lambda: list_summaries(clients, workspace, room.home, "anna").rows, bool)
        app = open_page("erase", connection=f"custom:{endpoint.url}@eu-north-1")
        assert "There is no AgentCore memory in this account and region." in words(app)
        app.text_area(key="erase-ids").set_value("anna")
        button(app, "Look what there is").click().run()
        shown(app, lambda page: "Events" in metrics(page))
        assert (metrics(app)["Agent summaries"], metrics(app)["Records"]) == ("1", "0")
        assert "1 session summary and 0 records of anna will be deleted for good, and what" in words(app)
        next(each for each in app.text_input if each.placeholder == "anna").set_value("anna").run()
        button(app, "Erase this person").click().run()
        shown(app, lambda page: any(each.label == "Check now" for each in page.button))
        button(app, "Check now").click().run()
        shown(app, lambda page: any(each.value == "Certificates" for each in page.subheader))
        assert "0 events, 1 session summary and 0 records · by" in words(app)
        assert list_summaries(clients, workspace, room.home, "anna").rows == []
    finally:
        workspace.close()


def test_what_is_no_id_is_refused_in_words(open_page: OpenPage, crowd: str) -> None:
    for wrong in ("", "no blanks please", "-"):
        app = look(open_page("erase"), crowd, wrong)
        assert not app.exception
        assert "Erase this person" not in [each.label for each in app.button]
        assert app.error


def test_a_curator_sees_everything_and_can_erase_nothing(
    open_page: OpenPage, crowd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "curator")
    app = look(open_page("erase"), crowd, "user-1")
    shown(app, lambda page: "Events" in metrics(page))
    assert "It takes the role admin" in words(app)
    assert "Erase this person" not in [each.label for each in app.button]


def test_an_erasure_that_waits_is_announced_where_everybody_looks(open_page: OpenPage, crowd: str) -> None:
    workspace = open_workspace()
    try:
        erasure_id = erasures.add(workspace, "ann", "embedded", {"memory_ids": [crowd], "subject": {}})
        worker = erasures.take(workspace, erasure_id)
        erasures.leave(workspace, erasure_id, worker, "waiting", {}, datetime.now(UTC) + timedelta(hours=1))
        assert "erasure of a person" not in words(open_page("overview"))  # nobody has to do anything yet
        worker = erasures.take(workspace, erasure_id)
        erasures.leave(workspace, erasure_id, worker, "waiting", {}, datetime.now(UTC))
        st.cache_data.clear()  # else it shows within ten seconds
        told = words(open_page("overview"))
        assert "1 erasure of a person waits for somebody: the second check is due" in told
        worker = erasures.take(workspace, erasure_id)
        erasures.leave(workspace, erasure_id, worker, "remains", {})
        st.cache_data.clear()  # else it shows within ten seconds
        told = words(open_page("overview"))
        assert "something is there again" in told
    finally:
        workspace.close()


def test_the_menu_says_how_many_wait() -> None:
    titles = {page.name: navigation.menu_title(page, {"erase": 2, "trash": 0}) for page in navigation.PAGES}
    assert (titles["erase"], titles["trash"]) == ("Erase a person (2)", "Trash")


def test_notes_of_the_dashboard_that_mention_the_person_are_listed(open_page: OpenPage, crowd: str) -> None:
    workspace = open_workspace()
    try:
        home = Home("embedded", crowd)
        golden.add_query(workspace, home, "ann", Inquiry("Where is user-1?"), [Expectation("here")])
        golden.add_query(workspace, home, "ann", Inquiry("Where is user-10?"), [Expectation("there")])
        reviews.save_filter(workspace, home, "ann", "Mine", {"below": "/"})
    finally:
        workspace.close()
    app = look(open_page("erase"), crowd, "user-1")
    shown(app, lambda page: "Events" in metrics(page))
    assert "A guess: 1 record and 1 note of this dashboard that mention" in words(app)
    listed = next(frame.value for frame in app.dataframe if "erase" in frame.value.columns)
    assert list(listed["text"]) == ["Where is user-1?", "Ask user-1 about <b>it</b>."]
    assert not listed["erase"].any()
    next(box for box in app.checkbox if box.label == "Tick all").check().run()
    assert "1 ticked note" in words(app)
