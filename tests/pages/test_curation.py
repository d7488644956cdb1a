"""Curating records on the pages: edit, write, change several, undo, restore; and what a viewer may do."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard import resources, text
from services.records.batches import ItemResult
from services.records.late_metadata import METADATA
from tests.pages.conftest import OpenPage, make_memory, words

SAID = datetime(2026, 3, 1, 14, 36, 22, 346000, tzinfo=UTC)
PATIENCE_SECONDS = 120
PREFERENCE = {"context": "Said it", "preference": "Likes tea", "categories": ["drinks"]}
SUMMARY = '<topic name="Refund">\nIt failed.\n</topic>'
HOSTILE = "a\r\nb \u202ec ![x](https://example.invalid/a.png) <script>alert(1)</script>\x07"


@pytest.fixture
def memory_id(control: Any) -> str:
    name = f"Curation{uuid.uuid4().hex[:12]}"
    return str(control.create_memory(name=name, eventExpiryDuration=30)["memory"]["id"])


def write(data: Any, memory_id: str, *texts: str, namespace: str = "/facts/a/") -> list[str]:
    """Records with these texts; their ids."""
    items = [
        {
            "requestIdentifier": f"r{number}",
            "namespaces": [namespace],
            "content": {"text": text},
            "timestamp": SAID,
        }
        for number, text in enumerate(texts)
    ]
    answer = data.batch_create_memory_records(memoryId=memory_id, records=items)
    ids = {row["requestIdentifier"]: row["memoryRecordId"] for row in answer["successfulRecords"]}
    return [ids[f"r{number}"] for number in range(len(texts))]


def texts(data: Any, memory_id: str) -> list[str]:
    """What the records say, sorted."""
    answer = data.list_memory_records(memoryId=memory_id, namespacePath="/", maxResults=100)
    return sorted(row["content"]["text"] for row in answer["memoryRecordSummaries"])


def run_until(app: Any, done: Callable[[], bool]) -> None:
    """Runs the page again until something is so, as a ticking card does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, words(app)
        time.sleep(0.1)
        app.run()
    app.run()


def field(app: Any, kind: str, label: str) -> Any:
    """The field of that label."""
    return next(each for each in getattr(app, kind) if each.label == label)


def test_a_preference_is_edited_by_fields_and_cannot_be_broken(
    open_page: OpenPage, data: Any, memory_id: str
) -> None:
    [record_id] = write(data, memory_id, json.dumps(PREFERENCE))
    app = open_page("records", memory=memory_id, record=record_id)
    app.button(key="edit-record").click().run()
    assert "Nothing is changed yet" in words(app)
    field(app, "text_area", "Preference").set_value('Likes "green" tea}').run()
    assert "What will change" in words(app)
    app.button(key="save-record").click().run()
    assert not app.exception
    assert "The record was changed" in words(app)
    [stored] = texts(data, memory_id)
    assert json.loads(stored) == PREFERENCE | {"preference": 'Likes "green" tea}'}
    app.button(key="notice-undo").click().run()
    assert "says again what it said" in words(app)
    assert [json.loads(stored) for stored in texts(data, memory_id)] == [PREFERENCE]
    assert app.query_params["record"] == record_id


def test_a_text_that_loses_its_form_is_not_saved(open_page: OpenPage, data: Any, memory_id: str) -> None:
    [record_id] = write(data, memory_id, SUMMARY)
    app = open_page("records", memory=memory_id, record=record_id)
    app.button(key="edit-record").click().run()
    field(app, "text_area", "What was said").set_value("It </topic> worked.").run()
    assert not app.button(key="save-record").disabled
    next(way for way in app.segmented_control if way.label == "The text").set_value("As it is stored").run()
    field(app, "text_area", "As it is stored").set_value("<topic It failed.").run()
    assert "no summary any more" in words(app)
    assert app.button(key="save-record").disabled


def test_a_hostile_text_is_edited_byte_for_byte(open_page: OpenPage, data: Any, memory_id: str) -> None:
    [record_id] = write(data, memory_id, HOSTILE)
    app = open_page("records", memory=memory_id, record=record_id)
    app.button(key="edit-record").click().run()
    area = field(app, "text_area", "What it says")
    assert "\\u202e" in area.value and "\r" not in area.value and "\\x07" in area.value
    area.set_value(area.value + "!").run()
    app.button(key="save-record").click().run()
    assert texts(data, memory_id) == [HOSTILE + "!"]


def test_a_change_by_somebody_else_is_shown_instead_of_overwritten(
    open_page: OpenPage, data: Any, memory_id: str
) -> None:
    [record_id] = write(data, memory_id, "Likes tea.")
    app = open_page("records", memory=memory_id, record=record_id)
    app.button(key="edit-record").click().run()
    field(app, "text_area", "What it says").set_value("Mine.").run()
    theirs = {"memoryRecordId": record_id, "timestamp": SAID, "content": {"text": "Theirs."}}
    data.batch_update_memory_records(memoryId=memory_id, records=[theirs])
    app.button(key="save-record").click().run()
    assert any("Somebody else changed this record" in error.value for error in app.error)
    assert texts(data, memory_id) == ["Theirs."]
    app.button(key="take-new-record").click().run()
    assert field(app, "text_area", "What it says").value == "Theirs."


def test_a_record_is_written_by_hand(open_page: OpenPage, data: Any, memory_id: str) -> None:
    app = open_page("records", memory=memory_id)
    app.button(key="create-record").click().run()
    app.button(key="write-record").click().run()
    assert "There is nothing to write yet" in words(app) and texts(data, memory_id) == []
    field(app, "text_area", "What it says").set_value("Written by hand.").run()
    app.button(key="write-record").click().run()
    assert not app.exception
    assert texts(data, memory_id) == ["Written by hand."]
    assert app.query_params["record"]
    app.button(key="notice-undo").click().run()
    assert not app.exception and not app.error
    assert texts(data, memory_id) == []
    assert "Taken back" in words(app) and "record" not in app.query_params


def test_the_namespace_tells_the_strategy_of_a_written_record_and_the_person_decides(
    open_page: OpenPage, data: Any, control: Any
) -> None:
    memory_id = make_memory(control, f"Curation{uuid.uuid4().hex[:12]}")
    for namespace in ("/facts/a/", "/preferences/b/", "/else/"):
        write(data, memory_id, "Likes tea.", namespace=namespace)
    facts, preferences = (
        row["strategyId"] for row in control.get_memory(memoryId=memory_id)["memory"]["strategies"]
    )
    app = open_page("records", memory=memory_id)
    app.button(key="create-record").click().run()

    def fields(kind: str) -> Any:
        keys = [each.key for each in app.selectbox if str(each.key).startswith("record-new-")]
        return app.selectbox(key=next(key for key in keys if key.endswith(kind)))

    assert fields("strategy").value == "none"
    for chosen, inferred in (("/facts/a/", facts), ("/preferences/b/", preferences), ("/else/", "none")):
        fields("namespace").set_value(chosen).run()
        assert fields("strategy").value == inferred
        assert ("Inferred: the namespace is one of its template" in words(app)) == (inferred != "none")
    fields("namespace").set_value("/facts/a/").run()
    fields("strategy").set_value("none").run()
    assert "Inferred" not in words(app)
    field(app, "text_area", "What it says").set_value("Likes cake.").run()
    app.button(key="write-record").click().run()
    assert not app.exception
    listed = data.list_memory_records(memoryId=memory_id, namespacePath="/")["memoryRecordSummaries"]
    [written] = [row for row in listed if row["content"]["text"] == "Likes cake."]
    assert written["memoryStrategyId"] == "none"


def test_what_is_said_of_a_written_record_is_escaped_once(
    open_page: OpenPage, memory_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "It was written, but its metadata may be missing."
    written = ItemResult("mem-00000000-0000-4000-8000-000000000000", "r0", True, METADATA, said)
    monkeypatch.setattr(resources, "create_record", lambda *_: written)
    app = open_page("records", memory=memory_id)
    app.button(key="create-record").click().run()
    field(app, "text_area", "What it says").set_value("Written by hand.").run()
    app.button(key="write-record").click().run()
    assert text.label(said) in [notice.value for notice in app.success]


def test_a_deleted_record_is_in_the_trash_and_comes_back(
    open_page: OpenPage, data: Any, memory_id: str
) -> None:
    [record_id] = write(data, memory_id, "Likes tea.")
    app = open_page("records", memory=memory_id, record=record_id)
    app.button(key="delete-record").click().run()
    app.button(key="really-delete-record").click().run()
    assert "It is in the trash" in words(app)
    assert texts(data, memory_id) == []
    app.button(key="notice-undo").click().run()
    assert texts(data, memory_id) == ["Likes tea."]
    assert "It is in the trash" not in words(app) and "the record is there again" in words(app)
    assert app.query_params["record"] != record_id
    app.button(key="delete-record").click().run()
    assert "is there again" not in words(app), "the next act takes the notice away"
    app.button(key="really-delete-record").click().run()
    app = open_page("trash", memory=memory_id)
    assert not app.exception
    assert list(app.dataframe[0].value["content"]) == ["Likes tea."]
    app = open_page("records", memory=memory_id, record=record_id)
    assert app.error, "the link says that it is gone"
    app.button(key="restore-version-0").click().run()
    assert texts(data, memory_id) == ["Likes tea."]


def test_masked_text_stays_masked_on_its_way_through_the_trash(
    open_page: OpenPage, data: Any, memory_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [record_id] = write(data, memory_id, "Mail ann@example.com about tea.")
    monkeypatch.setenv("AGENTCORE_STUDIO_MASK", "1")
    app = open_page("records", memory=memory_id, record=record_id)
    app.button(key="delete-record").click().run()
    assert "about tea." in words(app) and "ann@example.com" not in words(app)
    app.button(key="really-delete-record").click().run()
    app = open_page("trash", memory=memory_id)
    [said] = app.dataframe[0].value["content"]
    assert "about tea." in said and "ann@example.com" not in said
    app = open_page("records", memory=memory_id, record=record_id)
    assert "about tea." in words(app) and "ann@example.com" not in words(app)
    app.button(key="restore-version-0").click().run()
    assert texts(data, memory_id) == ["Mail ann@example.com about tea."], "what is written is never masked"


def change_several(open_page: OpenPage, memory_id: str, kind: str) -> Any:
    """The Records page with all records of the table chosen for a change."""
    app = open_page("records", memory=memory_id)
    app.toggle(key="bulk-mode").set_value(True).run()
    next(each for each in app.segmented_control if each.label == "Which records").set_value(
        "All in the table"
    ).run()
    app.selectbox(key="bulk-kind").set_value(kind).run()
    return app


def test_several_records_are_changed_after_a_dry_run_and_undone(
    open_page: OpenPage, data: Any, memory_id: str
) -> None:
    write(data, memory_id, "A kettle.", "Two kettles.", "Tea.")
    app = change_several(open_page, memory_id, "replace")
    app.text_input(key="bulk-find").set_value("kettle").run()
    app.text_input(key="bulk-put").set_value("pot").run()
    app.button(key="bulk-preview").click().run()
    assert "2 records will change. 1 stay as they are." in words(app)
    assert texts(data, memory_id) == ["A kettle.", "Tea.", "Two kettles."], "nothing is sent yet"
    app.button(key="bulk-start").click().run()
    run_until(app, lambda: "2 records changed." in words(app))
    assert texts(data, memory_id) == ["A pot.", "Tea.", "Two pots."]
    next(button for button in app.button if str(button.key).startswith("undo-")).click().run()
    run_until(app, lambda: texts(data, memory_id) == ["A kettle.", "Tea.", "Two kettles."])


def test_what_was_ticked_stays_so_while_other_words_are_looked_for(
    open_page: OpenPage, data: Any, memory_id: str
) -> None:
    write(data, memory_id, "A kettle.", "Two kettles.", "Tea.")
    app = open_page("records", memory=memory_id)
    app.toggle(key="bulk-mode").set_value(True).run()
    for table, words_of_it in enumerate(("tea", "a kettle"), start=2):  # the first has all rows
        app.text_input(key="find-text").set_value(words_of_it).run()
        app.session_state[f"bulk-{table}"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
        app.run()
    assert "1 ticked record hidden by the words or the time above" in words(app)
    app.selectbox(key="bulk-kind").set_value("delete").run()
    app.button(key="bulk-preview").click().run()
    app.button(key="bulk-start").click().run()
    run_until(app, lambda: texts(data, memory_id) == ["Two kettles."])


def test_records_are_tagged_and_moved(open_page: OpenPage, data: Any, memory_id: str) -> None:
    [record_id] = write(data, memory_id, "Tea.")
    app = change_several(open_page, memory_id, "tag")
    app.text_input(key="bulk-key").set_value("team").run()
    app.text_input(key="bulk-value").set_value("no umlaut: ä").run()
    assert app.button(key="bulk-preview").disabled
    app.text_input(key="bulk-value").set_value("blue").run()
    app.button(key="bulk-preview").click().run()
    app.button(key="bulk-start").click().run()
    run_until(app, lambda: "1 record changed." in words(app))
    app.selectbox(key="bulk-kind").set_value("move").run()
    app.text_input(key="bulk-to").set_value("no spaces").run()
    assert app.button(key="bulk-preview").disabled
    app.text_input(key="bulk-to").set_value("/archive/").run()
    app.button(key="bulk-preview").click().run()
    app.button(key="bulk-start").click().run()

    def moved() -> bool:
        record = data.get_memory_record(memoryId=memory_id, memoryRecordId=record_id)["memoryRecord"]
        return (record["namespaces"], record["metadata"]["team"]) == (["/archive/"], {"stringValue": "blue"})

    run_until(app, moved)


def test_ticked_records_of_a_change_are_undone(open_page: OpenPage, data: Any, memory_id: str) -> None:
    write(data, memory_id, "A kettle.", "Two kettles.")
    app = change_several(open_page, memory_id, "replace")
    app.text_input(key="bulk-find").set_value("kettle").run()
    app.button(key="bulk-preview").click().run()
    app.button(key="bulk-start").click().run()
    run_until(app, lambda: "2 records changed." in words(app))
    key = next(str(button.key) for button in app.button if str(button.key).startswith("undo-"))
    act_id = key.removeprefix("undo-")
    app.session_state[f"results-{act_id}"] = True
    app.run()
    results = next(each.value for each in app.dataframe if "result" in each.value)
    row = list(results["what it says"]).index("A kettle.")
    app.session_state[f"ticked-{act_id}-2"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    app.run()
    app.button(key=f"undo-ticked-{act_id}").click().run()
    run_until(app, lambda: texts(data, memory_id) == ["A kettle.", "Two s."])


def test_more_than_fifty_records_take_a_typed_confirmation(
    open_page: OpenPage, data: Any, memory_id: str
) -> None:
    write(data, memory_id, *(f"Fact {number}." for number in range(51)))
    app = change_several(open_page, memory_id, "delete")
    app.button(key="bulk-preview").click().run()
    assert app.button(key="bulk-start-confirmed").disabled
    app.text_input(key="bulk-start-typed").set_value("51 records").run()
    app.button(key="bulk-start-confirmed").click().run()
    run_until(app, lambda: "51 records deleted." in words(app))
    assert texts(data, memory_id) == []


def test_an_act_is_found_again_by_another_session(open_page: OpenPage, data: Any, memory_id: str) -> None:
    """Its process is gone and one record's outcome unknown: the page says so and finds out."""
    from services.connection import embedded_connection
    from services.workspace import record_claims, record_versions
    from services.workspace.record_versions import NewAct, Planned
    from services.workspace.store import open_workspace

    ids = write(data, memory_id, "A.", "B.")
    open_page("overview")  # the endpoint's address is in the environment
    workspace = open_workspace()
    act = NewAct("ann", embedded_connection().key, memory_id, "delete", "Delete")
    record_versions.plan(workspace, act, [Planned(id_) for id_ in ids])
    before = {"memoryRecordId": ids[0], "content": {"text": "A."}}
    record_versions.mark_sent(workspace, act.act_id, {0: before})
    data.delete_memory_record(memoryId=memory_id, memoryRecordId=ids[0])
    record_claims.end(workspace, act.act_id, "stopped")
    workspace.close()
    app = open_page("records", memory=memory_id)
    assert "of 1 it is not known what became of them, 1 were not sent" in words(app)
    app.button(key=f"check-{act.act_id}").click().run()
    assert "1 record deleted." in words(app)
    assert "nothing was sent for 1 record" in words(app)
    app.button(key=f"again-{act.act_id}").click().run()
    run_until(app, lambda: "2 records deleted." in words(app))
    assert texts(data, memory_id) == []


@pytest.mark.parametrize("page", ["records", "trash"])
def test_a_viewer_sees_no_enabled_control(
    open_page: OpenPage, data: Any, memory_id: str, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    [first, second] = write(data, memory_id, "Likes tea.", "Likes coffee.")
    app = open_page("records", memory=memory_id, record=first)
    app.button(key="delete-record").click().run()
    app.button(key="really-delete-record").click().run()
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
    app = open_page(page, memory=memory_id, **({"record": second} if page == "records" else {}))
    assert not app.exception
    changing = ("edit-", "delete-", "create-", "restore-", "undo-", "again-", "check-", "remove")
    enabled = [b.key for b in app.button if str(b.key).startswith(changing) and not b.disabled]
    assert enabled == []
    assert all(toggle.disabled for toggle in app.toggle if toggle.key == "bulk-mode")
