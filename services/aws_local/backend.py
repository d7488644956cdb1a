"""Everything behind the HTTP side: the store, retrieval and extraction, opened and closed together."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from services.aws_local.embedding import Embedder, load_embedder
from services.aws_local.encoding import Encoder
from services.aws_local.extraction import EXTRACTOR
from services.aws_local.pipeline import Pipeline
from services.aws_local.search import Search
from services.aws_local.store import Store, Task, row

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """Seconds: the quiet time of a session before it is extracted, and how long a status change takes."""

    extraction_delay: float = 1.0
    transition_seconds: float = 0.0


class Backend:
    """One data directory at work. Handlers reach everything through it."""

    def __init__(self, store: Store, settings: Settings, embedder: Embedder | None) -> None:
        self.store = store
        self.settings = settings
        self.embedder = embedder
        self.encoder = Encoder(embedder)
        self.search = Search(store, self.encoder)
        self.pipeline = Pipeline(store, self.search, self.encoder, settings.extraction_delay)
        self.token_key: bytes = store.read(_token_key)

    @classmethod
    def open(cls, data_dir: Path, settings: Settings) -> Backend:
        """Open `data_dir` (made when missing); nothing happens there in the background before `start`.

        StoreError when the directory cannot be used; ValueError when the embedding weights are damaged.
        """
        embedder = load_embedder()
        if embedder is None:
            log.warning("No embedding weights are installed: records are ranked by words only.")
        return cls(Store.open(data_dir), settings, embedder)

    def start(self) -> None:
        """Begin to extract what waits, to embed what has no vector and to erase what expired."""
        self.pipeline.start()

    @property
    def transition_ms(self) -> int:
        return round(self.settings.transition_seconds * 1000)

    def read(self, task: Task[T]) -> T:
        """See Store.read."""
        return self.store.read(task)

    def write(self, task: Task[T]) -> T:
        """See Store.write."""
        return self.store.write(task)

    def forget(self, memory_nos: Iterable[int]) -> None:
        """Drop what is cached of memories that are gone (harmless when it happens twice)."""
        for memory_no in memory_nos:
            self.search.forget(memory_no)

    def health(self) -> dict[str, Any]:
        """The body of GET /healthz."""
        return {
            "status": "ok",
            "extractor": f"{EXTRACTOR} (rules, no language model)",
            "extractedStrategies": ["SEMANTIC", "USER_PREFERENCE", "SUMMARIZATION"],
            "notExtractedStrategies": ["EPISODIC", "SELF_MANAGED"],
            "embedder": self.embedder.name if self.embedder else "none: ranking by words only",
            "pendingExtractions": self.pipeline.pending(),
        }

    def close(self) -> None:
        """Stop extracting, finish what is being written, let the directory go."""
        self.pipeline.close()
        self.store.close()


def _token_key(connection: Any) -> bytes:
    found = row(connection, "SELECT value FROM secrets WHERE name = 'token_key'")
    if found is None:
        raise LookupError("the database has no token key")
    return bytes(found["value"])
