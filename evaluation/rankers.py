"""Rankings of the same texts to compare the product's with: by full text alone, by embedding alone."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence

from services.aws_local.retrieval.embedding import load_embedder
from services.aws_local.retrieval.ranking import STOP_WORDS

Rank = Callable[[str], list[int]]
"""A query -> places of the texts, best first; texts that were not found are left out."""
_WORD = re.compile(r"[^\W_]+")


def by_full_text(texts: Sequence[str]) -> Rank:
    """BM25 of SQLite's FTS5 with Porter's stemmer; stop words are left out of the query."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize = 'porter unicode61')")
    connection.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", enumerate(texts))

    def rank(query: str) -> list[int]:
        terms = dict.fromkeys(word.lower() for word in _WORD.findall(query))
        words = " OR ".join(f'"{term}"' for term in terms if term not in STOP_WORDS)
        sql = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY bm25(texts), rowid"
        return [place for (place,) in connection.execute(sql, (words,))] if words else []

    return rank


def by_embedding(texts: Sequence[str]) -> Rank | None:
    """Cosine of the texts as they are; None when the weights are not installed."""
    embedder = load_embedder()
    if embedder is None:
        return None
    vectors = embedder.encode(list(texts))

    def rank(query: str) -> list[int]:
        near = vectors @ embedder.encode([query])[0]
        return [int(place) for place in (-near).argsort(kind="stable")]

    return rank
