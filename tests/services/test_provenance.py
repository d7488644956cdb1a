"""Likely sources: the message that says what a record says comes first, and is called a guess's best."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.clients import Clients
from services.memory.memories import StrategyDraft
from services.records import memory_records, provenance
from tests.services.conftest import eventually, new_memory

FACTS = StrategyDraft("semantic", "Facts", "/facts/{actorId}/")
START = datetime(2026, 11, 1, 9, tzinfo=UTC)
SAID = {
    "pets": ["Good morning!", "I have two cats named Mia and Tom.", "What a day."],
    "work": ["I work as a nurse in a hospital.", "Nurses have long days."],
}


def write(live: Clients, memory_id: str, actor_id: str) -> dict[str, str]:
    """Says everything; the event ids by text."""
    event_ids = {}
    for day, (session_id, sentences) in enumerate(SAID.items()):
        for minute, sentence in enumerate(sentences):
            event = live.data.create_event(
                memoryId=memory_id,
                actorId=actor_id,
                sessionId=session_id,
                eventTimestamp=START + timedelta(days=day, minutes=minute),
                payload=[{"conversational": {"role": "USER", "content": {"text": sentence}}}],
            )["event"]
            event_ids[sentence] = event["eventId"]
    return event_ids


def records_of(live: Clients, memory_id: str) -> list[dict[str, Any]]:
    return memory_records.list_memory_records(live, memory_id, namespace_path="/").rows


@pytest.fixture(scope="module")
def remembered(live: Clients) -> tuple[dict[str, Any], dict[str, str], list[dict[str, Any]]]:
    """A memory, the event ids by text, and the records extracted from them."""
    memory = new_memory(live, FACTS)
    event_ids = write(live, memory["id"], "team/ann:1")

    def has_both(rows: list[dict[str, Any]]) -> bool:
        said = " ".join(row["content"]["text"] for row in rows)
        return "cats" in said and "nurse" in said

    return memory, event_ids, eventually(lambda: records_of(live, memory["id"]), has_both)


@pytest.mark.parametrize(("word", "sentence"), [("cats", SAID["pets"][1]), ("hospital", SAID["work"][0])])
def test_the_message_that_says_it_comes_first(
    live: Clients, remembered: tuple[Any, Any, Any], word: str, sentence: str
) -> None:
    memory, event_ids, records = remembered
    record = next(row for row in records if word in row["content"]["text"])
    sources = provenance.likely_sources(live, memory, record)
    best = sources.found[0]
    assert (best.actor_id, best.turn.event_id) == ("team/ann:1", event_ids[sentence])
    assert best.confidence in {"high", "medium"}
    assert sources.complete
    assert "team/ann:1" in sources.searched


def test_nothing_alike_is_no_source(live: Clients, remembered: tuple[Any, Any, Any]) -> None:
    memory, _, records = remembered
    record = records[0] | {
        "content": {"text": "Somebody dislikes mushrooms on pizza."},
        "timestamp": START + timedelta(days=9),
    }
    assert provenance.likely_sources(live, memory, record).found == []


def test_a_namespace_that_names_nobody_says_so(live: Clients, remembered: tuple[Any, Any, Any]) -> None:
    memory, _, records = remembered
    sources = provenance.likely_sources(live, memory, records[0] | {"namespaces": ["/elsewhere/"]})
    assert sources.found == []
    assert "names no actor" in sources.searched


def test_the_records_of_an_event_are_found_from_it(live: Clients, remembered: tuple[Any, Any, Any]) -> None:
    memory, event_ids, records = remembered
    sentence = SAID["pets"][1]
    event = live.data.get_event(
        memoryId=memory["id"], actorId="team/ann:1", sessionId="pets", eventId=event_ids[sentence]
    )["event"]
    likely = provenance.likely_records(live, memory, event)
    expected = {row["memoryRecordId"] for row in records if "cats" in row["content"]["text"]}
    assert likely.found[0].record["memoryRecordId"] in expected
    assert likely.found[0].confidence == "high"
    assert "hospital" not in " ".join(each.record["content"]["text"] for each in likely.found)
    assert likely.complete
    assert "/facts/team/ann:1/" in likely.searched


def test_both_directions_measure_alike(live: Clients, remembered: tuple[Any, Any, Any]) -> None:
    memory, _event_ids, records = remembered
    [record, *_] = [row for row in records if "cats" in row["content"]["text"]]
    source = provenance.likely_sources(live, memory, record).found[0]
    event = live.data.get_event(
        memoryId=memory["id"],
        actorId=source.actor_id,
        sessionId=source.session_id,
        eventId=source.turn.event_id,
    )["event"]
    back = provenance.likely_records(live, memory, event)
    [same] = [each for each in back.found if each.record["memoryRecordId"] == record["memoryRecordId"]]
    assert (same.shared, same.same_time, same.confidence) == (
        source.shared,
        source.same_time,
        source.confidence,
    )


def test_an_event_without_messages_has_no_records(live: Clients, memory: dict[str, Any]) -> None:
    event = {
        "eventId": "1#a",
        "actorId": "ann",
        "sessionId": "s",
        "eventTimestamp": START,
        "payload": [{"blob": "cats"}],
    }
    likely = provenance.likely_records(live, memory, event)
    assert likely.found == []
    assert "Only messages" in likely.searched
