"""Finding records by meaning: RetrieveMemoryRecords, in one place or in several, and answers compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from services.clients import Clients
from services.constraints import DATA, constraint
from services.errors import InvalidValue
from services.faults import CALL_ERRORS, Fault, explain
from services.listing import collect, pages
from services.pacing import Pace
from services.retrieval.inquiries import DEFAULT_TOP_K, MAX_PLACES, Inquiry, Place, call_params

Row = dict[str, Any]
Progress = Callable[[int, int], None]
"""Called with (calls answered, calls in all)."""

MAX_TOP_K = constraint(DATA, "RetrieveMemoryRecords", "searchCriteria", "topK").maximum or 100

MAX_QUERY = constraint(DATA, "RetrieveMemoryRecords", "searchCriteria", "searchQuery").maximum or 10_000
"""Characters."""


@dataclass(frozen=True)
class Retrieval:
    """Records, best first, each with a `score` (higher is better; derived from cosine similarity, developer
    guide). `seconds` is the whole call, `limit_note` says when there may be more, `params` is what was sent.
    """

    records: list[Row]
    seconds: float
    limit_note: str | None
    params: Row


@dataclass(frozen=True)
class PlaceAnswer:
    """What one place answered, or the fault that kept it from answering."""

    place: Place
    outcome: Retrieval | Fault

    def records(self, min_score: float = 0.0) -> list[Row]:
        """The records that score at least that much, best first; none after a fault."""
        if isinstance(self.outcome, Fault):
            return []
        return [record for record in self.outcome.records if score_of(record) >= min_score]


@dataclass(frozen=True)
class Ranked:
    """A record in the order of several places' answers together; `rank` counts from 1."""

    rank: int
    record: Row
    place: Place


@dataclass(frozen=True)
class Move:
    """A record's rank and score in two answers; None where it is not in one."""

    record: Row
    rank_before: int | None
    rank_after: int | None
    score_before: float | None
    score_after: float | None


def score_of(record: Row) -> float:
    """The score of a retrieved record; AWS declares it optional."""
    return float(record.get("score", 0.0))


def retrieve(
    clients: Clients,
    memory_id: str,
    *,
    namespace: str | None = None,
    namespace_path: str | None = None,
    query: str,
    top_k: int = DEFAULT_TOP_K,
    strategy_id: str | None = None,
) -> Retrieval:
    """The records most alike to a query, in one namespace or below one path.

    Raises InvalidValue for what AWS would refuse.
    """
    if bool(namespace) == bool(namespace_path):
        raise InvalidValue("Choose either one namespace or one namespace path.")
    inquiry = Inquiry(
        query,
        "exact" if namespace else "path",
        (namespace or namespace_path or "",),
        (strategy_id,) if strategy_id else (),
        top_k,
    )
    [params] = call_params({"id": memory_id}, inquiry)
    return retrieve_records(clients, params)


def retrieve_records(clients: Clients, params: Row) -> Retrieval:
    """One call with parameters of `inquiries.call_params`, read to its end."""
    top_k = params["searchCriteria"]["topK"]
    started = time.perf_counter()
    found = collect(
        pages(clients.data, "retrieve_memory_records", top_k, params), "memoryRecordSummaries", top_k
    )
    seconds = time.perf_counter() - started
    ranked = sorted(found.rows, key=score_of, reverse=True)
    return Retrieval(ranked, seconds, _limit_note(len(ranked), top_k), params)


def retrieve_each(
    clients: Clients, calls: Sequence[Row], pace: Pace | None = None, progress: Progress | None = None
) -> list[Retrieval | Fault]:
    """Several calls at once, their outcomes in the order asked; a call that failed hides none of the others.

    More calls than MAX_PLACES need a `pace`, which keeps them below the API's quota.
    """
    if pace is None and len(calls) > MAX_PLACES:
        raise ValueError(f"{len(calls)} calls at once need a pace")

    def outcome(params: Row) -> Retrieval | Fault:
        try:
            if pace is not None:
                time.sleep(pace.seconds_until("RetrieveMemoryRecords"))
            return retrieve_records(clients, params)
        except CALL_ERRORS as error:
            return explain(error)

    with ThreadPoolExecutor(MAX_PLACES, thread_name_prefix="retrieve") as threads:
        futures = [threads.submit(outcome, params) for params in calls]
        try:
            for done, _ in enumerate(as_completed(futures), start=1):
                if progress is not None:
                    progress(done, len(calls))
        except BaseException:  # whoever asked went away: what has not been sent is not
            threads.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]


def ranked(answers: Iterable[PlaceAnswer], min_score: float = 0.0) -> list[Ranked]:
    """All places' records in one order, best score first; a record that several found counts once."""
    best: dict[str, tuple[Row, Place]] = {}
    for answer in answers:
        for record in answer.records(min_score):
            known = best.get(record["memoryRecordId"])
            if known is None or score_of(record) > score_of(known[0]):
                best[record["memoryRecordId"]] = (record, answer.place)
    ordered = sorted(best.values(), key=lambda found: score_of(found[0]), reverse=True)
    return [Ranked(rank, record, place) for rank, (record, place) in enumerate(ordered, start=1)]


def movement(before: Iterable[Ranked], after: Iterable[Ranked]) -> list[Move]:
    """How each record's rank changed: in the order after, then those that are gone in the order before."""
    old = {each.record["memoryRecordId"]: each for each in before}
    moves = []
    for new in after:
        was = old.pop(new.record["memoryRecordId"], None)
        moves.append(
            Move(
                new.record,
                was.rank if was else None,
                new.rank,
                score_of(was.record) if was else None,
                score_of(new.record),
            )
        )
    return moves + [Move(was.record, was.rank, None, score_of(was.record), None) for was in old.values()]


def _limit_note(found: int, top_k: int) -> str | None:
    """Retrieval ranks everything, so a full answer always may hide more."""
    if found < top_k:
        return None
    more = f"; raise topK (at most {MAX_TOP_K}) to see more" if top_k < MAX_TOP_K else ""
    return f"These are the best {found} records{more}."
