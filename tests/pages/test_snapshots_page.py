"""The page of snapshots: save, compare with now, write again; and a deleted memory made again."""

import contextlib
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from services import deletions
from services.clients import open_clients
from services.connection import embedded_connection
from services.workspace.store import open_workspace
from tests.conftest import Endpoint
from tests.pages.conftest import OpenPage, make_memory, words
from tests.pages.test_erase_page import button, metrics, shown
from tests.services.record_examples import faults

NOW = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
HOSTILE = "![x](https://evil.example/x.png) <script>alert(1)</script> =1+1 \u202e"


def write(data: Any, memory_id: str, *texts: str) -> list[str]:
    records = [
        {
            "requestIdentifier": f"r{number}",
            "namespaces": ["/facts/ann/"],
            "content": {"text": text},
            "timestamp": NOW,
        }
        for number, text in enumerate(texts)
    ]
    answer = data.batch_create_memory_records(memoryId=memory_id, records=records)
    return [each["memoryRecordId"] for each in answer["successfulRecords"]]


@pytest.fixture
def memory_id(control: Any) -> str:
    return make_memory(control, f"Snap{time.monotonic_ns()}")


def save(open_page: OpenPage, memory_id: str) -> Any:
    app = open_page("snapshots", memory=memory_id)
    assert "No snapshot of this memory yet" in words(app)
    button(app, "Save").click().run()
    return shown(app, lambda page: "The same" in metrics(page))


def test_what_is_gone_since_a_snapshot_is_written_again(
    open_page: OpenPage, data: Any, memory_id: str
) -> None:
    tea = json.dumps({"context": "Asked", "preference": "Likes tea", "categories": ["drinks"]})
    ids = write(data, memory_id, "kept", HOSTILE, tea)
    app = save(open_page, memory_id)
    assert metrics(app)["The same"] == "3"
    data.delete_memory_record(memoryId=memory_id, memoryRecordId=ids[1])
    button(app, "Compare again").click().run()
    assert (metrics(app)["Gone since"], metrics(app)["The same"]) == ("1", "2")
    app.segmented_control(key="copy-which").set_value("some").run()
    assert [text for text in app.dataframe[-1].value["text"] if "tea" in text] == ["Likes tea"]
    app.segmented_control(key="copy-which").set_value("gone").run()
    button(app, "Dry run").click().run()
    assert "1 record would be written" in words(app)
    button(app, "Write 1 record").click().run()
    shown(app, lambda page: metrics(page).get("The same") == "3")
    answer = data.list_memory_records(memoryId=memory_id, namespacePath="/")
    now = {each["content"]["text"]: each["memoryRecordId"] for each in answer["memoryRecordSummaries"]}
    assert now.keys() == {"kept", HOSTILE, tea}
    assert now[HOSTILE] != ids[1]


def give_metadata(control: Any, data: Any, memory_id: str, record_id: str) -> None:
    """Puts a record into a strategy, with a key that is no schema's: such metadata takes a second call."""
    strategies = control.get_memory(memoryId=memory_id)["memory"]["strategies"]
    for change in (
        {"memoryStrategyId": strategies[0]["strategyId"]},
        {"metadata": {"team": {"stringValue": "blue"}}},
    ):
        row = {"memoryRecordId": record_id, "timestamp": NOW} | change
        assert not data.batch_update_memory_records(memoryId=memory_id, records=[row])["failedRecords"]


def test_what_was_written_without_its_metadata_is_told(
    open_page: OpenPage, endpoint: Endpoint, control: Any, data: Any, memory_id: str
) -> None:
    (record_id,) = write(data, memory_id, "kept")
    give_metadata(control, data, memory_id, record_id)
    app = save(open_page, memory_id)
    data.delete_memory_record(memoryId=memory_id, memoryRecordId=record_id)
    button(app, "Compare again").click().run()
    app.segmented_control(key="copy-which").set_value("gone").run()
    button(app, "Dry run").click().run()
    with faults(endpoint, "deny on BatchUpdateMemoryRecords"):
        button(app, "Write 1 record").click().run()
        shown(app, lambda page: "metadata may be missing" in words(page))
    assert "1 record written, with new ids" in words(app)


def test_what_was_changed_is_put_back(open_page: OpenPage, data: Any, memory_id: str) -> None:
    (record_id,) = write(data, memory_id, "as it was")
    app = save(open_page, memory_id)
    change = {"memoryRecordId": record_id, "timestamp": NOW, "content": {"text": "changed"}}
    data.batch_update_memory_records(memoryId=memory_id, records=[change])
    button(app, "Compare again").click().run()
    assert metrics(app)["Changed"] == "1"
    app.text_input(key="put-back-typed").set_value("put back").run()
    button(app, "Put 1 record back").click().run()
    shown(app, lambda page: metrics(page).get("Changed") == "0")
    record = data.get_memory_record(memoryId=memory_id, memoryRecordId=record_id)["memoryRecord"]
    assert record["content"]["text"] == "as it was"


def test_a_snapshot_is_deleted_after_a_word_was_typed(open_page: OpenPage, memory_id: str) -> None:
    app = save(open_page, memory_id)
    assert button(app, "Delete snapshot").disabled
    next(each for each in app.text_input if each.placeholder == "delete").set_value("delete").run()
    button(app, "Delete snapshot").click().run()
    shown(app, lambda page: "No snapshot of this memory yet" in words(page))


@pytest.mark.parametrize("bare", [False, True])
def test_a_deleted_memory_is_made_again(  # noqa: PLR0917
    open_page: OpenPage, endpoint: Endpoint, control: Any, data: Any, memory_id: str, bare: bool
) -> None:
    record_id, _ = write(data, memory_id, "kept", HOSTILE)
    give_metadata(control, data, memory_id, record_id)
    app = open_page("memories", memory=memory_id)
    with contextlib.closing(open_workspace()) as workspace:
        clients = open_clients(embedded_connection(), actor="tester", trail=lambda: workspace)
        copy_id = deletions.delete_memory(clients, workspace, memory_id)
    app.session_state["saved-copies"] = True
    app.run()
    app.button(key=f"rebuild-{copy_id}").click().run()
    name = memory_id.rpartition("-")[0]
    assert app.text_input(key="rebuild-name").value == name
    app.text_input(key="rebuild-name").set_value("no blanks").run()
    assert app.button(key="rebuild-now").disabled
    app.text_input(key="rebuild-name").set_value(name).run()
    lacking = ", of which 1 may lack metadata" if bare else ""
    with faults(endpoint, *["deny on BatchUpdateMemoryRecords"] * bare):
        app.button(key="rebuild-now").click().run()
        shown(app, lambda page: f"2 records{lacking}. All ids are new" in words(page).replace("\\", ""))
    made = [row["id"] for row in control.list_memories()["memories"] if row["id"].startswith(f"{name}-")]
    assert made and made != [memory_id]
    answer = data.list_memory_records(memoryId=made[0], namespacePath="/")
    assert {each["content"]["text"] for each in answer["memoryRecordSummaries"]} == {"kept", HOSTILE}


def test_a_viewer_keeps_no_snapshots(
    open_page: OpenPage, memory_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    app = open_page("snapshots", memory=memory_id)
    assert "It takes the role curator" in words(app)
    assert "Save" not in [each.label for each in app.button]
