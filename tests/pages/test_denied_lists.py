"""Pages where a list may not be read: they say what is missing, claim nothing of it, and show the rest."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import REGION, Endpoint
from tests.pages.conftest import OpenPage, Store, words
from tests.pages.test_writing import forwards
from tests.services.fault_server import Behaviour, FaultServer, refuses

LIST_MEMORIES = ("POST", "/memories/")
LIST_ACTORS = "/actors"
LIST_SESSIONS = "/sessions"
LIST_RECORDS = "/memoryRecords"


class Refusing(FaultServer):
    """Stands before the real endpoint and denies what `denied` holds: paths' ends, or ListMemories."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self.denied: set[Any] = set()
        self._forward = forwards(endpoint)

    def next_behaviour(self) -> Behaviour:
        command, path, *_ = self.requests[-1]
        plain = path.partition("?")[0]
        refused = (command, plain) in self.denied or any(
            isinstance(end, str) and plain.endswith(end) for end in self.denied
        )
        return refuses("AccessDeniedException", 403) if refused else self._forward


@pytest.fixture
def server(endpoint: Endpoint) -> Iterator[Refusing]:
    server = Refusing(endpoint)
    yield server
    server.close()


def at(server: Refusing) -> str:
    return f"custom:{server.url}@{REGION}"


def test_a_memory_is_shown_without_the_right_to_list_them(
    open_page: OpenPage, server: Refusing, store: Store
) -> None:
    server.denied = {LIST_MEMORIES}
    app = open_page("memories", connection=at(server), memory=store.memory_id)
    assert any("AWS denied ListMemories" in error.value for error in app.error)
    assert any(header.value == "PagesSupport" for header in app.subheader)
    assert "{actorId}" in words(app).replace("\\", "")
    assert "There is no memory" not in words(app)


@pytest.mark.parametrize("page", ["memories", "events", "records", "retrieval", "chat"])
def test_a_memory_can_be_named_where_none_can_be_listed(
    page: str, open_page: OpenPage, server: Refusing, store: Store
) -> None:
    server.denied = {LIST_MEMORIES}
    app = open_page(page, connection=at(server))
    app.text_input(key="memory-by-id").set_value(store.memory_id).run()
    assert app.query_params["memory"] == store.memory_id
    assert not app.exception
    assert "memory yet" not in words(app)


def test_an_actor_can_be_named_where_none_can_be_listed(
    open_page: OpenPage, server: Refusing, store: Store
) -> None:
    server.denied = {LIST_ACTORS}
    app = open_page("events", connection=at(server), memory=store.memory_id)
    app.text_input(key="actor-by-id").set_value(store.actor_id).run()
    assert app.query_params["session"] == store.session_id
    assert "What specific issue are you experiencing?" in [
        line.value for message in app.chat_message for line in message.text
    ]


def test_events_say_that_the_sessions_cannot_be_listed(
    open_page: OpenPage, server: Refusing, store: Store
) -> None:
    server.denied = {LIST_SESSIONS}
    app = open_page("events", connection=at(server), memory=store.memory_id, actor=store.actor_id)
    assert [error.value.strip("*") for error in app.error] == ["AWS denied ListSessions"]
    assert not app.exception


def test_one_can_chat_without_the_right_to_list_actors_and_sessions(
    open_page: OpenPage, server: Refusing, store: Store
) -> None:
    server.denied = {LIST_ACTORS, LIST_SESSIONS}
    app = open_page("chat", connection=at(server), memory=store.memory_id)
    assert {"AWS denied ListActors", "AWS denied ListSessions"} <= {
        error.value.strip("*") for error in app.error
    }
    assert "Tell me something about yourself" in words(app)
    assert "there are more" not in words(app)


@pytest.mark.parametrize(
    ("denied", "note"),
    [
        ({LIST_ACTORS}, "Shown are the namespaces that hold records."),
        ({LIST_RECORDS}, "Shown are the namespaces that the strategies' templates name"),
        ({LIST_ACTORS, LIST_RECORDS}, "Namespaces are not known"),
    ],
)
def test_retrieval_offers_the_namespaces_that_can_be_known(
    denied: set[str], note: str, open_page: OpenPage, server: Refusing, store: Store
) -> None:
    server.denied = denied
    app = open_page("retrieval", connection=at(server), memory=store.memory_id, query="How is it reached?")
    said = words(app).replace("\\", "")
    assert note in said
    assert "AWS denied" in said
    assert "No record exists yet" not in said
    assert any("#1" in bar.proto.text for bar in app.get("progress"))  # retrieval itself is allowed
