"""The debug surface: why records are what they are, read over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlencode

from tests.aws_local.agentcore import everything, facts, new_memory, say, strategy_ids, until
from tests.conftest import REGION, Endpoint

NOBODY = "mem-00000000-0000-4000-8000-000000000000"


def ask(
    endpoint: Endpoint, path: str, region: str = REGION, key: str = "testing", **query: str
) -> tuple[int, dict[str, Any]]:
    """Status and document of a path below /_local/, asked for in the scope of a region and an account."""
    url = f"{endpoint.url}/_local/{path}?{urlencode(query)}"
    credential = f"Credential={key}/20260101/{region}/bedrock-agentcore/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=00"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=signed), timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def records(data: Any, memory_id: str) -> list[dict[str, Any]]:
    where = {"memoryId": memory_id, "namespacePath": "/"}
    return everything(data.list_memory_records, "memoryRecordSummaries", **where)


def decided(endpoint: Endpoint, memory_id: str, count: int) -> list[dict[str, Any]]:
    """The newest decisions of a memory, once there are `count`."""

    def found() -> list[dict[str, Any]] | None:
        decisions: list[dict[str, Any]] = ask(endpoint, f"decisions/{memory_id}")[1]["decisions"]
        return decisions if len(decisions) == count else None

    decisions: list[dict[str, Any]] = until(found)
    return decisions


def test_a_record_tells_where_it_comes_from_and_what_it_said_before(
    endpoint: Endpoint, control: Any, data: Any
) -> None:
    memory_id = new_memory(control, facts())
    first = say(data, memory_id, "My email is old@example.com.")
    (record,) = until(lambda: records(data, memory_id))
    second = say(data, memory_id, "My email is new@example.com.", session="two", seconds=60)
    until(lambda: "new@" in str(records(data, memory_id)))
    status, told = ask(endpoint, f"evidence/{memory_id}/{record['memoryRecordId']}")
    assert status == 200
    added, updated = told["decisions"]
    assert added["messages"] == [{"eventId": first["eventId"], "messageIndex": 0}]
    assert updated["messages"] == [{"eventId": second["eventId"], "messageIndex": 0}]
    assert (added["operation"], updated["operation"]) == ("AddMemory", "UpdateMemory")
    assert (updated["actorId"], updated["sessionId"]) == ("alice", "two")
    assert "previous" not in added
    assert "old@example.com" in updated["previous"]
    assert "new@example.com" in updated["candidate"]
    assert updated["memoryStrategyId"] == strategy_ids(control, memory_id)["facts"]
    assert updated["extractor"].startswith("rules")
    (near,) = updated["neighbours"]
    assert near["memoryRecordId"] == record["memoryRecordId"]
    assert 0 < near["score"] <= 1


def test_decisions_are_listed_by_session_event_and_page(endpoint: Endpoint, control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts("/facts/{actorId}/{sessionId}/"))
    cities = ("Lisbon", "Boston", "Paris", "Rome", "Oslo")
    made = [
        say(data, memory_id, f"I live in {city}.", session=f"s{at}")["eventId"]
        for at, city in enumerate(cities)
    ]
    decided(endpoint, memory_id, len(cities))
    path = f"decisions/{memory_id}"
    _, of_session = ask(endpoint, path, actorId="alice", sessionId="s1")
    assert [each["sessionId"] for each in of_session["decisions"]] == ["s1"]
    _, of_event = ask(endpoint, path, eventId=made[2])
    assert [each["messages"][0]["eventId"] for each in of_event["decisions"]] == [made[2]]
    assert ask(endpoint, path, actorId="alice", sessionId="unknown")[1]["decisions"] == []
    assert ask(endpoint, path, operation="SkipMemory")[1]["decisions"] == []

    seen, token = [], {}
    for _ in range(3):
        _, page = ask(endpoint, path, maxResults="2", **token)
        seen += [each["sessionId"] for each in page["decisions"]]
        token = {"nextToken": page.get("nextToken", "")}
    assert token == {"nextToken": ""}
    assert sorted(seen) == ["s0", "s1", "s2", "s3", "s4"]
    assert ask(endpoint, path, maxResults="2", nextToken="abc")[0] == 400
    assert ask(endpoint, path, maxResults="0")[0] == 400
    assert ask(endpoint, path, colour="red")[0] == 400
    assert ask(endpoint, path, sessionId="s1")[0] == 400


def test_what_was_said_again_is_decided_too(endpoint: Endpoint, control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    say(data, memory_id, "I live in Lisbon.")
    decided(endpoint, memory_id, 1)
    say(data, memory_id, "I live in Lisbon.", session="two")
    skipped, added = decided(endpoint, memory_id, 2)
    assert (skipped["operation"], added["operation"]) == ("SkipMemory", "AddMemory")
    assert skipped["memoryRecordId"] == added["memoryRecordId"]


def test_evidence_belongs_to_an_account_and_a_region(endpoint: Endpoint, control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    say(data, memory_id, "I live in Lisbon.")
    (record,) = until(lambda: records(data, memory_id))
    for path in (f"evidence/{memory_id}/{record['memoryRecordId']}", f"decisions/{memory_id}"):
        assert ask(endpoint, path)[0] == 200
        assert ask(endpoint, path, region="eu-west-1")[0] == 404
        assert ask(endpoint, path, key="123456789012")[0] == 404
    assert ask(endpoint, f"evidence/{memory_id}/{NOBODY}")[0] == 404
    arn = control.get_memory(memoryId=memory_id)["memory"]["arn"]
    assert ask(endpoint, f"decisions/{quote(arn, safe='')}")[0] == 200


def test_evidence_goes_with_its_record(endpoint: Endpoint, control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    say(data, memory_id, "I live in Lisbon.")
    (record,) = until(lambda: records(data, memory_id))
    data.delete_memory_record(memoryId=memory_id, memoryRecordId=record["memoryRecordId"])
    assert ask(endpoint, f"evidence/{memory_id}/{record['memoryRecordId']}")[0] == 404
    assert ask(endpoint, f"decisions/{memory_id}")[1]["decisions"] == []


def test_the_debug_surface_is_read_only(endpoint: Endpoint) -> None:
    request = urllib.request.Request(f"{endpoint.url}/_local/decisions/x-0123456789", b"{}", method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        with error:
            status = error.code
    assert status == 405
