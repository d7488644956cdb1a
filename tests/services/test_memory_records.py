"""Records through the real endpoint: extracted, listed, found by meaning, deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services import extraction_jobs
from services.clients import Clients
from services.errors import InvalidValue
from services.memory.memories import StrategyDraft
from services.memory.namespaces import known_namespaces
from services.records import memory_records
from services.retrieval import retrieval
from services.short_term import events
from services.short_term.events import MessageDraft
from tests.services.conftest import eventually, new_memory
from tests.services.fault_server import FaultServer, answers

MEMORY = "Memory-0123456789"
FACTS = StrategyDraft("semantic", "Facts", "/facts/{actorId}/")
SENTENCES = [
    "I live in Berlin.",
    "I have two cats named Mia and Tom.",
    "I work as a nurse in a hospital.",
]


@pytest.fixture(scope="module")
def remembered(live: Clients) -> dict[str, Any]:
    """A memory with a fact strategy and what two people said, extracted."""
    memory = new_memory(live, FACTS)
    for sentence in SENTENCES:
        events.create_event(live, memory["id"], "ann", "s1", [MessageDraft("USER", sentence)])
    events.create_event(live, memory["id"], "annika", "s1", [MessageDraft("USER", "I live in Oslo.")])
    eventually(
        lambda: memory_records.list_memory_records(live, memory["id"], namespace_path="/").rows,
        lambda rows: len(rows) >= 4,
    )
    return memory


def test_records_are_found_where_the_template_puts_them(live: Clients, remembered: dict[str, Any]) -> None:
    of_ann = memory_records.list_memory_records(live, remembered["id"], namespace="/facts/ann/")
    assert of_ann.complete
    assert {record["namespaces"][0] for record in of_ann.rows} == {"/facts/ann/"}
    everyone = memory_records.list_memory_records(live, remembered["id"], namespace_path="/facts/")
    assert len(everyone.rows) > len(of_ann.rows)
    assert memory_records.list_memory_records(live, remembered["id"], namespace="/facts/").rows == []
    some = memory_records.list_memory_records(live, remembered["id"], namespace_path="/", limit=1)
    assert (len(some.rows), some.complete) == (1, False)
    strategy_id = remembered["strategies"][0]["strategyId"]
    by_strategy = memory_records.list_memory_records(
        live, remembered["id"], namespace_path="/", strategy_id=strategy_id
    )
    assert len(by_strategy.rows) == len(everyone.rows)


def test_namespaces_to_choose_from(live: Clients, remembered: dict[str, Any]) -> None:
    records = memory_records.list_memory_records(live, remembered["id"], namespace_path="/")
    actors = events.list_actors(live, remembered["id"])
    known = known_namespaces(remembered, records.rows, actors.rows, records_complete=records.complete)
    assert [(row.namespace, row.source) for row in known] == [
        ("/facts/ann/", "both"),
        ("/facts/annika/", "both"),
    ]


def test_a_question_without_a_shared_word_finds_the_record(live: Clients, remembered: dict[str, Any]) -> None:
    found = retrieval.retrieve(
        live, remembered["id"], namespace="/facts/ann/", query="What pets does she own?", top_k=2
    )
    assert "cats" in found.records[0]["content"]["text"]
    scores = [record["score"] for record in found.records]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 2
    assert found.limit_note is not None
    assert 0 < found.seconds < 60
    wide = retrieval.retrieve(live, remembered["id"], namespace_path="/", query="home town", top_k=100)
    assert wide.limit_note is None
    assert live.data.retrieve_memory_records(**wide.params)["memoryRecordSummaries"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"query": "a"}, "either one namespace or one namespace path"),
        ({"query": "a", "namespace": "/a", "namespace_path": "/"}, "either one namespace"),
        ({"query": "a", "namespace": "/{actorId}/"}, "fill in placeholders"),
        ({"query": "a", "namespace": "/a b"}, "does not allow"),
        ({"query": "", "namespace": "/"}, "query is empty"),
        ({"query": "  ", "namespace": "/"}, "query is empty"),
        ({"query": "a" * 10_001, "namespace": "/"}, "at most 10,000"),
        ({"query": "a", "namespace": "/", "top_k": 0}, "between 1 and 100"),
        ({"query": "a", "namespace": "/", "top_k": 101}, "between 1 and 100"),
    ],
)
def test_a_bad_question_is_refused_before_it_is_sent(
    question: dict[str, Any], words: str, live: Clients
) -> None:
    before = live.call_count()
    with pytest.raises(InvalidValue, match=words):
        retrieval.retrieve(live, MEMORY, **question)
    assert live.call_count() == before


def test_a_record_can_be_read_and_deleted(live: Clients) -> None:
    memory = new_memory(live)
    record = {
        "requestIdentifier": "r1",
        "namespaces": ["/by-hand/"],
        "content": {"text": "The user likes tea."},
        "timestamp": datetime.now(UTC),
    }
    created = live.data.batch_create_memory_records(memoryId=memory["id"], records=[record])
    record_id = created["successfulRecords"][0]["memoryRecordId"]
    found = memory_records.get_memory_record(live, memory["id"], record_id)
    assert found["content"] == {"text": "The user likes tea."}
    assert memory_records.delete_memory_record(live, memory["id"], record_id) == record_id
    assert memory_records.list_memory_records(live, memory["id"], namespace_path="/").rows == []


def test_a_healthy_memory_has_no_extraction_jobs(live: Clients, memory: dict[str, Any]) -> None:
    listing = extraction_jobs.list_extraction_jobs(live, memory["id"])
    assert (listing.rows, listing.complete) == ([], True)


def test_failed_jobs_are_listed(faulty: FaultServer, faulty_clients: Clients) -> None:
    job = {"jobID": "j1", "messages": {"messagesList": []}, "status": "FAILED"}
    faulty.plays(answers({"jobs": [job]}))
    listing = extraction_jobs.list_extraction_jobs(faulty_clients, MEMORY, actor_id="ann", strategy_id="")
    assert [row["jobID"] for row in listing.rows] == ["j1"]
    [(*_, sent)] = faulty.requests
    assert b'"filter": {"actorId": "ann"}' in sent
    assert b'"maxResults": 50' in sent
