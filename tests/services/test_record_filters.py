"""Metadata filters: all ten operators, refused before AWS would, and kept in a link."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clients import Clients
from services.errors import InvalidValue
from services.memory import memories
from services.records import filters as record_filters
from services.records import memory_records
from services.records.filters import MetadataFilter
from tests.services.conftest import eventually

CREATED = "x-amz-agentcore-memory-createdAt"
INDEXED = [
    {"key": "team", "type": "STRING"},
    {"key": "labels", "type": "STRINGLIST"},
    {"key": "weight", "type": "NUMBER"},
]
RECORDS = {
    "red": {
        "team": {"stringValue": "red"},
        "labels": {"stringListValue": ["new", "hot"]},
        "weight": {"numberValue": 3},
    },
    "blue": {"team": {"stringValue": "blue"}, "weight": {"numberValue": 5}},
    "bare": {},
}


@pytest.fixture(scope="module")
def memory(live: Clients) -> dict[str, Any]:
    made = live.control.create_memory(name="RecordFilters", eventExpiryDuration=30, indexedKeys=INDEXED)
    memory_id = made["memory"]["id"]
    memory = eventually(
        lambda: memories.get_memory(live, memory_id), lambda found: found["status"] == "ACTIVE"
    )
    live.data.batch_create_memory_records(
        memoryId=memory_id,
        records=[
            {
                "requestIdentifier": name,
                "namespaces": ["/all/"],
                "content": {"text": name},
                "timestamp": datetime(2026, 11, 1, tzinfo=UTC),
                **({"metadata": metadata} if metadata else {}),
            }
            for name, metadata in RECORDS.items()
        ],
    )
    return memory


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("team", "EQUALS_TO", "red"), {"red"}),
        (("team", "EXISTS", ""), {"red", "blue"}),
        (("team", "NOT_EXISTS", ""), {"bare"}),
        (("labels", "CONTAINS", "hot"), {"red"}),
        (("weight", "GREATER_THAN", "3"), {"blue"}),
        (("weight", "GREATER_THAN_OR_EQUALS", "3"), {"red", "blue"}),
        (("weight", "LESS_THAN", "5"), {"red"}),
        (("weight", "LESS_THAN_OR_EQUALS", "5"), {"red", "blue"}),
        ((CREATED, "AFTER", "2020-01-01"), {"red", "blue", "bare"}),
        ((CREATED, "BEFORE", "2020-01-01T10:00"), set()),
    ],
)
def test_each_operator_finds_what_it_says(
    live: Clients, memory: dict[str, Any], condition: tuple[str, str, str], expected: set[str]
) -> None:
    types = record_filters.filterable_keys(memory)
    asked = record_filters.to_api([MetadataFilter(*condition)], types)
    found = memory_records.list_memory_records(live, memory["id"], namespace_path="/", metadata_filters=asked)
    assert {record["content"]["text"] for record in found.rows} == expected


def test_all_ten_operators_are_offered() -> None:
    offered = {operator for operators in record_filters.OPERATORS.values() for operator in operators}
    assert len(offered) == 10


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (MetadataFilter("colour", "EXISTS"), "no indexed key"),
        (MetadataFilter("team", "BEFORE", "2026-01-01"), "EQUALS_TO"),
        (MetadataFilter("team", "EQUALS_TO", ""), "empty"),
        (MetadataFilter("team", "EQUALS_TO", "not;allowed"), "does not allow"),
        (MetadataFilter("weight", "EQUALS_TO", "heavy"), "must be a number"),
        (MetadataFilter("weight", "EQUALS_TO", "nan"), "must be a number"),
        (MetadataFilter(CREATED, "AFTER", "yesterday"), "must be a date"),
    ],
)
def test_what_aws_would_refuse_is_said_before(condition: MetadataFilter, words: str) -> None:
    types = record_filters.filterable_keys({"indexedKeys": INDEXED})
    with pytest.raises(InvalidValue, match=words):
        record_filters.to_api([condition], types)


def test_more_than_five_are_refused() -> None:
    types = record_filters.filterable_keys({"indexedKeys": INDEXED})
    with pytest.raises(InvalidValue, match="At most 5"):
        record_filters.to_api([MetadataFilter("team", "EXISTS")] * 6, types)


CONDITIONS = st.one_of(
    st.builds(MetadataFilter, st.text(), st.sampled_from(["EQUALS_TO", "CONTAINS", "AFTER"]), st.text()),
    st.builds(MetadataFilter, st.text(), st.sampled_from(["EXISTS", "NOT_EXISTS"])),
)


@given(st.lists(CONDITIONS, max_size=5))
def test_filters_survive_the_address_bar(filters: list[MetadataFilter]) -> None:
    assert record_filters.loads(record_filters.dumps(filters)) == filters


@pytest.mark.parametrize("text", ["", "nonsense", "{}", "[1]", '[["a"]]', '[["a","b","c","d"]]', "[" * 9999])
def test_a_broken_link_is_said(text: str) -> None:
    with pytest.raises(InvalidValue, match="cannot be read"):
        record_filters.loads(text)
