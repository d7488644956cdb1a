"""Runs suites against the endpoint and counts what passed.

Each suite gets an endpoint of its own: a new process on a free port with an empty data directory. A suite
runs as a subprocess in the environment that `environment` made, and finds the endpoint only through what any
AWS client reads, `AWS_ENDPOINT_URL_<SERVICE>`; nothing of the developer's AWS configuration reaches it.
Every failed request counts, since clients are told not to repeat it (AWS_MAX_ATTEMPTS=1).

A suite says how many tests it has, so that tests that were not found, or were skipped, count as not passed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.environment import ROOT

REGION = "us-west-2"
SUITE_SECONDS = 900
SERVICES = ("BEDROCK_AGENTCORE", "BEDROCK_AGENTCORE_CONTROL", "BEDROCK_RUNTIME")
_READY = re.compile(r"ready on (?P<url>http://\S+)")


@dataclass(frozen=True)
class Outcome:
    """What came of a suite: how many of its tests passed, and what the others said."""

    passed: int
    total: int
    report: str = ""

    @property
    def complete(self) -> bool:
        return self.passed == self.total


class NotRun(Exception):
    """The suite cannot be run on this machine; the message says what is missing."""


@dataclass(frozen=True)
class Suite:
    """A name for the table, and what runs the suite against the endpoint at a URL.

    ``options`` are further options of the endpoint's command line.
    """

    name: str
    run: Callable[[str], Outcome]
    options: tuple[str, ...] = ("--transition-seconds", "0", "--extraction-delay", "0.2")


def run(suite: Suite) -> Outcome:
    """The suite's outcome on an endpoint that has nothing in it yet."""
    with endpoint(suite.options) as url:
        return suite.run(url)


@contextmanager
def endpoint(options: Sequence[str]) -> Iterator[str]:
    """A new endpoint until the block ends; gives its URL."""
    command = [sys.executable, "-m", "services.aws_local", "--port", "0", *options]
    with tempfile.TemporaryDirectory() as data_dir:
        process = subprocess.Popen(
            [*command, "--data-dir", data_dir], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            yield _url(process)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    line = process.stdout.readline()  # empty when the process ends without serving
    ready = _READY.search(line)
    if ready is None:
        raise RuntimeError(f"The endpoint did not start; it said {line!r} and more on standard error.")
    return ready["url"]


def client_environment(url: str) -> dict[str, str]:
    """The environment of a client: the endpoint, any credentials, and nothing of this machine's AWS setup."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    return {
        **kept,
        **{f"AWS_ENDPOINT_URL_{service}": url for service in SERVICES},
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "NO_PROXY": "localhost,127.0.0.1",
        "OTEL_SDK_DISABLED": "true",
    }


def pytest_suite(
    python: Path, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], total: int
) -> Outcome:
    """Runs pytest in a folder, in the environment of ``python``; ``total`` is how many tests there are."""
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "results.xml"
        options = ["-q", "--tb=short", "-rs", "-p", "no:cacheprovider", f"--junitxml={results}"]
        done = subprocess.run(
            [str(python), "-m", "pytest", *options, *arguments],
            cwd=folder,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=SUITE_SECONDS,
            check=False,
        )
        if not results.exists():
            return Outcome(0, total, done.stdout + done.stderr)
        passed, found = _counts(results)
    report = "" if passed == found == total else done.stdout
    return Outcome(passed, max(found, total), report)


def _counts(results: Path) -> tuple[int, int]:
    """How many tests a JUnit file says passed, and how many it has."""
    cases = list(ET.parse(results).getroot().iter("testcase"))  # noqa: S314 - written by our own pytest
    bad = {"failure", "error", "skipped"}
    return sum(not bad & {child.tag for child in case} for case in cases), len(cases)


def timed(suite: Suite) -> tuple[Outcome, float]:
    """The outcome, and the seconds it took."""
    started = time.monotonic()
    outcome = run(suite)
    return outcome, time.monotonic() - started
