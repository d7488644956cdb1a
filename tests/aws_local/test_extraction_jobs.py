"""Failed extraction jobs: listed, filtered, paged, started again (in process: a test makes them fail)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.errors import ResourceNotFoundException, ValidationException
from services.aws_local.long_term import extraction_queue
from services.aws_local.memory import upkeep
from tests.aws_local.agentcore import START, everything, facts, new_memory, refused, texts_of, until
from tests.aws_local.in_process import InProcess, let_events_expire
from tests.conftest import Endpoint

PREFERENCES = {"userPreferenceMemoryStrategy": {"name": "prefs", "namespaces": ["/prefs/{actorId}/"]}}


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """Not started: nothing is extracted before a test says so."""
    opened = Backend.open(tmp_path / "data", Settings(extraction_delay=0.05, transition_seconds=0))
    yield opened
    opened.close()


def fail_what_waits(backend: Backend) -> None:
    """Every group in the queue becomes a failed job."""

    def fail(connection: apsw.Connection) -> None:
        for group in extraction_queue.due(connection, -1_000_000, 1_000):
            found = extraction_queue.queued(connection, group)
            messages = [[each["event_id"], 0] for each in found]
            while not extraction_queue.fail(connection, found, "on purpose", messages):
                found = extraction_queue.queued(connection, group)

    backend.write(fail)


def places(aws: InProcess, memory_id: str, **params: Any) -> list[tuple[str, str, str]]:
    """(actor, session, strategy) of the listed jobs, in order."""
    return [
        (job["actorId"], job["sessionId"], job["strategyId"].rpartition("-")[0])
        for job in aws.jobs(memory_id, **params)
    ]


def say(aws: InProcess, memory_id: str, actor: str, session: str, text: str = "I live in Lisbon.") -> str:
    payload = [{"conversational": {"role": "USER", "content": {"text": text}}}]
    where = {"memoryId": memory_id, "actorId": actor, "sessionId": session}
    made = aws("CreateEvent", **where, eventTimestamp=START, payload=payload)
    return str(made["event"]["eventId"])


def test_jobs_are_listed_by_strategy_actor_session_and_status(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id, other = aws.memory(facts(), PREFERENCES), aws.memory(facts())
    for actor, session in (("alice", "one"), ("alice", "two"), ("bob", "one")):
        say(aws, memory_id, actor, session)
        fail_what_waits(backend)
    found = places(aws, memory_id, filter={"status": "FAILED"})
    assert [each[:2] for each in found[::2]] == [("bob", "one"), ("alice", "two"), ("alice", "one")]
    assert {each[2] for each in found} == {"facts", "prefs"}
    assert places(aws, memory_id, filter={"actorId": "bob"}) == found[:2]
    assert places(aws, memory_id, filter={"sessionId": "one"}) == found[:2] + found[4:]
    strategies = aws("GetMemory", memoryId=memory_id)["memory"]["strategies"]
    wanted = {"strategyId": strategies[0]["strategyId"], "actorId": "alice", "sessionId": "two"}
    assert places(aws, memory_id, filter=wanted) == [("alice", "two", "facts")]
    assert places(aws, memory_id, filter={"actorId": "carol"}) == []
    assert places(aws, other) == []


def test_jobs_come_in_pages(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    for place in range(23):
        say(aws, memory_id, "alice", f"s{place}")
    fail_what_waits(backend)
    assert len(aws.jobs(memory_id)) == 20  # reference: "The default value is 20"

    def listing(**params: Any) -> dict[str, Any]:
        answer = aws("ListMemoryExtractionJobs", memoryId=memory_id, maxResults=4, **params)
        assert len(answer["jobs"]) <= 4
        return {name: value for name, value in answer.items() if value is not None}

    found = [job["sessionId"] for job in everything(listing, "jobs")]
    assert sorted(found) == sorted(f"s{place}" for place in range(23))
    token = listing()["nextToken"]
    with pytest.raises(ValidationException):
        aws("ListMemoryExtractionJobs", memoryId=memory_id, nextToken=token, filter={"actorId": "alice"})


def test_a_walk_over_jobs_skips_and_repeats_none_while_others_fail_and_start_again(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    for place in range(12):
        say(aws, memory_id, "alice", f"standing-{place}")
    fail_what_waits(backend)
    standing = {job["jobID"] for job in aws.jobs(memory_id)}
    stop, failures = threading.Event(), []

    def churn() -> None:
        try:
            for place in range(200):
                if stop.is_set():
                    return
                say(aws, memory_id, "alice", f"noise-{place}")
                fail_what_waits(backend)
                (noise,) = aws.jobs(memory_id, filter={"sessionId": f"noise-{place}"})
                if place % 2:
                    started = {"jobId": noise["jobID"]}
                    aws("StartMemoryExtractionJob", memoryId=memory_id, extractionJob=started)
                    fail_what_waits(backend)
        except Exception as error:
            failures.append(error)

    writer = threading.Thread(target=churn)
    writer.start()
    try:
        for size in (1, 3):
            seen: list[str] = []
            token: dict[str, str] = {}
            while True:
                answer = aws("ListMemoryExtractionJobs", memoryId=memory_id, maxResults=size, **token)
                assert len(answer["jobs"]) <= size
                seen += [job["jobID"] for job in answer["jobs"]]
                if answer["nextToken"] is None:
                    break
                token = {"nextToken": answer["nextToken"]}
            assert len(seen) == len(set(seen))
            assert standing <= set(seen)
    finally:
        stop.set()
        writer.join()
    assert not failures


def test_a_started_job_takes_the_earlier_ones_of_its_session_with_it(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    for session, text in (
        ("one", "I live in Lisbon."),
        ("two", "I live in Rome."),
        ("one", "I work as a nurse."),
        ("one", "I have a dog."),
    ):
        say(aws, memory_id, "alice", session, text)
        fail_what_waits(backend)
    _, middle, _, _ = aws.jobs(memory_id)  # newest first
    start = {"memoryId": memory_id, "extractionJob": {"jobId": middle["jobID"]}, "clientToken": "once"}
    assert aws("StartMemoryExtractionJob", **start) == {"jobId": middle["jobID"]}
    assert [each[1] for each in places(aws, memory_id)] == ["one", "two"]
    backend.start()
    until(lambda: all(word in str(aws.texts(memory_id)) for word in ("Lisbon", "nurse")))
    assert not any(word in str(aws.texts(memory_id)) for word in ("Rome", "dog"))
    with pytest.raises(ResourceNotFoundException):
        aws("StartMemoryExtractionJob", **(start | {"clientToken": "twice"}))
    other = start | {"extractionJob": {"jobId": "another"}}  # a repeated token is answered like the first
    assert aws("StartMemoryExtractionJob", **other) == {"jobId": middle["jobID"]}


def test_a_job_loses_the_events_that_are_deleted_and_goes_with_the_last(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    ids = [say(aws, memory_id, "alice", "one"), say(aws, memory_id, "alice", "one")]
    fail_what_waits(backend)
    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "one"}
    aws("DeleteEvent", **where, eventId=ids[0])
    (job,) = aws.jobs(memory_id)
    assert job["messages"] == {"messagesList": [{"eventId": ids[1], "messageIndex": 0}]}
    aws("DeleteEvent", **where, eventId=ids[1])
    assert aws.jobs(memory_id) == []


def test_a_job_goes_with_its_expired_events(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    say(aws, memory_id, "alice", "one")
    fail_what_waits(backend)
    backend.write(let_events_expire)
    upkeep.erase_expired(backend.store, backend.search)
    assert aws.jobs(memory_id) == []


def waits(backend: Backend) -> bool:
    """Whether anything may come due."""
    return backend.read(lambda db: extraction_queue.next_due_ms(db, 0)) is not None


def test_nobody_looks_again_for_what_waits_in_no_session(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts(), PREFERENCES)
    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "one"}
    assert not waits(backend)
    aws("DeleteEvent", **where, eventId=say(aws, memory_id, "alice", "one"))
    assert not waits(backend)
    say(aws, memory_id, "alice", "one")
    fail_what_waits(backend)
    assert not waits(backend)
    for job in aws.jobs(memory_id):
        aws("StartMemoryExtractionJob", memoryId=memory_id, extractionJob={"jobId": job["jobID"]})
    for strategy in aws("GetMemory", memoryId=memory_id)["memory"]["strategies"]:
        assert waits(backend)
        deleted = {"deleteMemoryStrategies": [{"memoryStrategyId": strategy["strategyId"]}]}
        aws("UpdateMemory", memoryId=memory_id, memoryStrategies=deleted)
    assert not waits(backend)
    say(aws, memory_id, "alice", "one")  # the strategies are gone
    assert not waits(backend)


def test_what_waits_goes_where_the_template_sent_it_when_it_came(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    say(aws, memory_id, "alice", "one")
    (strategy,) = aws("GetMemory", memoryId=memory_id)["memory"]["strategies"]
    moved = {"memoryStrategyId": strategy["strategyId"], "namespaces": ["/moved/{sessionId}/"]}
    aws("UpdateMemory", memoryId=memory_id, memoryStrategies={"modifyMemoryStrategies": [moved]})
    say(aws, memory_id, "bob", "two", "I have a dog.")
    backend.start()

    def found(path: str) -> list[str]:
        answer = aws("ListMemoryRecords", memoryId=memory_id, namespace=path)
        return texts_of(answer["memoryRecordSummaries"])

    until(lambda: backend.pipeline.pending() == 0)
    (before,) = strategy["namespaces"]
    assert "Lisbon" in str(found(before.replace("{actorId}", "alice")))
    assert "dog" in str(found("/moved/two/"))
    assert len(aws.texts(memory_id)) == 2


def test_a_job_of_another_memory_cannot_be_started(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id, other = aws.memory(facts()), aws.memory(facts())
    say(aws, memory_id, "alice", "one")
    fail_what_waits(backend)
    (job,) = aws.jobs(memory_id)
    with pytest.raises(ResourceNotFoundException):
        aws("StartMemoryExtractionJob", memoryId=other, extractionJob={"jobId": job["jobID"]})
    assert aws.jobs(memory_id) == [job]


def test_a_page_of_jobs_has_at_most_fifty_and_one_status_is_known(endpoint: Endpoint, control: Any) -> None:
    raw = endpoint.client("bedrock-agentcore", parameter_validation=False)
    memory_id = new_memory(control)
    for wrong in ({"maxResults": 51}, {"maxResults": 0}, {"filter": {"status": "RUNNING"}}):
        refused("ValidationException", raw.list_memory_extraction_jobs, memoryId=memory_id, **wrong)
    assert raw.list_memory_extraction_jobs(memoryId=memory_id, maxResults=50)["jobs"] == []
    raw.close()
