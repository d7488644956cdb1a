"""Events, sessions, actors and branches, through boto3."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.aws_local.agentcore import START, everything, facts, new_memory, refused, say

WHERE = {"actorId": "alice", "sessionId": "session-1"}


@pytest.fixture(scope="module")
def memory_id(control: Any) -> str:
    return new_memory(control)


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["payload"][0]["conversational"]["content"]["text"] for event in events]


def test_an_event_comes_back_as_it_was_stored(data: Any, memory_id: str) -> None:
    metadata = {"channel": {"stringValue": "phone"}}
    made = say(data, memory_id, "hello", "hi", actor="team/alice:1", metadata=metadata)
    assert re.fullmatch(r"0000001772375782346#[0-9a-f]{8}", made["eventId"])
    assert made["eventTimestamp"] == START
    assert made["branch"] == {"name": "main"}
    assert made["metadata"] == metadata
    assert [part["conversational"]["role"] for part in made["payload"]] == ["USER", "ASSISTANT"]
    where = {"memoryId": memory_id, "actorId": "team/alice:1", "sessionId": "session-1"}
    assert data.get_event(**where, eventId=made["eventId"])["event"] == made
    assert data.list_events(**where)["events"] == [made]


def test_what_was_not_given_is_absent_or_made_up_as_on_aws(data: Any, memory_id: str) -> None:
    answer = data.create_event(memoryId=memory_id, actorId="anonymous", eventTimestamp=START, payload=[])
    event = answer["event"]
    assert event["payload"] == []
    assert "metadata" not in event
    assert re.fullmatch(r"[0-9a-f-]{36}", event["sessionId"])


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


# A null by itself cannot be told from no blob: boto3 reads both as a member that was not sent.
@given(document=DOCUMENTS.filter(lambda document: document is not None))
def test_a_blob_is_any_json_document_and_stays_unchanged(data: Any, memory_id: str, document: Any) -> None:
    where = {"memoryId": memory_id, "actorId": "blobs", "sessionId": "session-1"}
    made = data.create_event(**where, eventTimestamp=START, payload=[{"blob": document}])["event"]
    stored = data.get_event(**where, eventId=made["eventId"])["event"]
    assert made["payload"] == stored["payload"]
    assert stored["payload"] == [{"blob": document}]


def test_events_are_listed_by_their_timestamp_newest_first(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    for seconds in (5, 1, 9, 3):
        say(data, memory_id, f"at {seconds}", seconds=seconds)
    found = everything(data.list_events, "events", memoryId=memory_id, **WHERE, maxResults=3)
    assert texts(found) == ["at 9", "at 5", "at 3", "at 1"]


def test_events_of_one_millisecond_keep_their_order_of_arrival(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    said = [f"message {place}" for place in range(12)]
    for text in said:
        say(data, memory_id, text)
    found = everything(data.list_events, "events", memoryId=memory_id, **WHERE, maxResults=5)
    assert texts(found) == said[::-1]
    assert len({event["eventId"] for event in found}) == len(said)


def test_payloads_can_be_left_out(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    made = say(data, memory_id, "hello")
    (event,) = data.list_events(memoryId=memory_id, **WHERE, includePayloads=False)["events"]
    assert event == {name: value for name, value in made.items() if name != "payload"}
    assert "payload" in data.list_events(memoryId=memory_id, **WHERE)["events"][0]


def test_unknown_things_are_empty_lists_or_not_found(data: Any, memory_id: str) -> None:
    nowhere = {"memoryId": memory_id, "actorId": "nobody", "sessionId": "none"}
    assert data.list_events(**nowhere)["events"] == []
    assert data.list_sessions(memoryId=memory_id, actorId="nobody")["sessionSummaries"] == []
    event_id = "0000001772375782346#00000000"
    for operation in (data.get_event, data.delete_event):
        text = refused("ResourceNotFoundException", operation, **nowhere, eventId=event_id)
        assert event_id in text
        refused("ResourceNotFoundException", operation, **nowhere, eventId="7#ff")
        say(data, memory_id, "hello")
        for impossible in ("7#ff", "9999999999999999999#ff"):  # the latter is beyond 64 bits
            refused("ResourceNotFoundException", operation, memoryId=memory_id, **WHERE, eventId=impossible)
    missing = "Unknown-0123456789"
    text = refused("ResourceNotFoundException", data.list_events, **(nowhere | {"memoryId": missing}))
    assert text == f"Memory not found: {missing}"
    assert "1970" in refused(
        "ValidationException",
        data.create_event,
        **nowhere,
        payload=[],
        eventTimestamp=datetime(1969, 1, 1, tzinfo=UTC),
    )


def test_a_deleted_event_is_gone_and_its_session_stays_for_a_while(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    made = say(data, memory_id, "hello")
    where = {"memoryId": memory_id} | WHERE
    assert data.delete_event(**where, eventId=made["eventId"])["eventId"] == made["eventId"]
    refused("ResourceNotFoundException", data.get_event, **where, eventId=made["eventId"])
    refused("ResourceNotFoundException", data.delete_event, **where, eventId=made["eventId"])
    sessions = {"memoryId": memory_id, "actorId": "alice"}
    assert len(data.list_sessions(**sessions)["sessionSummaries"]) == 1
    filtered = data.list_sessions(**sessions, filter={"eventFilter": "HAS_EVENTS"})
    assert filtered["sessionSummaries"] == []
    say(data, memory_id, "again")
    filtered = data.list_sessions(**sessions, filter={"eventFilter": "HAS_EVENTS"})
    assert len(filtered["sessionSummaries"]) == 1


def test_a_repeated_client_token_answers_with_the_first_event(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    first = say(data, memory_id, "hello", clientToken="once")
    assert say(data, memory_id, "something else", seconds=9, clientToken="once") == first
    assert len(data.list_events(memoryId=memory_id, **WHERE)["events"]) == 1
    data.delete_event(memoryId=memory_id, **WHERE, eventId=first["eventId"])
    assert say(data, memory_id, "hello", clientToken="once")["eventId"] == first["eventId"]
    assert data.list_events(memoryId=memory_id, **WHERE)["events"] == []


def test_a_client_token_that_somebody_else_repeats_answers_with_the_first_event(
    control: Any, data: Any
) -> None:
    memory_id = new_memory(control)
    first = say(data, memory_id, "hello", clientToken="once")
    other = {"actor": "bob", "session": "session-2", "clientToken": "once"}
    assert say(data, memory_id, "from somebody else", **other) == first
    data.delete_event(memoryId=memory_id, **WHERE, eventId=first["eventId"])
    assert say(data, memory_id, "from somebody else", **other)["actorId"] == first["actorId"]
    assert data.list_sessions(memoryId=memory_id, actorId="bob")["sessionSummaries"] == []


def test_sessions_are_listed_newest_first_with_the_time_of_their_first_event(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    for place in range(5):
        say(data, memory_id, "first", session=f"s{place}", seconds=place * 60)
        say(data, memory_id, "second", session=f"s{place}", seconds=9_000)
    sessions = {"memoryId": memory_id, "actorId": "alice"}
    found = everything(data.list_sessions, "sessionSummaries", **sessions, maxResults=2)
    assert [each["sessionId"] for each in found] == ["s4", "s3", "s2", "s1", "s0"]
    assert found[-1] == {"sessionId": "s0", "actorId": "alice", "createdAt": START}
    assert found[0]["createdAt"] == START + timedelta(seconds=240)


def test_every_actor_is_listed_once(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    actors = ["bob", "alice", "team/carol:1", "dan", "alice"]
    for actor in actors:
        say(data, memory_id, "hello", actor=actor)
    found = everything(data.list_actors, "actorSummaries", memoryId=memory_id, maxResults=2)
    assert [each["actorId"] for each in found] == sorted(set(actors))


def test_branches_with_and_without_their_parents(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    root = say(data, memory_id, "one", seconds=1)
    fork = {"name": "retry", "rootEventId": root["eventId"]}
    say(data, memory_id, "two", seconds=2)
    first = say(data, memory_id, "two again", seconds=3, branch=fork)
    later = say(data, memory_id, "three", seconds=4, branch={"name": "retry"})
    inner = {"name": "inner", "rootEventId": first["eventId"]}
    say(data, memory_id, "deep", seconds=5, branch=inner)
    assert first["branch"] == later["branch"] == fork

    def on(name: str, **options: bool) -> list[str]:
        branch = {"name": name} | options
        answer = data.list_events(memoryId=memory_id, **WHERE, filter={"branch": branch})
        return texts(answer["events"])

    assert on("retry") == ["three", "two again"]
    assert on("retry", includeParentBranches=True) == ["three", "two again", "one"]
    assert on("inner", includeParentBranches=True) == ["deep", "two again", "one"]
    assert on("main") == ["two", "one"]
    assert on("unknown") == []
    everywhere = texts(data.list_events(memoryId=memory_id, **WHERE)["events"])
    assert everywhere == ["deep", "three", "two again", "two", "one"]


def test_a_branch_keeps_its_parents_when_the_event_at_the_fork_is_deleted(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    root = say(data, memory_id, "one", seconds=1)
    say(data, memory_id, "two", seconds=2)
    retry = {"name": "retry", "rootEventId": root["eventId"]}
    say(data, memory_id, "two again", seconds=3, branch=retry)
    fork = say(data, memory_id, "three", seconds=4, branch=retry)
    inner = {"name": "inner", "rootEventId": fork["eventId"]}
    say(data, memory_id, "deep", seconds=5, branch=inner)
    data.delete_event(memoryId=memory_id, **WHERE, eventId=fork["eventId"])
    say(data, memory_id, "deeper", seconds=6, branch=inner)
    branch = {"name": "inner", "includeParentBranches": True}
    found = data.list_events(memoryId=memory_id, **WHERE, filter={"branch": branch})["events"]
    assert texts(found) == ["deeper", "deep", "two again", "one"]


def test_a_branch_forks_off_an_existing_event(data: Any, memory_id: str) -> None:
    branch = {"name": "retry", "rootEventId": "0000001772375782346#00000000"}
    where = {"memoryId": memory_id, "actorId": "brancher", "sessionId": "s", "eventTimestamp": START}
    refused("ValidationException", data.create_event, **where, payload=[], branch=branch)
    assert data.list_sessions(memoryId=memory_id, actorId="brancher")["sessionSummaries"] == []


KEYS = st.sampled_from(["a", "b", 'qu"ote', "c d"])
VALUES = st.sampled_from(["", "1", "2", "x y"])
METADATA = st.dictionaries(KEYS, VALUES, max_size=3)
FILTERS = st.lists(
    st.tuples(KEYS, st.sampled_from(["EQUALS_TO", "EXISTS", "NOT_EXISTS"]), VALUES), min_size=1, max_size=3
)


def passes(metadata: dict[str, str], filters: list[tuple[str, str, str]]) -> bool:
    """What the three operators mean."""
    meanings = {
        "EQUALS_TO": lambda key, value: metadata.get(key) == value,
        "EXISTS": lambda key, value: key in metadata,
        "NOT_EXISTS": lambda key, value: key not in metadata,
    }
    return all(meanings[operator](key, value) for key, operator, value in filters)


@given(stored=st.lists(METADATA, min_size=1, max_size=5), filters=FILTERS)
def test_event_metadata_filters_select_what_they_say(
    data: Any, memory_id: str, stored: list[dict[str, str]], filters: list[tuple[str, str, str]]
) -> None:
    stored = [{key.replace('"', "@"): value for key, value in each.items()} for each in stored]
    filters = [(key.replace('"', "@"), operator, value) for key, operator, value in filters]
    event = {"memoryId": memory_id, "actorId": "filtered", "eventTimestamp": START, "payload": []}
    session = data.create_event(**event)["event"]["sessionId"]
    for metadata in stored:
        wire = {key: {"stringValue": value} for key, value in metadata.items()}
        data.create_event(**event, sessionId=session, metadata=wire)
    expressions = [
        {"left": {"metadataKey": key}, "operator": operator}
        | ({"right": {"metadataValue": {"stringValue": value}}} if operator == "EQUALS_TO" else {})
        for key, operator, value in filters
    ]
    found = everything(
        data.list_events,
        "events",
        memoryId=memory_id,
        actorId="filtered",
        sessionId=session,
        filter={"eventMetadata": expressions},
        maxResults=2,
    )
    shown = [{key: value["stringValue"] for key, value in each.get("metadata", {}).items()} for each in found]
    assert shown == [each for each in [{}, *stored][::-1] if passes(each, filters)]


def test_a_filter_without_its_value_is_refused(data: Any, memory_id: str) -> None:
    expression = {"left": {"metadataKey": "a"}, "operator": "EQUALS_TO"}
    listing = {"memoryId": memory_id, **WHERE, "filter": {"eventMetadata": [expression]}}
    refused("ValidationException", data.list_events, **listing)


def test_namespace_variables_must_be_declared_and_allowed(control: Any, data: Any) -> None:
    keys = [{"key": "tenant", "validation": {"allowedValues": ["acme"]}}]
    memory_id = new_memory(control, facts("/{tenant}/{actorId}/"), namespaceKeys=keys)
    event = {"memoryId": memory_id, **WHERE, "eventTimestamp": START, "payload": []}
    for variables in ({"tenant": "other"}, {"unknown": "acme"}):
        configuration = {"namespaceVariables": variables}
        refused("ValidationException", data.create_event, **event, extractionConfig=configuration)
    data.create_event(**event, extractionConfig={"namespaceVariables": {"tenant": "acme"}})


def test_the_largest_message_and_a_large_batch_of_blobs_fit(data: Any, memory_id: str) -> None:
    long = "x" * 100_000
    assert texts([say(data, memory_id, long, session="large")]) == [long]
    blobs = [{"blob": "y" * 95_000} for _ in range(100)]
    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "large"}
    made = data.create_event(**where, eventTimestamp=START + timedelta(seconds=1), payload=blobs)["event"]
    assert data.list_events(**where, maxResults=1)["events"] == [made]
