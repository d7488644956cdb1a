"""The records of a memory as arrays, sorted by namespace: one, or all below a path, is one stretch."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from services.aws_local.clock import now_ms
from services.aws_local.memory import namespaces
from services.aws_local.memory.metadata_filters import RecordFilter, filterable
from services.aws_local.retrieval.bm25 import Term
from services.aws_local.retrieval.encoding import Vectors
from services.aws_local.retrieval.word_index import Floats, Matches, Numbers, size_of

Mask = NDArray[np.bool_]
Places = NDArray[np.intp]
Nearness = Callable[[Vectors], Callable[[], Vectors]]
"""Begins to compare each row with a query, and gives what waits for their cosines."""

DIMENSIONS = 384
_NEVER_MS = np.iinfo(np.int64).max
_NO_VECTOR = bytes(DIMENSIONS * 4)  # near to nothing
_ROWS_AT_ONCE = 1024
# The weights of a word in all rows are kept when they are asked for in one of so many of them.
_WORTH_KEEPING = 8

COLUMNS = """
record_no, namespace, strategy_id, metadata, created_ms, updated_ms, expires_ms, vector,
(SELECT sz FROM record_words_docsize WHERE id = record_no)
"""
"""What a segment is made of, in the order in which it is read."""


@dataclass(frozen=True)
class Selection:
    """Which records a search may return. Exactly one of `namespace` and `namespace_path` is set."""

    namespace: str | None = None
    namespace_path: str | None = None
    strategy_id: str | None = None
    filters: tuple[RecordFilter, ...] = ()
    indexed_ms: tuple[tuple[str, int], ...] = ()

    def stretches(self, sorted_namespaces: list[str]) -> list[slice]:
        """Where the selected namespaces lie in a sorted list."""
        if self.namespace is not None:
            return [_equal(sorted_namespaces, self.namespace)]
        path = self.namespace_path or "/"
        limits = namespaces.bounds(path)
        if limits is None:
            return [slice(0, len(sorted_namespaces))]
        low, high = limits
        below = slice(bisect_left(sorted_namespaces, low), bisect_left(sorted_namespaces, high))
        end = namespaces.stem(path)
        if end.endswith("/"):  # `/a//` is not `/a/`
            return [below]
        return [_equal(sorted_namespaces, end), below]


def _equal(values: list[str], value: str) -> slice:
    return slice(bisect_left(values, value), bisect_right(values, value))


@dataclass(frozen=True)
class Scan:
    """The selected records with both signals, aligned."""

    record_nos: Numbers
    compared: Callable[[], Vectors]  # waits for the cosines
    bm25: Floats  # 0 without a word in common

    def __len__(self) -> int:
        return len(self.record_nos)

    @cached_property
    def cosines(self) -> Vectors:
        """Nearness to the query; zeros without a query's vector."""
        return self.compared()

    @classmethod
    def joined(cls, scans: Sequence[Scan]) -> Scan:
        """One of several; a single one is not copied."""
        if len(scans) == 1:
            return scans[0]
        return cls(
            np.concatenate([_NO_NUMBERS, *(scan.record_nos for scan in scans)]),
            lambda: np.concatenate([_NO_COSINES, *(scan.cosines for scan in scans)]),
            np.concatenate([_NO_BM25, *(scan.bm25 for scan in scans)]),
        )


_NO_NUMBERS, _NO_COSINES, _NO_BM25 = np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0)


def terms(segments: Sequence[Segment], words: Iterable[Matches]) -> list[Term]:
    """The words of a question as they weigh in the memory that these segments make up."""
    records, tokens = (sum(each) for each in zip(*(segment.totals for segment in segments), strict=True))
    return [
        Term.of(matches, hits=sum(each.hits(matches) for each in segments), records=records, tokens=tokens)
        for matches in words
    ]


def _not_compared(count: int) -> Callable[[], Vectors]:
    return lambda: np.zeros(count, np.float32)


def _common(one: Numbers, other: Numbers) -> tuple[Places, Places]:
    """Where the numbers that are in both lie in each; both ascend. Costs the shorter one's numbers."""
    if len(one) < len(other):
        there, here = _common(other, one)
        return here, there
    if not len(other):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    at = np.searchsorted(one, other)
    at[at == len(one)] = 0
    meets = one[at] == other
    return at[meets], np.flatnonzero(meets)


@dataclass(frozen=True)
class Rows:
    """The rows of a segment, sorted by namespace. Never changed."""

    record_nos: Numbers
    namespaces: list[str]
    strategy_ids: NDArray[np.object_]
    metadata: list[dict[str, Any]]
    written_ms: Numbers  # shape (n, 2): created, updated
    expires_ms: Numbers
    vectors: Vectors
    sizes: NDArray[np.int32]  # tokens in the full-text index

    @cached_property
    def by_number(self) -> tuple[Numbers, Places]:
        """The record numbers in ascending order, and the row of each."""
        order = np.argsort(self.record_nos)
        return self.record_nos[order], order

    @cached_property
    def first_expiry_ms(self) -> int:
        """When the first row expires; never, where none does."""
        return int(self.expires_ms.min(initial=_NEVER_MS))

    @cached_property
    def _placed(self) -> WeakKeyDictionary[Matches, tuple[Places, Floats]]:
        return WeakKeyDictionary()  # matches that are no longer kept leave by themselves

    @cached_property
    def _weighed(self) -> WeakKeyDictionary[Matches, tuple[tuple[float, float], Floats]]:
        return WeakKeyDictionary()

    def placed(self, matches: Matches) -> tuple[Places, Floats]:
        """The rows of the records that have a word, ascending, and how often each has it."""
        known = self._placed.get(matches)
        if known is None:
            known = self._placed[matches] = self._place(matches)
        return known

    def weighed(self, term: Term, stretch: slice) -> tuple[Places, Floats]:
        """The rows of a stretch that have a word, and what it adds to the BM25 of each."""
        rows, counts = self.placed(term.matches)
        held = slice(*rows.searchsorted((stretch.start, stretch.stop)))
        state, known = (term.idf, term.mean_size), self._weighed.get(term.matches)
        if known is None or known[0] != state:  # the first question, or the memory has other records since
            if _WORTH_KEEPING * (held.stop - held.start) < len(rows):
                return rows[held], term.weights(counts[held], self.sizes[rows[held]])
            known = self._weighed[term.matches] = state, term.weights(counts, self.sizes[rows])
        return rows[held], known[1][held]

    def _place(self, matches: Matches) -> tuple[Places, Floats]:
        numbers, order = self.by_number
        here, there = _common(numbers, matches.record_nos)
        rows = order[here]
        ascending = np.argsort(rows)
        return rows[ascending], matches.counts[there[ascending]]


@dataclass(frozen=True)
class Segment:
    """Rows, and which of them are still what is stored. A new state is a new object that shares the rows."""

    rows: Rows
    alive: Mask

    @classmethod
    def of(cls, count: int, found: Iterable[tuple[Any, ...]]) -> Segment:
        """A segment of `count` rows of `COLUMNS`, which come in the order of their namespaces.

        They are put in their places a few at a time: a list of all would take as much memory again. Equal
        texts are kept once.
        """
        texts: dict[str, str] = {}
        documents: dict[str, dict[str, Any]] = {}
        rows = Rows(
            record_nos=np.empty(count, np.int64),
            namespaces=[],
            strategy_ids=np.empty(count, object),
            metadata=[],
            written_ms=np.empty((count, 2), np.int64),
            expires_ms=np.empty(count, np.int64),
            vectors=np.empty((count, DIMENSIONS), np.float32),
            sizes=np.empty(count, np.int32),
        )
        source, start = iter(found), 0
        while some := tuple(islice(source, _ROWS_AT_ONCE)):
            numbers, names, strategy_ids, metadata, created, updated, expires, blobs, sizes = zip(
                *some, strict=True
            )
            here = slice(start, start := start + len(some))
            rows.record_nos[here] = numbers
            rows.namespaces.extend([texts.setdefault(name, name) for name in names])
            rows.strategy_ids[here] = [texts.setdefault(each, each) for each in strategy_ids]
            documents |= {each: json.loads(each) for each in set(metadata) - documents.keys()}
            rows.metadata.extend([documents[each] for each in metadata])
            rows.written_ms[here, 0], rows.written_ms[here, 1] = created, updated
            rows.expires_ms[here] = [each or _NEVER_MS for each in expires]
            vectors = b"".join([_NO_VECTOR if blob is None else blob for blob in blobs])
            rows.vectors[here] = np.frombuffer(vectors, "<f4").reshape(-1, DIMENSIONS)
            rows.sizes[here] = [size_of(block) for block in sizes]
        return cls(rows, np.ones(count, bool))

    def __len__(self) -> int:
        return len(self.alive)

    @cached_property
    def totals(self) -> tuple[int, int]:
        """How many living rows there are, and how many tokens they have."""
        return int(self.alive.sum()), int(self.rows.sizes[self.alive].sum())

    def hits(self, matches: Matches) -> int:
        """How many living rows have a word."""
        if not len(self):
            return 0
        rows, _ = self.rows.placed(matches)
        all_live = self.totals[0] == len(self)
        return len(rows) if all_live else int(self.alive[rows].sum())

    def without(self, record_nos: Numbers) -> Segment:
        numbers, order = self.rows.by_number
        here, _ = _common(numbers, np.unique(record_nos))
        alive = self.alive.copy()
        alive[order[here]] = False
        return replace(self, alive=alive)

    def merged(self, other: Segment) -> Segment:
        """One segment with the living rows of both."""
        one, two = self.rows, other.rows
        here, there = np.flatnonzero(self.alive), np.flatnonzero(other.alive)
        kept = [one.namespaces[at] for at in here]
        places = [bisect_right(kept, two.namespaces[at]) for at in there]
        rows_at = np.insert(here, places, there + len(self))
        names, metadata = [*one.namespaces, *two.namespaces], [*one.metadata, *two.metadata]
        rows = Rows(
            record_nos=np.concatenate([one.record_nos, two.record_nos])[rows_at],
            namespaces=[names[at] for at in rows_at],
            strategy_ids=np.concatenate([one.strategy_ids, two.strategy_ids])[rows_at],
            metadata=[metadata[at] for at in rows_at],
            written_ms=np.concatenate([one.written_ms, two.written_ms])[rows_at],
            expires_ms=np.concatenate([one.expires_ms, two.expires_ms])[rows_at],
            vectors=np.concatenate([one.vectors, two.vectors])[rows_at],
            sizes=np.concatenate([one.sizes, two.sizes])[rows_at],
        )
        return Segment(rows, np.ones(len(rows_at), bool))

    def scans(
        self, selection: Selection, nearness: Nearness | None = None, terms: Sequence[Term] = ()
    ) -> list[Scan]:
        """The selected records, their cosines to a query and their BM25 for its terms, by stretches."""
        stretches = selection.stretches(self.rows.namespaces) if len(self) else []
        found = [each for each in stretches if each.stop > each.start]
        return [self._scan(stretch, selection, nearness, terms) for stretch in found]

    def _scan(
        self, stretch: slice, selection: Selection, nearness: Nearness | None, terms: Sequence[Term]
    ) -> Scan:
        """The other cores begin with the cosines while this one looks at everything else."""
        count = stretch.stop - stretch.start
        record_nos = self.rows.record_nos[stretch]
        compared = _not_compared(count) if nearness is None else nearness(self.rows.vectors[stretch])
        bm25 = np.zeros(count)
        for term in terms:
            rows, weights = self.rows.weighed(term, stretch)
            np.add.at(bm25, rows - stretch.start, weights)
        mask = self._mask(stretch, selection)
        if mask is None:
            return Scan(record_nos, compared, bm25)
        return Scan(record_nos[mask], lambda: compared()[mask], bm25[mask])

    def _mask(self, stretch: slice, selection: Selection) -> Mask | None:
        """Which rows of a stretch are selected; None: all of them."""
        mask: Mask = self.alive[stretch]
        now = now_ms()
        if self.rows.first_expiry_ms <= now:
            mask = mask & (self.rows.expires_ms[stretch] > now)
        if selection.strategy_id is not None:
            mask = mask & (self.rows.strategy_ids[stretch] == selection.strategy_id)
        if selection.filters:
            mask, indexed = mask.copy(), dict(selection.indexed_ms)
            for at in np.flatnonzero(mask):
                mask[at] = self._passes(stretch.start + at, selection.filters, indexed)
        return None if mask.all() else mask

    def _passes(self, at: int, filters: Iterable[RecordFilter], indexed: dict[str, int]) -> bool:
        created, updated = map(int, self.rows.written_ms[at])
        metadata = filterable(self.rows.metadata[at], created, updated, indexed)
        return all(each.matches(metadata) for each in filters)
