"""The processes that are measured: each on a free port, with data of its own, stopped when the block ends."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from services import sample_data

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
EXTRACTION_SECONDS = 300.0
REGION = "us-west-2"


class CannotMeasure(Exception):
    """A server does not start, or something that is to be measured is not there."""


def free_port() -> int:
    """A TCP port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str], url: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a server until the block ends and gives its process.

    Raises CannotMeasure, with its output, when `url` never answers.
    """
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            if not _wait_until_answering(process, url):
                log.seek(0)
                raise CannotMeasure(f"{' '.join(command)} did not start:\n{log.read()}")
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_answering(process: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own process
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False


@contextmanager
def endpoint() -> Iterator[str]:
    """The embedded AWS endpoint, empty; gives its URL."""
    with tempfile.TemporaryDirectory() as data_dir, endpoint_on(Path(data_dir)) as (url, _):
        yield url


@contextmanager
def endpoint_on(data_dir: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The embedded AWS endpoint on a data directory; gives its URL and its process."""
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "services.aws_local", "--port", url.rpartition(":")[2]]
    command += ["--data-dir", str(data_dir), "--transition-seconds", "0", *options]
    with serving(command, f"{url}/healthz") as process:
        yield url, process


@contextmanager
def streamlit(script: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """A Streamlit server with this project's configuration; gives its URL."""
    with _streamlit(script, environment or {}) as (url, _):
        yield url


@contextmanager
def _streamlit(script: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", url.rpartition(":")[2]]
    with serving(command, f"{url}/_stcore/health", {"PYTHONPATH": str(ROOT), **environment}) as process:
        yield url, process


@contextmanager
def dashboard(endpoint_url: str) -> Iterator[str]:
    """The dashboard before an endpoint; gives its URL."""
    with dashboard_process(endpoint_url) as (url, _):
        yield url


@contextmanager
def dashboard_process(endpoint_url: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The dashboard before an endpoint; gives its URL and its process."""
    with tempfile.TemporaryDirectory() as data_dir:
        environment = {"AGENTCORE_STUDIO_ENDPOINT": endpoint_url, "AGENTCORE_STUDIO_DATA": data_dir}
        with _streamlit(ROOT / "dashboard" / "server.py", environment) as started:
            yield started


def client(service: str, url: str) -> Any:
    """A boto3 client of a local server that does not retry."""
    return boto3.Session().client(  # type: ignore[call-overload]
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="benchmark",
        aws_secret_access_key="benchmark",  # noqa: S106 - a local server checks none
        config=Config(retries={"total_max_attempts": 1}),
    )


def load_sample_data(url: str) -> sample_data.LoadReport:
    """Fills an endpoint, and waits until everything has been extracted."""
    control, data = client("bedrock-agentcore-control", url), client("bedrock-agentcore", url)
    report = sample_data.load(control, data, lambda done, total, what: None)
    deadline = time.monotonic() + EXTRACTION_SECONDS
    while pending_extractions(url):
        if time.monotonic() > deadline:
            raise CannotMeasure(f"Extraction is not finished after {EXTRACTION_SECONDS:.0f} s.")
        time.sleep(0.2)
    return report


def pending_extractions(url: str) -> int:
    """How many extractions an endpoint still has to do."""
    with urllib.request.urlopen(f"{url}/healthz", timeout=10) as response:  # noqa: S310 - our own
        return int(json.load(response)["pendingExtractions"])
