"""How fast rules turn events into records, and what a retrieval costs meanwhile.

Events are written first, then the endpoint is watched until none is pending. While it works, a client asks
the same question again and again; the floor is the same call once everything has been extracted.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import servers
from benchmarks.table import Comparison, comparisons
from benchmarks.wire import milliseconds

EVENTS = 600
EVENTS_OF_A_SESSION = 10
CALLS_AFTERWARDS = 100
TEXTS = (
    "I live in {} and I work as a nurse at the hospital.",
    "I prefer window seats when I fly to {}.",
    "My sister's birthday is on 4 May, we celebrate it in {}.",
    "Can you recommend a vegetarian restaurant in {}?",
)
PLACES = ("Irvine", "Lisbon", "Oslo", "Nairobi", "Osaka", "Quito", "Perth", "Turin", "Leeds", "Bergen")
SECONDS = 600.0


def main() -> None:
    """Measures and prints."""
    with servers.endpoint() as url:
        memory_id = _memory(url)
        data = servers.client("bedrock-agentcore", url)
        started = time.perf_counter()
        _write(data, memory_id)
        wrote = time.perf_counter() - started
        during = _ask_until_extracted(url, data, memory_id)
        seconds = time.perf_counter() - started
        after = [milliseconds(lambda client: _ask(client, memory_id), data) for _ in range(CALLS_AFTERWARDS)]
    comparisons(
        "RetrieveMemoryRecords while events are extracted, ms (floor: afterwards)",
        [Comparison("same question", during, after)],
    )
    print(
        f"  {EVENTS} events, two strategies: {EVENTS / seconds:.0f} events a second from the first event to "
        f"the last record ({wrote:.1f} s of {seconds:.1f} s to write them)"
    )


def _memory(url: str) -> str:
    control = servers.client("bedrock-agentcore-control", url)
    strategies = [
        {"semanticMemoryStrategy": {"name": "facts", "namespaceTemplates": ["/facts/{actorId}/"]}},
        {"userPreferenceMemoryStrategy": {"name": "likes", "namespaceTemplates": ["/likes/{actorId}/"]}},
    ]
    made: dict[str, Any] = control.create_memory(
        name="Extraction", eventExpiryDuration=30, memoryStrategies=strategies
    )
    identifier: str = made["memory"]["id"]
    return identifier


def _write(data: Any, memory_id: str) -> None:
    moment = datetime.now(UTC)
    for number in range(EVENTS):
        session = number // EVENTS_OF_A_SESSION
        text = TEXTS[number % len(TEXTS)].format(PLACES[number // len(TEXTS) % len(PLACES)])
        data.create_event(
            memoryId=memory_id,
            actorId=f"actor-{session % 10}",
            sessionId=f"session-{session}",
            eventTimestamp=moment + timedelta(milliseconds=number),
            payload=[{"conversational": {"role": "USER", "content": {"text": text}}}],
        )


def _ask(data: Any, memory_id: str) -> Any:
    return data.retrieve_memory_records(
        memoryId=memory_id, namespacePath="/", searchCriteria={"searchQuery": "Where do they live?"}
    )


def _ask_until_extracted(url: str, data: Any, memory_id: str) -> list[float]:
    samples = []
    deadline = time.monotonic() + SECONDS
    while servers.pending_extractions(url):
        if time.monotonic() > deadline:
            raise servers.CannotMeasure(f"Extraction is not finished after {SECONDS:.0f} s.")
        samples.append(milliseconds(lambda client: _ask(client, memory_id), data))
    return samples
