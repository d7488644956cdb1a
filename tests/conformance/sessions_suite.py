"""Scripted sessions: a client does what its users do, in a file of its own under `sessions/`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.conformance import environment
from tests.conformance.runner import Outcome, Suite, client_environment, pytest_suite

SESSIONS = environment.HERE / "sessions"
NAMES = {
    "boto3_clients": "boto3",
    "memory_client": "MemoryClient",
    "memory_session_manager": "MemorySessionManager",
    "strands_session_manager": "Strands session manager",
    "strands_memory_store": "Strands memory store",
    "strands_memory_tool": "AgentCoreMemoryToolProvider",
    "langgraph_saver": "LangGraph saver",
    "langgraph_store": "LangGraph store",
    "llama_index_memory": "LlamaIndex memory",
    "aws_cli": "AWS CLI",
}


# Those whose clients the project itself installs: `make test` runs them too.
INSTALLED = [name for name in NAMES if name.startswith(("boto3", "memory_", "strands_"))]


def suites() -> list[Suite]:
    return [Suite(f"session: {name}", partial(_run, file)) for file, name in NAMES.items()]


def _run(name: str, url: str) -> Outcome:
    return outcome([name], environment.python(), url)


def outcome(names: Sequence[str], python: Path, url: str) -> Outcome:
    """What comes of these sessions with the clients of an environment, on the endpoint at a URL."""
    files = [SESSIONS / f"{name}.py" for name in names]
    # importlib mode: with `tests` as a package, pytest would load the project's own conftest files as well.
    arguments = ["--import-mode=importlib", f"--rootdir={SESSIONS}", f"--confcutdir={SESSIONS}"]
    chosen = ["-c", "/dev/null", *map(str, files), *arguments]
    return pytest_suite(python, chosen, SESSIONS, client_environment(url), sum(map(_total, files)))


def _total(file: Path) -> int:
    """How many tests the file defines."""
    body = ast.parse(file.read_text("utf-8")).body
    return sum(isinstance(part, ast.FunctionDef) and part.name.startswith("test_") for part in body)
