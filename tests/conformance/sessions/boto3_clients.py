"""boto3 itself, where the other clients do not go: paginators, batches, metadata, tokens, errors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

WHEN = datetime(2026, 3, 1, 14, 36, 22, 346_000, tzinfo=UTC)


@pytest.fixture(scope="module")
def data() -> Any:
    return boto3.client("bedrock-agentcore")


@pytest.fixture(scope="module")
def control() -> Any:
    return boto3.client("bedrock-agentcore-control")


def say(data: Any, memory_id: str, actor: str, session: str, **params: Any) -> Any:
    payload = [{"conversational": {"role": "USER", "content": {"text": "hello"}}}]
    where = {"memoryId": memory_id, "actorId": actor, "sessionId": session}
    return data.create_event(**where, eventTimestamp=WHEN, payload=payload, **params)["event"]


def everything(client: Any, operation: str, **params: Any) -> list[Any]:
    """All elements of a list operation, one per page."""
    pages = client.get_paginator(operation).paginate(**params, PaginationConfig={"PageSize": 1})
    found: list[Any] = pages.build_full_result()[pages.result_keys[0].expression]
    return found


def test_every_list_is_paged(data: Any, control: Any, memory_id: str, actor: str) -> None:
    for session in ("a", "b", "c"):
        say(data, memory_id, actor, session)
        say(data, memory_id, actor, session)
    who = {"memoryId": memory_id, "actorId": actor}
    assert {each["sessionId"] for each in everything(data, "list_sessions", **who)} == {"a", "b", "c"}
    assert len({each["eventId"] for each in everything(data, "list_events", **who, sessionId="a")}) == 2
    assert actor in [each["actorId"] for each in everything(data, "list_actors", memoryId=memory_id)]
    assert memory_id in [each["id"] for each in everything(control, "list_memories")]


def test_records_are_written_changed_and_deleted_in_batches(data: Any, memory_id: str, actor: str) -> None:
    namespace = f"/notes/{actor}/"
    records = [
        {
            "requestIdentifier": str(number),
            "namespaces": [namespace],
            "content": {"text": f"Note {number}"},
            "timestamp": WHEN,
        }
        for number in range(3)
    ]
    made = data.batch_create_memory_records(memoryId=memory_id, records=records)
    ids = [each["memoryRecordId"] for each in made["successfulRecords"]]
    changes = [{"memoryRecordId": ids[0], "timestamp": WHEN, "content": {"text": "Changed"}}]
    data.batch_update_memory_records(memoryId=memory_id, records=changes)
    read = data.get_memory_record(memoryId=memory_id, memoryRecordId=ids[0])["memoryRecord"]
    assert read["content"] == {"text": "Changed"}
    gone = [{"memoryRecordId": identifier} for identifier in (*ids[:2], "mem-" + "0" * 36)]
    answer = data.batch_delete_memory_records(memoryId=memory_id, records=gone)
    assert (len(answer["successfulRecords"]), len(answer["failedRecords"])) == (2, 1)
    left = everything(data, "list_memory_records", memoryId=memory_id, namespace=namespace)
    assert [each["memoryRecordId"] for each in left] == ids[2:]


def test_events_are_filtered_by_metadata(data: Any, memory_id: str, actor: str) -> None:
    for project in ("atlas", "hermes"):
        say(data, memory_id, actor, "s", metadata={"project": {"stringValue": project}})
    wanted = {
        "left": {"metadataKey": "project"},
        "operator": "EQUALS_TO",
        "right": {"metadataValue": {"stringValue": "atlas"}},
    }
    where = {"memoryId": memory_id, "actorId": actor, "sessionId": "s"}
    (event,) = data.list_events(**where, filter={"eventMetadata": [wanted]})["events"]
    assert event["metadata"] == {"project": {"stringValue": "atlas"}}


def test_a_repeated_client_token_stores_once(data: Any, memory_id: str, actor: str) -> None:
    token = "a-client-token-of-at-least-33-characters"
    first = say(data, memory_id, actor, "s", clientToken=token)
    assert say(data, memory_id, actor, "s", clientToken=token) == first


def test_the_arn_names_a_memory_as_well_as_the_id(
    data: Any, control: Any, memory_id: str, actor: str
) -> None:
    arn = control.get_memory(memoryId=memory_id)["memory"]["arn"]
    say(data, arn, actor, "s")
    assert len(data.list_events(memoryId=memory_id, actorId=actor, sessionId="s")["events"]) == 1


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("get_memory_record", {"memoryRecordId": "mem-" + "0" * 36}, "ResourceNotFoundException"),
        (
            "list_events",
            {"actorId": "a", "sessionId": "s", "maxResults": 100, "nextToken": "x"},
            "ValidationException",
        ),
        ("list_memory_records", {"namespace": "/a", "namespacePath": "/a"}, "ValidationException"),
    ],
)
def test_errors_are_modelled(
    data: Any, memory_id: str, operation: str, params: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(data, operation)(memoryId=memory_id, **params)
    error: Any = raised.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (
        code,
        404 if code == "ResourceNotFoundException" else 400,
    )
