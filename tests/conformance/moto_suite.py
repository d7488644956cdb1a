"""moto's tests of the AgentCore Memory control plane, unmodified, from its source distribution.

moto's data-plane tests are left out: they contradict the service (they write to a memory that does not exist,
and reject requests that it accepts).
"""

from __future__ import annotations

from tests.conformance import environment
from tests.conformance.runner import Outcome, Suite, client_environment, pytest_suite

VERSION = "5.2.5"
TOTAL = 9
PLUGINS = environment.HERE / "plugins"


def suites() -> list[Suite]:
    return [Suite("moto, control-plane memory tests", _run)]


def _run(url: str) -> Outcome:
    variables = {
        **client_environment(url),
        "TEST_SERVER_MODE": "true",
        "TEST_SERVER_MODE_ENDPOINT": url,
        "PYTHONPATH": str(PLUGINS),
    }
    arguments = ["tests/test_bedrockagentcorecontrol", "-k", "memor", "-p", "no_memories_left"]
    folder = environment.source("moto", VERSION)
    return pytest_suite(environment.python(), arguments, folder, variables, TOTAL)
