"""Clients: configured alike however they are made, honest about broken answers, and discreet in their log."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ProfileNotFound

from services.call_hooks import amazon_suffixes
from services.clients import Clients, IncompleteAnswer, health, open_clients
from services.connection import Connection, InvalidEndpoint
from services.faults import CALL_ERRORS
from services.short_term.events import list_events
from tests.conftest import REGION, Endpoint
from tests.services.fault_server import (
    Behaviour,
    FaultServer,
    answers,
    garbage,
    hangs,
    refuses,
    reset,
    truncated,
)

MEMORY = "Memory-0123456789"
GOOD = answers({"memories": []})
SUMMARY = {"arn": "arn:aws:bedrock-agentcore:us-west-2:123456789012:memory/M", "createdAt": 1, "updatedAt": 1}


def create_event(clients: Clients) -> Any:
    return clients.data.create_event(memoryId=MEMORY, actorId="a", eventTimestamp=0, payload=[])


@pytest.mark.parametrize(
    "broken",
    [
        garbage(b""),
        garbage(b"{}"),
        garbage(b"null"),
        garbage(b"[]"),
        garbage(b"[" * 60_000),
        garbage(b"<html>Sign in to the proxy</html>"),
        garbage(b'{"memories": [{"arn": "a"'),
        answers({"memories": None}),
        answers({"memories": "text"}),
        answers({"memories": 5}),
        answers({"memories": [{"arn": "only"}]}),
        answers({"memories": [None]}),
    ],
)
def test_a_broken_200_is_never_an_empty_list(
    broken: Behaviour, faulty: FaultServer, faulty_clients: Clients
) -> None:
    faulty.plays(broken)
    with pytest.raises(IncompleteAnswer):
        faulty_clients.control.list_memories()
    paginator = faulty_clients.control.get_paginator("list_memories")
    with pytest.raises(IncompleteAnswer):
        list(paginator.paginate())
    assert faulty_clients.calls[-1].error_code == "IncompleteAnswer"


def test_a_write_without_its_result_is_incomplete(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(answers({}, status=202))
    with pytest.raises(IncompleteAnswer, match="memory"):
        faulty_clients.control.update_memory(memoryId=MEMORY)


def test_events_may_come_without_payload(faulty: FaultServer, faulty_clients: Clients) -> None:
    event = {"memoryId": MEMORY, "actorId": "a", "sessionId": "s", "eventId": "0#a", "eventTimestamp": 1}
    faulty.plays(answers({"events": [event]}))
    listing = list_events(faulty_clients, MEMORY, "a", "s")
    assert listing.rows[0]["eventId"] == "0#a"
    assert listing.complete
    faulty.plays(answers({"events": [event | {"eventId": None}]}))
    with pytest.raises(IncompleteAnswer, match=r"events\[0\].eventId"):
        list_events(faulty_clients, MEMORY, "a", "s")


@pytest.mark.parametrize(
    ("behaviour", "attempts"),
    [
        (refuses("ThrottledException", 429), 3),
        (refuses("ServiceException", 500), 3),
        (garbage(b"<html>Bad gateway</html>", 502), 3),
        (reset, 3),
        (hangs, 3),
        (truncated, 1),
        (refuses("AccessDeniedException", 403), 1),
        (refuses("ValidationException", 400), 1),
        (refuses("ConflictException", 409), 1),
    ],
)
def test_attempts_are_bounded_and_counted(
    behaviour: Behaviour, attempts: int, faulty: FaultServer, faulty_clients: Clients
) -> None:
    faulty.plays(behaviour)
    with pytest.raises(CALL_ERRORS):
        faulty_clients.control.list_memories()
    assert len(faulty.requests) == attempts
    assert faulty_clients.calls[-1].attempts == attempts


def test_a_retryable_conflict_is_repeated_with_the_same_token(
    faulty: FaultServer, faulty_clients: Clients
) -> None:
    event = {"memoryId": MEMORY, "actorId": "a", "sessionId": "s", "eventId": "0#a", "eventTimestamp": 1}
    conflict = refuses("RetryableConflictException", 409)
    faulty.plays(conflict, conflict, answers({"event": event | {"payload": []}}, status=201))
    create_event(faulty_clients)
    bodies = [body for *_, body in faulty.requests]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1
    assert b"clientToken" in bodies[0]


def test_a_conflict_that_stays_is_given_up(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(refuses("RetryableConflictException", 409))
    with pytest.raises(ClientError, match="RetryableConflictException"):
        create_event(faulty_clients)
    assert len(faulty.requests) == 4


def sdk_style(clients: Clients) -> Any:
    """A client as the AgentCore SDK makes it from a session."""
    return clients.session.client(
        "bedrock-agentcore-control", region_name=REGION, config=Config(user_agent_extra="sdk")
    )


@pytest.mark.parametrize("make", [lambda clients: clients.control, sdk_style])
def test_no_real_credential_leaves_for_a_custom_endpoint(
    make: Callable[[Clients], Any], faulty: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALREALREALREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real-token")
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "real-bearer")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK_AGENTCORE", "real-bearer")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    faulty.plays(GOOD)
    clients = open_clients(Connection("custom", REGION, endpoint_url=faulty.url))
    make(clients).list_memories()
    faulty.plays(garbage(b"", 500))
    with pytest.raises(ClientError):
        clients.client("bedrock-runtime").converse(modelId="m", messages=[])
    sent = str(faulty.requests)
    assert "AGENTCORESTUDIO" in sent
    assert "real" not in sent
    assert "AKIAREAL" not in sent


def test_real_credentials_go_to_amazon_only(monkeypatch: pytest.MonkeyPatch, faulty: FaultServer) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL", faulty.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", faulty.url)
    clients = open_clients(Connection("profile", REGION))
    assert clients.control.meta.endpoint_url.endswith(".amazonaws.com")
    faulty.plays(GOOD)
    astray = clients.session.client("bedrock-agentcore-control", endpoint_url=faulty.url)
    with pytest.raises(InvalidEndpoint, match="only sent to hosts of Amazon"):
        astray.list_memories()
    assert faulty.requests == []


@pytest.mark.parametrize(
    "host",
    [
        "bedrock-agentcore.us-west-2.amazonaws.com",
        "bedrock-agentcore.us-west-2.api.aws",
        "bedrock-agentcore.cn-north-1.amazonaws.com.cn",
        "bedrock-agentcore.eusc-de-east-1.amazonaws.eu",
        "vpce-1.bedrock-agentcore.us-west-2.vpce.amazonaws.com",
        "us-east-1.signin.aws.amazon.com",
    ],
)
def test_amazons_hosts_of_every_partition_are_known(host: str) -> None:
    assert host.endswith(amazon_suffixes())


@pytest.mark.parametrize("host", ["amazonaws.com.evil.example", "evil-amazonaws.com", "api.aws", "localhost"])
def test_hosts_that_are_not_amazons(host: str) -> None:
    assert not host.endswith(amazon_suffixes())


@pytest.mark.parametrize("url", ["http://a_b:80", "http://a..b", f"http://{'a' * 70}.b"])
def test_a_host_that_cannot_be_one_is_said(url: str) -> None:
    with pytest.raises(InvalidEndpoint, match="cannot be used"):
        open_clients(Connection("custom", REGION, endpoint_url=url))


def test_a_custom_url_is_checked_before_anything_is_made() -> None:
    with pytest.raises(InvalidEndpoint):
        open_clients(Connection("custom", REGION, endpoint_url="http://169.254.169.254"))


def test_an_unknown_profile_is_said() -> None:
    with pytest.raises(ProfileNotFound):
        open_clients(Connection("profile", REGION, profile="does-not-exist"))


def test_every_client_is_impatient_and_retries_alike(live: Clients) -> None:
    for client in (live.control, live.data, sdk_style(live)):
        config = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (2, 8)
        assert config.retries["mode"] == "standard"
        assert config.retries["total_max_attempts"] == 3
        assert client.meta.endpoint_url == live.connection.endpoint_url
    assert live.client("bedrock-runtime").meta.config.read_timeout > 60


def test_the_sdks_client_goes_the_same_way(live: Clients, memory: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pydantic's, about the SDK's own classes
        from bedrock_agentcore.memory import MemoryClient
    sdk = MemoryClient(region_name=REGION, boto3_session=live.session)
    sdk.create_event(memory["id"], "ann", "s1", [("Hello", "USER")])
    assert (live.calls[-1].operation, live.calls[-1].status) == ("CreateEvent", 201)
    assert len(list_events(live, memory["id"], "ann", "s1").rows) == 1


def test_a_client_is_made_once(live: Clients) -> None:
    assert live.client("bedrock-agentcore") is live.data


def test_the_log_tells_of_calls_but_not_of_what_people_said(
    faulty: FaultServer, faulty_clients: Clients
) -> None:
    faulty.plays(refuses("AccessDeniedException", 403))
    secret = "my diagnosis " * 100
    payload = [{"conversational": {"role": "USER", "content": {"text": secret}}}] * 50
    with pytest.raises(ClientError):
        faulty_clients.data.create_event(memoryId=MEMORY, actorId="a", eventTimestamp=0, payload=payload)
    call = faulty_clients.calls[-1]
    assert (call.operation, call.service, call.status) == ("CreateEvent", "bedrock-agentcore", 403)
    assert call.error_code == "AccessDeniedException"
    assert call.params["memoryId"] == MEMORY
    assert secret not in str(call.params)
    assert len(str(call.params)) < 10_000
    assert call.seconds > 0
    assert timedelta() <= datetime.now(UTC) - call.started_at < timedelta(minutes=1)


def test_the_log_is_bounded_and_counts_on(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(GOOD)
    threads = [
        threading.Thread(target=lambda: [faulty_clients.control.list_memories() for _ in range(140)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faulty_clients.call_count() == 560
    assert len(faulty_clients.calls) == 500
    assert {call.status for call in faulty_clients.calls} == {200}


def test_health_of_a_good_endpoint(endpoint: Endpoint) -> None:
    clients = open_clients(Connection("custom", REGION, endpoint_url=endpoint.url))
    result = health(clients)
    assert result.reachable
    assert result.fault is None
    assert 0 < result.seconds < 60


def test_health_tries_twice(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(hangs)
    assert not health(faulty_clients).reachable
    assert len(faulty.requests) == 2


def test_health_reads_the_account(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(answers({"memories": [SUMMARY]}))
    assert health(faulty_clients).account == "123456789012"


@pytest.mark.parametrize(
    ("behaviour", "reachable", "kind"),
    [
        (refuses("AccessDeniedException", 403), True, "denied"),
        (refuses("UnrecognizedClientException", 403), True, "credentials"),
        (garbage(b"<html>hello</html>"), False, "incomplete"),
        (truncated, False, "incomplete"),
        (reset, False, "unreachable"),
        (hangs, False, "timeout"),
    ],
)
def test_health_of_a_bad_one(
    behaviour: Behaviour, reachable: bool, kind: str, faulty: FaultServer, faulty_clients: Clients
) -> None:
    faulty.plays(behaviour)
    result = health(faulty_clients)
    assert result.reachable is reachable
    assert result.fault is not None
    assert result.fault.kind == kind
