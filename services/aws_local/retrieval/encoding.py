"""Vectors of texts, each text computed once: the embedder behind a cache."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.aws_local.retrieval.embedding import Embedder

Vectors = NDArray[np.float32]

# 1.5 KB a vector: 6 MB. Holds the queries of a session and the repeated sentences of a bulk load.
_REMEMBERED = 4096


class Encoder:
    """Texts to unit vectors, or to nothing where no embedder is installed. Safe to share between threads."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._guard = threading.Lock()

    @property
    def name(self) -> str | None:
        """The embedder's name, None without one."""
        return self._embedder.name if self._embedder else None

    def vectors(self, texts: Sequence[str]) -> Vectors | None:
        """One unit row for each text, shape (len(texts), dimensions); None without an embedder."""
        if self._embedder is None:
            return None
        if not texts:
            return np.empty((0, self._embedder.dimensions), np.float32)
        known = self._recall(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= dict(zip(missing, self._embedder.encode(missing), strict=True))
            self._remember(missing, known)
        return np.array([known[text] for text in texts])

    def blobs(self, texts: Sequence[str]) -> list[bytes | None]:
        """The vectors in the form in which they are stored."""
        vectors = self.vectors(texts)
        return [None] * len(texts) if vectors is None else [as_blob(vector) for vector in vectors]

    def _recall(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._guard:
            found = {text: self._known[text] for text in texts if text in self._known}
            for text in found:
                self._known.move_to_end(text)
        return found

    def _remember(self, texts: Sequence[str], vectors: dict[str, Vectors]) -> None:
        with self._guard:
            for text in texts:
                self._known[text] = vectors[text]
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def as_blob(vector: Vectors) -> bytes:
    """Little-endian float32, the form in the database."""
    return vector.astype("<f4").tobytes()


def from_blobs(blobs: Sequence[bytes | None], dimensions: int) -> Vectors:
    """A matrix of stored vectors; a row of zeros (near to nothing) where none is stored."""
    matrix = np.zeros((len(blobs), dimensions), np.float32)
    for position, blob in enumerate(blobs):
        if blob is not None:
            matrix[position] = np.frombuffer(blob, "<f4")
    return matrix
