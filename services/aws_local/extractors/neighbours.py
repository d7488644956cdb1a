"""The stored records nearest to a new memory, those included that its own group added before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.aws_local.extraction import Extracted
from services.aws_local.extraction.consolidation import Neighbour
from services.aws_local.retrieval.encoding import Vectors, from_blobs
from services.aws_local.retrieval.ranking import query_terms
from services.aws_local.retrieval.segments import DIMENSIONS
from services.aws_local.storage.store import Row

# Neighbours a decision sees. More than one would be compared with: a slot ("home city") may be filled by
# a statement that is not the nearest.
NEIGHBOURS = 20


@dataclass(frozen=True)
class _Record:
    """A record as new statements are compared with it."""

    record_id: str
    content: str
    embed_text: str
    vector: Vectors | None


class Known:
    """The records that new statements are compared with: those stored, and those of this group so far."""

    def __init__(self, found: list[Row], embedded: bool) -> None:
        vectors: Iterable[Vectors | None] = [None] * len(found)
        if embedded:
            vectors = from_blobs([each["vector"] for each in found], DIMENSIONS)
        self._known = {
            each["record_id"]: _Record(each["record_id"], each["content"], each["embed_text"], vector)
            for each, vector in zip(found, vectors, strict=True)
        }

    def near(self, new: Extracted, vector: Vectors | None, limit: int = NEIGHBOURS) -> tuple[Neighbour, ...]:
        """The nearest, nearest first. Without an embedder nearness is the share of words in common."""
        known = list(self._known.values())
        likeness = _likeness(known, new, vector)
        order = np.argsort(-likeness, kind="stable")[:limit]
        return tuple(Neighbour(known[at].record_id, known[at].content, float(likeness[at])) for at in order)

    def put(self, record_id: str, new: Extracted, vector: Vectors | None) -> None:
        """Count `new` among the stored, as a new record or in the place of an older state."""
        self._known[record_id] = _Record(record_id, new.content, new.embed_text, vector)


def _likeness(known: list[_Record], new: Extracted, vector: Vectors | None) -> Vectors:
    """Cosines; without an embedder the share of telling words in common."""
    if not known:
        return np.empty(0, np.float32)
    if vector is not None:
        cosines: Vectors = np.stack([each.vector for each in known if each.vector is not None]) @ vector
        return cosines
    words = set(query_terms(new.embed_text))
    return np.array([_overlap(words, set(query_terms(each.embed_text))) for each in known], np.float32)


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))
