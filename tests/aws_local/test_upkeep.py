"""What happens to data that nobody asks for: expiry, erasure, missing vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.errors import ResourceNotFoundException
from services.aws_local.memory import erasure, upkeep
from services.aws_local.retrieval.encoding import Encoder
from services.aws_local.storage.store import DATABASE_NAME, rows
from tests.aws_local.agentcore import START, facts, fresh_name, record, until
from tests.aws_local.in_process import InProcess, let_events_expire

SECRET = "xylophonist"


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """Not started: each test does itself what the background thread would do at a time of its own."""
    opened = Backend.open(tmp_path / "data", Settings(extraction_delay=60, transition_seconds=0))
    yield opened
    opened.close()


def let_records_expire(backend: Backend) -> None:
    backend.write(lambda connection: connection.execute("UPDATE records SET expires_ms = 1"))


def count(backend: Backend, table: str) -> int:
    return len(backend.read(lambda connection: rows(connection, f"SELECT * FROM {table}")))  # noqa: S608


def test_an_expired_event_is_invisible_at_once_and_erased_later(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    event_id = aws.say(memory_id, "hello", "s")
    backend.write(let_events_expire)
    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "s"}
    assert aws("ListEvents", **where)["events"] == []
    with pytest.raises(ResourceNotFoundException):
        aws("GetEvent", **where, eventId=event_id)
    has_events = {"filter": {"eventFilter": "HAS_EVENTS"}}
    sessions = {"memoryId": memory_id, "actorId": "alice"}
    assert aws("ListSessions", **sessions, **has_events)["sessionSummaries"] == []
    assert count(backend, "events") == 1
    upkeep.erase_expired(backend.store, backend.search)
    assert count(backend, "events") == 0


def test_an_empty_session_and_its_actor_vanish_after_a_day(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    event_id = aws.say(memory_id, "hello", "s")
    aws("DeleteEvent", memoryId=memory_id, actorId="alice", sessionId="s", eventId=event_id)
    assert len(aws("ListActors", memoryId=memory_id)["actorSummaries"]) == 1
    upkeep.erase_expired(backend.store, backend.search)
    assert count(backend, "sessions") == 1
    backend.write(lambda connection: connection.execute("UPDATE sessions SET empty_ms = 1"))
    assert aws("ListActors", memoryId=memory_id)["actorSummaries"] == []
    assert aws("ListSessions", memoryId=memory_id, actorId="alice")["sessionSummaries"] == []
    upkeep.erase_expired(backend.store, backend.search)
    assert (count(backend, "sessions"), count(backend, "actors")) == (0, 0)


def test_an_expired_record_is_invisible_at_once_and_erased_later(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    records = [record("a", "The user has a dog.")]
    made = aws("BatchCreateMemoryRecords", memoryId=memory_id, records=records)
    record_id = made["successfulRecords"][0]["memoryRecordId"]
    assert aws.search(memory_id, "dog") == ["The user has a dog."]
    let_records_expire(backend)
    backend.search.forget(1)
    assert aws.texts(memory_id) == []
    assert aws.search(memory_id, "dog") == []
    with pytest.raises(ResourceNotFoundException):
        aws("GetMemoryRecord", memoryId=memory_id, memoryRecordId=record_id)
    upkeep.erase_expired(backend.store, backend.search)
    assert (count(backend, "records"), count(backend, "record_words")) == (0, 0)


def test_what_is_deleted_leaves_no_text_in_the_files(tmp_path: Path) -> None:
    backend = Backend.open(tmp_path / "data", Settings(extraction_delay=60, transition_seconds=0))
    aws = InProcess(backend)
    kept, gone = aws.memory(), aws.memory()
    aws("BatchCreateMemoryRecords", memoryId=kept, records=[record("a", f"The user is a {SECRET}.")])
    aws.say(kept, f"I am a {SECRET}.", "s")
    aws.say(gone, f"I am a {SECRET}.", "s")
    (found,) = aws("ListMemoryRecords", memoryId=kept, namespacePath="/")["memoryRecordSummaries"]
    aws("DeleteMemoryRecord", memoryId=kept, memoryRecordId=found["memoryRecordId"])
    where = {"memoryId": kept, "actorId": "alice", "sessionId": "s"}
    (event,) = aws("ListEvents", **where)["events"]
    aws("DeleteEvent", **where, eventId=event["eventId"])
    aws("DeleteMemory", memoryId=gone)
    backend.close()
    content = (tmp_path / "data" / DATABASE_NAME).read_bytes().lower()
    assert SECRET.encode() not in content
    assert SECRET[:8].encode() not in content


TABLES = ("memories", "strategies", "actors", "sessions", "branches", "events", "records", "record_words")
MORE_TABLES = ("extraction_queue", "extraction_jobs", "decisions")


def counts(backend: Backend) -> dict[str, int]:
    return {table: count(backend, table) for table in TABLES + MORE_TABLES}


def fill(aws: InProcess, memory_id: str, size: int) -> None:
    """As many events, each in a session of its own and queued for extraction, and as many records."""
    for place in range(size):
        payload = [{"conversational": {"role": "USER", "content": {"text": f"I am a {SECRET}."}}}]
        where = {"memoryId": memory_id, "actorId": f"actor-{place % 8}", "sessionId": f"s{place % 9}"}
        event = where | {"eventTimestamp": START, "payload": payload, "branch": {"name": "b"}}
        aws("CreateEvent", **event, clientToken=f"token-{place}")
    records = [record(str(place), f"The user is a {SECRET}.") for place in range(size)]
    aws("BatchCreateMemoryRecords", memoryId=memory_id, records=records)


def test_a_large_memory_goes_at_once_and_is_erased_in_slices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "AT_ONCE", 5)
    monkeypatch.setattr(upkeep, "_SLICES", 1)
    backend = Backend.open(tmp_path / "data", Settings(extraction_delay=60, transition_seconds=0))
    aws = InProcess(backend)
    kept = aws.memory(facts())
    fill(aws, kept, 3)
    staying = counts(backend)
    settings = {"name": fresh_name(), "eventExpiryDuration": 30, "memoryStrategies": [facts()]}
    gone = aws("CreateMemory", **settings)["memory"]["id"]
    fill(aws, gone, 24)

    aws("DeleteMemory", memoryId=gone)
    for operation in ("GetMemory", "ListActors", "ListMemoryExtractionJobs"):
        with pytest.raises(ResourceNotFoundException):
            aws(operation, memoryId=gone)
    assert [each["id"] for each in aws("ListMemories")["memories"]] == [kept]
    again = aws("CreateMemory", **settings)["memory"]["id"]  # the name is free, the rest is still there
    aws("DeleteMemory", memoryId=again)
    left = counts(backend)
    assert left["events"] == staying["events"] + 24

    backend.close()
    backend = Backend.open(tmp_path / "data", Settings(extraction_delay=60, transition_seconds=0))
    rounds = 0
    while upkeep.erase_expired(backend.store, backend.search):
        after = counts(backend)
        assert max(left[table] - after[table] for table in left) <= 5, (left, after)
        left, rounds = after, rounds + 1
    assert rounds >= 3
    assert counts(backend) == staying
    aws = InProcess(backend)
    assert len(aws.texts(kept)) == 3
    backend.close()
    content = (tmp_path / "data" / DATABASE_NAME).read_bytes()
    assert gone.encode() not in content


def test_what_expired_is_erased_in_slices(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "AT_ONCE", 4)
    monkeypatch.setattr(upkeep, "_SLICES", 2)
    aws = InProcess(backend)
    fill(aws, aws.memory(), 20)
    backend.write(let_events_expire)
    let_records_expire(backend)
    backend.write(lambda connection: connection.execute("UPDATE client_tokens SET day = 1"))
    assert upkeep.erase_expired(backend.store, backend.search)
    assert (count(backend, "events"), count(backend, "records"), count(backend, "client_tokens")) == (12,) * 3
    while upkeep.erase_expired(backend.store, backend.search):
        pass
    assert not any(counts(backend)[table] for table in ("events", "records", "record_words", "sessions"))
    assert count(backend, "client_tokens") == 0


def test_records_without_a_vector_get_one_when_an_embedder_is_there(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    backend.encoder = Encoder(None)
    aws("BatchCreateMemoryRecords", memoryId=memory_id, records=[record("a", "The user has a dog.")])

    def vectors(connection: apsw.Connection) -> list[Any]:
        return [each["vector"] for each in rows(connection, "SELECT vector FROM records")]

    assert backend.read(vectors) == [None]
    backend.start()
    until(lambda: backend.pipeline.pending() == 0)
    assert len(backend.read(vectors)[0]) == 384 * 4
    assert aws.search(memory_id, "Which pet lives there?") == ["The user has a dog."]
