"""The Events page on branched, filtered, long and crowded conversations, and its search."""

from __future__ import annotations

import base64
import io
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import resources
from dashboard.components import actors as actors_component
from services.errors import NotAuthorized
from services.faults import explain
from services.records.filters import MetadataFilter, dumps
from services.short_term.actor_directory import Actors
from tests.pages.conftest import OpenPage, Store, make_memory, words

START = datetime(2026, 11, 1, 9, tzinfo=UTC)
PATIENCE_SECONDS = 60.0
Place = dict[str, str]


def say(data: Any, place: Place, said: str | list[dict[str, Any]], minute: int = 0, **more: Any) -> str:
    message = [{"conversational": {"role": "USER", "content": {"text": said}}}]
    event = data.create_event(
        memoryId=place["memory"],
        actorId=place["actor"],
        sessionId=place["session"],
        eventTimestamp=START + timedelta(minutes=minute),
        payload=message if isinstance(said, str) else said,
        **more,
    )["event"]
    return str(event["eventId"])


def place_of(control: Any, name: str) -> Place:
    return {"memory": make_memory(control, name), "actor": "ann", "session": "trip"}


@pytest.fixture(scope="module")
def branched(control: Any, data: Any) -> tuple[Place, str]:
    """A conversation with a branch; and the id of the event that it forks off."""
    place = place_of(control, "PagesBranched")
    say(data, place, "To Lisbon, please.", 0, metadata={"channel": {"stringValue": "web"}})
    root = say(data, place, "Window or aisle?", 1, metadata={"channel": {"stringValue": "phone"}})
    say(data, place, "Window it is.", 2)
    say(data, place, "Rather an aisle seat.", 3, branch={"name": "aisle", "rootEventId": root})
    return place, root


def said(app: AppTest) -> list[str]:
    """The texts of the transcript, in order."""
    return [message.text[0].value for message in app.chat_message if len(message.text)]


def until_words(app: AppTest, wanted: str) -> str:
    """What is on the page once the wanted words are, run again until then."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while wanted not in (shown := words(app)):
        assert time.monotonic() < deadline, shown
        app.run()
    return shown


def test_all_branches_are_shown_at_first(open_page: OpenPage, branched: tuple[Place, str]) -> None:
    app = open_page("events", **branched[0])
    assert "2 branches" in words(app)
    assert said(app) == ["To Lisbon, please.", "Window or aisle?", "Window it is.", "Rather an aisle seat."]


def test_a_branch_is_read_with_what_it_follows_on(open_page: OpenPage, branched: tuple[Place, str]) -> None:
    app = open_page("events", **branched[0], branch="aisle")
    assert said(app) == ["To Lisbon, please.", "Window or aisle?", "Rather an aisle seat."]
    app.button(key="all-branches").click().run()
    assert len(said(app)) == 4


def test_two_branches_are_shown_side_by_side(open_page: OpenPage, branched: tuple[Place, str]) -> None:
    app = open_page("events", **branched[0], branch="aisle", compare_branch="main")
    assert said(app) == ["Rather an aisle seat.", "Window it is."]
    assert [each.label for each in app.expander if "common" in each.label] == ["In common: 2 events"]


def test_a_branch_that_does_not_exist_is_said(open_page: OpenPage, branched: tuple[Place, str]) -> None:
    app = open_page("events", **branched[0], branch="nowhere")
    assert "nowhere" in words(app)
    assert len(said(app)) == 4


def test_the_service_filters_by_metadata(open_page: OpenPage, branched: tuple[Place, str]) -> None:
    app = open_page(
        "events", **branched[0], event_filters=dumps([MetadataFilter("channel", "EQUALS_TO", "web")])
    )
    assert said(app) == ["To Lisbon, please."]
    assert "1 of these events fit" in words(app)


def test_a_filter_without_hits_keeps_its_controls(open_page: OpenPage, branched: tuple[Place, str]) -> None:
    fax = MetadataFilter("channel", "EQUALS_TO", "fax")
    app = open_page("events", **branched[0], event_filters=dumps([fax]))
    assert "No event of this session fits" in words(app)
    app.button(key=f"event-filter-0-{dumps([fax])}").click().run()
    assert len(said(app)) == 4


def test_a_broken_filter_link_is_said_and_can_be_dropped(
    open_page: OpenPage, branched: tuple[Place, str]
) -> None:
    app = open_page("events", **branched[0], event_filters="[1")
    assert "cannot be read" in words(app)
    app.button(key="drop-event-filters").click().run()
    assert len(said(app)) == 4


def test_forking_from_an_event_opens_the_new_branch(open_page: OpenPage, control: Any, data: Any) -> None:
    place = place_of(control, "PagesForked")
    root = say(data, place, "Window or aisle?")
    app = open_page("events", **place, event=root, event_view="fork")
    for lacking in ("a name and at least one message", "at least one message"):
        app.button(key="fork").click().run()
        assert f"The branch still needs {lacking}" in words(app)
        app.text_input(key="fork-name").set_value("second-try").run()
    next(field for field in app.text_area if field.label == "Text of message 1").set_value("Aisle.")
    app.button(key="fork").click().run()
    assert app.query_params["branch"] == "second-try"
    assert said(app) == ["Window or aisle?", "Aisle."]
    [newest, _] = data.list_events(
        memoryId=place["memory"], actorId=place["actor"], sessionId=place["session"]
    )["events"]
    assert newest["branch"] == {"name": "second-try", "rootEventId": root}


def test_a_curator_is_told_that_forking_is_for_admins(
    open_page: OpenPage, branched: tuple[Place, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "curator")
    app = open_page("events", **branched[0], event=branched[1], event_view="fork")
    assert app.error
    assert not [each for each in app.button if each.key == "fork"]


def test_blobs_are_shown_as_what_they_are(open_page: OpenPage, control: Any, data: Any) -> None:
    place = place_of(control, "PagesBlobs")
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(picture, "PNG")
    say(data, place, [{"blob": base64.b64encode(picture.getvalue()).decode()}], 0)
    say(data, place, [{"blob": {"step": 3}}], 1)
    say(data, place, [], 2)
    app = open_page("events", **place)
    assert not app.exception
    shown = words(app)
    assert "PNG in base64" in shown
    assert '"step": 3' in shown
    assert [each.label for each in app.expander if "empty payload" in each.label] == [
        "1 event with an empty payload"
    ]
    assert len(app.image) == 1


def test_the_records_of_a_message_are_guessed(open_page: OpenPage, store: Store, data: Any) -> None:
    place = {"memory": store.memory_id, "actor": store.actor_id, "session": store.session_id}
    [event] = data.list_events(memoryId=store.memory_id, actorId=store.actor_id, sessionId=store.session_id)[
        "events"
    ]
    app = open_page("events", **place, event=event["eventId"], event_view="records")
    shown = words(app)
    assert "A guess" in shown
    assert "contacted by email" in shown
    assert "confidence" in shown


def test_the_search_finds_in_every_actors_sessions(open_page: OpenPage, control: Any, data: Any) -> None:
    place = place_of(control, "PagesSearched")
    say(data, place, "My parrot is green.", 0)
    say(data, place | {"actor": "ben", "session": "pets"}, "A parrot, too.", 1)
    app = open_page("events", **place, search="parrot", search_in="memory")
    shown = until_words(app, "Everything was read.")
    assert "2 hits in 2 events of 2 sessions, 2 of 2 actors." in shown
    app.button(key="close-search").click().run()
    assert "hits in" not in words(app)
    assert "search" not in app.query_params


def test_the_search_stays_in_its_scope(open_page: OpenPage, branched: tuple[Place, str]) -> None:
    app = open_page("events", **branched[0], search="window", search_in="session")
    assert "2 hits in 4 events of 1 session." in until_words(app, "Everything was read.")


def test_sessions_are_narrowed_down_by_time_and_words(open_page: OpenPage, control: Any, data: Any) -> None:
    place = place_of(control, "PagesTimes")
    for day, name in enumerate(("monday-a", "tuesday-a", "tuesday-b")):
        say(data, place | {"session": name}, "Hello.", 24 * 60 * min(day, 1) + day)
    by_time = {"memory": place["memory"], "actor": "ann", "since": "2026-11-02"}
    assert "2 of 3 sessions, newest first" in words(open_page("events", **by_time))
    both = by_time | {"find_session": "-a", "order": "oldest"}
    app = open_page("events", **both)
    assert "1 of 3 sessions, oldest first" in words(app)
    assert app.query_params["session"] == "tuesday-a"
    app = open_page("events", **both, until="2026-11-01")
    assert "No session fits" in words(app)
    assert app.text_input(key="sessions-find").value == "-a"


def test_many_actors_are_searched_and_not_put_into_a_select_box(
    open_page: OpenPage, control: Any, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors_component, "FEW", 2)
    place = place_of(control, "PagesCrowd")
    for name in ("ann", "ben", "zoe/team:1"):
        say(data, place | {"actor": name}, f"I am {name}.")
    app = open_page("events", memory=place["memory"], find_actor="team ZOE")
    assert "1 of 3 actors" in until_words(app, "1 of 3 actors")
    assert "Actor" not in [each.label for each in app.selectbox]
    app = open_page("events", memory=place["memory"], actor="zoe/team:1", find_actor="nobody")
    assert "No actor's id has these words" in until_words(app, "0 of 3 actors")
    assert said(app) == ["I am zoe/team:1."]


def test_the_page_of_a_linked_event_is_opened(open_page: OpenPage, control: Any, data: Any) -> None:
    place = place_of(control, "PagesLong")
    first = say(data, place, "The very first.", 0)
    for minute in range(1, 4):
        many = [{"conversational": {"role": "USER", "content": {"text": f"{minute}-{n}"}}} for n in range(30)]
        say(data, place, many, minute)
    assert "The very first." not in said(open_page("events", **place))
    assert "The very first." in said(open_page("events", **place, event=first))


def test_the_transcript_is_exported(open_page: OpenPage, branched: tuple[Place, str]) -> None:
    app = open_page("events", **branched[0])
    assert not app.get("download_button"), "they would keep the conversation before anybody wants it"
    app.session_state["export-transcript"] = True
    app.run()
    keys = {each.proto.id.rpartition("-")[2] for each in app.get("download_button")}
    assert {"csv", "json", "parquet"} <= keys, json.dumps(sorted(keys))


def test_actors_that_may_not_be_listed_are_a_fault_and_a_link_still_works(
    open_page: OpenPage, branched: tuple[Place, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = explain(NotAuthorized("viewer", "ListActors"))
    monkeypatch.setattr(resources, "directory", lambda *_, **__: Actors(ended=True, fault=fault))
    app = open_page("events", memory=branched[0]["memory"])
    assert "Nobody has written" not in words(app)
    assert fault.title in "".join(str(each.value).replace("\\", "") for each in app.error)
    assert "Window it is." in said(open_page("events", **branched[0]))


def test_an_actor_of_a_list_grown_old_is_found(
    open_page: OpenPage, branched: tuple[Place, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tuple(f"other-{number:03d}" for number in range(actors_component.FEW + 1))
    old = Actors(ended=True, complete=True, ids=many)
    monkeypatch.setattr(resources, "directory", lambda *_, **__: old)
    assert "Window it is." in said(open_page("events", **branched[0]))
    assert "names the actor" in words(open_page("events", **(branched[0] | {"actor": "nobody-here"})))
