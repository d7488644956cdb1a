"""Retrieval in several places at once, and how two answers differ."""

from __future__ import annotations

from typing import Any

import pytest

from services.clients import Clients
from services.faults import Fault
from services.pacing import Pace
from services.records.filters import MetadataFilter
from services.retrieval import retrieval
from services.retrieval.inquiries import Inquiry, Place, call_params
from services.retrieval.retrieval import PlaceAnswer, Retrieval, movement, ranked
from tests.services.fault_server import FaultServer, answers, refuses
from tests.services.retrieval_memory import CONTACT, filled, strategy_ids

HERE = Place("path", "/")


@pytest.fixture(scope="module")
def known(live: Clients) -> dict[str, Any]:
    return filled(live)


def asked(live: Clients, memory: dict[str, Any], inquiry: Inquiry) -> list[PlaceAnswer]:
    outcomes = retrieval.retrieve_each(live, call_params(memory, inquiry))
    return [PlaceAnswer(*each) for each in zip(inquiry.places(), outcomes, strict=True)]


def test_each_strategy_answers_for_itself(live: Clients, known: dict[str, Any]) -> None:
    facts, likes = strategy_ids(known)
    before = live.call_count()
    of_facts, of_likes = asked(live, known, Inquiry("contact", strategy_ids=(facts, likes)))
    assert live.call_count() == before + 2
    assert {record["memoryStrategyId"] for record in of_facts.records()} == {facts}
    assert {record["memoryStrategyId"] for record in of_likes.records()} == {likes}


def test_places_together_are_one_order_in_which_a_record_counts_once(
    live: Clients, known: dict[str, Any]
) -> None:
    inquiry = Inquiry("How should we contact this person?", namespaces=("/", "/facts/"))
    found = ranked(asked(live, known, inquiry))
    assert [each.rank for each in found] == [1, 2, 3, 4]
    assert len({each.record["memoryRecordId"] for each in found}) == 4
    assert found[0].record["content"]["text"] == CONTACT
    scores = [retrieval.score_of(each.record) for each in found]
    assert scores == sorted(scores, reverse=True)
    best = found[0].record["score"]
    assert [each.rank for each in ranked(asked(live, known, inquiry), min_score=best)] == [1]


def test_metadata_filters_are_applied_by_the_service(live: Clients, known: dict[str, Any]) -> None:
    def found(operator: str) -> int:
        condition = MetadataFilter("x-amz-agentcore-memory-createdAt", operator, "2020-01-01")
        [answer] = asked(live, known, Inquiry("contact", filters=(condition,)))
        return len(answer.records())

    assert (found("AFTER"), found("BEFORE")) == (4, 0)


def test_a_place_that_fails_hides_no_other(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(
        refuses("AccessDeniedException", 403),
        answers({"memoryRecordSummaries": []}),
    )
    memory = {"id": "Memory-0123456789"}
    calls = call_params(memory, Inquiry("q", namespaces=("/a/", "/b/")))
    outcomes = retrieval.retrieve_each(faulty_clients, calls)
    assert sorted(type(each).__name__ for each in outcomes) == ["Fault", "Retrieval"]
    [fault] = [each for each in outcomes if isinstance(each, Fault)]
    assert (fault.kind, fault.iam_action) == ("denied", "bedrock-agentcore:RetrieveMemoryRecords")
    assert PlaceAnswer(HERE, fault).records() == []


def test_many_calls_need_a_pace_and_tell_how_far_they_are(live: Clients, known: dict[str, Any]) -> None:
    calls = call_params(known, Inquiry("contact")) * 7
    with pytest.raises(ValueError, match="need a pace"):
        retrieval.retrieve_each(live, calls)
    heard: list[tuple[int, int]] = []
    outcomes = retrieval.retrieve_each(live, calls, Pace(1.0), lambda *done: heard.append(done))
    assert heard == [(number, 7) for number in range(1, 8)]
    assert all(isinstance(each, Retrieval) for each in outcomes)


def test_whoever_stops_looking_stops_the_rest(live: Clients, known: dict[str, Any]) -> None:
    class GoneError(Exception):
        pass

    def gone(done: int, calls: int) -> None:
        raise GoneError

    before = live.call_count()
    with pytest.raises(GoneError):
        retrieval.retrieve_each(live, call_params(known, Inquiry("contact")) * 2_000, Pace(1.0), gone)
    assert live.call_count() < before + 2_000


def record(name: str, score: float) -> dict[str, Any]:
    return {"memoryRecordId": name, "score": score, "content": {"text": name}}


def order(*records: dict[str, Any]) -> list[retrieval.Ranked]:
    return ranked([PlaceAnswer(HERE, Retrieval(list(records), 0.0, None, {}))])


def test_ranks_move() -> None:
    before = order(record("a", 0.9), record("b", 0.8), record("c", 0.7))
    after = order(record("b", 0.95), record("d", 0.5), record("a", 0.4))
    moves = [
        (
            each.record["memoryRecordId"],
            each.rank_before,
            each.rank_after,
            each.score_before,
            each.score_after,
        )
        for each in movement(before, after)
    ]
    assert moves == [
        ("b", 2, 1, 0.8, 0.95),
        ("d", None, 2, None, 0.5),
        ("a", 1, 3, 0.9, 0.4),
        ("c", 3, None, 0.7, None),
    ]
    assert movement([], []) == []
