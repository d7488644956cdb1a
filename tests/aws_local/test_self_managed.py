"""Self-managed strategies: what fires a trigger, what is handed over, and that it arrives."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import apsw
import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.long_term import handover_delivery, self_managed
from services.aws_local.long_term.handover_delivery import UnusablePlace, place_of
from services.aws_local.storage.store import Store
from tests.aws_local.agentcore import ROLE_ARN, START, record, until
from tests.aws_local.in_process import InProcess

TOPIC = "arn:aws:sns:us-west-2:123456789012:memory-jobs"
BUCKET = "my-payloads"


def strategy(*triggers: dict[str, Any], window: int = 2, bucket: str = BUCKET) -> dict[str, Any]:
    configuration = {
        "triggerConditions": list(triggers),
        "historicalContextWindowSize": window,
        "invocationConfiguration": {"topicArn": TOPIC, "payloadDeliveryBucketName": bucket},
    }
    given = {"name": "mine", "configuration": {"selfManagedConfiguration": configuration}}
    return {"customMemoryStrategy": given}


def after_messages(count: int) -> dict[str, Any]:
    return {"messageBasedTrigger": {"messageCount": count}}


def after_tokens(count: int) -> dict[str, Any]:
    return {"tokenBasedTrigger": {"tokenCount": count}}


def after_idle(seconds: int) -> dict[str, Any]:
    return {"timeBasedTrigger": {"idleSessionTimeout": seconds}}


def notifications(folder: Path) -> list[dict[str, Any]]:
    """The notifications in a directory, in order."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("notifications/*/*.json"))]


def payload_of(folder: Path, notification: dict[str, Any]) -> dict[str, Any]:
    """The S3 object that a notification names."""
    location = json.loads(notification["Message"])["s3PayloadLocation"]
    loaded: dict[str, Any] = json.loads((folder / location.removeprefix("s3://")).read_text("utf-8"))
    return loaded


def said(payload: dict[str, Any], context: str = "currentContext") -> list[str]:
    return [each["content"]["text"] for each in payload[context]]


class Aws(InProcess):
    """In-process calls with a memory whose strategies need a role."""

    def own(self, *strategies: dict[str, Any]) -> str:
        made = self(
            "CreateMemory",
            name=f"Own_{id(self)}_{len(strategies)}",
            eventExpiryDuration=30,
            memoryStrategies=list(strategies),
            memoryExecutionRoleArn=ROLE_ARN,
        )
        identifier: str = made["memory"]["id"]
        return identifier


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def backend(tmp_path: Path, folder: Path) -> Iterator[Backend]:
    settings = Settings(extraction_delay=0.05, self_managed_to=place_of(str(folder)))
    opened = Backend(Store.open(tmp_path / "data"), settings, embedder=None)
    opened.start()
    yield opened
    opened.close()


def test_what_is_handed_over_has_the_services_form(backend: Backend, folder: Path) -> None:
    aws = Aws(backend)
    memory_id = aws.own(strategy(after_messages(3)))
    strategy_id = aws("GetMemory", memoryId=memory_id)["memory"]["strategies"][0]["strategyId"]
    where = {"memoryId": memory_id, "actorId": "team/alice", "sessionId": "one"}
    user = {"conversational": {"role": "USER", "content": {"text": "I like tea."}}}
    answer = {"conversational": {"role": "ASSISTANT", "content": {"text": "Noted."}}}
    aws("CreateEvent", **where, eventTimestamp=START, payload=[user, answer])
    later = START + timedelta(seconds=5)
    aws("CreateEvent", **where, eventTimestamp=later, payload=[{"blob": {"step": 1}}, user])

    (first,) = until(lambda: notifications(folder))
    message = json.loads(first["Message"])
    assert first["TopicArn"] == TOPIC
    assert message.keys() == {"jobId", "s3PayloadLocation", "memoryId", "strategyId"}
    assert (message["memoryId"], message["strategyId"]) == (memory_id, strategy_id)
    assert message["s3PayloadLocation"].startswith(f"s3://{BUCKET}/")
    seconds = int(START.timestamp())
    assert payload_of(folder, first) == {
        "requestId": message["jobId"],
        "accountId": "000000000000",
        "memoryId": memory_id,
        "actorId": "team/alice",
        "sessionId": "one",
        "strategyId": strategy_id,
        "startingTimestamp": seconds,
        "endingTimestamp": seconds + 5,
        "currentContext": [
            user["conversational"],
            answer["conversational"],
            {"blob": {"step": 1}},
            user["conversational"],
        ],
        "historicalContext": [],
    }

    much_later = START + timedelta(seconds=60)
    aws("CreateEvent", **where, eventTimestamp=much_later, payload=[user, answer, user])
    _, second = until(lambda: found if len(found := notifications(folder)) == 2 else None)
    assert payload_of(folder, second)["historicalContext"] == [{"blob": {"step": 1}}, user["conversational"]]


def test_its_records_come_back_through_batch_create(backend: Backend) -> None:
    aws = Aws(backend)
    memory_id = aws.own(strategy(after_messages(3)))
    strategy_id = aws("GetMemory", memoryId=memory_id)["memory"]["strategies"][0]["strategyId"]
    mine = record("r", "Alice likes tea.", f"/own/{strategy_id}/", memoryStrategyId=strategy_id)
    (made,) = aws("BatchCreateMemoryRecords", memoryId=memory_id, records=[mine])["successfulRecords"]
    kept = aws("GetMemoryRecord", memoryId=memory_id, memoryRecordId=made["memoryRecordId"])["memoryRecord"]
    assert kept["memoryStrategyId"] == strategy_id


def test_tokens_and_idle_time_fire_and_each_session_by_itself(backend: Backend, folder: Path) -> None:
    aws = Aws(backend)
    memory_id = aws.own(strategy(after_tokens(100), after_idle(3000)))
    aws.say(memory_id, "word " * 70, "long")
    aws.say(memory_id, "I like tea.", "short")
    aws.say(memory_id, "word " * 70, "long")
    (first,) = until(lambda: notifications(folder))
    assert payload_of(folder, first)["sessionId"] == "long"
    backend.write(lambda connection: connection.execute("UPDATE handover_queue SET idle_ms = 1"))
    _, second = until(lambda: found if len(found := notifications(folder)) == 2 else None)
    assert said(payload_of(folder, second)) == ["I like tea."]


def test_only_conversation_of_living_events_is_handed_over(backend: Backend, folder: Path) -> None:
    aws = Aws(backend)
    memory_id = aws.own(strategy(after_messages(2)))
    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "one"}
    aws("CreateEvent", **where, eventTimestamp=START, payload=[{"blob": "nothing said"}])
    skipped = {"conversational": {"role": "USER", "content": {"text": "Do not read this."}}}
    aws("CreateEvent", **where, eventTimestamp=START, payload=[skipped], extractionMode="SKIP")
    deleted = aws.say(memory_id, "Forget this.", "one")
    aws("DeleteEvent", **where, eventId=deleted)
    aws.say(memory_id, "I like tea.", "one")
    aws.say(memory_id, "I like jam.", "one")
    (only,) = until(lambda: notifications(folder))
    assert said(payload_of(folder, only)) == ["I like tea.", "I like jam."]


def test_what_was_not_delivered_becomes_a_job_that_can_be_started_again(
    backend: Backend, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_managed, "_FIRST_PAUSE_MS", 1)
    (folder / BUCKET).write_text("a file where the bucket's folder should be")
    aws = Aws(backend)
    memory_id = aws.own(strategy(after_messages(1)))
    event_id = aws.say(memory_id, "I like tea.", "one")
    (job,) = until(lambda: aws.jobs(memory_id))
    assert job["failureReason"] == self_managed.FAILED
    assert job["messages"]["messagesList"] == [{"eventId": event_id, "messageIndex": 0}]
    assert notifications(folder) == []
    (folder / BUCKET).unlink()
    aws("StartMemoryExtractionJob", memoryId=memory_id, extractionJob={"jobId": job["jobID"]})
    (first,) = until(lambda: notifications(folder))
    assert first["MessageId"] == job["jobID"]
    assert aws.jobs(memory_id) == []


def test_a_job_of_a_hand_over_loses_deleted_events_and_goes_with_the_last(
    backend: Backend, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_managed, "_FIRST_PAUSE_MS", 1)
    (folder / BUCKET).write_text("a file where the bucket's folder should be")
    aws = Aws(backend)
    memory_id = aws.own(strategy(after_messages(3)))
    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "one"}
    spoken = {"conversational": {"role": "USER", "content": {"text": "I like tea."}}}
    payload = [{"blob": "nothing said"}, spoken, spoken]
    first = aws("CreateEvent", **where, eventTimestamp=START, payload=payload)["event"]["eventId"]
    second = aws.say(memory_id, "I like jam.", "one")
    (job,) = until(lambda: aws.jobs(memory_id))
    assert job["messages"]["messagesList"] == [
        {"eventId": first, "messageIndex": 1},
        {"eventId": first, "messageIndex": 2},
        {"eventId": second, "messageIndex": 0},
    ]
    aws("DeleteEvent", **where, eventId=first)
    (job,) = aws.jobs(memory_id)
    assert job["messages"]["messagesList"] == [{"eventId": second, "messageIndex": 0}]
    aws("DeleteEvent", **where, eventId=second)
    assert aws.jobs(memory_id) == []


def test_a_hand_over_survives_a_restart_with_its_job(tmp_path: Path, folder: Path) -> None:
    settings = Settings(self_managed_to=place_of(str(folder)))
    backend = Backend(
        Store.open(tmp_path / "data"), settings, embedder=None
    )  # not started: nothing is delivered
    aws = Aws(backend)
    memory_id = aws.own(strategy(after_messages(1)))
    aws.say(memory_id, "I like tea.", "one")
    aws.say(memory_id, "I like jam.", "one")
    backend.close()
    assert notifications(folder) == []
    again = Backend(Store.open(tmp_path / "data"), settings, embedder=None)
    again.start()
    found = until(lambda: found if len(found := notifications(folder)) == 2 else None)
    assert [said(payload_of(folder, each)) for each in found] == [["I like tea."], ["I like jam."]]
    again.close()


def test_trouble_that_lasts_is_logged_once(
    backend: Backend, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    aws, looks = Aws(backend), []
    memory_id = aws.own(strategy(after_messages(1)))
    with monkeypatch.context() as patch:
        patch.setattr(handover_delivery, "_AFTER_ERROR_SECONDS", 0.01)

        def no_room(_: Any) -> Any:
            looks.append(1)
            raise apsw.FullError("database or disk is full")

        patch.setattr(self_managed, "has_idle", no_room)
        until(lambda: len(looks) >= 4)
    assert caplog.text.count("Hand-overs are paused") == 1
    aws.say(memory_id, "I like tea.", "one")
    until(lambda: notifications(folder))


def test_a_bucket_name_leads_nowhere_else(backend: Backend, folder: Path) -> None:
    aws = Aws(backend)
    memory_id = aws.own(strategy(after_messages(1), bucket="../../escaped"))
    aws.say(memory_id, "I like tea.", "one")
    until(lambda: notifications(folder))
    inside = {path.name for path in folder.iterdir()}
    assert len(inside) == 2
    assert not (folder.parent / "escaped").exists()
    assert not (folder.parent.parent / "escaped").exists()


def test_without_a_place_nothing_waits(tmp_path: Path) -> None:
    backend = Backend(Store.open(tmp_path / "data"), Settings(), embedder=None)
    aws = Aws(backend)
    aws.say(aws.own(strategy(after_messages(1))), "I like tea.", "one")
    assert backend.read(self_managed.pending) == 0
    assert "needs --self-managed-to" in backend.health()["selfManagedStrategies"]
    backend.close()


@pytest.mark.parametrize(
    "place", ["http://example.com/hook", "https://127.0.0.1/", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/"]
)
def test_conversations_are_handed_over_on_this_machine_only(place: str) -> None:
    with pytest.raises(UnusablePlace):
        place_of(place)


class Subscriber:
    """An HTTP server that answers with the given statuses in turn, the last one repeated."""

    def __init__(self, *statuses: int) -> None:
        self.bodies: list[dict[str, Any]] = []
        left, bodies = list(statuses), self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(left.pop(0) if len(left) > 1 else left[0])
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()


def test_a_webhook_gets_the_notification_with_its_payload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_managed, "_FIRST_PAUSE_MS", 1)
    subscriber = Subscriber(503, 200)
    place = place_of(f"http://127.0.0.1:{subscriber.server.server_address[1]}/hook")
    backend = Backend(Store.open(tmp_path / "data"), Settings(self_managed_to=place), embedder=None)
    backend.start()
    aws = Aws(backend)
    aws.say(aws.own(strategy(after_messages(1))), "I like tea.", "one")
    until(lambda: len(subscriber.bodies) == 2 and backend.read(self_managed.pending) == 0)
    refused, taken = subscriber.bodies
    assert refused == taken
    assert taken["Type"] == "Notification"
    assert said(taken["payload"]) == ["I like tea."]
    assert json.loads(taken["Message"])["jobId"] == taken["payload"]["requestId"]
    backend.close()
    subscriber.server.shutdown()
    subscriber.server.server_close()
