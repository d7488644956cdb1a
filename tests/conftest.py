"""What all tests share: isolation from the developer's machine, and the real endpoint on a free port."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, settings

import services.aws_local  # noqa: F401 - before numpy, whose threads it limits
from services.api_quotas import CALLS_PER_SECOND, QUOTAS_VARIABLE
from services.workspace.store import Workspace, open_workspace
from tests.postgresql import PostgreSQL

ROOT = Path(__file__).parents[1]
REGION = "us-west-2"
START_SECONDS = 90.0
STOP_SECONDS = 60.0
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""Which of the processes that test at once this one is."""
_OF_THE_DEVELOPER = ("AWS_", "AGENTCORE_STUDIO_", "STREAMLIT_", "PGHOST", "PGSERVICE")
"""What begins the names of environment variables that may be set where tests are run, and are not theirs."""
FIRST_PORT = 12_000
PORTS_OF_A_WORKER = 2_000

# Reproducible. No deadline: how long an example takes says more about the machine than about the code.
settings.register_profile(
    "studio",
    deadline=None,
    max_examples=50,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("studio")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running in the main thread from then on."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session", autouse=True)
def _isolated_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test can read the developer's AWS configuration or settings, or reach AWS with their credentials."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith(_OF_THE_DEVELOPER) or name.upper().endswith("_PROXY"):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("AWS_CONFIG_FILE", str(home / "aws-config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "aws-credentials"))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_REGION", REGION)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("NO_PROXY", "localhost,127.0.0.1")
        # As for an account whose quotas were raised far; tests of the quotas set the defaults again.
        raised = home / "quotas.json"
        raised.write_text(json.dumps(dict.fromkeys(CALLS_PER_SECOND, 1e6)), "utf-8")
        patch.setenv(QUOTAS_VARIABLE, str(raised))
        yield


@pytest.fixture(autouse=True)
def _isolated_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has its own directory for the dashboard's data and its own default boto3 session."""
    monkeypatch.setenv("AGENTCORE_STUDIO_DATA", str(tmp_path / "studio"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One PostgreSQL server for all tests; each takes a schema of its own (`new_url`)."""
    server = PostgreSQL()
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
        server.remove()


@pytest.fixture(scope="session")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The workspace in which is written down what tests change without asking for one of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENTCORE_STUDIO_DATA", str(tmp_path_factory.mktemp("trail")))
        opened = open_workspace()
    yield opened
    opened.close()


class Endpoint:
    """The embedded endpoint as a subprocess, on its own port and data directory."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir.with_suffix(".log")
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "services.aws_local", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--data-dir", str(self.data_dir), *self._options],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                pytest.fail(f"The endpoint did not start:\n{self.log.read_text('utf-8')}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self) -> int:
        """Stop it as Ctrl-C does. Returns its exit code."""
        assert self._process is not None
        self._process.terminate()
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"The endpoint did not stop within {STOP_SECONDS} s")

    def kill(self) -> None:
        """Stop it as a crash does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Stop and start again, on the same port and data."""
        self.stop()
        self.start()

    def client(self, service: str, **config: Any) -> Any:
        """A boto3 client of this endpoint that does not retry, so that no failure stays hidden."""
        return boto3.Session().client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=120, **config),
        )


def free_port() -> int:
    """A TCP port of this machine that nothing listens on.

    Below those that connections get from the system (Linux: from 32768), and of a range of this process's own
    among those that test at once: nobody takes it before it is used.
    """
    first = FIRST_PORT + WORKER * PORTS_OF_A_WORKER
    while True:
        port = random.randrange(first, first + PORTS_OF_A_WORKER)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def quick_endpoint(data_dir: Path) -> Iterator[Endpoint]:
    """An endpoint that makes nobody wait; it has to end well."""
    running = Endpoint(data_dir, "--extraction-delay", "0.05", "--transition-seconds", "0")
    running.start()
    yield running
    assert running.stop() == 0, running.log.read_text("utf-8")


@pytest.fixture(scope="session")
def endpoint(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """One endpoint for the tests of the dashboard, who make memories of their own in it."""
    yield from quick_endpoint(tmp_path_factory.mktemp("endpoint") / "data")


def closed_client(endpoint: Endpoint, service: str) -> Iterator[Any]:
    """A boto3 client that is closed in the end."""
    client = endpoint.client(service)
    yield client
    client.close()


@pytest.fixture(scope="session")
def control(endpoint: Endpoint) -> Iterator[Any]:
    """A boto3 client of the control plane."""
    yield from closed_client(endpoint, "bedrock-agentcore-control")


@pytest.fixture(scope="session")
def data(endpoint: Endpoint) -> Iterator[Any]:
    """A boto3 client of the data plane."""
    yield from closed_client(endpoint, "bedrock-agentcore")
