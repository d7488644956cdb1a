"""Stream delivery: what a memory's stream is told of its records, and that it arrives."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.memory import upkeep
from services.aws_local.streams.stream_delivery import (
    Directory,
    UnusableDestination,
    destination,
    file_name,
)
from services.aws_local.streams.stream_delivery import (
    Webhook as WebhookDestination,
)
from tests.aws_local.agentcore import (
    ROLE_ARN,
    START,
    facts,
    new_memory,
    record,
    say,
    strategy_ids,
    until,
    write_records,
)
from tests.aws_local.in_process import InProcess
from tests.aws_local.webhook import Webhook
from tests.conftest import ROOT, Endpoint, free_port

ARN = "arn:aws:kinesis:us-west-2:123456789012:stream/memory-events"
FILE = "us-west-2.123456789012.memory-events.jsonl"
Event = dict[str, Any]


def stream(level: str | None = "FULL_CONTENT", arn: str = ARN) -> dict[str, Any]:
    """The parameters of a memory with a stream."""
    content = {"type": "MEMORY_RECORDS"} | ({"level": level} if level else {})
    kinesis = {"dataStreamArn": arn, "contentConfigurations": [content]}
    resources = {"streamDeliveryResources": {"resources": [{"kinesis": kinesis}]}}
    return {"memoryExecutionRoleArn": ROLE_ARN} | resources


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any, Path]]:
    """Control plane, data plane and the directory of an endpoint that delivers to files."""
    folder = tmp_path_factory.mktemp("streaming")
    options = ("--stream-to", str(folder / "streams"), "--extraction-delay", "0.05")
    running = Endpoint(folder / "data", *options)
    running.start()
    control, data = running.client("bedrock-agentcore-control"), running.client("bedrock-agentcore")
    yield control, data, folder / "streams"
    control.close()
    data.close()
    assert running.stop() == 0, running.log.read_text("utf-8")


def told(file: Path, memory_id: str) -> list[Event]:
    """The events of a memory in a stream's file."""
    text = file.read_text("utf-8") if file.exists() else ""
    found = [
        json.loads(line)["memoryStreamEvent"] for line in text.splitlines(keepends=True) if line[-1] == "\n"
    ]
    return [event for event in found if event["memoryId"] == memory_id]


def delivered(file: Path, memory_id: str, count: int) -> list[Event]:
    """A memory's events, when there are so many."""
    until(lambda: len(told(file, memory_id)) >= count)
    events = told(file, memory_id)
    assert len(events) == count
    return events


def kinds(events: list[Event]) -> list[str]:
    return [event["eventType"] for event in events]


def test_every_change_is_told_in_the_format_of_the_service(streaming: tuple[Any, Any, Path]) -> None:
    control, data, folder = streaming
    memory_id = new_memory(control, facts(), **stream())
    strategy_id = strategy_ids(control, memory_id)["facts"]
    (record_id,) = write_records(data, memory_id, record("one", "Likes tofu.", memoryStrategyId=strategy_id))
    change = {"memoryRecordId": record_id, "timestamp": START, "content": {"text": "Likes sushi."}}
    data.batch_update_memory_records(memoryId=memory_id, records=[change])
    data.batch_delete_memory_records(memoryId=memory_id, records=[{"memoryRecordId": record_id}])
    (other_id,) = write_records(data, memory_id, record("two", "Lives in Irvine.", namespaces=[]))
    data.delete_memory_record(memoryId=memory_id, memoryRecordId=other_id)

    enabled, created, updated, deleted, *others = delivered(folder / FILE, memory_id, 6)
    for event in (enabled, created, updated, deleted, *others):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event.pop("eventTime"))
    assert enabled == {
        "eventType": "StreamingEnabled",
        "memoryId": memory_id,
        "message": f"Streaming enabled for memory resource: {memory_id}",
    }
    assert isinstance(created["createdAt"], int)
    assert created == {
        "eventType": "MemoryRecordCreated",
        "memoryId": memory_id,
        "memoryRecordId": record_id,
        "namespaces": ["/facts/alice/"],
        "createdAt": created["createdAt"],
        "memoryStrategyId": strategy_id,
        "memoryStrategyType": "SEMANTIC",
        "metadata": {"x-amz-agentcore-memory-recordType": {"stringValue": "BASE"}},
        "memoryRecordText": "Likes tofu.",
    }
    changed = {"eventType": "MemoryRecordUpdated", "memoryRecordText": "Likes sushi."}
    assert updated == created | changed
    assert deleted == {
        "eventType": "MemoryRecordDeleted",
        "memoryId": memory_id,
        "memoryRecordId": record_id,
    }
    assert kinds(others) == ["MemoryRecordCreated", "MemoryRecordDeleted"]
    assert others[0]["namespaces"] == []
    assert others[0]["memoryStrategyId"] == "none"
    assert "memoryStrategyType" not in others[0]


def test_extraction_and_consolidation_are_told(streaming: tuple[Any, Any, Path]) -> None:
    control, data, folder = streaming
    memory_id = new_memory(control, facts(), **stream())
    say(data, memory_id, "My email is bob@old.example.", session="one")
    (_, first) = delivered(folder / FILE, memory_id, 2)
    assert (first["eventType"], first["namespaces"]) == ("MemoryRecordCreated", ["/facts/alice/"])
    assert "bob@old.example" in first["memoryRecordText"]
    say(data, memory_id, "My email is bob@new.example.", session="two")
    *_, gone, new = delivered(folder / FILE, memory_id, 4)
    assert kinds([gone, new]) == ["MemoryRecordDeleted", "MemoryRecordCreated"]
    assert gone["memoryRecordId"] == first["memoryRecordId"]
    assert "bob@new.example" in new["memoryRecordText"]


@pytest.mark.parametrize("level", ["METADATA_ONLY", None])
def test_without_full_content_no_text_leaves(streaming: tuple[Any, Any, Path], level: str | None) -> None:
    control, data, folder = streaming
    memory_id = new_memory(control, **stream(level))
    write_records(data, memory_id, record("one", "A secret."))
    _, created = delivered(folder / FILE, memory_id, 2)
    assert created["namespaces"] == ["/facts/alice/"]
    assert "memoryRecordText" not in created


def test_streaming_is_switched_on_and_off_by_an_update(streaming: tuple[Any, Any, Path]) -> None:
    control, data, folder = streaming
    memory_id = new_memory(control)
    write_records(data, memory_id, record("one", "Before."))
    control.update_memory(memoryId=memory_id, **stream())
    write_records(data, memory_id, record("two", "Between."))
    control.update_memory(memoryId=memory_id, **stream("METADATA_ONLY"))  # the same stream: nothing new
    write_records(data, memory_id, record("three", "Less."))
    control.update_memory(memoryId=memory_id, streamDeliveryResources={"resources": []})
    write_records(data, memory_id, record("four", "After."))
    control.update_memory(memoryId=memory_id, **stream())
    events = delivered(folder / FILE, memory_id, 4)
    on, change = "StreamingEnabled", "MemoryRecordCreated"
    assert kinds(events) == [on, change, change, on]
    assert [event.get("memoryRecordText") for event in events] == [None, "Between.", None, None]


def test_a_stream_has_its_own_file_and_none_outside_of_the_directory(
    streaming: tuple[Any, Any, Path],
) -> None:
    control, data, folder = streaming
    outside = "arn:aws:kinesis:us-west-2:123456789012:stream/../../outside"
    memory_id = new_memory(control, **stream(arn=outside))
    write_records(data, memory_id, record("one", "x"))
    (file,) = until(lambda: list(folder.glob("*outside*")))
    assert kinds(delivered(file, memory_id, 2)) == ["StreamingEnabled", "MemoryRecordCreated"]
    assert file.parent == folder
    assert not list(folder.parent.glob("*outside*"))


def test_file_names_are_short_and_differ() -> None:
    long = [f"arn:aws:kinesis:us-west-2:123456789012:stream/{'é' * 900}{end}" for end in "ab"]
    names = {file_name(arn) for arn in (*long, ARN)}
    assert len(names) == 3
    assert FILE in names
    assert all(len(name.encode()) < 255 and "/" not in name for name in names)


def test_half_a_line_is_replaced(tmp_path: Path) -> None:
    place = Directory(str(tmp_path))
    event = {"event_no": 1, "stream_arn": ARN, "body": '{"whole":1}'}
    assert list(place.deliver([event, event | {"event_no": 2}])) == [1, 2]
    with (tmp_path / FILE).open("a") as file:
        file.write('{"half":' + "x" * 100_000)
    assert list(place.deliver([event])) == [1]
    assert (tmp_path / FILE).read_text() == '{"whole":1}\n' * 3


def test_a_webhook_is_told_again_until_it_takes_it(tmp_path: Path) -> None:
    webhook = Webhook(statuses=(500, 503, 302))
    running = Endpoint(tmp_path / "data", "--stream-to", webhook.url)
    running.start()
    control, data = running.client("bedrock-agentcore-control"), running.client("bedrock-agentcore")
    first, second = (new_memory(control, **stream()) for _ in range(2))
    for number in range(5):
        for memory_id in (first, second):
            write_records(data, memory_id, record(f"r{number}", f"Number {number}."))
    until(lambda: len(webhook.events()) >= 12)
    for memory_id in (first, second):
        texts = [each.get("memoryRecordText") for each in webhook.events() if each["memoryId"] == memory_id]
        assert texts == [None, *(f"Number {number}." for number in range(5))]
    headers, _ = webhook.received[-1]
    assert headers["path"] == "/hook?of=test"
    assert (headers["Content-Type"], headers["X-Stream-Arn"]) == ("application/json", ARN)
    assert "Number" not in running.log.read_text("utf-8")
    data.close()
    control.close()
    assert running.stop() == 0
    webhook.close()


def test_writes_do_not_wait_and_nothing_is_lost_in_a_crash(tmp_path: Path) -> None:
    port = free_port()
    running = Endpoint(tmp_path / "data", "--stream-to", f"http://127.0.0.1:{port}/")
    running.start()  # nobody listens there
    control, data = running.client("bedrock-agentcore-control"), running.client("bedrock-agentcore")
    memory_id = new_memory(control, **stream())
    numbers = range(12)
    for number in numbers:
        write_records(data, memory_id, record(f"r{number}", f"Number {number}."))
    running.kill()
    webhook = Webhook(port)
    webhook.may_answer.clear()  # it takes the event, and says so only later
    running.start()
    write_records(data, memory_id, record("last", "The last."))
    webhook.may_answer.set()
    wanted = [None, *(f"Number {number}." for number in numbers), "The last."]
    until(lambda: len(webhook.events()) >= len(wanted))
    assert [event.get("memoryRecordText") for event in webhook.events()] == wanted  # in order
    data.close()
    control.close()
    assert running.stop() == 0
    webhook.close()


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """A backend that notes events and delivers none: its threads are not started."""
    opened = Backend.open(
        tmp_path / "data", Settings(extraction_delay=60, stream_to=Directory(str(tmp_path)))
    )
    yield opened
    opened.close()


def noted(backend: Backend) -> list[Event]:
    sql = "SELECT body FROM stream_events ORDER BY event_no"
    found = backend.read(lambda connection: list(connection.execute(sql)))
    return [json.loads(row["body"])["memoryStreamEvent"] for row in found]


def with_record(backend: Backend) -> tuple[InProcess, str]:
    aws = InProcess(backend)
    memory = aws("CreateMemory", name="Streamed", eventExpiryDuration=30, **stream())["memory"]
    aws("BatchCreateMemoryRecords", memoryId=memory["id"], records=[record("one", "x")])
    return aws, memory["id"]


def test_an_expired_record_is_told_as_deleted(backend: Backend) -> None:
    with_record(backend)
    backend.write(lambda connection: connection.execute("UPDATE records SET expires_ms = 1"))
    upkeep.erase_expired(backend.store, backend.search)
    assert kinds(noted(backend)) == ["StreamingEnabled", "MemoryRecordCreated", "MemoryRecordDeleted"]


def test_what_nobody_took_for_a_day_is_dropped(backend: Backend) -> None:
    with_record(backend)
    sql = "UPDATE stream_events SET noted_ms = noted_ms - 86400001 WHERE event_no = 1"
    backend.write(lambda connection: connection.execute(sql))
    upkeep.erase_expired(backend.store, backend.search)
    assert kinds(noted(backend)) == ["MemoryRecordCreated"]


def test_a_change_that_is_refused_is_not_told(backend: Backend) -> None:
    aws, memory_id = with_record(backend)
    unknown = {"memoryRecordId": "mem-" + "0" * 36}
    aws("BatchDeleteMemoryRecords", memoryId=memory_id, records=[unknown])
    assert len(noted(backend)) == 2


def test_without_a_place_to_deliver_to_nothing_is_noted(tmp_path: Path) -> None:
    opened = Backend.open(tmp_path / "data", Settings(extraction_delay=60))
    with_record(opened)
    assert noted(opened) == []
    assert opened.health()["streamDelivery"].startswith("off")
    opened.close()


def test_the_place_is_checked_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for wrong in (
        "http://192.0.2.1/hook",
        "https://example.com/hook",
        "ftp://127.0.0.1/",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1:port/",
        "http:///hook",
        str(tmp_path / "file"),
    ):
        with pytest.raises(UnusableDestination):
            destination(wrong)
    assert isinstance(destination("https://example.com/hook", allow_remote=True), WebhookDestination)
    for loopback in ("http://localhost:1/", "http://[::1]:1/", "http://127.0.0.1:1"):
        assert destination(loopback).place == loopback

    options = ["--port", "0", "--data-dir", str(tmp_path / "data"), "--stream-to", "http://192.0.2.1/hook"]
    command = [sys.executable, "-m", "services.aws_local", *options]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (process.returncode, process.stdout) == (1, "")
    assert "--stream-allow-remote" in process.stderr
