"""What happens to data that nobody asks for: expiry, erasure, missing vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from services.aws_local import upkeep
from services.aws_local.backend import Backend, Settings
from services.aws_local.encoding import Encoder
from services.aws_local.errors import ResourceNotFoundException
from services.aws_local.store import DATABASE_NAME, rows
from tests.aws_local.agentcore import record, until
from tests.aws_local.in_process import InProcess

SECRET = "xylophonist"


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """Not started: each test does itself what the background thread would do at a time of its own."""
    opened = Backend.open(tmp_path / "data", Settings(extraction_delay=60, transition_seconds=0))
    yield opened
    opened.close()


def let_expire(backend: Backend, table: str) -> None:
    backend.write(lambda connection: connection.execute(f"UPDATE {table} SET expires_ms = 1"))  # noqa: S608


def count(backend: Backend, table: str) -> int:
    return len(backend.read(lambda connection: rows(connection, f"SELECT * FROM {table}")))  # noqa: S608


def test_an_expired_event_is_invisible_at_once_and_erased_later(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    event_id = aws.say(memory_id, "hello", "s")
    let_expire(backend, "events")
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
    let_expire(backend, "records")
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
