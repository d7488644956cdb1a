"""The Overview page: counted numbers, or what they are so far, and what needs attention."""

import time
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.components.overview import _cell, _number, _status
from services.clients import open_clients
from services.connection import Connection
from services.inventory.document import Progress
from services.inventory.ledger import Ledger
from services.inventory.snapshot import Count, MemoryInventory, Snapshot
from services.workspace.store import Workspace, open_workspace
from tests.conftest import Endpoint
from tests.pages.conftest import OpenPage, words


def until_counted(app: AppTest) -> AppTest:
    deadline = time.monotonic() + 120
    while "Counted by listing everything" not in words(app):
        assert time.monotonic() < deadline, words(app)
        time.sleep(0.2)
        app.run()
    return app


def test_it_is_the_first_page_and_counts_everything(
    open_page: OpenPage, endpoint: Endpoint, trail: Workspace
) -> None:
    here = Connection("custom", "eu-west-3", endpoint_url=endpoint.url)  # where no other test writes
    live = open_clients(here, actor="tester", trail=lambda: trail)
    live.control.create_memory(name="AaaNothing", eventExpiryDuration=3)
    memory_id = live.control.create_memory(name="PagesOverview", eventExpiryDuration=3)["memory"]["id"]
    for session_id in ("one", "two"):
        live.data.create_event(
            memoryId=memory_id,
            actorId="ann",
            sessionId=session_id,
            eventTimestamp=datetime.now(UTC),
            payload=[{"conversational": {"role": "USER", "content": {"text": "Hello."}}}],
        )
    app = until_counted(open_page("overview", connection=here.key))
    assert not app.exception
    tiles = {tile.label: tile.value for tile in app.metric}
    assert tiles == {
        "Memories": "2",
        "Actors": "1",
        "Sessions": "2",
        "Events": "2",
        "Records": "0",
        "Unreviewed": "0",
    }
    rows = {row["Memory"]: row for row in app.dataframe[0].value.to_dict("records")}
    assert (rows["PagesOverview"]["Status"], rows["PagesOverview"]["Events"]) == ("ACTIVE", "2")
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    for label in ("All actors", "Search them"):  # to where they are, not to the first memory
        assert f"memory={memory_id}" in links[label]
    assert "memory=" not in links["All records"]
    assert "In 2 sessions the first events expire within 7 days" in words(app)


def forget_all_but_the_workspace() -> None:
    """What a restart of the dashboard does."""
    st.cache_data.clear()
    st.cache_resource.clear()


def test_after_a_restart_the_last_count_is_there_with_its_time(
    open_page: OpenPage, endpoint: Endpoint, trail: Workspace
) -> None:
    here = Connection("custom", "ca-central-1", endpoint_url=endpoint.url)
    live = open_clients(here, actor="tester", trail=lambda: trail)
    live.control.create_memory(name="PagesKept", eventExpiryDuration=3)
    until_counted(open_page("overview", connection=here.key))
    forget_all_but_the_workspace()
    app = open_page("overview", connection=here.key)
    assert "Counted by listing everything, as of" in words(app)
    assert {tile.label: tile.value for tile in app.metric}["Actors"] == "0"
    live.control.create_memory(name="PagesSince", eventExpiryDuration=3)
    forget_all_but_the_workspace()
    app = until_counted(open_page("overview", connection=here.key))
    assert {tile.label: tile.value for tile in app.metric}["Memories"] == "2"


def test_while_another_process_counts_its_numbers_are_shown(open_page: OpenPage, endpoint: Endpoint) -> None:
    here = Connection("custom", "ap-south-1", endpoint_url=endpoint.url)
    other = Ledger(open_workspace(), here.key)
    assert other.claim()
    held = MemoryInventory("Elsewhere-0123456789", counts={"actors": Count(41)})
    other.save(Progress(Snapshot((held,), True, (), datetime.now(UTC), None)))
    app = open_page("overview", connection=here.key)
    assert {tile.label: tile.value for tile in app.metric}["Actors"] == "≥ 41"
    assert "Still counting" in words(app)


def test_numbers_say_what_they_are() -> None:
    assert _number(Count(1240, complete=True)) == "1,240"
    assert _number(Count(1240)) == "≥ 1,240"
    assert _number(Count()) == "…"
    assert _number(Count(5), Count(1240, complete=True)) == "1,240*"
    assert _number(Count(0, complete=True), Count(1240, complete=True)) == "0"


def test_while_counting_anew_the_table_has_the_earlier_numbers_too() -> None:
    now = Snapshot((), listed=False, sessions=(), started=datetime.now(UTC), as_of=None)
    earlier = MemoryInventory("a", memory={"status": "ACTIVE"}, counts={"records": Count(7, complete=True)})
    unread, read = MemoryInventory("a"), MemoryInventory("a", counts={"records": Count(5, complete=True)})
    assert _cell("records", unread, earlier, now) == "7*"
    assert _cell("records", read, earlier, now) == "5"
    assert _cell("events", unread, earlier, now) == "…"
    assert _status(unread, earlier, now) == "ACTIVE"


def test_an_empty_region_says_what_to_do(open_page: OpenPage, endpoint: Any) -> None:
    app = open_page("overview", connection=f"custom:{endpoint.url}@ap-south-1")
    deadline = time.monotonic() + 60
    while "There is no memory in this account and region yet" not in words(app):
        assert time.monotonic() < deadline, words(app)
        time.sleep(0.2)
        app.run()
    assert not app.metric


def test_an_endpoint_that_is_down_counts_nothing(open_page: OpenPage) -> None:
    app = open_page("overview", connection="custom:http://127.0.0.1:9@us-west-2")
    deadline = time.monotonic() + 60
    while not app.error:
        assert time.monotonic() < deadline, words(app)
        time.sleep(0.2)
        app.run()
    assert not app.metric
    assert "no memory" not in words(app)
