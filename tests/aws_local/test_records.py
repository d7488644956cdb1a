"""Memory records: batch operations, listing, filters, expiry, through boto3."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.aws_local.agentcore import (
    START,
    everything,
    facts,
    new_memory,
    record,
    refused,
    strategy_ids,
    texts_of,
    write_records,
)

RECORD_TYPE = "x-amz-agentcore-memory-recordType"
UNKNOWN = "mem-00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def memory_id(control: Any) -> str:
    return new_memory(control)


def listed(data: Any, memory_id: str, **params: Any) -> list[str]:
    where = {} if "namespace" in params else {"namespacePath": "/"}
    return texts_of(
        everything(data.list_memory_records, "memoryRecordSummaries", memoryId=memory_id, **(where | params))
    )


def test_a_record_comes_back_as_it_was_written(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    strategy_id = strategy_ids(control, memory_id)["facts"]
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    (record_id,) = write_records(
        data, memory_id, record("a", "The user has a dog.", memoryStrategyId=strategy_id)
    )
    assert re.fullmatch(r"mem-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", record_id)
    found = data.get_memory_record(memoryId=memory_id, memoryRecordId=record_id)["memoryRecord"]
    assert before <= found.pop("createdAt") <= datetime.now(UTC)
    assert found == {
        "memoryRecordId": record_id,
        "content": {"text": "The user has a dog."},
        "memoryStrategyId": strategy_id,
        "namespaces": ["/facts/alice/"],
        "timestamp": START,
        "metadata": {RECORD_TYPE: {"stringValue": "BASE"}},
    }


def test_each_item_of_a_batch_has_its_own_result(data: Any, memory_id: str) -> None:
    good, bad = record("good", "fine"), record("bad", "lost", memoryStrategyId="unknown")
    answer = data.batch_create_memory_records(memoryId=memory_id, records=[bad, good])
    assert [each["requestIdentifier"] for each in answer["successfulRecords"]] == ["good"]
    (failed,) = answer["failedRecords"]
    assert (failed["status"], failed["requestIdentifier"], failed["errorCode"]) == ("FAILED", "bad", 404)
    assert "unknown" in failed["errorMessage"]
    record_id = answer["successfulRecords"][0]["memoryRecordId"]

    changed = {"memoryRecordId": record_id, "timestamp": START, "content": {"text": "changed"}}
    missing = changed | {"memoryRecordId": UNKNOWN}
    answer = data.batch_update_memory_records(memoryId=memory_id, records=[missing, changed])
    assert [each["memoryRecordId"] for each in answer["successfulRecords"]] == [record_id]
    assert [each["memoryRecordId"] for each in answer["failedRecords"]] == [UNKNOWN]

    gone = [{"memoryRecordId": UNKNOWN}, {"memoryRecordId": record_id}]
    answer = data.batch_delete_memory_records(memoryId=memory_id, records=gone)
    assert [each["memoryRecordId"] for each in answer["successfulRecords"]] == [record_id]
    assert [each["errorCode"] for each in answer["failedRecords"]] == [404]


def test_a_batch_names_each_thing_once(data: Any, memory_id: str) -> None:
    same = [record("a", "one"), record("a", "two")]
    refused("ValidationException", data.batch_create_memory_records, memoryId=memory_id, records=same)


def test_a_repeated_client_token_writes_no_second_batch(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    batch = {"memoryId": memory_id, "records": [record("a", "once")], "clientToken": "once"}
    first = data.batch_create_memory_records(**batch)
    again = data.batch_create_memory_records(**batch)
    assert again["successfulRecords"] == first["successfulRecords"]
    assert listed(data, memory_id) == ["once"]


def test_an_update_changes_what_it_names(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    metadata = {"kind": {"stringValue": "pet"}}
    (record_id,) = write_records(data, memory_id, record("a", "The user has a dog.", metadata=metadata))
    where = {"memoryId": memory_id, "memoryRecordId": record_id}
    before = data.get_memory_record(**where)["memoryRecord"]
    later = START + timedelta(days=1)

    change = {"memoryRecordId": record_id, "timestamp": later, "namespaces": ["/facts/bob/"]}
    data.batch_update_memory_records(memoryId=memory_id, records=[change])
    after = data.get_memory_record(**where)["memoryRecord"]
    assert after == before | {"timestamp": later, "namespaces": ["/facts/bob/"]}

    change = {"memoryRecordId": record_id, "timestamp": later, "content": {"text": "The user has a cat."}}
    data.batch_update_memory_records(memoryId=memory_id, records=[change | {"namespaces": []}])
    after = data.get_memory_record(**where)["memoryRecord"]
    assert after["content"]["text"] == "The user has a cat."
    assert after["namespaces"] == []
    found = data.retrieve_memory_records(
        memoryId=memory_id, namespacePath="/", searchCriteria={"searchQuery": "Which cat does the user own?"}
    )
    assert texts_of(found["memoryRecordSummaries"]) == ["The user has a cat."]


def test_records_expire_when_the_request_says_so(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts(recordExpirySpecification={"recordExpiryDurationDays": 35}))
    strategy_id = strategy_ids(control, memory_id)["facts"]
    (forever,) = write_records(data, memory_id, record("a", "stays", memoryStrategyId=strategy_id))
    expiry = {"recordExpiryDurationDays": 31}
    (limited,) = write_records(data, memory_id, record("b", "goes"), recordExpirySpecification=expiry)

    def expiry_of(record_id: str) -> timedelta | None:
        found = data.get_memory_record(memoryId=memory_id, memoryRecordId=record_id)["memoryRecord"]
        return found["expiresAt"] - found["createdAt"] if "expiresAt" in found else None

    assert expiry_of(forever) is None
    assert expiry_of(limited) == timedelta(days=31)
    change = [{"memoryRecordId": limited, "timestamp": START}]
    data.batch_update_memory_records(memoryId=memory_id, records=change)
    assert expiry_of(limited) >= timedelta(days=31)
    removed = {"action": "REMOVE"}
    data.batch_update_memory_records(memoryId=memory_id, records=change, recordExpirySpecification=removed)
    assert expiry_of(limited) is None


def test_an_expiry_in_a_far_future_can_be_answered(data: Any, memory_id: str) -> None:
    expiry = {"recordExpiryDurationDays": 2**31 - 1}
    (record_id,) = write_records(data, memory_id, record("a", "stays"), recordExpirySpecification=expiry)
    found = data.get_memory_record(memoryId=memory_id, memoryRecordId=record_id)["memoryRecord"]
    assert found["expiresAt"].year >= 9998


def test_unknown_records_are_not_found(data: Any, memory_id: str) -> None:
    for operation in (data.get_memory_record, data.delete_memory_record):
        refused("ResourceNotFoundException", operation, memoryId=memory_id, memoryRecordId=UNKNOWN)


def test_a_deleted_record_is_gone_everywhere(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    first, second = write_records(data, memory_id, record("a", "red apples"), record("b", "green apples"))
    search = {"namespacePath": "/", "searchCriteria": {"searchQuery": "apples"}}
    assert len(data.retrieve_memory_records(memoryId=memory_id, **search)["memoryRecordSummaries"]) == 2
    answer = data.delete_memory_record(memoryId=memory_id, memoryRecordId=first)
    assert answer["memoryRecordId"] == first
    refused("ResourceNotFoundException", data.get_memory_record, memoryId=memory_id, memoryRecordId=first)
    found = data.retrieve_memory_records(memoryId=memory_id, **search)["memoryRecordSummaries"]
    assert [each["memoryRecordId"] for each in found] == [second]
    assert listed(data, memory_id) == ["green apples"]


NAMESPACES = ["/facts/alice/", "/facts/alice", "/facts/alice/work/", "/facts/alice-2/", "/facts/", "plain"]


def test_exact_namespaces_and_the_hierarchy_below_a_path(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    given_records = [record(str(at), each, each) for at, each in enumerate(NAMESPACES)]
    homeless = record("none", "no namespace") | {"namespaces": []}
    write_records(data, memory_id, *given_records, homeless)

    for namespace in NAMESPACES:
        assert listed(data, memory_id, namespace=namespace) == [namespace]
    assert listed(data, memory_id, namespace="/") == []
    below_alice = {"/facts/alice/", "/facts/alice", "/facts/alice/work/"}
    for path in ("/facts/alice", "/facts/alice/"):
        assert set(listed(data, memory_id, namespacePath=path)) == below_alice
        found = data.retrieve_memory_records(
            memoryId=memory_id, namespacePath=path, searchCriteria={"searchQuery": "alice", "topK": 100}
        )
        assert set(texts_of(found["memoryRecordSummaries"])) == below_alice
    assert set(listed(data, memory_id, namespacePath="/facts")) == set(NAMESPACES) - {"plain"}
    assert set(listed(data, memory_id, namespacePath="/")) == {*NAMESPACES, "no namespace"}
    for path in ("/fact", "/facts/alice//"):
        assert listed(data, memory_id, namespacePath=path) == []
        found = data.retrieve_memory_records(
            memoryId=memory_id, namespacePath=path, searchCriteria={"searchQuery": "alice", "topK": 100}
        )
        assert found["memoryRecordSummaries"] == []


def test_a_record_that_moves_leaves_the_paths_it_came_from(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    (record_id,) = write_records(data, memory_id, record("a", "moving", "/facts/alice/"))
    data.batch_update_memory_records(
        memoryId=memory_id,
        records=[{"memoryRecordId": record_id, "timestamp": START, "namespaces": ["/facts/bob/work/"]}],
    )
    for path in ("/facts/alice", "/facts/alice/"):
        assert listed(data, memory_id, namespacePath=path) == []
    for path in ("/facts", "/facts/bob/", "/facts/bob/work"):
        assert listed(data, memory_id, namespacePath=path) == ["moving"]


def test_exactly_one_place_must_be_named(data: Any, memory_id: str) -> None:
    criteria = {"searchCriteria": {"searchQuery": "x"}}
    both = {"namespace": "/a/", "namespacePath": "/a/"}
    for where in ({}, both):
        refused("ValidationException", data.list_memory_records, memoryId=memory_id, **where)
        refused("ValidationException", data.retrieve_memory_records, memoryId=memory_id, **where, **criteria)


def test_records_are_listed_newest_first_and_by_strategy(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    strategy_id = strategy_ids(control, memory_id)["facts"]
    for place in range(5):
        owner = {"memoryStrategyId": strategy_id} if place % 2 else {}
        write_records(data, memory_id, record("a", f"fact {place}", **owner))
    assert listed(data, memory_id, maxResults=2) == [f"fact {place}" for place in (4, 3, 2, 1, 0)]
    assert listed(data, memory_id, memoryStrategyId=strategy_id) == ["fact 3", "fact 1"]


def test_a_strategys_schema_decides_which_metadata_is_kept(control: Any, data: Any) -> None:
    extraction = {"llmExtractionConfig": {"definition": "how urgent"}}
    schema = {"metadataSchema": [{"key": "priority", "extractionConfig": extraction}]}
    memory_id = new_memory(control, facts(memoryRecordSchema=schema))
    strategy_id = strategy_ids(control, memory_id)["facts"]
    metadata = {"priority": {"stringValue": "high"}, "channel": {"stringValue": "phone"}}
    write_records(
        data,
        memory_id,
        record("a", "with", metadata=metadata, memoryStrategyId=strategy_id),
        record("b", "without", metadata=metadata),
    )
    found = data.list_memory_records(memoryId=memory_id, namespacePath="/")["memoryRecordSummaries"]
    kept = {each["content"]["text"]: each["metadata"].keys() - {RECORD_TYPE} for each in found}
    assert kept == {"with": {"priority"}, "without": {"priority", "channel"}}


INDEXED = {"word": "STRING", "cost": "NUMBER", "tags": "STRINGLIST"}
WORDS, NUMBERS = st.sampled_from(["red", "green", "blue"]), st.sampled_from([-1.5, 0.0, 2.0])
VALUES = {
    "word": WORDS.map(lambda value: {"stringValue": value}),
    "cost": NUMBERS.map(lambda value: {"numberValue": value}),
    "tags": st.lists(WORDS, min_size=1, max_size=3).map(lambda value: {"stringListValue": value}),
}
METADATA = st.fixed_dictionaries({}, optional=VALUES)
COMPARISONS = {
    "word": ["EQUALS_TO", "EXISTS", "NOT_EXISTS"],
    "cost": [
        "EQUALS_TO",
        "EXISTS",
        "NOT_EXISTS",
        "GREATER_THAN",
        "GREATER_THAN_OR_EQUALS",
        "LESS_THAN",
        "LESS_THAN_OR_EQUALS",
    ],
    "tags": ["CONTAINS", "EXISTS", "NOT_EXISTS"],
}
RIGHT = {"word": VALUES["word"], "cost": VALUES["cost"], "tags": VALUES["word"]}
FILTER = st.sampled_from(sorted(COMPARISONS)).flatmap(
    lambda key: st.tuples(st.just(key), st.sampled_from(COMPARISONS[key]), RIGHT[key])
)


def holds(metadata: dict[str, Any], key: str, operator: str, right: dict[str, Any]) -> bool:
    """What the operators mean, after the developer guide's table."""
    if operator in {"EXISTS", "NOT_EXISTS"}:
        return (key in metadata) == (operator == "EXISTS")
    if key not in metadata:
        return False
    (stored,), (value,) = metadata[key].values(), right.values()
    return {
        "EQUALS_TO": lambda: stored == value,
        "CONTAINS": lambda: value in stored,
        "GREATER_THAN": lambda: stored > value,
        "GREATER_THAN_OR_EQUALS": lambda: stored >= value,
        "LESS_THAN": lambda: stored < value,
        "LESS_THAN_OR_EQUALS": lambda: stored <= value,
    }[operator]()


def expression(key: str, operator: str, right: dict[str, Any]) -> dict[str, Any]:
    needs_value = operator not in {"EXISTS", "NOT_EXISTS"}
    value = {"right": {"metadataValue": right}} if needs_value else {}
    return {"left": {"metadataKey": key}, "operator": operator} | value


@pytest.fixture(scope="module")
def indexed_memory(control: Any) -> str:
    return new_memory(control, indexedKeys=[{"key": key, "type": kind} for key, kind in INDEXED.items()])


@given(stored=st.lists(METADATA, min_size=1, max_size=6), filters=st.lists(FILTER, min_size=1, max_size=3))
def test_metadata_filters_select_what_they_say_in_lists_and_searches(
    data: Any, indexed_memory: str, stored: list[dict[str, Any]], filters: list[Any]
) -> None:
    where = {"memoryId": indexed_memory, "namespace": "/filtered/"}
    old = data.list_memory_records(**where, maxResults=100)["memoryRecordSummaries"]
    gone = [{"memoryRecordId": each["memoryRecordId"]} for each in old]
    data.batch_delete_memory_records(memoryId=indexed_memory, records=gone)
    made = [
        record(str(at), f"text {at}", "/filtered/") | ({"metadata": metadata} if metadata else {})
        for at, metadata in enumerate(stored)
    ]
    write_records(data, indexed_memory, *made)
    expressions = [expression(*each) for each in filters]
    expected = {
        f"text {at}" for at, metadata in enumerate(stored) if all(holds(metadata, *each) for each in filters)
    }
    found = everything(
        data.list_memory_records, "memoryRecordSummaries", **where, metadataFilters=expressions, maxResults=2
    )
    assert sorted(texts_of(found)) == sorted(expected)
    criteria = {"searchQuery": "text", "topK": 100, "metadataFilters": expressions}
    nearest = data.retrieve_memory_records(**where, searchCriteria=criteria)["memoryRecordSummaries"]
    assert sorted(texts_of(nearest)) == sorted(expected)


def test_the_systems_own_keys_can_be_filtered_by(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    write_records(data, memory_id, record("a", "now"))
    moments = {"past": datetime(2020, 1, 1, tzinfo=UTC), "future": datetime(2120, 1, 1, tzinfo=UTC)}

    def found(key: str, operator: str, moment: str) -> bool:
        given_filter = expression(key, operator, {"dateTimeValue": moments[moment]})
        return listed(data, memory_id, metadataFilters=[given_filter]) == ["now"]

    for key in ("x-amz-agentcore-memory-createdAt", "x-amz-agentcore-memory-updatedAt"):
        assert found(key, "AFTER", "past")
        assert found(key, "BEFORE", "future")
        assert not found(key, "AFTER", "future")
    base = expression(RECORD_TYPE, "EQUALS_TO", {"stringValue": "BASE"})
    assert listed(data, memory_id, metadataFilters=[base]) == ["now"]


def test_filters_that_make_no_sense_are_refused(data: Any, indexed_memory: str) -> None:
    wrong = [
        expression("unknown", "EXISTS", {}),
        expression("word", "GREATER_THAN", {"numberValue": 1}),
        expression("cost", "EQUALS_TO", {"stringValue": "1"}),
        {"left": {"metadataKey": "word"}, "operator": "EQUALS_TO"},
    ]
    for each in wrong:
        where = {"memoryId": indexed_memory, "namespacePath": "/", "metadataFilters": [each]}
        refused("ValidationException", data.list_memory_records, **where)


def test_a_key_finds_the_records_that_were_written_after_it_was_indexed(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    metadata = {"word": {"stringValue": "red"}}
    (early,) = write_records(data, memory_id, record("a", "early", metadata=metadata))
    control.update_memory(memoryId=memory_id, addIndexedKeys=[{"key": "word", "type": "STRING"}])
    write_records(data, memory_id, record("b", "late", metadata=metadata))
    red = [expression("word", "EQUALS_TO", {"stringValue": "red"})]
    assert listed(data, memory_id, metadataFilters=red) == ["late"]
    data.batch_update_memory_records(
        memoryId=memory_id, records=[{"memoryRecordId": early, "timestamp": START}]
    )
    assert set(listed(data, memory_id, metadataFilters=red)) == {"early", "late"}
