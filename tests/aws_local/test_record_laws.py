"""What the reference says of the record operations, one law each, through boto3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.validate import ParamValidator

from services.aws_local.wire.service_models import operation_model
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
from tests.conftest import Endpoint

RECORD_TYPE = "x-amz-agentcore-memory-recordType"
UNKNOWN = "mem-00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def raw(endpoint: Endpoint) -> Iterator[Any]:
    """A client that sends what boto3 itself would refuse."""
    client = endpoint.client("bedrock-agentcore", parameter_validation=False)
    yield client
    client.close()


def got(data: Any, memory_id: str, record_id: str, **params: Any) -> dict[str, Any]:
    found = data.get_memory_record(memoryId=memory_id, memoryRecordId=record_id, **params)
    return dict(found["memoryRecord"])


def own_metadata(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found["metadata"].items() if key != RECORD_TYPE}


def change(data: Any, memory_id: str, record_id: str, **fields: Any) -> None:
    """Update one record; fails when it is refused."""
    item = {"memoryRecordId": record_id, "timestamp": START} | fields
    answer = data.batch_update_memory_records(memoryId=memory_id, records=[item])
    assert not answer["failedRecords"], answer


def schema_of(*keys: str) -> dict[str, Any]:
    extraction = {"llmExtractionConfig": {"definition": "what it is"}}
    return {"metadataSchema": [{"key": key, "extractionConfig": extraction} for key in keys]}


STRINGS = {name: {"stringValue": name} for name in ("priority", "channel")}


def test_a_batch_holds_nothing_or_a_hundred_and_no_more(control: Any, raw: Any) -> None:
    memory_id = new_memory(control)
    empty: dict[str, Any] = {"successfulRecords": [], "failedRecords": []}

    def batch(operation: str, records: list[dict[str, Any]]) -> dict[str, Any]:
        answer = getattr(raw, f"batch_{operation}_memory_records")(memoryId=memory_id, records=records)
        return {name: answer[name] for name in empty}

    for operation in ("create", "update", "delete"):
        assert batch(operation, []) == empty
    given = [record(str(place), f"fact {place}") for place in range(101)]
    refused("ValidationException", raw.batch_create_memory_records, memoryId=memory_id, records=given)
    made = batch("create", given[:100])["successfulRecords"]
    assert [each["requestIdentifier"] for each in made] == [str(place) for place in range(100)]
    ids = [each["memoryRecordId"] for each in made]
    assert len(set(ids)) == 100
    updated = batch("update", [{"memoryRecordId": each, "timestamp": START} for each in ids])
    assert [each["memoryRecordId"] for each in updated["successfulRecords"]] == ids
    erased = batch("delete", [{"memoryRecordId": each} for each in ids])
    assert [each["memoryRecordId"] for each in erased["successfulRecords"]] == ids
    assert raw.list_memory_records(memoryId=memory_id, namespacePath="/")["memoryRecordSummaries"] == []


def test_no_batch_names_a_record_twice(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    (record_id,) = write_records(data, memory_id, record("a", "stays"))
    item = {"memoryRecordId": record_id, "timestamp": START}
    for operation in (data.batch_update_memory_records, data.batch_delete_memory_records):
        sent = item if operation == data.batch_update_memory_records else {"memoryRecordId": record_id}
        refused("ValidationException", operation, memoryId=memory_id, records=[sent, sent])
    assert got(data, memory_id, record_id)["content"]["text"] == "stays"


def test_an_update_that_names_a_strategy_keeps_the_keys_of_its_schema(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts(memoryRecordSchema=schema_of("priority")))
    strategy_id = strategy_ids(control, memory_id)["facts"]
    (record_id,) = write_records(data, memory_id, record("a", "text"))

    change(data, memory_id, record_id, metadata=STRINGS)
    assert own_metadata(got(data, memory_id, record_id)) == STRINGS
    change(data, memory_id, record_id, metadata=STRINGS, memoryStrategyId=strategy_id)
    found = got(data, memory_id, record_id)
    assert found["memoryStrategyId"] == strategy_id
    assert own_metadata(found) == {"priority": STRINGS["priority"]}
    change(data, memory_id, record_id, metadata=STRINGS)
    assert own_metadata(got(data, memory_id, record_id)) == STRINGS
    assert got(data, memory_id, record_id)["memoryStrategyId"] == strategy_id
    change(data, memory_id, record_id, content={"text": "other"})
    assert own_metadata(got(data, memory_id, record_id)) == STRINGS


def test_records_without_a_strategy_say_none_and_none_can_be_said(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts(memoryRecordSchema=schema_of("priority")))
    strategy_id = strategy_ids(control, memory_id)["facts"]
    owned, copied = write_records(
        data,
        memory_id,
        record("a", "owned", memoryStrategyId=strategy_id),
        record("b", "copied", memoryStrategyId="none", metadata=STRINGS),
    )
    assert got(data, memory_id, copied)["memoryStrategyId"] == "none"
    assert own_metadata(got(data, memory_id, copied)) == STRINGS
    change(data, memory_id, owned, memoryStrategyId="none", metadata=STRINGS)
    assert own_metadata(got(data, memory_id, owned)) == STRINGS
    listed = {"memoryId": memory_id, "namespacePath": "/", "memoryStrategyId": "none"}
    assert len(data.list_memory_records(**listed)["memoryRecordSummaries"]) == 2


def test_a_record_outlives_its_strategy_and_can_be_changed(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    strategy_id = strategy_ids(control, memory_id)["facts"]
    (record_id,) = write_records(data, memory_id, record("a", "text", memoryStrategyId=strategy_id))
    gone = {"deleteMemoryStrategies": [{"memoryStrategyId": strategy_id}]}
    control.update_memory(memoryId=memory_id, memoryStrategies=gone)
    change(data, memory_id, record_id, metadata=STRINGS, content={"text": "changed"})
    found = got(data, memory_id, record_id)
    assert (found["memoryStrategyId"], found["content"]["text"]) == (strategy_id, "changed")


def test_the_systems_keys_are_the_systems(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    kind, sometime = {RECORD_TYPE: {"stringValue": "REFLECTION"}}, {"dateTimeValue": START}
    times = {f"x-amz-agentcore-memory-{name}": sometime for name in ("createdAt", "updatedAt")}
    (record_id,) = write_records(data, memory_id, record("a", "a lesson", metadata=kind | times))
    assert got(data, memory_id, record_id)["metadata"] == kind
    change(data, memory_id, record_id, metadata=STRINGS)
    assert got(data, memory_id, record_id)["metadata"] == kind | STRINGS
    reflections = {"left": {"metadataKey": RECORD_TYPE}, "operator": "EQUALS_TO"}
    reflections["right"] = {"metadataValue": {"stringValue": "REFLECTION"}}
    listing = {"memoryId": memory_id, "namespacePath": "/", "metadataFilters": [reflections]}
    assert len(data.list_memory_records(**listing)["memoryRecordSummaries"]) == 1


def test_every_value_of_metadata_comes_back_and_the_largest_answer_fits_the_model(
    control: Any, data: Any
) -> None:
    memory_id = new_memory(control)
    values: list[dict[str, Any]] = [
        {"stringValue": "a b"},
        {"stringListValue": ["x", "y"]},
        {"numberValue": 1.5},
        {"dateTimeValue": START},
    ]
    metadata = {f"key {place}": values[place % 4] for place in range(20)}
    (record_id,) = write_records(data, memory_id, record("a", "text", metadata=metadata))
    found = got(data, memory_id, record_id)
    assert found["metadata"] == metadata
    shape = operation_model("bedrock-agentcore", "GetMemoryRecord").output_shape
    assert shape is not None
    assert not ParamValidator().validate({"memoryRecord": found}, shape).has_errors()
    (smaller,) = write_records(
        data, memory_id, record("b", "text", metadata=dict(list(metadata.items())[1:]))
    )
    assert got(data, memory_id, smaller)["metadata"][RECORD_TYPE] == {"stringValue": "BASE"}


def test_timestamp_is_the_clients_and_created_at_the_services(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    times = [START - timedelta(days=20_000), START, START + timedelta(days=4_000)]
    for place, moment in enumerate(reversed(times)):
        write_records(data, memory_id, record("a", f"written {place}", timestamp=moment))
    found = everything(
        data.list_memory_records, "memoryRecordSummaries", memoryId=memory_id, namespacePath="/", maxResults=2
    )
    assert texts_of(found) == ["written 2", "written 1", "written 0"]  # by createdAt, newest first
    assert [each["timestamp"] for each in found] == times
    assert all("score" not in each and "expiresAt" not in each for each in found)


def test_namespaces_of_single_record_calls_are_for_permissions_only(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    one, two, three = write_records(data, memory_id, *(record(str(place), "text") for place in range(3)))
    elsewhere = {"namespace": "/some/other/"}
    assert got(data, memory_id, one, **elsewhere)["namespaces"] == ["/facts/alice/"]
    change(data, memory_id, one, sourceNamespaces=["/some/other/"])
    assert data.delete_memory_record(memoryId=memory_id, memoryRecordId=two, **elsewhere)
    erased = data.batch_delete_memory_records(
        memoryId=memory_id, records=[{"memoryRecordId": three} | elsewhere]
    )
    assert len(erased["successfulRecords"]) == 1


def test_a_record_belongs_to_its_memory(control: Any, data: Any) -> None:
    memory_id, other = new_memory(control), new_memory(control)
    (record_id,) = write_records(data, memory_id, record("a", "text"))
    for operation in (data.get_memory_record, data.delete_memory_record):
        refused("ResourceNotFoundException", operation, memoryId=other, memoryRecordId=record_id)
    gone = [{"memoryRecordId": record_id}]
    answer = data.batch_delete_memory_records(memoryId=other, records=gone)
    assert [each["errorCode"] for each in answer["failedRecords"]] == [404]
    assert got(data, memory_id, record_id)["content"] == {"text": "text"}


def test_an_expiry_is_a_duration_or_its_removal(control: Any, data: Any, raw: Any) -> None:
    memory_id = new_memory(control)
    given = record("a", "text")
    batch = {"memoryId": memory_id, "records": [given]}
    wrong = [{"recordExpiryDurationDays": 30}, {"action": "RENEW"}, {"action": "REMOVE"}]
    for specification in wrong:
        refused(
            "ValidationException",
            raw.batch_create_memory_records,
            **batch,
            recordExpirySpecification=specification,
        )
    both = {"recordExpiryDurationDays": 31, "action": "REMOVE"}
    refused("ValidationException", raw.batch_create_memory_records, **batch, recordExpirySpecification=both)
    (record_id,) = write_records(data, memory_id, given)
    assert "expiresAt" not in got(data, memory_id, record_id)


def test_a_repeated_token_is_answered_as_the_first_time_failures_included(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    records = [record("good", "text"), record("bad", "text", memoryStrategyId="unknown")]
    batch = {"memoryId": memory_id, "records": records, "clientToken": "once"}
    first = data.batch_create_memory_records(**batch)
    again = data.batch_create_memory_records(**(batch | {"records": [record("other", "other")]}))
    for member in ("successfulRecords", "failedRecords"):
        assert again[member] == first[member]
        assert len(first[member]) == 1


def test_a_search_is_over_when_it_says_so(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    ids = write_records(data, memory_id, *(record(str(at), f"apple number {at}") for at in range(12)))
    search: dict[str, Any] = {"memoryId": memory_id, "namespacePath": "/facts/alice"}
    search["searchCriteria"] = {"searchQuery": "apple", "topK": 12}
    first = data.retrieve_memory_records(**search, maxResults=4)
    scores = [each["score"] for each in first["memoryRecordSummaries"]]
    assert scores == sorted(scores, reverse=True)
    shown = {each["memoryRecordId"] for each in first["memoryRecordSummaries"]}
    erased, moved, *rest = [each for each in ids if each not in shown]
    data.delete_memory_record(memoryId=memory_id, memoryRecordId=erased)
    change(data, memory_id, moved, namespaces=["/facts/bob/"])
    second = data.retrieve_memory_records(**search, maxResults=4, nextToken=first["nextToken"])
    assert len(second["memoryRecordSummaries"]) == 4  # what is gone makes no page short
    third = data.retrieve_memory_records(**search, maxResults=4, nextToken=second["nextToken"])
    found = second["memoryRecordSummaries"] + third["memoryRecordSummaries"]
    assert {each["memoryRecordId"] for each in found} == set(rest)
    assert "nextToken" not in third
