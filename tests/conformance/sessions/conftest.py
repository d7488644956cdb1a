"""What the sessions share: a memory with three strategies, and waiting for extraction.

This runs in the clients' environment, not in the project's: nothing of the project can be imported here.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import boto3
import pytest

DEADLINE = 60.0
STRATEGIES: dict[str, str] = {
    "semanticMemoryStrategy": "/facts/{actorId}/",
    "userPreferenceMemoryStrategy": "/preferences/{actorId}/",
    "summaryMemoryStrategy": "/summaries/{actorId}/{sessionId}/",
}
Found = TypeVar("Found")


@pytest.fixture(scope="session")
def memory_id() -> str:
    """The id of an active memory."""
    control = boto3.client("bedrock-agentcore-control")
    strategies = [
        {kind: {"name": kind, "namespaceTemplates": [template]}} for kind, template in STRATEGIES.items()
    ]
    name = f"session_{uuid.uuid4().hex[:8]}"
    memory = control.create_memory(name=name, eventExpiryDuration=30, memoryStrategies=strategies)["memory"]
    memory_id = str(memory["id"])
    waiting(lambda: control.get_memory(memoryId=memory_id)["memory"]["status"] == "ACTIVE")
    return memory_id


def waiting(look: Callable[[], Found]) -> Found:
    """What `look` finds, as soon as it finds something; fails when the deadline passes before."""
    deadline = time.monotonic() + DEADLINE
    while not (found := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"Nothing was found within {DEADLINE} s")
        time.sleep(0.1)
    return found


@pytest.fixture(name="waiting")
def _waiting() -> Callable[[Callable[[], Any]], Any]:
    return waiting


@pytest.fixture
def actor() -> str:
    """An actor id that no other test uses, with the characters that the service allows."""
    return f"team/alice-{uuid.uuid4().hex[:8]}"
