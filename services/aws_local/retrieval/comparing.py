"""Cosines of many vectors to one: a scan of memory, which one core reads at half of the speed of two."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from services.aws_local.retrieval.encoding import Vectors

# Each part costs 30 microseconds more than its rows do, and the last one may leave a core without work: so
# there are two for each core, and no more than these sizes ask for.
_PARTS_OF_A_CORE = 2
_LEAST_ROWS = 8_192  # 12 MB: 0.7 ms or more, for which another thread is worth its wake-up
_MOST_ROWS = 25_088  # 2 to 3 ms; a multiple of what BLAS takes together
_TOGETHER = 64
_MOST_CORES = 4
_PATIENCE_SECONDS = 0.003  # for the last part of another thread, which may have to wait for a core


class Comparing:
    """Compares with all cores what is large. Safe to share between threads."""

    def __init__(self) -> None:
        self._cores = min(os.cpu_count() or 1, _MOST_CORES)
        self._threads = ThreadPoolExecutor(max(1, self._cores - 1), thread_name_prefix="comparing")

    def begin(self, vectors: Vectors, query: Vectors) -> Callable[[], Vectors]:
        """Begin with the cosine of each row (unit vectors, shape (n, dimensions)) to the query, on the other
        cores, and give what goes on with it here until all are known.
        """
        count = min(_PARTS_OF_A_CORE * self._cores, len(vectors) // _LEAST_ROWS)
        if self._cores < 2 or count < 2:
            return lambda: vectors @ query
        parts = Parts(vectors, query, min(len(vectors) // count, _MOST_ROWS))
        for _ in range(self._cores - 1):
            self._threads.submit(parts.compare)
        return parts.finish

    def cosines(self, vectors: Vectors, query: Vectors) -> Vectors:
        """The cosine of each row to the query."""
        return self.begin(vectors, query)()

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown()


class Parts:
    """A comparison in parts of so many rows, of which each thread takes one after the other: none waits for a
    slower one's half.
    """

    def __init__(self, vectors: Vectors, query: Vectors, rows: int) -> None:
        self._vectors = vectors
        self._query = query
        self._near = np.empty(len(vectors), np.float32)
        # BLAS takes some rows together: the same ones, whoever takes a part, for the same sums.
        length = -(-rows // _TOGETHER) * _TOGETHER
        starts = range(0, len(vectors), length)
        self._open = deque(slice(start, min(start + length, len(vectors))) for start in starts)
        self._missing = {part.start: part for part in self._open}
        self._ended = threading.Condition()

    def taken(self) -> slice | None:
        """A part that is now the caller's to compare; None when nobody has to take one any more."""
        try:
            return self._open.popleft()
        except IndexError:
            return None

    def compare(self) -> None:
        """Compare part after part, until all are taken."""
        while (part := self.taken()) is not None:
            self.compare_part(part)

    def finish(self) -> Vectors:
        """The same, and the cosines of all once the others are ready. One that has no core to go on with is
        not waited for: its part is compared here too, and what it will write some time goes nowhere. (BLAS
        writes zeros first, so that it would spoil what is there.)
        """
        self.compare()
        with self._ended:
            self._ended.wait_for(lambda: not self._missing, _PATIENCE_SECONDS)
            missing = list(self._missing.values())
        if not missing:
            return self._near
        near = self._near.copy()
        for part in missing:
            np.matmul(self._vectors[part], self._query, near[part])
        return near

    def compare_part(self, part: slice) -> None:
        """Compare a part that was taken."""
        np.matmul(self._vectors[part], self._query, self._near[part])
        with self._ended:
            self._missing.pop(part.start, None)
            if not self._missing:
                self._ended.notify_all()
