"""Runs code blocks of a guide as a reader would: one after the other, in one interpreter, unmodified.

`python -m tests.seed_guide_runner REPORT HEALTH_URL BLOCK…` writes a JSON list to REPORT, one part per block:
what it printed, and the value of every plain variable it left behind. The only thing that differs from the
reader's interpreter is `time.sleep`: a minute's wait for extraction ends as soon as the endpoint has nothing
left to extract, and polling is quicker.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SHORTEST_WAIT_FOR_EXTRACTION = 30.0  # seconds asked for; anything shorter is a poll
LONGEST_POLL = 0.1
EXTRACTION_DEADLINE = 60.0

real_sleep = time.sleep


def main(report: Path, health_url: str, blocks: Sequence[Path]) -> None:
    """Runs the blocks in one namespace and writes the report."""
    time.sleep = lambda seconds: short_sleep(seconds, health_url)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    results = [run_block(block, namespace) for block in blocks]
    report.write_text(json.dumps(results, default=str), "utf-8")


def run_block(block: Path, namespace: dict[str, Any]) -> dict[str, Any]:
    """Runs one block; what it raises ends the run, with the block's path in the traceback."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.read_text("utf-8"), block, "exec"), namespace)  # noqa: S102 - the guide's code
    return {"block": block.stem, "printed": printed.getvalue(), "variables": plain(namespace)}


def plain(namespace: dict[str, Any]) -> dict[str, Any]:
    """The variables that are data, and the messages of an agent."""
    values = {name: value for name, value in namespace.items() if isinstance(value, dict | list | str)}
    if "agent" in namespace:
        values["agent_messages"] = namespace["agent"].messages
    return {name: value for name, value in values.items() if not name.startswith("__")}


def short_sleep(seconds: float, health_url: str) -> None:
    """Sleeps as long as it is of use, and never longer than it was asked to."""
    if seconds < SHORTEST_WAIT_FOR_EXTRACTION:
        real_sleep(min(seconds, LONGEST_POLL))
        return
    deadline = time.monotonic() + min(seconds, EXTRACTION_DEADLINE)
    while pending_extractions(health_url) and time.monotonic() < deadline:
        real_sleep(LONGEST_POLL)


def pending_extractions(health_url: str) -> int:
    """How many extractions the endpoint still has to do."""
    with urllib.request.urlopen(health_url, timeout=10) as response:
        return int(json.load(response)["pendingExtractions"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [Path(argument) for argument in sys.argv[3:]])
