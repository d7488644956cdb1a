"""Retrieval: the records nearest to a query, in meaning and in words.

Namespace, strategy and metadata filters apply first (reference: "before the vector similarity search"),
then every selected record is compared exactly; no approximate index can lose one.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import apsw
import numpy as np
from numpy.typing import NDArray

from services.aws_local.memory import namespaces
from services.aws_local.retrieval.encoding import Encoder, Vectors
from services.aws_local.retrieval.ranking import (
    favoured,
    fuse,
    possible_names,
    query_terms,
    speaker,
    without_names,
    without_subject,
)
from services.aws_local.retrieval.vectors import Selection, VectorBlocks
from services.aws_local.storage.store import Store, rows

# A query may be a whole conversation (LlamaIndex sends it). The last words are the newest; more terms
# make the full-text query slow and its ranking flat.
_MAX_TERMS = 64
# Of a common word's matches only the best count: measured on LoCoMo, the best 100 of each list rank as well
# as all of them.
_MAX_MATCHES = 1000
_MAX_NAMES = 4  # words of a query that are looked up among the speakers of the records
_MANY = 2000  # selected records from which on their words are looked up while their vectors are compared
_SEARCHES_AT_ONCE = 4
_FAVOURABLE = 5  # times as many records as are wanted may rise because the query names their speaker


@dataclass(frozen=True)
class Hit:
    """A found record and its score (higher is nearer; scale in `ranking`)."""

    record_no: int
    score: float


class Search:
    """Ranks the records of a memory for a query."""

    def __init__(self, store: Store, encoder: Encoder) -> None:
        self._store = store
        self._encoder = encoder
        self._blocks = VectorBlocks(store)
        self._beside = ThreadPoolExecutor(_SEARCHES_AT_ONCE, thread_name_prefix="words")

    def retrieve(self, memory_no: int, query: str, selection: Selection, limit: int) -> list[Hit]:
        """The best `limit` records, best first; equal scores in the order in which they were stored."""
        scope = namespaces.scope_token(memory_no, selection.namespace or selection.namespace_path or "/")
        names = possible_names(query)[:_MAX_NAMES]
        speakers = self._store.read(lambda db: _speakers(db, scope, names)) if names else []
        bare = without_names(query, speakers)
        segments = self._blocks.segments(memory_no)
        asked = _Words(scope, query_terms(query)[-_MAX_TERMS:])
        early = None
        if not selection.is_narrowed and sum(each.count(selection) for each in segments) > _MANY:
            early = self._beside.submit(self._matches, asked, None)
        vectors = self._encoder.vectors([without_subject(bare)])  # every record is about the user
        vector = None if vectors is None else vectors[0]
        scans = [segment.scan(vector, selection) for segment in segments]
        numbers = np.concatenate([found for found, _ in scans])
        cosines = None if vector is None else np.concatenate([near for _, near in scans])
        if early is not None:
            matches = early.result()
        else:
            matches = self._matches(asked, frozenset(numbers.tolist()) if selection.is_narrowed else None)
        wanted = limit if not speakers else _FAVOURABLE * limit
        best = _best(numbers, cosines, _aligned(numbers, matches), wanted)
        if not speakers:
            return best
        return self._store.read(lambda db: _favoured(db, best, speakers))[:limit]

    def changed(self, memory_no: int, record_nos: Iterable[int]) -> None:
        """To be called after records were committed or erased, before anyone is told."""
        self._blocks.changed(memory_no, record_nos)

    def forget(self, memory_no: int) -> None:
        """The memory is gone."""
        self._blocks.forget(memory_no)

    def close(self) -> None:
        """Wait for the searches that still run."""
        self._beside.shutdown()

    def _matches(self, asked: _Words, wanted: frozenset[int] | None) -> list[tuple[int, float]]:
        if not asked.terms or wanted == frozenset():
            return []
        return self._store.read(lambda connection: _matches(connection, asked, wanted))


@dataclass(frozen=True)
class _Words:
    """The telling words of a query, and the token of where they are looked for."""

    scope: str
    terms: list[str]


def _matches(
    connection: apsw.Connection, asked: _Words, wanted: frozenset[int] | None
) -> list[tuple[int, float]]:
    """Record number and BM25 (larger is better) of the records that share words best: of those in scope, or
    of the `wanted` among them (picked before the best are, so that others take no place from them).
    """
    words = " OR ".join(f'"{term}"' for term in asked.terms)
    sql = """
    SELECT rowid, -bm25(record_words, 1.0, 0.0) AS bm25 FROM record_words
    WHERE record_words MATCH ? ORDER BY bm25 DESC LIMIT ?
    """
    cursor = connection.cursor()
    cursor.row_trace = None  # plain pairs: a dict for each of a thousand takes longer than the search
    at_most = _MAX_MATCHES if wanted is None else -1
    found = cursor.execute(sql, (f'scope : "{asked.scope}" AND words : ({words})', at_most))
    return list(islice((each for each in found if wanted is None or each[0] in wanted), _MAX_MATCHES))


def _speakers(connection: apsw.Connection, scope: str, names: list[str]) -> list[str]:
    """Which of the names are those of speakers: records in scope are turns that open with them."""
    sql = """
    SELECT records.content FROM record_words JOIN records ON record_no = record_words.rowid
    WHERE record_words MATCH ? LIMIT 1
    """
    found = []
    for name in names:
        turns = rows(connection, sql, (f'scope : "{scope}" AND words : ^ "{name}"',))
        if turns and speaker(turns[0]["content"]).partition(" ")[0] == name:
            found.append(name)
    return found


def _favoured(connection: apsw.Connection, hits: list[Hit], speakers: list[str]) -> list[Hit]:
    """The hits in their new order, those by the named speakers risen."""
    places = ", ".join("?" * len(hits))
    sql = f"SELECT record_no, content FROM records WHERE record_no IN ({places})"  # noqa: S608 - placeholders
    turns = rows(connection, sql, tuple(hit.record_no for hit in hits))
    said = {each["record_no"]: speaker(each["content"]).partition(" ")[0] for each in turns}
    risen = [
        Hit(hit.record_no, favoured(hit.score)) if said.get(hit.record_no) in speakers else hit
        for hit in hits
    ]
    return sorted(risen, key=lambda hit: (-hit.score, hit.record_no))


def _aligned(numbers: NDArray[np.int64], found: list[tuple[int, float]]) -> NDArray[np.float64]:
    """The BM25 of each of the records; 0 for those that were not found."""
    known = np.array(sorted(found), np.float64).reshape(-1, 2)
    aligned = np.zeros(len(numbers))
    matched = np.isin(numbers, known[:, 0].astype(np.int64))
    aligned[matched] = known[np.searchsorted(known[:, 0], numbers[matched]), 1]
    return aligned


def _best(
    numbers: NDArray[np.int64], cosines: Vectors | None, bm25: NDArray[np.float64], limit: int
) -> list[Hit]:
    """The best of the records by both signals; by words alone those that share one with the query."""
    if cosines is None:
        candidates = bm25 > 0
    else:
        # A score never falls with the cosine: of the records without a word in common only the nearest can be
        # among the best, and those as near as the last of them. So the rest need not be scored.
        near = np.clip(cosines, 0, 1)
        floor = np.partition(near, -limit)[-limit] if len(near) > limit else 0
        candidates = (near >= floor) | (bm25 > 0)
        cosines = near[candidates]
    numbers, scores = numbers[candidates], fuse(cosines, bm25[candidates])
    order = np.lexsort((numbers, -scores))[:limit]
    return [Hit(int(numbers[at]), float(scores[at])) for at in order]
