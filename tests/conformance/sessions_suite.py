"""Scripted sessions: a client does what its users do, in a file of its own under `sessions/`."""

from __future__ import annotations

import ast
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


def suites() -> list[Suite]:
    return [Suite(f"session: {name}", partial(_run, SESSIONS / f"{file}.py")) for file, name in NAMES.items()]


def _run(file: Path, url: str) -> Outcome:
    # importlib mode: with `tests` as a package, pytest would load the project's own conftest files as well.
    arguments = [str(file), "--import-mode=importlib", f"--rootdir={SESSIONS}", f"--confcutdir={SESSIONS}"]
    python = environment.python()
    return pytest_suite(
        python, ["-c", "/dev/null", *arguments], SESSIONS, client_environment(url), _total(file)
    )


def _total(file: Path) -> int:
    """How many tests the file defines."""
    body = ast.parse(file.read_text("utf-8")).body
    return sum(isinstance(part, ast.FunctionDef) and part.name.startswith("test_") for part in body)
