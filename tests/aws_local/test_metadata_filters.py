"""Filters on record metadata: every operator with every type of key and of value, in lists and searches."""

from __future__ import annotations

import operator as operators
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from tests.aws_local.agentcore import new_memory, record, refused, texts_of, write_records

KEYS = {
    "word": "STRING",
    "cost": "NUMBER",
    "tags": "STRINGLIST",
    "x-amz-agentcore-memory-recordType": "STRING",
    "x-amz-agentcore-memory-createdAt": "DATETIME",
    "x-amz-agentcore-memory-updatedAt": "DATETIME",
}
NOW = datetime.now(UTC)
RIGHT: dict[str, Any] = {
    "stringValue": "red",
    "stringListValue": ["red"],
    "numberValue": 2.0,
    "dateTimeValue": NOW + timedelta(days=1),
}
# The developer guide's table: operator -> type of the key -> member of the value it is compared with
TABLE: dict[str, dict[str, str]] = {
    "EQUALS_TO": {"STRING": "stringValue", "NUMBER": "numberValue"},
    "CONTAINS": {"STRINGLIST": "stringValue"},
    "GREATER_THAN": {"NUMBER": "numberValue"},
    "GREATER_THAN_OR_EQUALS": {"NUMBER": "numberValue"},
    "LESS_THAN": {"NUMBER": "numberValue"},
    "LESS_THAN_OR_EQUALS": {"NUMBER": "numberValue"},
    "BEFORE": {"DATETIME": "dateTimeValue"},
    "AFTER": {"DATETIME": "dateTimeValue"},
}
RECORDS: dict[str, dict[str, Any]] = {
    "bare": {},
    "low": {"word": {"stringValue": "red"}, "cost": {"numberValue": 1}},
    "even": {
        "word": {"stringValue": "Red"},
        "cost": {"numberValue": 2},
        "tags": {"stringListValue": ["red"]},
    },
    "high": {"cost": {"numberValue": 2.5}, "tags": {"stringListValue": ["redder", "blue"]}},
}
WITH = {
    ("word", "EQUALS_TO"): {"low"},
    ("cost", "EQUALS_TO"): {"even"},
    ("cost", "GREATER_THAN"): {"high"},
    ("cost", "GREATER_THAN_OR_EQUALS"): {"even", "high"},
    ("cost", "LESS_THAN"): {"low"},
    ("cost", "LESS_THAN_OR_EQUALS"): {"low", "even"},
    ("tags", "CONTAINS"): {"even"},
    ("x-amz-agentcore-memory-recordType", "EQUALS_TO"): set(),
    ("x-amz-agentcore-memory-createdAt", "BEFORE"): set(RECORDS),
    ("x-amz-agentcore-memory-createdAt", "AFTER"): set(),
    ("x-amz-agentcore-memory-updatedAt", "BEFORE"): set(RECORDS),
    ("x-amz-agentcore-memory-updatedAt", "AFTER"): set(),
}


@pytest.fixture(scope="module")
def memory_id(control: Any, data: Any) -> str:
    indexed = [{"key": key, "type": kind} for key, kind in KEYS.items() if not key.startswith("x-amz")]
    memory_id = new_memory(control, indexedKeys=indexed)
    for name, metadata in RECORDS.items():
        fields: dict[str, Any] = {"metadata": metadata} if metadata else {}
        write_records(data, memory_id, record("a", name, **fields))
    return memory_id


def expression(key: str, operator: str, **right: Any) -> dict[str, Any]:
    value = {"right": {"metadataValue": right}} if right else {}
    return {"left": {"metadataKey": key}, "operator": operator} | value


def found(data: Any, memory_id: str, *filters: dict[str, Any]) -> set[str]:
    """The names of the records that pass; a list and a search agree on them."""
    where = {"memoryId": memory_id, "namespacePath": "/"}
    listed = texts_of(
        data.list_memory_records(**where, metadataFilters=list(filters))["memoryRecordSummaries"]
    )
    criteria = {"searchQuery": "bare low even high", "topK": 100, "metadataFilters": list(filters)}
    searched = data.retrieve_memory_records(**where, searchCriteria=criteria)["memoryRecordSummaries"]
    assert sorted(listed) == sorted(texts_of(searched))
    return set(listed)


@pytest.mark.parametrize("operator", TABLE)
def test_an_operator_works_with_its_types_and_no_others(data: Any, memory_id: str, operator: str) -> None:
    for (key, kind), (member, value) in product(KEYS.items(), RIGHT.items()):
        each = expression(key, operator, **{member: value})
        if TABLE[operator].get(kind) == member:
            assert found(data, memory_id, each) == WITH[key, operator], each
        else:
            where = {"memoryId": memory_id, "namespacePath": "/"}
            refused("ValidationException", data.list_memory_records, **where, metadataFilters=[each])
            criteria = {"searchCriteria": {"searchQuery": "x", "metadataFilters": [each]}}
            refused("ValidationException", data.retrieve_memory_records, **where, **criteria)


def test_presence_works_with_every_type(data: Any, memory_id: str) -> None:
    for key in KEYS:
        having = {name for name, metadata in RECORDS.items() if key in metadata or key.startswith("x-amz")}
        assert found(data, memory_id, expression(key, "EXISTS")) == having
        assert found(data, memory_id, expression(key, "NOT_EXISTS")) == set(RECORDS) - having


def test_filters_are_anded_and_at_most_five(data: Any, memory_id: str) -> None:
    costly = expression("cost", "GREATER_THAN_OR_EQUALS", numberValue=2)
    red = expression("tags", "CONTAINS", stringValue="red")
    named = expression("word", "EXISTS")
    assert found(data, memory_id, costly, red, named, costly, red) == {"even"}
    where = {"memoryId": memory_id, "namespacePath": "/"}
    refused("ValidationException", data.list_memory_records, **where, metadataFilters=[costly] * 6)


def test_a_key_that_is_not_indexed_cannot_be_filtered_by(data: Any, memory_id: str) -> None:
    where = {"memoryId": memory_id, "namespacePath": "/"}
    for operator in ("EXISTS", "NOT_EXISTS"):
        each = expression("color", operator)
        assert "color" in refused(
            "ValidationException", data.list_memory_records, **where, metadataFilters=[each]
        )
        criteria = {"searchCriteria": {"searchQuery": "x", "metadataFilters": [each]}}
        refused("ValidationException", data.retrieve_memory_records, **where, **criteria)


def test_times_are_compared_to_the_millisecond(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    (record_id,) = write_records(data, memory_id, record("a", "only"))
    made = data.get_memory_record(memoryId=memory_id, memoryRecordId=record_id)["memoryRecord"]["createdAt"]
    compare = {"BEFORE": operators.lt, "AFTER": operators.gt}
    for operator, step in product(compare, (-1, 0, 1)):
        moment = made + timedelta(milliseconds=step)
        each = expression("x-amz-agentcore-memory-createdAt", operator, dateTimeValue=moment)
        assert bool(found(data, memory_id, each)) == compare[operator](made, moment)


def test_an_update_makes_a_record_findable_by_when_it_was_changed(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    (record_id,) = write_records(data, memory_id, record("a", "only"))
    made = data.get_memory_record(memoryId=memory_id, memoryRecordId=record_id)["memoryRecord"]["createdAt"]
    item = {"memoryRecordId": record_id, "timestamp": NOW}
    later = expression("x-amz-agentcore-memory-updatedAt", "AFTER", dateTimeValue=made)
    while not found(data, memory_id, later):  # within the next milliseconds
        assert datetime.now(UTC) < made + timedelta(seconds=60)
        data.batch_update_memory_records(memoryId=memory_id, records=[item])
    created = expression("x-amz-agentcore-memory-createdAt", "AFTER", dateTimeValue=made)
    assert not found(data, memory_id, created)
