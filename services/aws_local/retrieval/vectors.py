"""The vectors of a memory in RAM, sorted by namespace: a namespace, or all below a path, is one stretch.

The database is the truth. A block is loaded when its memory is first searched, brought up to date when
records changed, and dropped when too much is held. New rows go to a small tail that is merged from time
to time; a scan costs what the selected rows cost (an exact scan: recall is 1).
"""

from __future__ import annotations

import json
import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from services.aws_local.clock import now_ms
from services.aws_local.memory import namespaces
from services.aws_local.memory.metadata_filters import RecordFilter, filterable
from services.aws_local.retrieval.encoding import Vectors
from services.aws_local.storage.store import Store

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

DIMENSIONS = 384
_NEVER_MS = np.iinfo(np.int64).max
_TAIL_ROWS = 1024
_LIMIT_BYTES = 256 * 1024 * 1024

_COLUMNS = "record_no, namespace, strategy_id, metadata, created_ms, updated_ms, expires_ms, vector"


@dataclass(frozen=True)
class Selection:
    """Which records a search may return. Exactly one of `namespace` and `namespace_path` is set."""

    namespace: str | None = None
    namespace_path: str | None = None
    strategy_id: str | None = None
    filters: tuple[RecordFilter, ...] = ()
    indexed_ms: tuple[tuple[str, int], ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves out records at or below its path."""
        return self.namespace is not None or self.strategy_id is not None or bool(self.filters)

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
class Segment:
    """Rows sorted by namespace. Never changed: a new state is a new object that shares the arrays."""

    record_nos: Numbers
    namespaces: list[str]
    strategy_ids: NDArray[np.object_]
    metadata: list[dict[str, Any]]
    times_ms: Numbers  # shape (n, 3): created, updated, expires
    vectors: Vectors
    alive: Mask

    @classmethod
    def of(cls, count: int, found: Iterable[tuple[Any, ...]]) -> Segment:
        """A segment of `count` rows of `_COLUMNS`, which come in the order of their namespaces.

        They are put in their places one by one: a list of them would take as much memory again. Equal texts
        are kept once.
        """
        texts: dict[str, str] = {}
        documents: dict[str, dict[str, Any]] = {}
        segment = cls(
            record_nos=np.empty(count, np.int64),
            namespaces=[],
            strategy_ids=np.empty(count, object),
            metadata=[],
            times_ms=np.empty((count, 3), np.int64),
            vectors=np.zeros((count, DIMENSIONS), np.float32),  # near to nothing where none is stored
            alive=np.ones(count, bool),
        )
        for at, (number, namespace, strategy_id, metadata, created, updated, expires, blob) in enumerate(
            found
        ):
            segment.record_nos[at] = number
            segment.namespaces.append(texts.setdefault(namespace, namespace))
            segment.strategy_ids[at] = texts.setdefault(strategy_id, strategy_id)
            if metadata not in documents:
                documents[metadata] = json.loads(metadata)
            segment.metadata.append(documents[metadata])
            segment.times_ms[at] = (created, updated, expires or _NEVER_MS)
            if blob is not None:
                segment.vectors[at] = np.frombuffer(blob, "<f4")
        return segment

    def without(self, record_nos: Numbers) -> Segment:
        return replace(self, alive=self.alive & ~np.isin(self.record_nos, record_nos))

    def merged(self, other: Segment) -> Segment:
        """One segment with the living rows of both."""
        order = sorted(
            [(self.namespaces[at], 0, at) for at in np.flatnonzero(self.alive)]
            + [(other.namespaces[at], 1, at) for at in np.flatnonzero(other.alive)]
        )
        both = (self, other)
        offsets = (0, len(self.namespaces))
        rows_at = np.array([offsets[which] + at for _, which, at in order], np.int64)
        metadata = [*self.metadata, *other.metadata]
        return Segment(
            record_nos=np.concatenate([each.record_nos for each in both])[rows_at],
            namespaces=[namespace for namespace, _, _ in order],
            strategy_ids=np.concatenate([each.strategy_ids for each in both])[rows_at],
            metadata=[metadata[at] for at in rows_at],
            times_ms=np.concatenate([each.times_ms for each in both])[rows_at],
            vectors=np.concatenate([each.vectors for each in both])[rows_at],
            alive=np.ones(len(order), bool),
        )

    def count(self, selection: Selection) -> int:
        """How many rows a scan would look at."""
        return sum(stretch.stop - stretch.start for stretch in selection.stretches(self.namespaces))

    def scan(self, query: Vectors | None, selection: Selection) -> tuple[Numbers, Vectors]:
        """The selected record numbers and their cosines to the query (zeros without one)."""
        numbers, cosines = [], []
        for stretch in selection.stretches(self.namespaces):
            mask = self._mask(stretch, selection)
            near = np.zeros(len(mask), np.float32) if query is None else self.vectors[stretch] @ query
            numbers.append(self.record_nos[stretch][mask])
            cosines.append(near[mask])
        return np.concatenate(numbers), np.concatenate(cosines)

    def _mask(self, stretch: slice, selection: Selection) -> Mask:
        mask: Mask = self.alive[stretch] & (self.times_ms[stretch, 2] > now_ms())
        if selection.strategy_id is not None:
            mask &= self.strategy_ids[stretch] == selection.strategy_id
        if selection.filters:
            indexed = dict(selection.indexed_ms)
            for at in np.flatnonzero(mask):
                mask[at] = self._passes(stretch.start + at, selection.filters, indexed)
        return mask

    def _passes(self, at: int, filters: Iterable[RecordFilter], indexed: dict[str, int]) -> bool:
        created, updated = int(self.times_ms[at, 0]), int(self.times_ms[at, 1])
        metadata = filterable(self.metadata[at], created, updated, indexed)
        return all(each.matches(metadata) for each in filters)


_EMPTY = Segment.of(0, [])


class _Block:
    """One memory's segments; `pending` are the records that changed since they were read."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pending: set[int] = set()
        self.main: Segment | None = None
        self.tail = _EMPTY

    def size(self) -> int:
        return 0 if self.main is None else self.main.vectors.nbytes + self.tail.vectors.nbytes


class VectorBlocks:
    """The blocks of the memories that were searched lately."""

    def __init__(self, store: Store, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._store = store
        self._limit = limit_bytes
        self._blocks: OrderedDict[int, _Block] = OrderedDict()
        self._guard = threading.Lock()

    def segments(self, memory_no: int) -> tuple[Segment, Segment]:
        """The memory's rows as of now: everything committed before this call is in them."""
        with self._guard:
            block = self._blocks.setdefault(memory_no, _Block())
            self._blocks.move_to_end(memory_no)
        with block.lock:
            self._refresh(memory_no, block)
            segments = (block.main or _EMPTY, block.tail)
        self._drop_old()
        return segments

    def changed(self, memory_no: int, record_nos: Iterable[int]) -> None:
        """Note, after the commit, which records were written or erased."""
        with self._guard:
            block = self._blocks.get(memory_no)
            if block is not None:
                block.pending |= set(record_nos)

    def forget(self, memory_no: int) -> None:
        with self._guard:
            self._blocks.pop(memory_no, None)

    def _refresh(self, memory_no: int, block: _Block) -> None:
        """Read what is missing. Changes that are noted meanwhile are for the next time."""
        with self._guard:
            changed, block.pending = block.pending, set()
        try:
            if block.main is None:
                block.main = self._store.read(lambda connection: _all(connection, memory_no))
            elif changed:
                self._apply(block, block.main, changed)
        except BaseException:  # they are still to be read, by whoever searches next
            self.changed(memory_no, changed)
            raise

    def _apply(self, block: _Block, main: Segment, changed: set[int]) -> None:
        new = self._store.read(lambda connection: _some(connection, changed))
        numbers = np.fromiter(changed, np.int64)
        block.main = main.without(numbers)
        block.tail = block.tail.without(numbers).merged(new)
        if len(block.tail.namespaces) > max(_TAIL_ROWS, len(main.namespaces) // 8):
            block.main, block.tail = block.main.merged(block.tail), _EMPTY

    def _drop_old(self) -> None:
        """Keep within the limit; the block used last always stays."""
        with self._guard:
            size = sum(block.size() for block in self._blocks.values())
            while size > self._limit and len(self._blocks) > 1:
                _, dropped = self._blocks.popitem(last=False)
                size -= dropped.size()


def _all(connection: apsw.Connection, memory_no: int) -> Segment:
    return _segment(connection, "memory_no = ?", (memory_no,))


def _some(connection: apsw.Connection, record_nos: set[int]) -> Segment:
    wanted = json.dumps(sorted(record_nos))
    return _segment(connection, "record_no IN (SELECT value FROM json_each(?))", (wanted,))


def _segment(connection: apsw.Connection, where: str, bindings: tuple[Any, ...]) -> Segment:
    """The records that meet a condition, counted and read in one snapshot."""
    cursor = connection.cursor()
    cursor.row_trace = None  # plain tuples: a dict for each row takes longer than the row
    ((count,),) = cursor.execute(f"SELECT count(*) FROM records WHERE {where}", bindings)  # noqa: S608
    sql = f"SELECT {_COLUMNS} FROM records WHERE {where} ORDER BY namespace, created_ms, record_no"  # noqa: S608
    return Segment.of(count, cursor.execute(sql, bindings))
