"""The sample data's controls on the Memories page, on an endpoint of their own."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.sample_data import load, sample_memories
from services.workspace.audit import list_audit
from services.workspace.store import open_workspace
from tests.conftest import Endpoint
from tests.pages.conftest import OpenPage, all_memories, words


@pytest.fixture(scope="module")
def endpoint(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    running = Endpoint(tmp_path_factory.mktemp("sample-page") / "data", "--extraction-delay", "3600")
    running.start()
    yield running
    assert running.stop() == 0, running.log.read_text("utf-8")


@pytest.fixture
def clients(endpoint: Endpoint) -> Iterator[tuple[Any, Any]]:
    """Clients of an endpoint that has the sample data and nothing else."""
    control, data = endpoint.client("bedrock-agentcore-control"), endpoint.client("bedrock-agentcore")
    for memory in all_memories(control):
        control.delete_memory(memoryId=memory["id"])
    deadline = time.monotonic() + 120
    while control.list_memories()["memories"]:
        assert time.monotonic() < deadline, "the memories were not deleted"
        time.sleep(0.02)
    load(control, data, lambda done, total, what: None)
    yield control, data
    control.close()
    data.close()


def write_into_a_sample_memory(control: Any, data: Any) -> None:
    data.create_event(
        memoryId=sample_memories(control)[0].memory_id,
        actorId="me",
        sessionId="trying-it-out",
        eventTimestamp=datetime.now(UTC),
        payload=[{"conversational": {"role": "USER", "content": {"text": "Hello!"}}}],
    )


def test_removing_deletes_the_sample_memories_and_writes_it_down(
    open_page: OpenPage, clients: tuple[Any, Any]
) -> None:
    app = open_page().button(key="sample-remove").click().run()
    assert not app.exception
    assert "The sample data is removed" in words(app)
    assert sample_memories(clients[0]) == []
    workspace = open_workspace()
    rows = list_audit(workspace)
    assert {(row.action, row.result) for row in rows} == {
        (action, result)
        for action in ("RemoveSampleData", "DeleteMemory")
        for result in ("started", "succeeded")
    }
    workspace.close()


def test_what_the_person_wrote_is_shown_and_asked_for(open_page: OpenPage, clients: tuple[Any, Any]) -> None:
    write_into_a_sample_memory(*clients)
    app = open_page().button(key="sample-remove").click().run()
    assert "1 event in 1 session in these memories are yours and would go too" in words(app)
    assert len(sample_memories(clients[0])) == 7
    assert app.button(key="sample-remove-all-confirmed").disabled
    app.text_input(key="sample-remove-all-typed").set_value("remove mine too").run()
    app.button(key="sample-remove-all-confirmed").click().run()
    assert not app.exception
    assert sample_memories(clients[0]) == []


def test_what_was_written_after_asking_is_asked_for_again(
    open_page: OpenPage, clients: tuple[Any, Any]
) -> None:
    write_into_a_sample_memory(*clients)
    app = open_page().button(key="sample-remove").click().run()
    write_into_a_sample_memory(*clients)
    app.text_input(key="sample-remove-all-typed").set_value("remove mine too").run()
    app.button(key="sample-remove-all-confirmed").click().run()
    assert "2 events in 1 session in these memories" in words(app)
    assert len(sample_memories(clients[0])) == 7


def loading_may_be_pressed(app: AppTest) -> bool:
    return not app.button(key="sample-load").disabled


def controls_page() -> None:
    """The controls alone: the frame would replace a page that has no credentials."""
    from dashboard.components import sample_data

    sample_data.controls()


def test_an_aws_account_is_written_to_only_after_agreeing(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No call is answered here: there are no credentials, and the page must still ask before it writes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    key = "profile:@eu-west-1"
    app = AppTest.from_function(controls_page, default_timeout=120)
    app.query_params["connection"] = key
    app.run()
    assert not loading_may_be_pressed(app)
    agreement = app.checkbox(key=f"sample-agreed-{key}")
    assert "eu-west-1: about 950 AWS calls" in agreement.label.replace("\\", "")
    assert loading_may_be_pressed(agreement.check().run())


def test_the_embedded_endpoint_is_loaded_without_asking(open_page: OpenPage) -> None:
    app = open_page()
    assert loading_may_be_pressed(app)
    assert not app.checkbox
