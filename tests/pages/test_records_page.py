"""The Records page: the whole store, narrowed, and one record with where it probably came from."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard import resources
from services.memory.namespaces import KnownNamespace
from services.records import filters as record_filters
from services.records.filters import MetadataFilter
from tests.pages.conftest import OpenPage, Store, make_memory, words

PATIENCE_SECONDS = 120.0


def tables(app: Any) -> tuple[Any, Any]:
    """The namespaces and the records, as data frames."""
    return app.dataframe[0].value, app.dataframe[1].value


def test_the_whole_store_is_listed_without_naming_an_actor(open_page: OpenPage, store: Store) -> None:
    app = open_page("records", memory=store.memory_id)
    assert not app.exception
    namespaces, records = tables(app)
    assert set(records.index) == set(store.record_ids)
    assert dict(zip(namespaces.index, namespaces["records"], strict=True))["/"] == len(store.record_ids)
    assert {"/facts/", "/facts/User84/", "/preferences/User84/"} <= set(namespaces.index)


def test_a_path_narrows_the_table(open_page: OpenPage, store: Store) -> None:
    app = open_page("records", memory=store.memory_id, path="/preferences/")
    _, records = tables(app)
    assert set(records["namespace"]) == {"/preferences/User84/"}
    assert set(records["kind"]) == {"Preference"}


def test_a_memory_without_strategies_promises_no_records(open_page: OpenPage, control: Any) -> None:
    made = control.create_memory(name="PagesEventsOnly", eventExpiryDuration=3)["memory"]
    app = open_page("records", memory=made["id"])
    assert not app.exception
    assert "This memory has no long-term strategy" in words(app)
    assert "Records appear" not in words(app)
    control.delete_memory(memoryId=made["id"])


def test_words_are_found_in_any_order(open_page: OpenPage, store: Store) -> None:
    app = open_page("records", memory=store.memory_id, find="EMAIL contacted")
    _, records = tables(app)
    assert len(records) >= 1
    assert all("email" in text.lower() for text in records["content"])


def test_words_that_nothing_has_keep_the_controls(open_page: OpenPage, store: Store) -> None:
    app = open_page("records", memory=store.memory_id, find="zebra")
    assert "No record fits" in words(app)
    assert "Find in the text" in {box.label for box in app.text_input}
    assert len(app.dataframe) == 1, "the namespaces stay"


def test_a_metadata_filter_in_the_link_is_sent(open_page: OpenPage, store: Store) -> None:
    before = [MetadataFilter("x-amz-agentcore-memory-createdAt", "BEFORE", "2020-01-01")]
    app = open_page("records", memory=store.memory_id, filters=record_filters.dumps(before))
    assert "No record fits" in words(app)
    after = [MetadataFilter("x-amz-agentcore-memory-createdAt", "AFTER", "2020-01-01")]
    app = open_page("records", memory=store.memory_id, filters=record_filters.dumps(after))
    assert len(tables(app)[1]) == len(store.record_ids)


def test_a_filter_is_added_and_removed(open_page: OpenPage, store: Store) -> None:
    app = open_page("records", memory=store.memory_id)
    app.text_input(key="filter-value").set_value("2020-01-01").run()
    app.button(key="add-filter").click().run()
    [condition] = record_filters.loads(app.query_params["filters"])
    assert condition == MetadataFilter("x-amz-agentcore-memory-createdAt", "AFTER", "2020-01-01")
    next(button for button in app.button if str(button.key).startswith("filter-0-")).click().run()
    assert "filters" not in app.query_params
    assert not app.exception


@pytest.mark.parametrize("filters", ["nonsense", '[["colour","EXISTS"]]'])
def test_filters_that_cannot_be_used_are_said_and_can_be_dropped(
    open_page: OpenPage, store: Store, filters: str
) -> None:
    app = open_page("records", memory=store.memory_id, filters=filters)
    assert not app.exception
    assert app.error
    drop = next(button for button in app.button if str(button.key).startswith(("drop-filters", "filter-0-")))
    drop.click().run()
    assert not app.error
    assert len(app.dataframe) == 2


def test_a_record_shows_where_it_was_probably_said(open_page: OpenPage, store: Store) -> None:
    app = open_page("records", memory=store.memory_id, path="/preferences/")
    record_id = tables(app)[1].index[0]
    app = open_page("records", memory=store.memory_id, record=record_id)
    assert record_id in words(app)
    app.query_params["record_tab"] = "Likely sources"
    app.run()
    shown = words(app)
    assert "A guess" in shown
    assert "I prefer to be contacted by email." in shown


def test_a_record_shows_what_is_near_it(open_page: OpenPage, store: Store) -> None:
    app = open_page("records", memory=store.memory_id, record=store.record_ids[0])
    app.query_params["record_tab"] = "Near in meaning"
    app.run()
    assert not app.exception
    assert "in its own namespace" in words(app)


def test_an_episode_shows_its_turns_and_a_record_its_metadata(
    open_page: OpenPage, store: Store, data: Any
) -> None:
    turn = {"situation": "Nothing was booked.", "intent": "Book a table", "action": "Called **Luigi's**"}
    turn |= {"thought": "It is near.", "assessmentAssistant": "Yes", "assessmentUser": "No. It was full."}
    episode = {"situation": "Dinner", "intent": "Eat out", "assessment": "No", "turns": [turn]}
    draft = {
        "requestIdentifier": "1",
        "timestamp": datetime(2026, 11, 2, tzinfo=UTC),
        "namespaces": ["/episodes/User84/"],
        "content": {"text": json.dumps(episode)},
        "metadata": {"party": {"numberValue": 4.0}, "tags": {"stringListValue": ["food", "out"]}},
    }
    [made] = data.batch_create_memory_records(memoryId=store.memory_id, records=[draft])["successfulRecords"]
    try:
        app = open_page("records", memory=store.memory_id, record=made["memoryRecordId"])
        assert not app.exception
        assert [part.label for part in app.expander] == ["1 turn"]
        told = [block.value for block in app.text]
        [shown] = [each.splitlines() for each in told if each.startswith("1. ")]
        assert shown[0] == "1. Book a table"
        assert {"Action: Called **Luigi's**", "User's view: No. It was full."} <= set(shown)
        assert "party = 4.0\ntags = food, out" in told
        assert "recordType" not in words(app)
    finally:
        gone = [{"memoryRecordId": made["memoryRecordId"]}]
        data.batch_delete_memory_records(memoryId=store.memory_id, records=gone)


def test_a_link_to_a_deleted_record_says_so(open_page: OpenPage, store: Store) -> None:
    app = open_page("records", memory=store.memory_id, record="mem-00000000-0000-4000-8000-000000000000")
    assert [error.value for error in app.error]
    assert len(app.dataframe) == 2, "the table stays"


def test_a_memory_without_records_says_why(open_page: OpenPage, control: Any) -> None:
    app = open_page("records", memory=make_memory(control, "PagesNoRecords"))
    assert "There is no record in this memory yet" in words(app)


def test_an_endpoint_that_is_down_is_not_an_empty_store(open_page: OpenPage) -> None:
    app = open_page("records", connection="custom:http://127.0.0.1:9@us-west-2", memory="M-a1B2c3D4e5")
    assert app.error
    assert "no record" not in words(app).lower()


def test_an_actor_narrows_the_table_over_all_strategies(open_page: OpenPage, store: Store, data: Any) -> None:
    other = {"namespaces": ["/facts/User840/"], "content": {"text": "Somebody else."}}
    draft = {"requestIdentifier": "1", "timestamp": datetime(2026, 11, 2, tzinfo=UTC), **other}
    [made] = data.batch_create_memory_records(memoryId=store.memory_id, records=[draft])["successfulRecords"]
    try:
        app = open_page("records", memory=store.memory_id, of_actor="User84")
        assert set(tables(app)[1].index) == set(store.record_ids)
        app = open_page("records", memory=store.memory_id, of_actor="User84", path="/preferences/")
        assert set(tables(app)[1]["namespace"]) == {"/preferences/User84/"}
        app = open_page("records", memory=store.memory_id, of_actor="Nobody")
        assert "No record fits" in words(app)
    finally:
        gone = [{"memoryRecordId": made["memoryRecordId"]}]
        data.batch_delete_memory_records(memoryId=store.memory_id, records=gone)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ({"from": "2026-11-01", "to": "2026-11-01"}, True),
        ({"from": "2026-11-02"}, False),
        ({"to": "2026-10-31"}, False),
        ({"dated": "stored", "to": "2026-11-01"}, False),
        ({"dated": "stored", "from": "2026-11-02"}, True),
        ({"from": "no day"}, True),
    ],
)
def test_a_time_narrows_the_table(
    place: dict[str, str], found: bool, open_page: OpenPage, store: Store
) -> None:
    """What was said on 1 November 2026 was stored when the test ran."""
    app = open_page("records", memory=store.memory_id, **place)
    assert not app.exception
    assert ("No record fits" in words(app)) is not found
    if found:
        assert set(tables(app)[1].index) == set(store.record_ids)


def test_the_timeline_is_drawn_when_it_is_wanted(open_page: OpenPage, store: Store) -> None:
    app = open_page("records", memory=store.memory_id)
    assert "By day of what was said" not in words(app)
    app.toggle(key="records-timeline-open").set_value(True).run()
    assert app.query_params["timeline"] == "open"
    assert "By day of what was said" in words(app)


def test_namespaces_that_were_not_counted_are_counted_and_counted_again(
    open_page: OpenPage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    uncounted = [KnownNamespace(f"/{kind}/User84/", (), None, "records") for kind in ("facts", "preferences")]
    monkeypatch.setattr(resources, "namespaces_to_browse", lambda *_: (uncounted, "Not counted.", None))
    begun: list[str] = []
    count = resources.count_namespaces

    def counting(memory_id: str) -> None:
        begun.append(memory_id)
        count(memory_id)

    monkeypatch.setattr(resources, "count_namespaces", counting)
    app = open_page("records", memory=store.memory_id)
    assert tables(app)[0]["records"].isna().all()
    for label in ("Count all records", "Count again"):
        assert app.button(key="count-namespaces").label == label
        app.button(key="count-namespaces").click().run()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "Counted by listing all" not in words(app):
            assert time.monotonic() < deadline, words(app)
            app.run()
        assert f"all {len(store.record_ids)} records" in words(app)
        assert tables(app)[0].loc["/", "records"] == len(store.record_ids)
    assert begun == [store.memory_id] * 2
