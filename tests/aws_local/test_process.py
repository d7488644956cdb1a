"""`python -m services.aws_local` as a process: start, refusal, stop, and what it survives."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.aws_local.wire.gateway import MAX_BODY_BYTES
from tests.conftest import ROOT, Endpoint

Start = Callable[..., subprocess.Popen[str]]
SECONDS = 60


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the endpoint with the given options; what still runs at the end is killed."""
    processes: list[subprocess.Popen[str]] = []

    def run(*options: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "services.aws_local", *map(str, options)]
        pipe = subprocess.PIPE
        processes.append(subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def ready_port(process: subprocess.Popen[str]) -> int:
    """The port that the ready line names; the line comes when the endpoint serves."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"AgentCore endpoint ready on http://127\.0\.0\.1:(\d+) \(data in .+\)\n", line)
    assert found, line
    return int(found[1])


def request(port: int, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_from_its_one_line_until_the_signal_and_exits_with_zero(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    process = start("--port", "0", "--data-dir", tmp_path / "data")
    port = ready_port(process)
    idle = socket.create_connection(("127.0.0.1", port))  # an idle client does not keep it from stopping

    status, body = request(port, "GET", "/healthz")
    os.kill(process.pid, number)
    output, errors = process.communicate(timeout=SECONDS)
    idle.close()

    assert (status, b'"status":"ok"' in body) == (200, True)
    assert (process.returncode, output, errors) == (0, "", "")


def test_a_port_in_use_is_said_and_how_to_change_it(start: Start, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start("--port", str(taken.getsockname()[1]), "--data-dir", tmp_path / "data")
        output, errors = process.communicate(timeout=SECONDS)

    assert (process.returncode, output) == (1, "")
    assert "is in use" in errors
    assert "--port" in errors
    assert "ENDPOINT_PORT" in errors
    assert "Traceback" not in errors


def test_a_data_directory_has_one_process(start: Start, tmp_path: Path) -> None:
    holder = start("--port", "0", "--data-dir", tmp_path / "data")
    ready_port(holder)

    process = start("--port", "0", "--data-dir", tmp_path / "data")
    output, errors = process.communicate(timeout=SECONDS)

    assert (process.returncode, output) == (1, "")
    assert f"process {holder.pid}" in errors
    assert "Traceback" not in errors


def test_a_data_directory_that_cannot_be_made_is_said(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    process = start("--port", "0", "--data-dir", tmp_path / "file" / "data")
    output, errors = process.communicate(timeout=SECONDS)

    assert (process.returncode, output) == (1, "")
    assert str(tmp_path / "file") in errors
    assert "Traceback" not in errors


def test_an_address_that_others_reach_needs_consent(start: Start, tmp_path: Path) -> None:
    process = start("--port", "0", "--host", "0.0.0.0", "--data-dir", tmp_path / "data")  # noqa: S104
    output, errors = process.communicate(timeout=SECONDS)

    assert (process.returncode, output) == (1, "")
    assert "--allow-remote" in errors
    assert "no credentials" in errors


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--fault", "throttle on CreateEvnt", "did you mean CreateEvent?"),
        ("--transition-seconds", "-1", "not between 0 and"),
        ("--extraction-delay", "soon", "no number of seconds"),
        ("--port", "99999", "no port from 0 to 65535"),
    ],
)
def test_a_switch_that_means_nothing_is_refused(
    start: Start, tmp_path: Path, option: str, value: str, why: str
) -> None:
    process = start("--port", "0", "--data-dir", tmp_path / "data", option, value)
    output, errors = process.communicate(timeout=SECONDS)

    assert (process.returncode, output) == (2, "")
    assert option in errors
    assert why in errors
    assert not (tmp_path / "data").exists()


def test_help_explains_how_to_point_an_sdk_at_it(start: Start) -> None:
    output, _ = start("--help").communicate(timeout=SECONDS)

    for word in (
        "--data-dir",
        "--port",
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL",
        "/healthz",
        "--quotas",
        "--fault",
    ):
        assert word in output


def test_a_body_that_is_too_long_gets_an_answer_and_the_connection_lives_on(endpoint: Endpoint) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=SECONDS)
    path = "/memories/Support-a1B2c3D4e5/actors"

    connection.request("POST", path, b" " * (MAX_BODY_BYTES + 1))
    answer = connection.getresponse()
    message = answer.read()
    connection.request("GET", "/healthz")
    health = connection.getresponse()
    health.read()
    connection.close()

    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (413, "RequestEntityTooLargeException")
    assert b"message" in message
    assert health.status == 200


def test_memories_survive_a_restart(tmp_path: Path) -> None:
    own = Endpoint(tmp_path / "data", "--transition-seconds", "0")
    own.start()
    control = own.client("bedrock-agentcore-control")
    created: dict[str, Any] = control.create_memory(name="Durable", eventExpiryDuration=30)["memory"]

    own.restart()

    assert control.get_memory(memoryId=created["id"])["memory"]["arn"] == created["arn"]
    control.close()
    assert own.stop() == 0
