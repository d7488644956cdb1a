"""What the reference says of the event operations, one law each, through boto3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.aws_local.agentcore import START, new_memory, record, refused, say, texts_of, write_records
from tests.conftest import Endpoint

WHERE = {"actorId": "alice", "sessionId": "session-1"}
UNKNOWN_EVENT = "0000001772375782346#00000000"
UNKNOWN_RECORD = "mem-00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def raw(endpoint: Endpoint) -> Iterator[Any]:
    """A client that sends what boto3 itself would refuse."""
    client = endpoint.client("bedrock-agentcore", parameter_validation=False)
    yield client
    client.close()


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["payload"][0]["conversational"]["content"]["text"] for event in events]


def one_of_each(event_id: str, record_id: str) -> dict[str, dict[str, Any]]:
    """Parameters of every data-plane operation; all but the last can succeed, in this order."""
    event = WHERE | {"eventId": event_id}
    records = [{"memoryRecordId": record_id, "timestamp": START}]
    search = {"namespacePath": "/", "searchCriteria": {"searchQuery": "hello"}}
    return {
        "create_event": WHERE | {"eventTimestamp": START, "payload": []},
        "get_event": event,
        "list_events": WHERE,
        "list_sessions": {"actorId": "alice"},
        "list_actors": {},
        "delete_event": event,
        "batch_create_memory_records": {"records": []},
        "batch_update_memory_records": {"records": records},
        "get_memory_record": {"memoryRecordId": record_id},
        "list_memory_records": {"namespacePath": "/"},
        "retrieve_memory_records": search,
        "batch_delete_memory_records": {"records": []},
        "delete_memory_record": {"memoryRecordId": record_id},
        "list_memory_extraction_jobs": {},
        "start_memory_extraction_job": {"extractionJob": {"jobId": "unknown"}},
    }


def test_every_operation_takes_the_arn_for_the_id(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    arn = control.get_memory(memoryId=memory_id)["memory"]["arn"]
    made = say(data, arn, "hello")
    assert made["memoryId"] == memory_id
    (record_id,) = write_records(data, arn, record("a", "hello"))
    answers = {}
    for operation, params in one_of_each(made["eventId"], record_id).items():
        if operation != "start_memory_extraction_job":
            answers[operation] = getattr(data, operation)(memoryId=arn, **params)
    assert answers["get_event"]["event"] == made
    assert [each["eventId"] for each in answers["list_events"]["events"]][1:] == [made["eventId"]]
    assert answers["list_actors"]["actorSummaries"] == [{"actorId": "alice"}]
    assert texts_of(answers["retrieve_memory_records"]["memoryRecordSummaries"]) == ["hello"]
    assert data.list_memory_records(memoryId=memory_id, namespacePath="/")["memoryRecordSummaries"] == []


def test_a_memory_that_is_none_is_refused_by_every_operation(control: Any, data: Any, raw: Any) -> None:
    memory_id = new_memory(control)
    arn = control.get_memory(memoryId=memory_id)["memory"]["arn"]
    elsewhere = [arn.replace("000000000000", "111122223333"), arn.replace("us-west-2", "eu-west-1")]
    for operation, params in one_of_each(UNKNOWN_EVENT, UNKNOWN_RECORD).items():
        for missing in ("Unknown-0123456789", *elsewhere):
            refused("ResourceNotFoundException", getattr(data, operation), memoryId=missing, **params)
        for malformed in ("short", "no_suffix_here", "Has spaces-0123456789", f"x{arn}"):
            refused("ValidationException", getattr(raw, operation), memoryId=malformed, **params)


def test_a_deleted_memory_is_gone_for_every_operation(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    made = say(data, memory_id, "hello")
    (record_id,) = write_records(data, memory_id, record("a", "hello"))
    control.delete_memory(memoryId=memory_id)
    for operation, params in one_of_each(made["eventId"], record_id).items():
        refused("ResourceNotFoundException", getattr(data, operation), memoryId=memory_id, **params)


def test_an_actor_with_slashes_and_colons_works_everywhere(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    actor = "team/a-b_c/alice:1"
    made = say(data, memory_id, "hello", actor=actor)
    where = {"memoryId": memory_id, "actorId": actor}
    event = where | {"sessionId": "session-1", "eventId": made["eventId"]}
    assert data.get_event(**event)["event"] == made
    assert data.list_events(**where, sessionId="session-1")["events"] == [made]
    assert [each["actorId"] for each in data.list_sessions(**where)["sessionSummaries"]] == [actor]
    assert data.list_actors(memoryId=memory_id)["actorSummaries"] == [{"actorId": actor}]
    assert data.delete_event(**event)["eventId"] == made["eventId"]
    for near in ("team", "team/a-b_c", "team/a-b_c/alice"):
        assert data.list_sessions(memoryId=memory_id, actorId=near)["sessionSummaries"] == []


def test_a_page_has_20_unless_it_is_told(control: Any, data: Any, raw: Any) -> None:
    memory_id = new_memory(control)
    for place in range(21):
        say(data, memory_id, "hello", seconds=place)
        say(data, memory_id, "hello", actor="busy", session=f"s{place}")
        say(data, memory_id, "hello", actor=f"actor-{place}")
    write_records(data, memory_id, *(record(str(place), f"hello {place}") for place in range(21)))
    search = {"searchCriteria": {"searchQuery": "hello"}, "namespacePath": "/"}
    pages: dict[str, tuple[str, dict[str, Any], int]] = {
        "list_events": ("events", WHERE, 20),
        "list_sessions": ("sessionSummaries", {"actorId": "busy"}, 20),
        "list_actors": ("actorSummaries", {}, 20),
        "list_memory_records": ("memoryRecordSummaries", {"namespacePath": "/"}, 20),
        "retrieve_memory_records": ("memoryRecordSummaries", search, 10),  # topK is 10 unless it is told
    }
    for operation, (member, params, size) in pages.items():
        answer = getattr(data, operation)(memoryId=memory_id, **params)
        assert len(answer[member]) == size, operation
        for wrong in (0, 101):
            call = getattr(raw, operation)
            refused("ValidationException", call, memoryId=memory_id, **params, maxResults=wrong)
        assert len(getattr(data, operation)(memoryId=memory_id, **params, maxResults=1)[member]) == 1
    search["searchCriteria"] = {"searchQuery": "hello", "topK": 21}
    answer = data.retrieve_memory_records(memoryId=memory_id, **search)
    assert len(answer["memoryRecordSummaries"]) == 20
    assert "nextToken" in answer


def test_time_is_kept_to_the_millisecond(data: Any, control: Any) -> None:
    memory_id = new_memory(control)
    sent = START + timedelta(microseconds=999)
    made = data.create_event(memoryId=memory_id, **WHERE, eventTimestamp=sent, payload=[])["event"]
    assert made["eventTimestamp"] == START
    assert made["eventId"].startswith("0000001772375782346#")


def test_every_request_without_a_session_gets_one_of_its_own(data: Any, control: Any) -> None:
    event = {"memoryId": new_memory(control), "actorId": "alice", "eventTimestamp": START, "payload": []}
    sessions = {data.create_event(**event)["event"]["sessionId"] for _ in range(5)}
    found = data.list_sessions(memoryId=event["memoryId"], actorId="alice")["sessionSummaries"]
    assert {each["sessionId"] for each in found} == sessions
    assert len(found) == 5


def test_every_kind_of_payload_keeps_its_order_and_its_value(data: Any, control: Any) -> None:
    roles = ["USER", "ASSISTANT", "TOOL", "OTHER"]
    spoken = [{"conversational": {"role": role, "content": {"text": f"by {role}"}}} for role in roles]
    documents = [{"clicks": [1, 2.5, None, True]}, ["a"], "text", 7, False]
    payload = [*spoken, *({"json": {"content": each}} for each in documents), {"blob": {"a": [None]}}]
    made = data.create_event(memoryId=new_memory(control), **WHERE, eventTimestamp=START, payload=payload)[
        "event"
    ]
    assert made["payload"] == payload
    assert data.list_events(memoryId=made["memoryId"], **WHERE)["events"] == [made]


def test_a_json_payload_holds_100_kb(data: Any, control: Any) -> None:
    event = {"memoryId": new_memory(control), **WHERE, "eventTimestamp": START}
    fits, too_large = "é" * 51_199, "é" * 51_200  # two bytes each, and the quotes
    data.create_event(**event, payload=[{"json": {"content": fits}}])
    parts = [{"blob": too_large}, {"json": {"content": too_large}}]
    told = refused("ValidationException", data.create_event, **event, payload=parts)
    assert "payload.2.member.json.content" in told
    assert len(data.list_events(memoryId=event["memoryId"], **WHERE)["events"]) == 1


def test_what_the_model_demands_of_an_event_is_demanded(raw: Any, control: Any) -> None:
    event = {"memoryId": new_memory(control), **WHERE, "eventTimestamp": START, "payload": []}
    for missing in ("payload", "eventTimestamp"):
        rest = {name: value for name, value in event.items() if name != missing}
        assert missing in refused("ValidationException", raw.create_event, **rest)
    wire = {str(place): {"stringValue": "x"} for place in range(16)}
    refused("ValidationException", raw.create_event, **event, metadata=wire)
    del wire["0"]
    assert raw.create_event(**event, metadata=wire)["event"]["metadata"] == wire
    refused("ValidationException", raw.create_event, **event, extractionMode="ALL")


def on(data: Any, memory_id: str, name: str, **options: Any) -> list[str]:
    """The texts of a branch, newest first."""
    parents = {"includeParentBranches": True} if options.pop("parents", False) else {}
    wanted = {"branch": {"name": name} | parents} | options
    return texts(data.list_events(memoryId=memory_id, **WHERE, filter=wanted)["events"])


def test_a_branch_sees_its_ancestors_up_to_each_root_and_no_siblings(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    one = say(data, memory_id, "one", seconds=10)
    say(data, memory_id, "two", seconds=20)
    fork = {"rootEventId": one["eventId"]}
    left = say(data, memory_id, "left", seconds=30, branch=fork | {"name": "left"})
    say(data, memory_id, "right", seconds=31, branch=fork | {"name": "right"})
    say(data, memory_id, "left again", seconds=40, branch={"name": "left"})
    inner = {"name": "inner", "rootEventId": left["eventId"]}
    deep = say(data, memory_id, "deep", seconds=50, branch=inner)
    say(data, memory_id, "deepest", seconds=60, branch={"name": "deepest", "rootEventId": deep["eventId"]})
    say(data, memory_id, "zero", seconds=5)  # arrives last, happened first: before every root
    assert on(data, memory_id, "deepest", parents=True) == ["deepest", "deep", "left", "one", "zero"]
    assert on(data, memory_id, "right", parents=True) == ["right", "one", "zero"]
    assert on(data, memory_id, "main", parents=True) == ["two", "one", "zero"]
    assert on(data, memory_id, "inner") == ["deep"]
    assert on(data, memory_id, "nowhere", parents=True) == []


def test_a_later_event_shows_the_root_of_its_branch(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    root = say(data, memory_id, "one")
    early = say(data, memory_id, "no root yet", seconds=1, branch={"name": "b"})
    assert early["branch"] == {"name": "b"}
    say(data, memory_id, "root", seconds=2, branch={"name": "b", "rootEventId": root["eventId"]})
    later = say(data, memory_id, "by name", seconds=3, branch={"name": "b"})
    assert later["branch"] == {"name": "b", "rootEventId": root["eventId"]}
    assert on(data, memory_id, "b", parents=True) == ["by name", "root", "no root yet", "one"]


def test_a_root_lies_in_the_same_session_and_main_has_none(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    root = say(data, memory_id, "one")
    elsewhere = {"memoryId": memory_id, "actorId": "alice", "sessionId": "other", "eventTimestamp": START}
    branch = {"name": "b", "rootEventId": root["eventId"]}
    refused("ValidationException", data.create_event, **elsewhere, payload=[], branch=branch)
    main = branch | {"name": "main"}
    event = elsewhere | {"sessionId": "session-1"}
    refused("ValidationException", data.create_event, **event, payload=[], branch=main)
    named = data.create_event(**event, payload=[], branch={"name": "main"})["event"]
    assert named["branch"] == {"name": "main"}


def test_filters_of_one_request_are_anded(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    root = say(data, memory_id, "one", metadata={"kind": {"stringValue": "a"}})
    fork = {"name": "b", "rootEventId": root["eventId"]}
    for place, kind in enumerate(["a", "b", "a"], 1):
        text = f"{kind} {place}"
        say(data, memory_id, text, seconds=place, branch=fork, metadata={"kind": {"stringValue": kind}})
    is_a = {"left": {"metadataKey": "kind"}, "operator": "EQUALS_TO"}
    is_a["right"] = {"metadataValue": {"stringValue": "a"}}
    assert on(data, memory_id, "b", eventMetadata=[is_a]) == ["a 3", "a 1"]
    assert on(data, memory_id, "b", parents=True, eventMetadata=[is_a]) == ["a 3", "a 1", "one"]
    absent = {"left": {"metadataKey": "kind"}, "operator": "NOT_EXISTS"}
    assert on(data, memory_id, "b", parents=True, eventMetadata=[is_a, absent]) == []


def test_event_filters_have_three_operators_and_at_most_five_expressions(control: Any, raw: Any) -> None:
    listing = {"memoryId": new_memory(control), **WHERE}
    exists = {"left": {"metadataKey": "kind"}, "operator": "EXISTS"}
    for operator in ("CONTAINS", "GREATER_THAN", "BEFORE"):
        wrong = {"eventMetadata": [exists | {"operator": operator}]}
        refused("ValidationException", raw.list_events, **listing, filter=wrong)
    for count in (0, 6):
        refused("ValidationException", raw.list_events, **listing, filter={"eventMetadata": [exists] * count})
    assert raw.list_events(**listing, filter={"eventMetadata": [exists] * 5})["events"] == []


def test_the_same_token_means_another_request_in_another_memory(control: Any, data: Any) -> None:
    one, other = new_memory(control), new_memory(control)
    first = say(data, one, "hello", clientToken="shared")
    second = say(data, other, "hello", clientToken="shared")
    assert first["eventId"] != second["eventId"]
    records = [record("a", "hello")]
    batch = data.batch_create_memory_records(memoryId=one, records=records, clientToken="shared")
    assert len(batch["successfulRecords"]) == 1  # nor is it the same in another operation


def test_a_refused_request_leaves_its_token_free(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    branch = {"name": "b", "rootEventId": UNKNOWN_EVENT}
    event = {"memoryId": memory_id, **WHERE, "eventTimestamp": START, "payload": []}
    refused("ValidationException", data.create_event, **event, branch=branch, clientToken="again")
    assert data.create_event(**event, clientToken="again")["event"]["branch"] == {"name": "main"}


def test_a_token_of_a_deleted_event_is_answered_as_the_first_time(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    sent: dict[str, Any] = {"eventTimestamp": START + timedelta(microseconds=700), "clientToken": "once"}
    first = say(data, memory_id, "hello", **sent)
    data.delete_event(memoryId=memory_id, **WHERE, eventId=first["eventId"])
    assert say(data, memory_id, "hello", **sent) == first
