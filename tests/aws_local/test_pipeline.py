"""From events to records: what is extracted, where it goes, and what failures and crashes do to it."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.extractors import rules
from services.aws_local.extractors.rules import RulesExtractor
from services.aws_local.long_term import extraction_queue
from tests.aws_local.agentcore import (
    ROLE_ARN,
    START,
    everything,
    facts,
    new_memory,
    refused,
    say,
    strategy_ids,
    texts_of,
    until,
)
from tests.aws_local.in_process import InProcess
from tests.conftest import Endpoint

PREFERENCES = {"userPreferenceMemoryStrategy": {"name": "prefs", "namespaces": ["/prefs/{actorId}/"]}}
SUMMARIES = {"summaryMemoryStrategy": {"name": "sums", "namespaces": ["/sums/{actorId}/{sessionId}/"]}}


def found(data: Any, memory_id: str, path: str = "/") -> list[dict[str, Any]]:
    return everything(
        data.list_memory_records, "memoryRecordSummaries", memoryId=memory_id, namespacePath=path
    )


def extracted(data: Any, memory_id: str, path: str = "/", count: int = 1) -> list[dict[str, Any]]:
    """The records below a path, once there are `count`."""
    records: list[dict[str, Any]] = until(
        lambda: records if len(records := found(data, memory_id, path)) >= count else None
    )
    return records


def test_each_strategy_stores_what_the_service_stores(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts(), PREFERENCES, SUMMARIES)
    ids = strategy_ids(control, memory_id)
    say(
        data,
        memory_id,
        "Hi, I live in Lisbon and I prefer window seats on long flights.",
        "Noted, a window seat it is. When do you travel?",
        "I fly to Boston next week for a nursing conference.",
        "I will look for flights to Boston.",
    )
    (fact, *_) = [each for each in extracted(data, memory_id, "/facts/alice") if "Lisbon" in str(each)]
    assert fact["memoryStrategyId"] == ids["facts"]
    assert fact["namespaces"] == ["/facts/alice/"]
    assert fact["timestamp"] == START
    assert re.fullmatch(r"mem-[0-9a-f-]{36}", fact["memoryRecordId"])

    (preference, *_) = extracted(data, memory_id, "/prefs/alice")
    document = json.loads(preference["content"]["text"])
    assert document.keys() == {"context", "preference", "categories"}
    assert "window" in document["preference"].lower()

    (summary, *_) = extracted(data, memory_id, "/sums/alice/session-1")
    assert re.match(r'<topic name=".+">', summary["content"]["text"])
    assert re.fullmatch(r"mem-[0-9a-f]{36}", summary["memoryRecordId"])


def test_overrides_are_extracted_by_the_rules_of_their_type(control: Any, data: Any) -> None:
    override = {"extraction": {"appendToPrompt": "Only cities.", "modelId": "some.model"}}
    custom = {
        "name": "own",
        "namespaces": ["/own/{actorId}/"],
        "configuration": {"semanticOverride": override},
    }
    memory_id = new_memory(control, {"customMemoryStrategy": custom}, memoryExecutionRoleArn=ROLE_ARN)
    say(data, memory_id, "I live in Lisbon.")
    assert any("Lisbon" in text for text in texts_of(extracted(data, memory_id, "/own/alice")))


def test_a_summary_is_rewritten_as_its_session_grows(control: Any, data: Any) -> None:
    memory_id = new_memory(control, SUMMARIES)
    say(
        data, memory_id, "My order of a coffee machine arrived damaged.", "I am sorry. I will send a new one."
    )
    (first,) = extracted(data, memory_id)
    say(data, memory_id, "Please send the coffee machine to my office.", "I will send it there.", seconds=60)
    until(lambda: "office" in str(found(data, memory_id)))
    summaries = found(data, memory_id)
    assert sum("damaged" in str(each) for each in summaries) == 1
    assert first["memoryRecordId"] in {each["memoryRecordId"] for each in summaries}


def test_what_was_said_again_is_stored_once(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    for session in ("one", "two", "three"):
        say(data, memory_id, "I live in Lisbon.", session=session)
    say(data, memory_id, "My sister is a violinist.", session="four")
    until(lambda: "violinist" in str(found(data, memory_id)))
    until(lambda: pending_of(data) == 0)
    assert sum("Lisbon" in text for text in texts_of(found(data, memory_id))) == 1


def pending_of(data: Any) -> int:
    with urllib.request.urlopen(f"{data.meta.endpoint_url}/healthz", timeout=5) as response:
        return int(json.load(response)["pendingExtractions"])


def test_a_single_valued_fact_is_replaced_in_its_record(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    say(data, memory_id, "My email is old@example.com.")
    (before,) = extracted(data, memory_id)
    say(data, memory_id, "My email is new@example.com.", seconds=60)
    until(lambda: "new@example.com" in str(found(data, memory_id)))
    (after,) = found(data, memory_id)
    assert after["memoryRecordId"] == before["memoryRecordId"]
    assert after["createdAt"] == before["createdAt"]


def test_only_conversation_that_is_not_skipped_is_extracted(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    say(data, memory_id, "I live in Paris.", extractionMode="SKIP")
    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "session-1"}
    data.create_event(**where, eventTimestamp=START, payload=[{"blob": {"text": "I live in Rome."}}])
    say(data, memory_id, "I live in Lisbon.", session="session-2")
    extracted(data, memory_id)
    until(lambda: pending_of(data) == 0)
    assert [text for text in texts_of(found(data, memory_id)) if "Lisbon" not in text] == []


def test_events_from_before_a_strategy_stay_events(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    say(data, memory_id, "I live in Paris.")
    added = {"addMemoryStrategies": [facts(), SUMMARIES]}
    control.update_memory(memoryId=memory_id, memoryStrategies=added)
    say(data, memory_id, "I work as a nurse.", seconds=60)
    extracted(data, memory_id, "/facts")
    extracted(data, memory_id, "/sums")
    assert "Paris" not in str(found(data, memory_id))


def test_strands_messages_are_unwrapped(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts())
    message = {"message": {"role": "user", "content": [{"text": "I live in Lisbon."}]}, "message_id": 0}
    say(data, memory_id, json.dumps(message))
    (record,) = extracted(data, memory_id)
    assert "Lisbon" in record["content"]["text"]
    assert "message" not in record["content"]["text"]


def test_namespace_keys_fill_the_template_and_a_missing_one_extracts_nothing(control: Any, data: Any) -> None:
    template = facts("/{tenant}/{actorId}/{memoryStrategyId}/{sessionId}/")
    memory_id = new_memory(control, template, namespaceKeys=[{"key": "tenant"}])
    say(data, memory_id, "I live in Paris.")
    variables = {"extractionConfig": {"namespaceVariables": {"tenant": "acme"}}}
    say(data, memory_id, "I live in Lisbon.", session="session-2", **variables)
    (record,) = extracted(data, memory_id)
    strategy_id = strategy_ids(control, memory_id)["facts"]
    assert record["namespaces"] == [f"/acme/alice/{strategy_id}/session-2/"]
    assert "Lisbon" in record["content"]["text"]


def test_strictly_consistent_metadata_is_copied_and_keeps_records_apart(control: Any, data: Any) -> None:
    schema = {"metadataSchema": [{"key": "team", "type": "STRING", "extractionType": "STRICTLY_CONSISTENT"}]}
    memory_id = new_memory(
        control, facts(memoryRecordSchema=schema), indexedKeys=[{"key": "team", "type": "STRING"}]
    )
    for team in ("red", "blue"):
        say(data, memory_id, "I live in Lisbon.", metadata={"team": {"stringValue": team}})
    records = extracted(data, memory_id, count=2)
    assert {each["metadata"]["team"]["stringValue"] for each in records} == {"red", "blue"}


def test_a_strategys_records_expire_by_its_rule(control: Any, data: Any) -> None:
    memory_id = new_memory(control, facts(recordExpirySpecification={"recordExpiryDurationDays": 40}))
    say(data, memory_id, "I live in Lisbon.")
    (summary,) = extracted(data, memory_id)
    record = data.get_memory_record(memoryId=memory_id, memoryRecordId=summary["memoryRecordId"])
    shown = record["memoryRecord"]
    assert (shown["expiresAt"] - shown["createdAt"]).days == 40


def test_self_managed_strategies_make_no_records_and_no_jobs(control: Any, data: Any) -> None:
    invocation = {"topicArn": "arn:aws:sns:us-west-2:1:topic", "payloadDeliveryBucketName": "bucket"}
    own = {
        "name": "own",
        "configuration": {"selfManagedConfiguration": {"invocationConfiguration": invocation}},
    }
    memory_id = new_memory(control, {"customMemoryStrategy": own}, facts(), memoryExecutionRoleArn=ROLE_ARN)
    say(data, memory_id, "I live in Lisbon.")
    extracted(data, memory_id)
    assert {each["namespaces"][0] for each in found(data, memory_id)} == {"/facts/alice/"}
    assert data.list_memory_extraction_jobs(memoryId=memory_id)["jobs"] == []


def test_health_says_who_extracts_what(data: Any) -> None:
    with urllib.request.urlopen(f"{data.meta.endpoint_url}/healthz", timeout=30) as response:
        health = json.load(response)
    assert health["extractedStrategies"] == ["SEMANTIC", "USER_PREFERENCE", "SUMMARIZATION", "EPISODIC"]
    assert health["notExtractedStrategies"] == ["SELF_MANAGED"]
    assert "rules, no language model" in health["extractor"]
    assert "by rules" in health["customModels"]


def test_unknown_jobs_cannot_be_started(control: Any, data: Any) -> None:
    memory_id = new_memory(control)
    start = {"memoryId": memory_id, "extractionJob": {"jobId": "unknown"}}
    refused("ResourceNotFoundException", data.start_memory_extraction_job, **start)


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    opened = Backend.open(tmp_path / "data", Settings(extraction_delay=0.05, transition_seconds=0))
    opened.start()
    yield opened
    opened.close()


POISON = "poison"


def break_extraction(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make the extractor fail on a session that mentions POISON; counts its attempts."""
    attempts: list[int] = []
    working = rules.extract

    def extract(strategy_type: str, messages: Any, context: Any) -> Any:
        if any(POISON in message.text for message in messages):
            attempts.append(1)
            raise ValueError("cannot read this")
        return working(strategy_type, messages, context)

    monkeypatch.setattr(rules, "extract", extract)
    return attempts


def test_a_failing_group_becomes_a_job_that_can_be_started_again(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction_queue, "RETRY_MS", 10)
    attempts = break_extraction(monkeypatch)
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    event_id = aws.say(memory_id, f"I live in Lisbon. {POISON}", "bad")
    aws.say(memory_id, "I work as a nurse.", "good")

    until(lambda: any("nurse" in text for text in aws.texts(memory_id)))
    (job,) = until(lambda: aws.jobs(memory_id))
    assert len(attempts) == extraction_queue.MAX_ATTEMPTS
    assert job["failureReason"].endswith("ValueError: cannot read this")
    assert job["messages"]["messagesList"] == [{"eventId": event_id, "messageIndex": 0}]
    assert (job["status"], job["actorId"], job["sessionId"]) == ("FAILED", "alice", "bad")
    assert aws.jobs(memory_id, filter={"sessionId": "good"}) == []
    assert backend.pipeline.pending() == 0

    monkeypatch.undo()
    aws("StartMemoryExtractionJob", memoryId=memory_id, extractionJob={"jobId": job["jobID"]})
    until(lambda: any("Lisbon" in text for text in aws.texts(memory_id)))
    assert aws.jobs(memory_id) == []


def test_an_event_that_is_deleted_in_time_leaves_no_record(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    working = rules.extract
    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "s"}

    def delete_meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(rules, "extract", working)
        for event in aws("ListEvents", **where)["events"]:
            aws("DeleteEvent", **where, eventId=event["eventId"])
        return working(*arguments)

    monkeypatch.setattr(rules, "extract", delete_meanwhile)
    aws.say(memory_id, "I live in Paris.", "s")
    until(lambda: rules.extract is working)
    aws.say(memory_id, "I work as a nurse.", "s")
    until(lambda: any("nurse" in text for text in aws.texts(memory_id)))
    assert not any("Paris" in text for text in aws.texts(memory_id))


def record_of(aws: InProcess, memory_id: str) -> dict[str, Any]:
    """The only record, once it is there."""
    where = {"memoryId": memory_id, "namespacePath": "/"}
    (only,) = until(lambda: aws("ListMemoryRecords", **where)["memoryRecordSummaries"])
    return dict(only)


@pytest.mark.parametrize(
    ("again", "write", "expected"),
    [
        ("My email is old@example.com.", ("BatchDeleteMemoryRecords", {}), ["old@example"]),
        (
            "My email is new@example.com.",
            ("BatchUpdateMemoryRecords", {"timestamp": START, "content": {"text": "The user has a cat."}}),
            ["a cat", "new@example"],
        ),
    ],
)
def test_a_record_that_a_client_writes_while_it_is_compared_with_is_compared_again(
    backend: Backend,
    monkeypatch: pytest.MonkeyPatch,
    again: str,
    write: tuple[str, dict[str, Any]],
    expected: list[str],
) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    aws.say(memory_id, "My email is old@example.com.", "one")
    known = {"memoryRecordId": record_of(aws, memory_id)["memoryRecordId"]}
    (operation, item), working = write, RulesExtractor.plan

    def write_meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(RulesExtractor, "plan", working)
        made = working(*arguments)
        aws(operation, memoryId=memory_id, records=[known | item])
        return made

    monkeypatch.setattr(RulesExtractor, "plan", write_meanwhile)
    aws.say(memory_id, again, "two")
    until(lambda: RulesExtractor.plan is working and backend.pipeline.pending() == 0)
    texts = sorted(aws.texts(memory_id), key=lambda text: "new@" in text)
    assert len(texts) == len(expected)
    assert all(part in text for part, text in zip(expected, texts, strict=True))


@pytest.mark.parametrize("again", ["My email is old@example.com.", "My email is new@example.com."])
def test_an_expired_record_is_neither_known_nor_rewritten(backend: Backend, again: str) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    aws.say(memory_id, "My email is old@example.com.", "one")
    before = record_of(aws, memory_id)
    backend.write(lambda connection: connection.execute("UPDATE records SET expires_ms = 1"))
    aws.say(memory_id, again, "two")
    until(lambda: backend.pipeline.pending() == 0)
    after = record_of(aws, memory_id)
    assert after["memoryRecordId"] != before["memoryRecordId"]
    assert again.removeprefix("My email is ").rstrip(".") in after["content"]["text"]


def test_a_rewritten_record_keeps_the_metadata_that_a_client_gave_it(backend: Backend) -> None:
    aws = InProcess(backend)
    extraction = {"llmExtractionConfig": {"definition": "Who checked it."}}
    schema = {"metadataSchema": [{"key": "reviewed", "extractionConfig": extraction}]}
    memory_id = aws.memory(facts(memoryRecordSchema=schema))
    aws.say(memory_id, "My email is old@example.com.", "one")
    known = record_of(aws, memory_id)["memoryRecordId"]
    reviewed = {"reviewed": {"stringValue": "yes"}}
    change = {"memoryRecordId": known, "timestamp": START, "metadata": reviewed}
    aws("BatchUpdateMemoryRecords", memoryId=memory_id, records=[change])
    aws.say(memory_id, "My email is new@example.com.", "two")
    until(lambda: "new@example.com" in str(aws.texts(memory_id)))
    after = record_of(aws, memory_id)
    assert after["memoryRecordId"] == known
    assert after["metadata"]["reviewed"] == reviewed["reviewed"]


def test_every_decision_leaves_its_evidence(backend: Backend) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    event_id = aws.say(memory_id, "I live in Lisbon.", "one")
    until(lambda: aws.texts(memory_id))
    again = aws.say(memory_id, "I live in Lisbon.", "two")
    sql = "SELECT operation, sources, neighbours, extractor FROM decisions ORDER BY decision_no"

    def decisions() -> list[Any]:
        return backend.read(lambda connection: list(connection.execute(sql)))

    added, skipped = until(lambda: noted if len(noted := decisions()) == 2 else None)
    assert (added["operation"], skipped["operation"]) == ("AddMemory", "SkipMemory")
    assert json.loads(added["sources"]) == [[event_id, 0]]
    assert json.loads(skipped["sources"]) == [[again, 0]]
    assert json.loads(skipped["neighbours"])[0][1] == pytest.approx(1.0, abs=1e-3)
    assert added["extractor"].startswith("rules")


def test_a_session_that_never_falls_quiet_is_extracted_too(tmp_path: Path) -> None:
    backend = Backend.open(tmp_path / "data", Settings(extraction_delay=0.3, transition_seconds=0))
    backend.start()
    aws = InProcess(backend)
    memory_id = aws.memory(facts())
    aws.say(memory_id, "I live in Lisbon.", "busy")
    started = time.monotonic()
    while not aws.texts(memory_id):
        assert time.monotonic() - started < 60
        aws.say(memory_id, "Hm.", "busy")
        time.sleep(0.05)
    backend.close()


def test_extraction_resumes_after_a_kill_and_doubles_nothing(tmp_path: Path) -> None:
    endpoint = Endpoint(tmp_path / "data", "--transition-seconds", "0", "--extraction-delay", "0.3")
    endpoint.start()
    control, data = endpoint.client("bedrock-agentcore-control"), endpoint.client("bedrock-agentcore")
    memory_id = new_memory(control, facts("/facts/{actorId}/{sessionId}/"))
    cities = ["Lisbon", "Boston", "Paris", "Rome", "Oslo", "Vienna", "Madrid", "Dublin", "Prague", "Athens"]
    for place, city in enumerate(cities * 2):
        say(data, memory_id, f"I live in {city}.", session=f"s{place}")
    for wait in (0.3, 0.1, 0.05):
        time.sleep(wait)
        endpoint.kill()
        endpoint.start()
    until(lambda: pending_of(data) == 0)
    records = found(data, memory_id)
    where = [each["namespaces"][0] for each in records]
    assert sorted(where) == sorted(f"/facts/alice/s{place}/" for place in range(20))
    endpoint.stop()
