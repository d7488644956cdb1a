"""The cached reads: what is kept, what is forgotten and for whom, and what is never kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from botocore.exceptions import ClientError, ConnectionClosedError, NoCredentialsError
from botocore.httpsession import URLLib3Session

from dashboard import resources, state
from dashboard.resources.events import _actors
from dashboard.resources.records import _memory_records, _namespaces
from services import clients as service_clients
from services.faults import Fault
from services.memory.namespace_counts import NamespaceCounts
from services.memory.namespaces import KnownNamespace
from services.short_term.conversation_file import parse_conversation_file
from tests.conftest import REGION, Endpoint
from tests.pages.conftest import make_memory
from tests.services.conftest import eventually
from tests.services.fault_server import Behaviour, FaultServer, answers, hangs, refuses

At = Callable[[str], None]
DENIED = refuses("AccessDeniedException", 403)
THROTTLED = refuses("ThrottledException", 429)
HELLO = parse_conversation_file('[{"role": "USER", "text": "Hello"}]')
TIME = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
RECORD = {
    "memoryRecordId": "mem-1",
    "content": {"text": "a"},
    "memoryStrategyId": "Facts-1",
    "namespaces": ["/facts/a1/"],
    "createdAt": TIME,
}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Puts a connection's key into the address bar."""
    st.cache_data.clear()
    st.cache_resource.clear()
    place: dict[str, str] = {}
    monkeypatch.setattr(state, "get", place.get)
    return lambda key: place.update({state.Key.CONNECTION: key})


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server that misbehaves as told; clients lose patience with it after half a second."""
    monkeypatch.setattr(service_clients, "READ_SECONDS", 0.5)
    server = FaultServer()
    yield server
    server.close()


def custom(url: str, region: str = REGION) -> str:
    return f"custom:{url}@{region}"


def memory(memory_id: str, status: str = "ACTIVE") -> dict[str, Any]:
    arn = f"arn:aws:bedrock-agentcore:us-west-2:123456789012:memory/{memory_id}"
    row = {"id": memory_id, "name": memory_id, "arn": arn, "status": status, "eventExpiryDuration": 90}
    return row | {"createdAt": TIME, "updatedAt": TIME}


def calls(read: Callable[[], Any]) -> int:
    """How many calls AWS gets for a read."""
    before = resources.clients().call_count()
    read()
    return resources.clients().call_count() - before


def test_a_write_empties_the_cache_of_its_own_memory_and_connection_only(
    at: At, endpoint: Endpoint, control: Any
) -> None:
    written, other = make_memory(control, "ResourcesWritten"), make_memory(control, "ResourcesOther")
    here, elsewhere = custom(endpoint.url), custom(endpoint.url, "us-east-1")
    at(elsewhere)
    assert calls(resources.memory_summaries) == 1
    at(here)
    for memory_id in (written, other):
        assert resources.actors(memory_id).rows == []
    assert calls(resources.memory_summaries) == 1
    resources.write_conversation(written, "ann", "s1", HELLO)
    assert [row["actorId"] for row in resources.actors(written).rows] == ["ann"]
    assert calls(lambda: resources.actors(other)) == 0
    assert calls(resources.memory_summaries) == 0
    resources.forget_memories()
    assert calls(resources.memory_summaries) == 1
    resources.forget_events()
    assert calls(lambda: resources.actors(other)) == 1
    at(elsewhere)
    assert calls(resources.memory_summaries) == 0


def test_a_refresh_asks_everything_again_with_new_clients(at: At, endpoint: Endpoint, control: Any) -> None:
    memory_id = make_memory(control, "ResourcesRefresh")
    at(custom(endpoint.url))
    reads: list[Callable[[], Any]] = [
        resources.memory_summaries,
        lambda: resources.memory(memory_id),
        lambda: resources.memory_details([memory_id]),
        lambda: resources.actors(memory_id),
        lambda: resources.memory_records(memory_id),
        resources.connection_health,
    ]
    for read in reads:
        assert (calls(read), calls(read)) == (1, 0)
    before = resources.clients()
    resources.refresh()
    assert resources.clients() is not before
    for read in reads:
        assert (calls(read), calls(read)) == (1, 0)


def test_a_write_of_unknown_outcome_is_followed_by_asking_again(at: At, faulty: FaultServer) -> None:
    at(custom(faulty.url))
    nobody, ann = (answers({"actorSummaries": rows}) for rows in ([], [{"actorId": "ann"}]))
    faulty.plays(nobody, hangs, hangs, hangs, ann)
    assert resources.actors("Memory-0123456789").rows == []
    written = resources.write_conversation("Memory-0123456789", "ann", "s1", HELLO)
    assert written.fault is not None
    assert written.fault.kind == "timeout"
    assert [row["actorId"] for row in resources.actors("Memory-0123456789").rows] == ["ann"]


def test_a_failed_removal_of_the_sample_data_is_followed_by_asking_again(at: At, faulty: FaultServer) -> None:
    at(custom(faulty.url))
    one, none = answers({"memories": [memory("M")]}), answers({"memories": []})
    faulty.plays(one, DENIED, none)
    assert len(resources.memory_summaries().rows) == 1
    with pytest.raises(Exception, match="AccessDenied"):
        resources.remove_sample_data(lambda done, total, what: None)
    assert resources.memory_summaries().rows == []


@pytest.mark.parametrize(("refusal", "kind"), [(DENIED, "denied"), (THROTTLED, "throttled")])
def test_a_refused_detail_is_not_kept_but_the_others_are(
    refusal: Behaviour, kind: str, at: At, faulty: FaultServer
) -> None:
    at(custom(faulty.url))
    good, bad = "Good-0123456789", "Bad-0123456789"
    faulty.plays(answers({"memory": memory(good)}))
    resources.memory_details([good])
    faulty.plays(refusal)
    fault = resources.memory_details([good, bad])[bad]
    assert isinstance(fault, Fault)
    assert fault.kind == kind
    assert all(bad in path for _, path, *_ in faulty.requests)
    faulty.plays(answers({"memory": memory(bad)}))
    again = resources.memory_details([good, bad])
    assert [row["id"] for row in again.values() if isinstance(row, dict)] == [good, bad]
    assert len(faulty.requests) == 1


def test_reads_that_are_begun_at_once_are_under_way_together_and_asked_for_once(
    at: At, faulty: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_clients, "READ_SECONDS", 60.0)
    both = threading.Barrier(2)

    def answers_both(handler: Any) -> None:
        both.wait(60)  # breaks, and fails the test, when one waits for the other's answer
        rows = {"actorSummaries": [{"actorId": "ann"}]} if "/actors" in handler.path else {}
        answers(rows or {"memory": memory("Memory-0123456789")})(handler)

    at(custom(faulty.url))
    faulty.plays(answers_both)
    resources.begin_memory("Memory-0123456789")
    assert [row["actorId"] for row in resources.actors("Memory-0123456789").rows] == ["ann"]
    assert resources.memory("Memory-0123456789")["id"] == "Memory-0123456789"
    assert len(faulty.requests) == 2
    resources.begin_memory("Memory-0123456789")
    resources.memory("Memory-0123456789")
    assert len(faulty.requests) == 2, "what is kept is not begun again"


def test_the_error_of_a_read_that_was_begun_is_told_where_it_is_asked_for(
    at: At, faulty: FaultServer
) -> None:
    at(custom(faulty.url))
    faulty.plays(DENIED)
    resources.begin_memory("Memory-0123456789")
    for read in (resources.memory, resources.actors):
        with pytest.raises(ClientError, match="AccessDenied"):
            read("Memory-0123456789")
    assert len(faulty.requests) == 2
    with pytest.raises(ClientError, match="AccessDenied"):
        resources.memory("Memory-0123456789")
    assert len(faulty.requests) == 3, "an error is not kept"


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No request leaves the machine; the Authorization headers that would have."""
    headers: list[str] = []

    def send(_: URLLib3Session, request: Any) -> None:
        headers.append(str(request.headers["Authorization"]))
        raise ConnectionClosedError(endpoint_url=request.url)

    monkeypatch.setattr(URLLib3Session, "send", send)
    return headers


def without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)


def with_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIALATER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def test_credentials_that_appear_later_are_used(
    at: At, monkeypatch: pytest.MonkeyPatch, signed: list[str]
) -> None:
    at("profile:@us-west-2")
    without_credentials(monkeypatch)
    with pytest.raises(NoCredentialsError):
        resources.memory_summaries()
    with_credentials(monkeypatch)
    with pytest.raises(ConnectionClosedError):
        resources.memory_summaries()
    assert "AKIALATER" in signed[0]


def test_refresh_looks_for_credentials_again(
    at: At, monkeypatch: pytest.MonkeyPatch, signed: list[str]
) -> None:
    at("profile:@us-west-2")
    without_credentials(monkeypatch)
    eventually(what_fails, lambda kind: kind == "credentials")
    with_credentials(monkeypatch)
    resources.refresh()
    eventually(what_fails, lambda kind: kind == "unreachable")
    assert "AKIALATER" in signed[0]


def what_fails() -> str | None:
    """The kind of fault that the connection has: `timeout` also where a busy machine has not looked yet."""
    fault = resources.connection_health().fault
    return fault.kind if fault else None


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("profile:nobody@us-west-2", "credentials"),
        ("custom:http://a_b:80@us-west-2", "invalid"),
        ("custom:http://169.254.169.254@us-west-2", "invalid"),
        ("nonsense", "invalid"),
    ],
)
def test_a_connection_that_cannot_be_opened_is_not_healthy(key: str, kind: str, at: At) -> None:
    at(key)
    health = resources.connection_health()
    assert not health.reachable
    assert health.fault is not None
    assert health.fault.kind == kind


def test_a_configuration_that_cannot_be_read_is_not_healthy(
    at: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "config"
    broken.write_text("no section at all")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    at("profile:@us-west-2")
    fault = resources.connection_health().fault
    assert fault is not None
    assert fault.kind == "credentials"


def counted_to_the_end() -> NamespaceCounts:
    return eventually(
        lambda: resources.namespace_counts("Memory-0123456789") or NamespaceCounts(), lambda now: now.ended
    )


def test_a_count_of_namespaces_outlives_a_refresh_and_knows_new_ones(at: At, faulty: FaultServer) -> None:
    at(custom(faulty.url))
    faulty.plays(answers({"memoryRecordSummaries": [RECORD]}))
    resources.count_namespaces("Memory-0123456789")
    counted_to_the_end()
    resources.refresh()
    now = resources.namespace_counts("Memory-0123456789")
    assert now is not None and now.complete
    known = [KnownNamespace(name, (), None, "records") for name in ("/facts/a1/", "/facts/new/")]
    for of in (1, 2):  # the second was written after the count
        found = resources.counted_namespaces("Memory-0123456789", known[:of], now)
        assert [each.record_count for each in found] == [1, None][:of]


def test_a_count_that_failed_is_gone_after_a_refresh(at: At, faulty: FaultServer) -> None:
    at(custom(faulty.url))
    faulty.plays(DENIED)
    resources.count_namespaces("Memory-0123456789")
    assert counted_to_the_end().fault
    resources.refresh()
    assert resources.namespace_counts("Memory-0123456789") is None


def test_the_count_of_everything_counts_namespaces_too(at: At, faulty: FaultServer) -> None:
    found = memory("Memory-0123456789")
    lists = {"memories": [found], "actorSummaries": [], "memoryRecordSummaries": [RECORD], "jobs": []}
    at(custom(faulty.url))
    faulty.plays(answers({"memory": found} | lists))
    assert resources.namespace_counts("Memory-0123456789") is None
    eventually(resources.inventory, lambda now: now[0].as_of is not None)
    now = resources.namespace_counts("Memory-0123456789")
    assert now is not None and now.as_of
    assert (now.complete, now.records, now.counts) == (True, 1, {"/facts/a1/": 1})


def test_one_event_can_be_read_by_its_id(at: At, endpoint: Endpoint, control: Any) -> None:
    memory_id = make_memory(control, "ResourcesEvent")
    at(custom(endpoint.url))
    [event_id] = resources.write_conversation(memory_id, "ann", "s1", HELLO).event_ids
    place = (memory_id, "ann", "s1", event_id)
    assert resources.event(*place)["payload"] == list(HELLO.events[0].payload)
    assert calls(lambda: resources.event(*place)) == 0


@pytest.mark.parametrize(
    ("template", "counts", "says"),
    [
        ("/facts/{actorId}/", {0, 1}, "namespaces without records may be missing"),
        ("facts/{actorId}/", {None}, "namespaces may be missing here, and none is counted"),
    ],
)
def test_namespaces_that_were_not_all_read_say_so(
    template: str, counts: set[int | None], says: str, at: At, faulty: FaultServer
) -> None:
    """Below the root all records are found without the actors; elsewhere a namespace may begin with one."""
    at(custom(faulty.url))
    strategy = {"strategyId": "Facts-1", "namespaceTemplates": [template]}
    actors = [{"actorId": f"a{number}"} for number in range(resources.LIST_LIMIT)]
    many = {"actorSummaries": actors, "nextToken": "more"}
    faulty.plays(answers(many), answers({"memoryRecordSummaries": [RECORD]}))
    found = {"id": "Memory-0123456789", "strategies": [strategy]}
    known = resources.known_namespaces(found)
    assert {row.record_count for row in known} == counts
    note = resources.namespaces_note(found)
    assert note is not None
    assert f"more than {resources.LIST_LIMIT} actors;" in note
    assert says in note
    resources.refresh()
    few = {"actorSummaries": [{"actorId": "a1"}]}
    faulty.plays(answers(few), answers({"memoryRecordSummaries": [RECORD]}))
    assert None not in {row.record_count for row in resources.known_namespaces(found)}
    assert resources.namespaces_note(found) is None
    assert resources.namespaces_note(found) is None
    assert resources.namespaces_note(found | {"strategies": []}) is None


@pytest.mark.parametrize(("actors", "believed"), [(1, False), (resources.LIST_LIMIT, True)])
def test_namespaces_are_read_again_sooner_where_that_reads_them_all(
    actors: int, believed: bool, at: At, faulty: FaultServer
) -> None:
    at(custom(faulty.url))
    strategy = {"strategyId": "Facts-1", "namespaceTemplates": ["/facts/{actorId}/"]}
    found = {"id": "Memory-0123456789", "strategies": [strategy]}
    page: dict[str, Any] = {"actorSummaries": [{"actorId": f"a{number}"} for number in range(actors)]}
    if believed:
        page["nextToken"] = "more"
    faulty.plays(answers(page), answers({"memoryRecordSummaries": [RECORD]}))
    known = resources.known_namespaces(found)
    for kept_for_half_a_minute in (_actors, _memory_records, _namespaces):
        kept_for_half_a_minute.clear()
    faulty.plays(DENIED)
    if believed:
        assert resources.known_namespaces(found) == known
        resources.refresh()
    with pytest.raises(ClientError):
        resources.known_namespaces(found)
