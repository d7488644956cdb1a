"""Nothing that clients send reaches the log, whatever goes wrong and however much is logged."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.extractors.rules import RulesExtractor
from tests.aws_local.agentcore import START, facts, new_memory, record, say, until
from tests.aws_local.in_process import InProcess
from tests.aws_local.switches import client, exchange, faults, local, send
from tests.conftest import Endpoint

MARK = "m4rked"


@pytest.fixture(scope="module")
def talkative(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint that logs all it can."""
    options = ("--log-level", "debug", "--extraction-delay", "0.05")
    running = Endpoint(tmp_path_factory.mktemp("talkative") / "data", *options)
    running.start()
    yield running
    assert running.stop() == 0


def test_requests_good_and_bad_leave_no_trace(talkative: Endpoint) -> None:
    control, data = client(talkative, "bedrock-agentcore-control"), client(talkative, "bedrock-agentcore")
    memory_id = new_memory(control, facts(f"/{MARK}/{{actorId}}/"), description=MARK, name=f"Memory_{MARK}")
    say(data, memory_id, f"I live in {MARK}.", actor=MARK, session=MARK)
    data.batch_create_memory_records(memoryId=memory_id, records=[record(MARK, MARK, f"/{MARK}/")])
    until(lambda: local(talkative, "GET", "/healthz")["pendingExtractions"] == 0)

    paths = [
        "/memories/",
        f"/memories/{memory_id}/events",
        f"/memories/{MARK}/details",
        f"/{MARK}",
        "/tags/%ff",
    ]
    bodies = [
        MARK,
        f'"{MARK}"',
        f'{{"{MARK}": 1',
        json.dumps({"maxResults": MARK, "payload": MARK}),
        MARK * 100_000,
    ]
    for path in paths:
        for body in bodies:
            for method in ("GET", "POST", "PUT", "DELETE"):
                status = send(talkative, method, path, body, X_Mark=MARK, Authorization=MARK)[0]
                assert status < 500
    for raw in (
        f"{MARK}\r\n\r\n",
        f"GET /{MARK} HTTP/1.1\r\n{MARK}\r\n\r\n",
        f"GET /{MARK * 5000} HTTP/1.1\r\n\r\n",
        f"POST /memories/ HTTP/1.1\r\nHost: localhost\r\n\r\n{MARK}\r\n\r\n",
        f"POST /memories/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n",
    ):
        exchange(talkative, raw.encode())
    refused = send(talkative, "POST", "/memories/", "{}", x_agentcore_local_fault=MARK)
    assert refused[0] == 400
    faults(talkative, "truncate", "garbage")
    send(talkative, "POST", "/memories/", MARK)
    local(talkative, "DELETE", "/_local/faults")

    log = talkative.log.read_text("utf-8")
    assert "DEBUG" in log or "INFO" in log
    assert "Traceback" not in log
    assert MARK not in log.replace(str(talkative.data_dir), "")


def test_a_failed_extraction_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def extract(*_: Any, **__: Any) -> Any:
        raise ValueError(MARK)

    monkeypatch.setattr(RulesExtractor, "extract", extract)
    backend = Backend.open(tmp_path / "data", Settings(extraction_delay=0.0))
    backend.start()
    local_call = InProcess(backend)
    memory_id = local_call.memory(facts())
    with caplog.at_level(logging.DEBUG):
        local_call.say(memory_id, f"I live in {MARK}.", "session-1", START)
        until(lambda: local_call.jobs(memory_id))
    backend.close()

    assert "ValueError" in caplog.text
    assert MARK not in caplog.text
