"""Strict quotas over the wire: throttling by a clock that stands still, counts and sizes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.aws_local.switches import quotas
from tests.aws_local.agentcore import START, facts, fresh_name, new_memory, refused, say
from tests.aws_local.switches import client, local, refusal, send
from tests.conftest import Endpoint

CONTROL, DATA = "bedrock-agentcore-control", "bedrock-agentcore"


def strict(endpoint: Endpoint, clock: float | None) -> None:
    """Enforce the quotas, by a clock that stands at `clock` (None: by real time)."""
    shown = local(endpoint, "PUT", "/_local/quotas", {"mode": "strict", "clock": clock})
    assert shown == {"mode": "strict", "clock": clock}


def accepted(operation: Callable[[], Any], calls: int) -> int:
    """How many of that many calls are not throttled; the refused ones say so as AWS does."""
    passed = 0
    for _ in range(calls):
        try:
            operation()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 429:
                passed += 1  # refused by the operation itself
                continue
            assert error.response["Error"]["Code"] in {"ThrottledException", "ThrottlingException"}
            assert error.response["Error"]["Message"] == "Rate exceeded."
        else:
            passed += 1
    return passed


RATES = {
    "GetMemory": (50, "ThrottledException"),
    "ListMemories": (5, "ThrottledException"),
    "UpdateMemory": (3, "ThrottledException"),
    "DeleteMemory": (3, "ThrottledException"),
    "ListTagsForResource": (20, "ThrottlingException"),
    "RetrieveMemoryRecords": (30, "ThrottledException"),
    "ListMemoryRecords": (30, "ThrottledException"),
    "ListActors": (20, "ThrottledException"),
    "ListSessions": (20, "ThrottledException"),
}


@pytest.mark.parametrize("operation", RATES)
def test_each_operation_has_its_rate(switched: Endpoint, operation: str) -> None:
    """A bucket is full at first, and a second later again. The memory does not exist: that counts too."""
    control, data = client(switched, CONTROL), client(switched, DATA)
    memory_id = "Nothing-a1B2c3D4e5"
    arn = f"arn:aws:bedrock-agentcore:us-west-2:000000000000:memory/{memory_id}"
    calls: dict[str, Callable[[], Any]] = {
        "GetMemory": lambda: control.get_memory(memoryId=memory_id),
        "ListMemories": control.list_memories,
        "UpdateMemory": lambda: control.update_memory(memoryId=memory_id),
        "DeleteMemory": lambda: control.delete_memory(memoryId=memory_id),
        "ListTagsForResource": lambda: control.list_tags_for_resource(resourceArn=arn),
        "RetrieveMemoryRecords": lambda: data.retrieve_memory_records(
            memoryId=memory_id, namespace="/", searchCriteria={"searchQuery": "tea"}
        ),
        "ListMemoryRecords": lambda: data.list_memory_records(memoryId=memory_id, namespace="/"),
        "ListActors": lambda: data.list_actors(memoryId=memory_id),
        "ListSessions": lambda: data.list_sessions(memoryId=memory_id, actorId="alice"),
    }
    rate, code = RATES[operation]
    strict(switched, 100)

    assert accepted(calls[operation], rate + 2) == rate
    refused(code, calls[operation])
    strict(switched, 100 + 2 / rate)
    assert accepted(calls[operation], 4) == 2
    strict(switched, 1000)
    assert accepted(calls[operation], rate + 2) == rate


def test_a_session_takes_five_conversational_events_a_second_and_ten_others(switched: Endpoint) -> None:
    data = client(switched, DATA)
    memory = client(switched, CONTROL).create_memory(name=fresh_name(), eventExpiryDuration=30)["memory"]

    def blob(memory_id: str = memory["id"]) -> None:
        where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "session-1"}
        data.create_event(**where, eventTimestamp=START, payload=[{"blob": "state"}])

    strict(switched, 0)
    assert accepted(lambda: say(data, memory["id"], "Hello"), 8) == 5
    assert accepted(lambda: say(data, memory["id"], "Hello", session="session-2"), 1) == 1
    assert accepted(lambda: say(data, memory["id"], "Hello", actor="bob"), 1) == 1
    assert accepted(blob, 8) + accepted(lambda: blob(memory["arn"]), 8) == 10
    strict(switched, 0.2)
    assert accepted(lambda: say(data, memory["id"], "Hello"), 3) == 1


def test_events_are_deleted_five_a_second_in_a_session(switched: Endpoint) -> None:
    data = client(switched, DATA)
    memory_id = new_memory(client(switched, CONTROL))

    def delete(session: str) -> None:
        where = {"memoryId": memory_id, "actorId": "alice", "sessionId": session}
        data.delete_event(**where, eventId="0000001772375782346#c5e4dee5")

    strict(switched, 0)
    assert [accepted(lambda s=f"session-{s}": delete(s), 6) for s in range(5)] == [5, 5, 5, 5, 0]  # type: ignore[misc]


def test_accounts_and_regions_have_rates_of_their_own(switched: Endpoint) -> None:
    strict(switched, 0)
    places = [("testing", "us-west-2"), ("123456789012", "us-west-2"), ("testing", "eu-west-1")]

    assert [accepted(client(switched, CONTROL, *each).list_memories, 6) for each in places] == [5, 5, 5]


def test_a_call_that_breaks_the_model_is_not_counted(switched: Endpoint) -> None:
    strict(switched, 0)
    for _ in range(6):
        assert refusal(send(switched, "POST", "/memories/", '{"maxResults": 101}'))[0] == 400

    assert accepted(client(switched, CONTROL).list_memories, 6) == 5


def test_without_the_switch_nothing_is_throttled(switched: Endpoint) -> None:
    control = client(switched, CONTROL)

    assert accepted(control.list_memories, 12) == 12
    strict(switched, 0)
    assert local(switched, "GET", "/healthz")["switches"]["quotas"] == "strict"
    assert local(switched, "DELETE", "/_local/quotas") == {"mode": "off", "clock": None}
    assert accepted(control.list_memories, 12) == 12


def test_by_real_time_a_full_bucket_takes_its_calls_at_once(switched: Endpoint) -> None:
    control = client(switched, CONTROL)
    strict(switched, None)

    assert accepted(control.list_memories, 5) == 5  # a full bucket takes five, however slow the calls are


@pytest.mark.parametrize(
    "document", [{"mode": "loose"}, {"mode": 1}, {"clock": "soon"}, {"clock": True}, {"speed": 1}]
)
def test_switching_is_checked(switched: Endpoint, document: dict[str, Any]) -> None:
    answer = refusal(send(switched, "PUT", "/_local/quotas", json.dumps(document)))

    assert answer[:2] == (400, "ValidationException")
    assert local(switched, "GET", "/_local/quotas")["mode"] == "off"


def test_an_account_has_so_many_memories_in_a_region(switched: Endpoint) -> None:
    control = client(switched, CONTROL, key="111111111111")
    made = [new_memory(control) for _ in range(quotas.MEMORIES)]
    strict(switched, 0)

    with pytest.raises(ClientError) as caught:
        new_memory(control)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert caught.value.response["Error"]["Code"] == "ServiceQuotaExceededException"
    assert "150 memories" in caught.value.response["Error"]["Message"]

    new_memory(client(switched, CONTROL, key="111111111111", region="eu-west-1"))
    control.delete_memory(memoryId=made[0])
    new_memory(control)


def test_a_memory_has_at_most_six_strategies(switched: Endpoint) -> None:
    control = client(switched, CONTROL)

    def strategies(*numbers: int) -> list[dict[str, Any]]:
        return [facts(name=f"facts{number}") for number in numbers]

    strict(switched, 0)
    refused(
        "ServiceQuotaExceededException", new_memory, control=control, memoryStrategies=strategies(*range(7))
    )
    memory_id = new_memory(control, *strategies(*range(6)))
    one_more = {"memoryId": memory_id, "memoryStrategies": {"addMemoryStrategies": strategies(6)}}
    refused("ServiceQuotaExceededException", control.update_memory, **one_more)
    found = control.get_memory(memoryId=memory_id)["memory"]["strategies"]
    assert [strategy["name"] for strategy in found] == [f"facts{number}" for number in range(6)]

    gone = {"deleteMemoryStrategies": [{"memoryStrategyId": found[0]["strategyId"]}]}
    control.update_memory(memoryId=memory_id, memoryStrategies=one_more["memoryStrategies"] | gone)


def test_an_account_has_at_most_nine_hundred_strategies(switched: Endpoint) -> None:
    control = client(switched, CONTROL, key="222222222222")
    new_memory(control, *[facts(name=f"facts{number}") for number in range(quotas.STRATEGIES)])
    strict(switched, 0)

    message = refused(
        "ServiceQuotaExceededException", new_memory, control=control, memoryStrategies=[facts()]
    )
    assert "900 memory strategies" in message
    new_memory(control)


def test_messages_and_events_have_sizes(switched: Endpoint) -> None:
    data, memory_id = client(switched, DATA), new_memory(client(switched, CONTROL))
    large = {"payload": [{"blob": "x" * (10 * 1024 * 1024)}]}
    long = "\N{OWL}" * 30_000  # fewer characters than the model allows, 120,000 bytes

    say(data, memory_id, long)
    say(data, memory_id, **large)
    strict(switched, 0)
    assert "message" in refused("ServiceQuotaExceededException", lambda: say(data, memory_id, long))
    assert "event" in refused("ServiceQuotaExceededException", lambda: say(data, memory_id, **large))
    say(data, memory_id, "\N{OWL}" * 25_000, payload=[{"blob": "x" * (10 * 1024 * 1024 - 100)}])
