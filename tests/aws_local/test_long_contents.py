"""A batch of long contents is answered before all of it is embedded; the rest follows in the background."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.memory import upkeep
from services.aws_local.storage.store import Store
from tests.aws_local.agentcore import record
from tests.aws_local.in_process import InProcess

LARGEST = 16_000  # characters of a record
MOST = 100  # records in a request


class CountingEmbedder:
    """Stands in for the model, which would take a minute for what these tests write."""

    name = "counting"
    dimensions = 384

    def __init__(self) -> None:
        self.texts = 0

    def encode(self, texts: Sequence[str]) -> Any:
        self.texts += len(texts)
        return np.eye(len(texts), self.dimensions, dtype=np.float32)


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def backend(tmp_path: Path, embedder: Any) -> Iterator[Backend]:
    """Without its background threads: they are called by the tests."""
    opened = Backend(Store.open(tmp_path / "data"), Settings(extraction_delay=60), embedder)
    yield opened
    opened.close()


def unembedded(backend: Backend) -> int:
    return backend.read(upkeep.unembedded_count)


def batch(characters: int) -> list[dict[str, Any]]:
    return [record(str(n), f"{n} sushi ".ljust(characters, "x")) for n in range(MOST)]


def test_the_largest_batch_embeds_only_so_much_before_its_answer(
    backend: Backend, embedder: CountingEmbedder
) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()

    answer = aws("BatchCreateMemoryRecords", memoryId=memory_id, records=batch(LARGEST))

    assert len(answer["successfulRecords"]) == MOST
    assert 0 < embedder.texts <= 20
    assert unembedded(backend) == MOST - embedder.texts
    assert len(aws.search(memory_id, "sushi")) == 10, "found by their words"
    while upkeep.embed_missing(backend.store, backend.search, backend.encoder):
        pass
    assert unembedded(backend) == 0


def test_a_batch_of_usual_records_is_embedded_at_once(backend: Backend) -> None:
    aws = InProcess(backend)

    aws("BatchCreateMemoryRecords", memoryId=aws.memory(), records=batch(200))

    assert unembedded(backend) == 0


def test_a_change_to_a_long_content_loses_the_vector_of_the_old_one(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    made = aws("BatchCreateMemoryRecords", memoryId=memory_id, records=batch(200))
    changes = [
        {
            "memoryRecordId": each["memoryRecordId"],
            "timestamp": given["timestamp"],
            "content": given["content"],
        }
        for each, given in zip(made["successfulRecords"], batch(LARGEST), strict=True)
    ]

    aws("BatchUpdateMemoryRecords", memoryId=memory_id, records=changes)

    assert unembedded(backend) >= MOST - 20
