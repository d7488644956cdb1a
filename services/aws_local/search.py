"""Retrieval: the records nearest to a query, in meaning and in words.

Namespace, strategy and metadata filters apply first (reference: "before the vector similarity search"),
then every selected record is compared exactly; no approximate index can lose one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import apsw
import numpy as np
from numpy.typing import NDArray

from services.aws_local import namespaces
from services.aws_local.encoding import Encoder
from services.aws_local.ranking import fuse, query_terms, without_subject
from services.aws_local.store import Store
from services.aws_local.vectors import Selection, VectorBlocks

# A query may be a whole conversation (LlamaIndex sends it). The last words are the newest; more terms
# make the full-text query slow and its ranking flat.
_MAX_TERMS = 64
# Of a common word's matches only the best count: measured on LoCoMo, the best 100 of each list rank as well
# as all of them.
_MAX_MATCHES = 1000


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

    def retrieve(self, memory_no: int, query: str, selection: Selection, limit: int) -> list[Hit]:
        """The best `limit` records, best first; equal scores in the order in which they were stored."""
        vectors = self._encoder.vectors([without_subject(query)])  # every record is about the user
        vector = None if vectors is None else vectors[0]
        scans = [segment.scan(vector, selection) for segment in self._blocks.segments(memory_no)]
        numbers = np.concatenate([found for found, _ in scans])
        cosines = None if vector is None else np.concatenate([near for _, near in scans])
        if not len(numbers):
            return []
        scores = fuse(cosines, self._bm25(memory_no, query, selection, numbers))
        if vector is None:  # words only: what shares none with the query was not found
            numbers, scores = numbers[scores > 0], scores[scores > 0]
        return _best(numbers, scores, limit)

    def changed(self, memory_no: int, record_nos: Iterable[int]) -> None:
        """To be called after records were committed or erased, before anyone is told."""
        self._blocks.changed(memory_no, record_nos)

    def forget(self, memory_no: int) -> None:
        """The memory is gone."""
        self._blocks.forget(memory_no)

    def _bm25(
        self, memory_no: int, query: str, selection: Selection, numbers: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """How well the words match, for each of the records; 0 where none does."""
        terms = query_terms(query)[-_MAX_TERMS:]
        if not terms:
            return np.zeros(len(numbers))
        scope = namespaces.scope_token(memory_no, selection.namespace or selection.namespace_path or "/")
        found = self._store.read(lambda connection: _matches(connection, scope, terms))
        bm25 = np.zeros(len(numbers))
        matched = np.isin(numbers, list(found))
        bm25[matched] = [found[number] for number in numbers[matched].tolist()]
        return bm25


def _matches(connection: apsw.Connection, scope: str, terms: list[str]) -> dict[int, float]:
    """Record number -> BM25 (larger is better) of the records in scope that share words best."""
    words = " OR ".join(f'"{term}"' for term in terms)
    sql = """
    SELECT rowid, -bm25(record_words, 1.0, 0.0) AS bm25 FROM record_words
    WHERE record_words MATCH ? ORDER BY bm25 DESC LIMIT ?
    """
    cursor = connection.cursor()
    cursor.row_trace = None  # plain pairs: a dict for each of a thousand takes longer than the search
    return dict(cursor.execute(sql, (f'scope : "{scope}" AND words : ({words})', _MAX_MATCHES)))


def _best(numbers: NDArray[np.int64], scores: NDArray[np.float64], limit: int) -> list[Hit]:
    if len(scores) > 4 * limit:  # sort the candidates for the top only
        floor = np.partition(scores, -limit)[-limit]
        numbers, scores = numbers[scores >= floor], scores[scores >= floor]
    order = np.lexsort((numbers, -scores))[:limit]
    return [Hit(int(numbers[at]), float(scores[at])) for at in order]
