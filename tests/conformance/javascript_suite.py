"""The AWS SDK for JavaScript v3 in a scripted session, with Node's own test runner."""

from __future__ import annotations

import re
import subprocess

from tests.conformance import environment
from tests.conformance.runner import SUITE_SECONDS, NotRun, Outcome, Suite, client_environment


def suites() -> list[Suite]:
    return [Suite("session: JavaScript SDK v3", _run)]


def _run(url: str) -> Outcome:
    folder = environment.javascript()
    if folder is None:
        raise NotRun("Node.js and npm are not installed")
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", "session.test.mjs"],
        cwd=folder,
        env=client_environment(url),
        capture_output=True,
        text=True,
        timeout=SUITE_SECONDS,
        check=False,
    )
    passed, total = _count("pass", done.stdout), max(_count("tests", done.stdout), 1)
    return Outcome(passed, total, "" if passed == total else done.stdout + done.stderr)


def _count(what: str, tap: str) -> int:
    found = re.search(rf"^# {what} (\d+)$", tap, re.MULTILINE)
    return int(found[1]) if found else 0
