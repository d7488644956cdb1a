"""Whether the rules keep up with 200 events a second, and what a retrieval costs meanwhile.

Events arrive at that rate for a while, every sentence another one. What waits for extraction is noted
half-way and at the end: where it does not grow, the endpoint keeps up. The same question is asked again and
again meanwhile; its floor is the same call once everything has been extracted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from benchmarks import servers
from benchmarks.table import Comparison, Figure, comparisons, figures
from benchmarks.wire import milliseconds

EVENTS_A_SECOND = 200
SECONDS = 20
QUESTION_EVERY_SECONDS = 0.25
EVENTS_OF_A_SESSION = 10
CALLS_AFTERWARDS = 100
TEXTS = (
    "I live in {} and I work as a nurse at the hospital.",
    "I prefer window seats when I fly to {}.",
    "My sister's birthday is on 4 May, we celebrate it in {}.",
    "Can you recommend a vegetarian restaurant in {}?",
)
PLACES = [
    f"{first} {middle}{last}"
    for first, middle, last in product(
        ("North", "South", "East", "West", "New", "Old", "Upper", "Lower", "Great", "Little", "Port", "Lake"),
        ("Irvine", "Lisbon", "Oslo", "Nairobi", "Osaka", "Quito", "Perth", "Turin", "Leeds", "Bergen"),
        ("", "ville", "ton", "burg", "field", "stead", "ham", "by", "wick", "port"),
    )
]
DELAY_SECONDS = 1.0
"""So long a session has to be quiet before it is extracted (the endpoint's default)."""
DRAIN_SECONDS = 600.0


@dataclass
class Run:
    """What was seen while events arrived: their number, seconds of writing, and of everything."""

    events: int = 0
    writing: float = 0.0
    whole: float = 0.0
    waiting: list[int] = field(default_factory=list)
    questions: list[float] = field(default_factory=list)


def main() -> None:
    """Measures and prints."""
    with servers.endpoint() as url:
        memory_id = _memory(url)
        data = servers.client("bedrock-agentcore", url)
        run = _write_and_ask(url, data, memory_id)
        after = [milliseconds(lambda client: _ask(client, memory_id), data) for _ in range(CALLS_AFTERWARDS)]
    extracted = Figure(
        "events extracted a second, two strategies",
        run.events / (run.whole - DELAY_SECONDS),
        run.events / run.writing,
        "/s",
        0.95,
    )
    figures(
        f"Extraction by rules (beside: events written a second, {EVENTS_A_SECOND} asked for)", [extracted]
    )
    half, end = run.waiting[len(run.waiting) // 2], run.waiting[-1]
    print(
        f"  waiting half-way {half}, at the end {end}; the last record {run.whole - run.writing:.1f} s after "
        f"the last event, of which {DELAY_SECONDS:.0f} s is the delay"
    )
    comparisons(
        "RetrieveMemoryRecords while events are extracted, ms (floor: afterwards)",
        [Comparison("same question", run.questions, after)],
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


def _write_and_ask(url: str, data: Any, memory_id: str) -> Run:
    """Events at the rate, or as fast as the client can, and a question now and then."""
    run, started, asked = Run(), time.perf_counter(), 0.0
    while (now := time.perf_counter() - started) < SECONDS:
        if run.events < now * EVENTS_A_SECOND:
            _write(data, memory_id, run.events)
            run.events += 1
        elif now - asked > QUESTION_EVERY_SECONDS:
            run.questions.append(milliseconds(lambda client: _ask(client, memory_id), data))
            run.waiting.append(servers.pending_extractions(url))
            asked = now
        else:
            time.sleep(0.0005)  # the endpoint needs this core too
    run.writing = time.perf_counter() - started
    deadline = time.monotonic() + DRAIN_SECONDS
    while servers.pending_extractions(url):
        if time.monotonic() > deadline:
            raise servers.CannotMeasure(f"Extraction is not finished after {DRAIN_SECONDS:.0f} s.")
    run.whole = time.perf_counter() - started
    return run


def _write(data: Any, memory_id: str, number: int) -> None:
    session = number // EVENTS_OF_A_SESSION
    text = TEXTS[number % len(TEXTS)].format(PLACES[number // len(TEXTS) % len(PLACES)])
    data.create_event(
        memoryId=memory_id,
        actorId=f"actor-{session % 10}",
        sessionId=f"session-{session}",
        eventTimestamp=datetime.now(UTC) + timedelta(milliseconds=number),
        payload=[{"conversational": {"role": "USER", "content": {"text": text}}}],
    )


def _ask(data: Any, memory_id: str) -> Any:
    return data.retrieve_memory_records(
        memoryId=memory_id, namespacePath="/", searchCriteria={"searchQuery": "Where do they live?"}
    )
