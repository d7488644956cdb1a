"""Golden queries: questions with what they should find, asked again after a change of prompt or model.

They are the dashboard's own data, so nothing in AWS changes; keeping them is for curators and admins, whose
judgement they are. A run asks at most a quarter of the API's quota (`services.pacing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.authorization import KEEP_GOLDEN_QUERIES, authorize, current_role
from services.clients import Clients
from services.errors import InvalidValue, NotAuthorized
from services.faults import CALL_ERRORS, Fault, explain
from services.pacing import Pace
from services.retrieval.inquiries import Inquiry, call_params
from services.retrieval.retrieval import PlaceAnswer, Progress, Ranked, ranked, retrieve_each
from services.workspace import golden
from services.workspace.golden import Expectation, GoldenQuery, GoldenResult, Home
from services.workspace.store import Workspace

__all__ = ["Expectation", "delete", "evaluate", "home", "may_keep", "run", "save"]

MAX_GOLDEN_QUERIES = 200
MAX_EXPECTED = 50


def may_keep() -> bool:
    """Whether the role of this dashboard may save, run and delete golden queries."""
    try:
        authorize(current_role(), KEEP_GOLDEN_QUERIES)
    except NotAuthorized:
        return False
    return True


def home(clients: Clients, memory: Mapping[str, Any]) -> Home:
    """Whose golden queries they are: those of a memory (GetMemory's dict) at a connection."""
    return Home(clients.connection.key, str(memory["id"]))


def save(
    clients: Clients,
    workspace: Workspace,
    memory: Mapping[str, Any],
    inquiry: Inquiry,
    expected: Sequence[Expectation],
) -> str:
    """Keep a question with what it should find; returns its id.

    InvalidValue for nothing expected, too much of it, or a question that AWS would refuse; NotAuthorized.
    """
    authorize(current_role(), KEEP_GOLDEN_QUERIES)
    wanted = [each for each in dict.fromkeys(expected) if each.text.strip() or each.record_id]
    if not wanted:
        raise InvalidValue("Choose a record, or write a phrase, that the answer should hold.")
    if len(wanted) > MAX_EXPECTED:
        raise InvalidValue(f"At most {MAX_EXPECTED} records and phrases can be expected of one question.")
    call_params(memory, inquiry)
    known = golden.list_queries(workspace, home(clients, memory))
    if len(known) >= MAX_GOLDEN_QUERIES:
        raise InvalidValue(
            f"A memory can have at most {MAX_GOLDEN_QUERIES} golden queries; delete one first."
        )
    return golden.add_query(workspace, home(clients, memory), clients.actor, inquiry, wanted)


def delete(workspace: Workspace, golden_query_id: str) -> None:
    """Remove a golden query with its results; NotAuthorized."""
    authorize(current_role(), KEEP_GOLDEN_QUERIES)
    golden.delete_query(workspace, golden_query_id)


def run(
    clients: Clients,
    workspace: Workspace,
    memory: Mapping[str, Any],
    pace: Pace,
    progress: Progress | None = None,
) -> str:
    """Ask every golden query of a memory anew and keep the results; returns the run's id.

    A question that fails has its fault as a result and counts for no mean. InvalidValue when there is none;
    NotAuthorized.
    """
    authorize(current_role(), KEEP_GOLDEN_QUERIES)
    queries = golden.list_queries(workspace, home(clients, memory))
    if not queries:
        raise InvalidValue("This memory has no golden query yet.")
    calls = [_calls(memory, query.inquiry) for query in queries]
    answers = iter(
        retrieve_each(
            clients, [params for each in calls if isinstance(each, list) for params in each], pace, progress
        )
    )
    results = []
    for query, each in zip(queries, calls, strict=True):
        outcomes = [each] if isinstance(each, Fault) else [next(answers) for _ in each]
        results.append(_result(query, outcomes))
    return golden.add_run(workspace, home(clients, memory), clients.actor, results)


def _calls(memory: Mapping[str, Any], inquiry: Inquiry) -> list[dict[str, Any]] | Fault:
    """The calls of a saved question; a fault where the memory has changed so that AWS would refuse them."""
    try:
        return call_params(memory, inquiry)
    except CALL_ERRORS as error:
        return explain(error)


def _result(query: GoldenQuery, outcomes: Sequence[Any]) -> GoldenResult:
    faults = [outcome for outcome in outcomes if isinstance(outcome, Fault)]
    if faults:
        return GoldenResult(query.golden_query_id, (), f"{faults[0].title}: {faults[0].detail}")
    answers = [
        PlaceAnswer(place, outcome) for place, outcome in zip(query.inquiry.places(), outcomes, strict=True)
    ]
    found = ranked(answers, query.inquiry.min_score)
    return GoldenResult(query.golden_query_id, evaluate(query.expected, found))


def evaluate(expected: Sequence[Expectation], found: Sequence[Ranked]) -> tuple[int | None, ...]:
    """The rank at which each expectation is first met, None where none of the records does."""
    return tuple(next((each.rank for each in found if _meets(each, want)), None) for want in expected)


def _meets(found: Ranked, want: Expectation) -> bool:
    """A record by its id or, since consolidation gives new ids, by the same text; a phrase by its words."""
    text = _normal(str(found.record["content"].get("text", "")))
    if want.record_id is None:
        return _normal(want.text) in text
    return found.record["memoryRecordId"] == want.record_id or text == _normal(want.text)


def _normal(text: str) -> str:
    """Case and spaces do not count."""
    return " ".join(text.casefold().split())
