"""What the words of a question weigh in the records of one memory.

The formula, its constants and the order of its operations are those of SQLite's FTS5
(https://sqlite.org/fts5.html#the_bm25_function, fts5_aux.c). How rare a word is, and how long a record, is
counted in the memory alone: what another memory holds, perhaps another account's, must not show in a ranking.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.aws_local.retrieval.word_index import Floats, Matches

K1, B = 1.2, 0.75
LEAST_IDF = 1e-6  # of a word that more than half of the records have


@dataclass(frozen=True)
class Term:
    """A word of a question in a memory, as of one moment."""

    matches: Matches
    idf: float
    mean_size: float  # tokens of a record

    @classmethod
    def of(cls, matches: Matches, *, hits: int, records: int, tokens: int) -> Term:
        """Of a word that `hits` of a memory's `records` have, which are `tokens` long together."""
        rare = records > 2 * hits
        idf = math.log((records - hits + 0.5) / (hits + 0.5)) if rare else LEAST_IDF
        return cls(matches, idf, tokens / max(records, 1))

    def weights(self, counts: Floats, sizes: NDArray[np.int32]) -> Floats:
        """What the word adds to the BM25 of records that have it `counts` times in `sizes` tokens."""
        length = K1 * (1 - B + B * sizes / self.mean_size)
        weights: Floats = self.idf * (counts * (K1 + 1) / (counts + length))
        return weights
