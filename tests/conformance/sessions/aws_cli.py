"""The AWS command line: both planes, paging, errors."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

AWS = str(Path(sys.executable).with_name("aws"))
CONTROL, DATA = "bedrock-agentcore-control", "bedrock-agentcore"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([AWS, *arguments], capture_output=True, text=True, timeout=60, check=False)


def aws(service: str, operation: str, *arguments: str) -> Any:
    """What the command prints, read as JSON (None when it prints nothing)."""
    done = run(service, operation, *arguments, "--output", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def say(memory_id: str, actor: str, text: str, second: int) -> str:
    payload = [{"conversational": {"role": "USER", "content": {"text": text}}}]
    where = ["--memory-id", memory_id, "--actor-id", actor, "--session-id", "s"]
    when = f"2026-03-01T14:00:{second:02d}Z"
    event = aws(DATA, "create-event", *where, "--event-timestamp", when, "--payload", json.dumps(payload))
    return str(event["event"]["eventId"])


def test_a_memory_is_made_changed_tagged_and_deleted() -> None:
    name = f"cli_{uuid.uuid4().hex[:8]}"
    facts = {"semanticMemoryStrategy": {"name": "Facts", "namespaceTemplates": ["/facts/{actorId}/"]}}
    settings = ["--name", name, "--event-expiry-duration", "30", "--memory-strategies", json.dumps([facts])]
    made = aws(CONTROL, "create-memory", *settings)["memory"]
    aws(CONTROL, "update-memory", "--memory-id", made["id"], "--description", "By hand")
    shown = aws(CONTROL, "get-memory", "--memory-id", made["id"])["memory"]
    assert (shown["description"], shown["status"]) == ("By hand", "ACTIVE")
    assert shown["strategies"][0]["namespaceTemplates"] == ["/facts/{actorId}/"]
    aws(CONTROL, "tag-resource", "--resource-arn", made["arn"], "--tags", "env=test")
    assert aws(CONTROL, "list-tags-for-resource", "--resource-arn", made["arn"]) == {"tags": {"env": "test"}}
    assert made["id"] in [each["id"] for each in aws(CONTROL, "list-memories")["memories"]]
    assert aws(CONTROL, "delete-memory", "--memory-id", made["id"])["status"] == "DELETING"


def test_events_are_written_paged_read_and_deleted(memory_id: str, actor: str) -> None:
    ids = [say(memory_id, actor, f"text {number}", number) for number in range(3)]
    where = ["--memory-id", memory_id, "--actor-id", actor, "--session-id", "s"]
    listed = aws(DATA, "list-events", *where, "--page-size", "1")["events"]
    assert [each["eventId"] for each in listed] == ids[::-1]
    first = aws(DATA, "list-events", *where, "--max-items", "1")
    rest = aws(DATA, "list-events", *where, "--starting-token", first["NextToken"])
    assert len(first["events"]) + len(rest["events"]) == 3
    assert aws(DATA, "get-event", *where, "--event-id", ids[0])["event"]["payload"][0]["conversational"]
    aws(DATA, "delete-event", *where, "--event-id", ids[0])
    assert len(aws(DATA, "list-events", *where)["events"]) == 2


def test_records_are_extracted_found_and_deleted(
    memory_id: str, actor: str, waiting: Callable[..., Any]
) -> None:
    say(memory_id, actor, "I collect old maps.", 1)
    target = ["--memory-id", memory_id, "--namespace", f"/facts/{actor}/"]
    criteria = ["--search-criteria", "searchQuery=hobbies,topK=3"]
    found = waiting(lambda: aws(DATA, "retrieve-memory-records", *target, *criteria)["memoryRecordSummaries"])
    assert "maps" in found[0]["content"]["text"]
    record = ["--memory-id", memory_id, "--memory-record-id", found[0]["memoryRecordId"]]
    assert aws(DATA, "get-memory-record", *record)["memoryRecord"]["namespaces"] == [f"/facts/{actor}/"]
    aws(DATA, "delete-memory-record", *record)
    assert aws(DATA, "list-memory-records", *target)["memoryRecordSummaries"] == []


def test_an_error_has_its_code_and_message() -> None:
    refused = run(CONTROL, "get-memory", "--memory-id", "nothing-0123456789")
    assert refused.returncode != 0
    assert "(ResourceNotFoundException) when calling the GetMemory operation" in refused.stderr
