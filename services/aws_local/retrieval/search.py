"""Retrieval: the records nearest to a query, in meaning and in words.

Namespace, strategy and metadata filters apply first (reference: "before the vector similarity search"),
then every selected record is compared exactly; no approximate index can lose one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import apsw
import numpy as np

from services.aws_local.memory import namespaces
from services.aws_local.retrieval.comparing import Comparing
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
from services.aws_local.retrieval.segments import Places, Scan, Selection, terms
from services.aws_local.retrieval.vectors import VectorBlocks
from services.aws_local.retrieval.word_index import Floats, WordIndex
from services.aws_local.storage.store import Store, rows

# A query may be a whole conversation (LlamaIndex sends it). The last words are the newest; more terms
# make the full-text query slow and its ranking flat.
_MAX_TERMS = 64
# Of a common word's matches only the best count: measured on LoCoMo, the best 100 of each list rank as well
# as all of them.
_MAX_MATCHES = 1000
_MAX_NAMES = 4  # words of a query that are looked up among the speakers of the records
_SMALLEST_GROUP, _LARGEST_GROUP = 8, 64  # of records from which the best are told apart by their group's best
_FAVOURABLE = 5  # times as many records as are wanted may rise because the query names their speaker


@dataclass(frozen=True, slots=True)
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
        self._words = WordIndex(store)
        self._comparing = Comparing()

    def retrieve(self, memory_no: int, query: str, selection: Selection, limit: int) -> list[Hit]:
        """The best `limit` records, best first; equal scores in the order in which they were stored."""
        names = possible_names(query)[:_MAX_NAMES]
        speakers: list[str] = []
        if names:
            scope = namespaces.scope_token(memory_no, selection.namespace or selection.namespace_path or "/")
            speakers = self._store.read(lambda db: _speakers(db, scope, names))
        segments = self._blocks.segments(memory_no)
        bare = without_names(query, speakers)
        # The words first: to embed a question takes the processor's caches, and all that is done before and
        # after it waits for memory.
        asked = terms(segments, self._words.matches(query_terms(query)[-_MAX_TERMS:]))
        vectors = self._encoder.vectors([without_subject(bare)])  # every record is about the user
        vector = None if vectors is None else vectors[0]
        near = None if vector is None else partial(self._comparing.begin, query=vector)
        scan = Scan.joined([scan for segment in segments for scan in segment.scans(selection, near, asked)])
        wanted = limit if not speakers else _FAVOURABLE * limit
        best = _best(scan, wanted, by_meaning=vector is not None)
        if not speakers:
            return best
        return self._store.read(lambda db: _favoured(db, best, speakers))[:limit]

    def changed(self, memory_no: int, record_nos: Iterable[int]) -> None:
        """To be called after records were committed or erased, before anyone is told."""
        changed = list(record_nos)
        self._blocks.changed(memory_no, changed)
        self._words.changed(changed)

    def forget(self, memory_no: int) -> None:
        """The memory is gone."""
        self._blocks.forget(memory_no)
        self._words.forget()

    def close(self) -> None:
        """Let the threads go."""
        self._comparing.close()


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


def _best(scan: Scan, limit: int, *, by_meaning: bool) -> list[Hit]:
    """The best of the scanned records by both signals; by words alone those that share one with the query."""
    if len(scan) <= _MAX_MATCHES and by_meaning:
        candidates, scores = np.arange(len(scan)), fuse(scan.cosines, scan.bm25)
    elif by_meaning:
        matched = _best_matches(scan)  # while other cores compare
        nearest = _nearest(scan.cosines, limit)
        is_matched = np.zeros(len(scan), bool)
        is_matched[matched] = True
        nearest = nearest[~is_matched[nearest]]
        candidates = np.concatenate([matched, nearest])
        bm25 = np.concatenate([scan.bm25[matched], np.zeros(len(nearest))])
        scores = fuse(scan.cosines[candidates], bm25)
    else:
        candidates = _best_matches(scan)
        scores = fuse(None, scan.bm25[candidates])
    if len(scores) > limit:  # only the best are put in order, and those that are as good as the last of them
        best = np.flatnonzero(scores >= np.partition(scores, -limit)[-limit])
        candidates, scores = candidates[best], scores[best]
    record_nos = scan.record_nos[candidates]
    order = np.lexsort((record_nos, -scores))[:limit]
    found = zip(record_nos[order].tolist(), scores[order].tolist(), strict=True)
    return [Hit(record_no, score) for record_no, score in found]


def _best_matches(scan: Scan) -> Places:
    """Where the records lie that share words best with the query; of equal ones those stored first."""
    least = _at_most_best(scan.bm25, _MAX_MATCHES)
    matched = np.flatnonzero(scan.bm25 >= least if least > 0 else scan.bm25 > 0)
    if len(matched) <= _MAX_MATCHES:
        return matched
    bm25 = scan.bm25[matched]
    last = np.partition(bm25, -_MAX_MATCHES)[-_MAX_MATCHES]
    better, equal = matched[bm25 > last], matched[bm25 == last]
    room = _MAX_MATCHES - len(better)
    if room < len(equal):
        equal = equal[np.argpartition(scan.record_nos[equal], room)[:room]]
    return np.concatenate([better, equal])


def _nearest(cosines: Vectors, limit: int) -> Places:
    """Where the nearest records lie, and all that are as near as the last of them. A score never falls with
    the cosine: of the records without a word in common no others can be among the best.
    """
    near = cosines
    if (least := _at_most_best(cosines, limit)) > 0:
        near = cosines[cosines >= least]
    least = np.partition(near, -limit)[-limit] if len(cosines) > limit else 0
    if least <= 0:  # scores know no cosine below 0, and none above 1
        return np.arange(len(cosines))
    return np.flatnonzero(cosines >= min(least, 1))


def _at_most_best(signal: Vectors | Floats, count: int) -> float:
    """A value that at least `count` records reach, close below what the last of the best `count` has: that
    many groups of records reach it with their best one. To find it takes a third of the time that it takes
    to part the best from all the rest, of which it then leaves little.
    """
    of_group = min(_LARGEST_GROUP, len(signal) // (2 * count))
    if of_group < _SMALLEST_GROUP:
        return 0.0
    groups = len(signal) // of_group
    best = signal[: groups * of_group].reshape(of_group, groups).max(axis=0)
    return float(np.partition(best, -count)[-count])
