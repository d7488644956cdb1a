"""Counting records by namespace in the background: all of them, or nothing and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.clients import Clients
from services.memory.namespace_counts import NamespaceCounting, NamespaceCounts, can_count, counted
from services.memory.namespaces import KnownNamespace
from services.pacing import Pace
from tests.services.conftest import eventually
from tests.services.fault_server import FaultServer, answers, refuses

UNHURRIED = Pace(share=1e6)


def count(clients: Clients, memory_id: str) -> NamespaceCounts:
    reading = NamespaceCounting(clients, UNHURRIED, memory_id)
    return eventually(reading.look, lambda now: now.ended)


def page(*namespaces: str, token: str | None = None) -> Any:
    records = [
        {
            "memoryRecordId": f"mem-{number:036d}",
            "content": {"text": "Likes tea."},
            "memoryStrategyId": "none",
            "namespaces": [name],
            "createdAt": 1_793_000_000,
        }
        for number, name in enumerate(namespaces)
    ]
    return answers({"memoryRecordSummaries": records, **({"nextToken": token} if token else {})})


def test_all_records_are_counted_over_pages(live: Clients, memory: dict[str, Any]) -> None:
    for first in (0, 100):
        records = [
            {
                "requestIdentifier": str(number),
                "namespaces": [f"/facts/{'ann' if number < 150 else 'bob'}/"],
                "content": {"text": f"Likes tea number {number}."},
                "timestamp": datetime(2026, 11, 1, tzinfo=UTC),
            }
            for number in range(first, first + 100)
        ]
        live.data.batch_create_memory_records(memoryId=memory["id"], records=records)
    now = count(live, memory["id"])
    assert now.complete
    assert now.records == 200
    assert now.counts == {"/facts/ann/": 150, "/facts/bob/": 50}
    assert now.as_of is not None


def test_what_could_not_be_listed_is_a_fault_and_no_number(
    faulty: FaultServer, faulty_clients: Clients
) -> None:
    faulty.plays(page("/a/", token="1"), refuses("AccessDeniedException", 403))
    now = count(faulty_clients, "Memory-0123456789")
    assert not now.complete
    assert now.fault is not None
    assert now.fault.kind == "denied"
    assert now.counts == {}


def test_known_namespaces_get_their_counts_and_the_others_are_added() -> None:
    known = [KnownNamespace("/b/", ("one",), None, "template"), KnownNamespace("/a/", (), None, "both")]
    found = counted(known, {"/a/": 2, "/c/": 1})
    assert [(each.namespace, each.record_count) for each in found] == [("/a/", 2), ("/b/", 0), ("/c/", 1)]


def test_a_namespace_that_appeared_after_the_count_has_no_number() -> None:
    known = [KnownNamespace("/a/", (), None, "records"), KnownNamespace("/new/", (), None, "records")]
    assert [each.record_count for each in counted(known, {"/a/": 2})] == [2, None]


def test_only_what_is_below_the_root_can_be_counted_there() -> None:
    def with_template(template: str) -> dict[str, Any]:
        return {"strategies": [{"strategyId": "one", "namespaceTemplates": [template]}]}

    assert can_count(with_template("/facts/{actorId}/"))
    assert not can_count(with_template("{actorId}/facts"))
