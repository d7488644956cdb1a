"""The clients that people use, unmodified, in scripted sessions: those that the project itself installs.

`make conformance` runs the same sessions, those of further clients, and other people's test suites.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.conformance.sessions_suite import INSTALLED, outcome
from tests.conftest import Endpoint


def test_the_installed_clients_work_unmodified(endpoint: Endpoint) -> None:
    """boto3, MemoryClient, MemorySessionManager, the session manager, store and memory tool of Strands."""
    assert len(INSTALLED) == 6

    result = outcome(INSTALLED, Path(sys.executable), endpoint.url)

    assert result.complete, f"{result.passed} of {result.total} passed\n{result.report}"
