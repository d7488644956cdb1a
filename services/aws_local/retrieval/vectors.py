"""The vectors of a memory in RAM, sorted by namespace: a namespace, or all below a path, is one stretch.

The database is the truth. A block is loaded when its memory is first searched, brought up to date when
records changed, and dropped when too much is held. New rows go to a small tail that is merged from time
to time; a scan costs what the selected rows cost (an exact scan: recall is 1).
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import apsw
import numpy as np

from services.aws_local.retrieval.segments import COLUMNS, Segment
from services.aws_local.storage.store import Store

_TAIL_ROWS = 1024
_LIMIT_BYTES = 256 * 1024 * 1024

_EMPTY = Segment.of(0, [])


class _Block:
    """One memory's segments; `pending` are the records that changed since they were read."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pending: set[int] = set()
        self.main: Segment | None = None
        self.tail = _EMPTY

    def size(self) -> int:
        return 0 if self.main is None else self.main.rows.vectors.nbytes + self.tail.rows.vectors.nbytes


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
        if len(block.tail) > max(_TAIL_ROWS, len(main) // 8):
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
    sql = f"SELECT {COLUMNS} FROM records WHERE {where} ORDER BY namespace, created_ms, record_no"  # noqa: S608
    return Segment.of(count, cursor.execute(sql, bindings))
