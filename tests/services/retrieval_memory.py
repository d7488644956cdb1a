"""A memory with two strategies and records written by hand, for questions whose answer is known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.clients import Clients
from services.memory.memories import StrategyDraft
from tests.services.conftest import new_memory

CONTACT = "The user prefers to be contacted by email."
DAMAGED = "The package of the user arrived damaged."
CATS = "The user has two cats named Mia and Tom."
TRAIN = '{"context": "", "preference": "Prefers trains over planes", "categories": ["travel"]}'


def filled(live: Clients) -> dict[str, Any]:
    """The memory as GetMemory tells it: three facts of ann, one preference."""
    memory = new_memory(
        live,
        StrategyDraft("semantic", "Facts", "/facts/{actorId}/"),
        StrategyDraft("user_preference", "Likes", "/likes/{actorId}/"),
    )
    facts, likes = strategy_ids(memory)
    add(live, memory, "/facts/ann/", facts, CONTACT, DAMAGED, CATS)
    add(live, memory, "/likes/ann/", likes, TRAIN)
    return memory


def strategy_ids(memory: dict[str, Any]) -> tuple[str, str]:
    """The ids of Facts and Likes."""
    ids = {row["name"]: row["strategyId"] for row in memory["strategies"]}
    return ids["Facts"], ids["Likes"]


def add(live: Clients, memory: dict[str, Any], namespace: str, strategy_id: str, *texts: str) -> list[str]:
    """Writes records; returns their ids."""
    records = [
        {
            "requestIdentifier": str(number),
            "namespaces": [namespace],
            "memoryStrategyId": strategy_id,
            "content": {"text": text},
            "timestamp": datetime.now(UTC),
        }
        for number, text in enumerate(texts)
    ]
    answer = live.data.batch_create_memory_records(memoryId=memory["id"], records=records)
    assert not answer["failedRecords"]
    return [record["memoryRecordId"] for record in answer["successfulRecords"]]
