"""Golden queries: kept, run, judged; who may; and what a failed question counts for."""

from __future__ import annotations

from typing import Any

import pytest

from services.clients import Clients
from services.errors import InvalidValue, NotAuthorized
from services.pacing import Pace
from services.records.filters import MetadataFilter
from services.retrieval import golden_queries
from services.retrieval.inquiries import Inquiry, Place
from services.retrieval.retrieval import Ranked
from services.workspace import golden
from services.workspace.golden import Expectation, GoldenResult, GoldenRun
from services.workspace.store import Workspace
from tests.services.fault_server import FaultServer, refuses
from tests.services.retrieval_memory import CATS, CONTACT, add, filled, strategy_ids

QUESTION = Inquiry("How should we contact this person?", min_score=0.0)
NOWHERE = Inquiry("How should we contact this person?", namespaces=("/nobody/",))
PHRASE = Expectation("Contacted  by EMAIL")


@pytest.fixture
def known(live: Clients) -> dict[str, Any]:
    return filled(live)


def run(live: Clients, workspace: Workspace, memory: dict[str, Any]) -> GoldenRun:
    run_id = golden_queries.run(live, workspace, memory, Pace(1.0))
    [found] = [each for each in runs(live, workspace, memory) if each.run_id == run_id]
    return found


def runs(live: Clients, workspace: Workspace, memory: dict[str, Any]) -> list[GoldenRun]:
    return golden.list_runs(workspace, golden_queries.home(live, memory))


def queries(live: Clients, workspace: Workspace, memory: dict[str, Any]) -> list[golden.GoldenQuery]:
    return golden.list_queries(workspace, golden_queries.home(live, memory))


def test_a_run_finds_what_is_expected_and_is_kept(
    live: Clients, workspace: Workspace, known: dict[str, Any]
) -> None:
    found = golden_queries.save(live, workspace, known, QUESTION, [PHRASE, Expectation("no such thing")])
    lost = golden_queries.save(live, workspace, known, NOWHERE, [PHRASE])
    assert [each.inquiry for each in queries(live, workspace, known)] == [QUESTION, NOWHERE]
    first = run(live, workspace, known)
    assert {each.golden_query_id: each.ranks for each in first.results} == {found: (1, None), lost: (None,)}
    assert first.recall == pytest.approx((0.5 + 0.0) / 2)
    assert first.mean_reciprocal_rank == pytest.approx((1.0 + 0.0) / 2)
    assert (first.failed, first.who) == (0, "tester")
    again = run(live, workspace, known)
    assert [each.run_id for each in runs(live, workspace, known)] == [first.run_id, again.run_id]


def test_a_run_sees_what_changed(live: Clients, workspace: Workspace, known: dict[str, Any]) -> None:
    golden_queries.save(live, workspace, known, Inquiry("Which musical instrument?"), [Expectation("violin")])
    assert run(live, workspace, known).recall == 0
    add(live, known, "/facts/ann/", strategy_ids(known)[0], "The user plays the violin, an instrument.")
    assert run(live, workspace, known).recall == 1


def test_the_least_score_counts(live: Clients, workspace: Workspace, known: dict[str, Any]) -> None:
    strict = Inquiry(QUESTION.query, min_score=1.0)
    golden_queries.save(live, workspace, known, strict, [PHRASE])
    assert run(live, workspace, known).recall == 0


def ranked_record(rank: int, record_id: str, text: str) -> Ranked:
    return Ranked(rank, {"memoryRecordId": record_id, "content": {"text": text}}, Place("path", "/"))


def test_a_record_counts_by_its_id_or_by_its_text() -> None:
    found = [ranked_record(1, "a", CATS), ranked_record(2, "b", CONTACT)]
    expected = [
        Expectation("changed meanwhile", "b"),
        Expectation(CATS.upper(), "consolidated"),
        Expectation("cats", "gone"),
        Expectation("cats"),
    ]
    assert golden_queries.evaluate(expected, found) == (2, 1, None, 1)


def test_the_measures() -> None:
    result = GoldenResult("q", (None, 4, 2))
    assert result.recall == pytest.approx(2 / 3)
    assert result.reciprocal_rank == pytest.approx(1 / 2)
    assert GoldenResult("q", (None,)).reciprocal_rank == 0
    failed = GoldenResult("q", (), "denied")
    assert (failed.recall, failed.reciprocal_rank) == (None, None)


def test_a_question_that_fails_counts_for_no_mean(
    faulty: FaultServer, faulty_clients: Clients, workspace: Workspace
) -> None:
    memory = {"id": "Memory-0123456789"}
    golden_queries.save(faulty_clients, workspace, memory, QUESTION, [PHRASE])
    faulty.plays(refuses("AccessDeniedException", 403))
    denied = run(faulty_clients, workspace, memory)
    assert (denied.failed, denied.recall, denied.mean_reciprocal_rank) == (1, None, None)
    assert "denied" in str(denied.results[0].fault)


def test_a_question_that_the_memory_no_longer_allows_hides_no_other(
    live: Clients, workspace: Workspace, known: dict[str, Any]
) -> None:
    indexed = known | {"indexedKeys": [{"key": "colour", "type": "STRING"}]}
    by_colour = Inquiry(QUESTION.query, filters=(MetadataFilter("colour", "EXISTS"),))
    golden_queries.save(live, workspace, indexed, by_colour, [PHRASE])
    golden_queries.save(live, workspace, known, QUESTION, [PHRASE])
    found = run(live, workspace, known)
    assert (found.failed, found.recall) == (1, 1.0)


def test_deleting_one_deletes_its_results(live: Clients, workspace: Workspace, known: dict[str, Any]) -> None:
    first = golden_queries.save(live, workspace, known, QUESTION, [PHRASE])
    second = golden_queries.save(live, workspace, known, NOWHERE, [PHRASE])
    run(live, workspace, known)
    golden_queries.delete(workspace, first)
    assert [each.golden_query_id for each in queries(live, workspace, known)] == [second]
    assert [len(each.results) for each in runs(live, workspace, known)] == [1]
    golden_queries.delete(workspace, second)
    assert runs(live, workspace, known) == []
    with pytest.raises(InvalidValue, match="no golden query"):
        golden_queries.run(live, workspace, known, Pace(1.0))


@pytest.mark.parametrize(
    ("inquiry", "expected", "words"),
    [
        (QUESTION, [], "Choose a record"),
        (QUESTION, [Expectation("  ")], "Choose a record"),
        (QUESTION, [Expectation(str(number)) for number in range(51)], "At most 50"),
        (Inquiry(" "), [PHRASE], "query is empty"),
    ],
)
def test_what_cannot_be_kept_is_said(
    live: Clients, workspace: Workspace, inquiry: Inquiry, expected: list[Expectation], words: str
) -> None:
    memory = {"id": "Memory-0123456789"}
    with pytest.raises(InvalidValue, match=words):
        golden_queries.save(live, workspace, memory, inquiry, expected)
    assert queries(live, workspace, memory) == []


def test_they_belong_to_a_connection_and_a_memory(live: Clients, workspace: Workspace) -> None:
    golden_queries.save(live, workspace, {"id": "Memory-0123456789"}, QUESTION, [PHRASE])
    assert queries(live, workspace, {"id": "Other-0123456789"}) == []
    assert golden.list_queries(workspace, golden.Home("profile:@us-east-1", "Memory-0123456789")) == []


def test_a_viewer_may_look_and_not_keep(
    live: Clients, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = {"id": "Memory-0123456789"}
    kept = golden_queries.save(live, workspace, memory, QUESTION, [PHRASE])
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "curator")
    assert golden_queries.may_keep()
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    assert not golden_queries.may_keep()
    with pytest.raises(NotAuthorized):
        golden_queries.save(live, workspace, memory, QUESTION, [PHRASE])
    with pytest.raises(NotAuthorized):
        golden_queries.delete(workspace, kept)
    with pytest.raises(NotAuthorized):
        golden_queries.run(live, workspace, memory, Pace(1.0))
    assert len(queries(live, workspace, memory)) == 1
