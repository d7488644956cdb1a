"""Events through the real endpoint: written, listed, read and deleted."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.clients import Clients
from services.faults import explain
from services.short_term import events
from services.short_term.events import InvalidConversation, MessageDraft
from tests.conftest import Endpoint
from tests.services.fault_server import Behaviour, FaultServer, Handler, answers, hangs, refuses

MEMORY = "Memory-0123456789"
HELLO = [MessageDraft("USER", "Hello"), MessageDraft("ASSISTANT", "Hi!")]


def texts(rows: list[dict[str, Any]]) -> list[str]:
    return [e["conversational"]["content"]["text"] for row in reversed(rows) for e in row["payload"]]


def test_an_event_goes_in_and_comes_back(live: Clients, memory: dict[str, Any]) -> None:
    moment = datetime(2026, 3, 1, 14, 36, 22, 346000, UTC)
    event = events.create_event(
        live, memory["id"], "team/ann:1", "s1", HELLO, timestamp=moment, metadata={"mood": "calm"}
    )
    place = (memory["id"], "team/ann:1", "s1")
    assert event["eventTimestamp"] == moment
    assert event["eventId"].startswith("0000001772375782346#")
    found = events.get_event(live, *place, event["eventId"])
    assert found["payload"] == [message.payload() for message in HELLO]
    assert found["metadata"] == {"mood": {"stringValue": "calm"}}
    assert [row["actorId"] for row in events.list_actors(live, memory["id"]).rows] == ["team/ann:1"]
    assert events.delete_event(live, *place, event["eventId"]) == event["eventId"]
    assert events.list_events(live, *place).rows == []
    with pytest.raises(ClientError) as caught:
        events.get_event(live, *place, event["eventId"])
    assert explain(caught.value).kind == "not_found"


def test_without_a_session_the_service_makes_one(live: Clients, memory: dict[str, Any]) -> None:
    event = events.create_event(live, memory["id"], "ann", None, HELLO)
    assert events.list_sessions(live, memory["id"], "ann").rows[0]["sessionId"] == event["sessionId"]


def test_events_and_sessions_are_newest_first_and_limits_are_told(
    live: Clients, memory: dict[str, Any]
) -> None:
    start = datetime.now(UTC) - timedelta(days=3)
    for day in range(3):
        for minute in range(3):
            moment = start + timedelta(days=day, minutes=minute)
            message = MessageDraft("USER", f"{day}.{minute}")
            events.create_event(live, memory["id"], "ann", f"s{day}", [message], timestamp=moment)
    sessions = events.list_sessions(live, memory["id"], "ann")
    assert [row["sessionId"] for row in sessions.rows] == ["s2", "s1", "s0"]
    everything = events.list_events(live, memory["id"], "ann", "s1")
    assert (texts(everything.rows), everything.complete) == (["1.0", "1.1", "1.2"], True)
    newest = events.list_events(live, memory["id"], "ann", "s1", limit=2)
    assert (texts(newest.rows), newest.complete) == (["1.1", "1.2"], False)


def test_unknown_actors_and_sessions_are_empty(live: Clients, memory: dict[str, Any]) -> None:
    assert events.list_sessions(live, memory["id"], "nobody").rows == []
    assert events.list_events(live, memory["id"], "nobody", "nothing").rows == []


def test_a_bad_message_is_refused_before_anything_is_sent(live: Clients, memory: dict[str, Any]) -> None:
    before = live.call_count()
    with pytest.raises(InvalidConversation, match="Message 2 has 100,001 characters"):
        long = MessageDraft("USER", "x" * 100_001)
        events.create_event(live, memory["id"], "ann", "s1", [HELLO[0], long])
    with pytest.raises(InvalidConversation, match="Message 1: the role must be one of"):
        events.create_event(live, memory["id"], "ann", "s1", [MessageDraft("KING", "a")])
    assert live.call_count() == before


@pytest.mark.parametrize("actor_id", ["ann", "team/ann:1", "0" * 255])
def test_actor_ids_that_aws_takes(actor_id: str) -> None:
    assert events.actor_problems(actor_id) == []


@pytest.mark.parametrize("actor_id", ["", "-a", "a b", "a\n", "ä", "0" * 256])
def test_actor_ids_that_aws_refuses(actor_id: str) -> None:
    assert len(events.actor_problems(actor_id)) == 1


@pytest.mark.parametrize(
    ("session_id", "fine"), [("s-1_A", True), ("a/b", False), ("", False), ("s" * 101, False)]
)
def test_session_ids(session_id: str, fine: bool) -> None:
    assert (events.session_problems(session_id) == []) is fine


def test_a_conversation_is_written_in_order_into_one_session(live: Clients, memory: dict[str, Any]) -> None:
    rows = [{"role": "USER", "text": str(number)} for number in range(250)]
    conversation = events.parse_conversation_file(json.dumps(rows))
    seen: list[tuple[int, int]] = []
    written = events.write_conversation(
        live, memory["id"], "ann", None, conversation, progress=lambda *step: seen.append(step)
    )
    assert written.complete
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert written.session_id is not None
    found = events.list_events(live, memory["id"], "ann", written.session_id).rows
    assert texts(found) == [str(number) for number in range(250)]


def test_writing_can_be_stopped_and_continued(live: Clients, memory: dict[str, Any]) -> None:
    rows = [{"role": "USER", "text": str(number)} for number in range(250)]
    conversation = events.parse_conversation_file(json.dumps(rows))
    place = (live, memory["id"], "ann", "s1", conversation)
    first = events.write_conversation(*place, progress=lambda done, total: done < 2)
    assert (len(first.event_ids), first.complete, first.fault) == (2, False, None)
    rest = events.write_conversation(*place, earlier=first)
    assert (len(rest.event_ids), rest.complete) == (3, True)
    found = events.list_events(live, memory["id"], "ann", "s1").rows
    assert texts(found) == [str(number) for number in range(250)]


def test_what_was_written_before_a_failure_is_not_lost(faulty: FaultServer, faulty_clients: Clients) -> None:
    event = {
        "memoryId": MEMORY,
        "actorId": "a",
        "sessionId": "made-by-the-service",
        "eventId": "0#a",
        "eventTimestamp": 1,
        "payload": [],
    }
    faulty.plays(answers({"event": event}, 201), refuses("AccessDeniedException", 403))
    rows = [{"role": "USER", "text": "a"}] * 101
    conversation = events.parse_conversation_file(json.dumps(rows))
    written = events.write_conversation(faulty_clients, MEMORY, "a", None, conversation)
    assert written.event_ids == ("0#a",)
    assert written.session_id == "made-by-the-service"
    assert written.fault is not None
    assert written.fault.iam_action == "bedrock-agentcore:CreateEvent"


def test_an_exported_session_with_a_branch_can_be_written_elsewhere(
    live: Clients, memory: dict[str, Any]
) -> None:
    place = (memory["id"], "ann", "s1")
    root = events.create_event(live, *place, HELLO)
    fork = {"name": "other", "rootEventId": root["eventId"]}
    later = datetime.now(UTC) + timedelta(seconds=1)
    events.create_event(live, *place, HELLO, branch=fork, timestamp=later)
    export = json.dumps({"events": events.list_events(live, *place).rows}, default=str)
    written = events.write_conversation(
        live, memory["id"], "bob", "s2", events.parse_conversation_file(export)
    )
    assert written.complete, written.fault
    copied = events.list_events(live, memory["id"], "bob", "s2").rows
    assert [row["branch"] for row in copied] == [
        {"name": "other", "rootEventId": written.event_ids[0]},
        {"name": "main"},
    ]
    assert written.event_ids[0] != root["eventId"]


def test_a_branch_keeps_its_root_when_writing_is_continued(live: Clients, memory: dict[str, Any]) -> None:
    place = (memory["id"], "ann", "s1")
    root = events.create_event(live, *place, HELLO)
    fork = {"name": "other", "rootEventId": root["eventId"]}
    later = datetime.now(UTC) + timedelta(seconds=1)
    events.create_event(live, *place, HELLO, branch=fork, timestamp=later)
    export = json.dumps({"events": events.list_events(live, *place).rows}, default=str)
    import_of = (live, memory["id"], "bob", "s2", events.parse_conversation_file(export))
    first = events.write_conversation(*import_of, progress=lambda done, total: False)
    assert len(first.event_ids) == 1
    rest = events.write_conversation(*import_of, earlier=first)
    assert rest.complete, rest.fault
    newest = events.list_events(live, memory["id"], "bob", "s2").rows[0]
    assert newest["branch"] == {"name": "other", "rootEventId": first.event_ids[0]}


def stored_but_unanswered(endpoint: Endpoint) -> Behaviour:
    """Passes the request on to the real endpoint, which stores the event, and never answers."""

    def behave(handler: Handler) -> None:
        _, path, headers, body = handler.server.requests[-1]
        sent = {name: value for name, value in headers.items() if name not in {"Host", "Content-Length"}}
        request = urllib.request.Request(f"{endpoint.url}{path}", body, sent, method=handler.command)
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 201
        hangs(handler)

    return behave


def test_an_event_that_was_stored_without_an_answer_is_not_written_twice(
    live: Clients,
    memory: dict[str, Any],
    endpoint: Endpoint,
    faulty: FaultServer,
    faulty_clients: Clients,
) -> None:
    conversation = events.parse_conversation_file(json.dumps([{"role": "USER", "text": "Once"}]))
    faulty.plays(stored_but_unanswered(endpoint))
    place = (memory["id"], "ann", "s1", conversation)
    lost = events.write_conversation(faulty_clients, *place)
    assert lost.event_ids == ()
    assert lost.fault is not None
    assert lost.fault.kind == "timeout"
    assert len(events.list_events(live, memory["id"], "ann", "s1").rows) == 1
    again = events.write_conversation(live, *place, earlier=lost)
    assert again.complete
    [only] = events.list_events(live, memory["id"], "ann", "s1").rows
    assert again.event_ids == (only["eventId"],)


def test_the_same_file_may_be_written_a_second_time_on_purpose(live: Clients, memory: dict[str, Any]) -> None:
    conversation = events.parse_conversation_file(json.dumps([{"role": "USER", "text": "Twice"}]))
    for _ in range(2):
        assert events.write_conversation(live, memory["id"], "ann", "s1", conversation).complete
    assert len(events.list_events(live, memory["id"], "ann", "s1").rows) == 2
