"""Runs the code of a Lambda function: in a process of its own, without credentials, with a time limit.

It is arbitrary code with the rights of the user who started the endpoint, so nothing runs unless
`--run-lambda-code` asks for it. Only Python runtimes are run, by the Python that runs the endpoint.
"""

from __future__ import annotations

import contextlib
import io
import json
import lzma
import os
import signal
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from services.aws_local import bounded_json
from services.aws_local.functions.functions import Function

LONGEST_SECONDS = 60.0
_CHILD = Path(__file__).with_name("child.py")
_LONGEST_ANSWER = 6 * 1024 * 1024  # bytes; Lambda's own limit
# What zipfile raises over archives that are damaged, locked, or packed in a way that it does not know.
_UNUSABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
_MOST_UNPACKED = 250 * 1024 * 1024  # bytes; Lambda's own limit
_LOG_TAIL = 4_096


@dataclass(frozen=True)
class Outcome:
    """What a function returned, or why it did not; `log` is the end of what it printed."""

    result: Any = None
    error: dict[str, Any] | None = None
    log: str = ""

    @property
    def reason(self) -> str:
        """The error in one line; empty when there is none."""
        if self.error is None:
            return ""
        return f"{self.error['errorType']}: {self.error['errorMessage']}"


def run(function: Function, event: dict[str, Any]) -> Outcome:
    """Run it on one event, for at most its own timeout and LONGEST_SECONDS."""
    if not str(function.settings.get("Runtime", "")).startswith("python"):
        return _failed("Runtime.NotRun", "Only Python runtimes are run by the embedded endpoint.")
    seconds = min(float(function.timeout), LONGEST_SECONDS)
    with tempfile.TemporaryDirectory(prefix="aws-local-function-") as place:
        directory = Path(place) / "task"
        try:
            _unpack(function.code, directory)
        except _UNUSABLE as error:
            return _failed("Runtime.UnusableCode", f"The zip file cannot be unpacked: {error}")
        return _run(function, event, directory, seconds)


def _unpack(code: bytes, directory: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNPACKED:
            raise ValueError(f"it holds more than {_MOST_UNPACKED} bytes")
        archive.extractall(directory)


def _run(function: Function, event: dict[str, Any], directory: Path, seconds: float) -> Outcome:
    context = {
        "name": function.name,
        "arn": function.arn,
        "memory": function.settings.get("MemorySize", 128),
        "timeout": seconds,
        "requestId": str(uuid4()),
    }
    handler = str(function.settings.get("Handler", ""))
    command = [sys.executable, "-I", str(_CHILD), str(directory), handler]
    given = json.dumps({"event": event, "context": context}).encode()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(  # noqa: S603 - the user has switched this on
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=printed,
            env=_environment(function, directory),
            cwd=directory,
            start_new_session=True,
        )
        try:
            process.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            return _failed("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds", _tail(printed))
        finally:
            _kill(process)
        output.seek(0)
        return _read(output.read(_LONGEST_ANSWER + 1), process.returncode, _tail(printed))


def _environment(function: Function, directory: Path) -> dict[str, str]:
    """What the function sees: its own variables, nothing of the endpoint's, and no credentials."""
    own = function.settings.get("Environment", {}).get("Variables", {})
    return {
        **own,
        "PATH": os.defpath,
        "HOME": str(directory),
        "LANG": "C.UTF-8",
        "AWS_REGION": function.scope.region,
        "AWS_DEFAULT_REGION": function.scope.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
    }


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(printed: Any) -> str:
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - _LOG_TAIL))
    return str(printed.read().decode("utf-8", "replace"))


def _read(answer: bytes, code: int | None, log: str) -> Outcome:
    if len(answer) > _LONGEST_ANSWER:
        return _failed("Function.ResponseSizeTooLarge", "The result is larger than 6 MB", log)
    try:
        told = bounded_json.read(answer)
    except ValueError:
        return _failed("Runtime.ExitError", f"The function ended with exit status {code}", log)
    return Outcome(told.get("result"), told.get("error"), log)


def _failed(kind: str, message: str, log: str = "") -> Outcome:
    return Outcome(error={"errorType": kind, "errorMessage": message}, log=log)
