"""Cosines of many vectors to one: a scan of memory, which one core reads at half of the speed of two."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from services.aws_local.retrieval.encoding import Vectors

_ROWS = 16_384  # of a part, at least: 25 MB, for which another thread is worth its wake-up
_MOST_CORES = 4


class Comparing:
    """Compares with all cores what is large. Safe to share between threads."""

    def __init__(self) -> None:
        self._parts = min(os.cpu_count() or 1, _MOST_CORES)
        self._threads = ThreadPoolExecutor(max(1, self._parts - 1), thread_name_prefix="comparing")

    def cosines(self, vectors: Vectors, query: Vectors) -> Vectors:
        """The cosine of each row (unit vectors, shape (n, dimensions)) to the query."""
        parts = min(self._parts, len(vectors) // _ROWS)
        if parts < 2:
            product: Vectors = vectors @ query
            return product
        near = np.empty(len(vectors), np.float32)
        # BLAS takes some rows together: the same ones, however many parts there are, for the same sums.
        length = len(vectors) // parts // 64 * 64
        starts = [length * part for part in range(parts)]
        slices = [slice(start, end) for start, end in zip(starts, [*starts[1:], len(vectors)], strict=True)]
        others = [self._threads.submit(np.matmul, vectors[each], query, near[each]) for each in slices[1:]]
        np.matmul(vectors[slices[0]], query, near[slices[0]])
        for other in others:
            other.result()
        return near

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown()
