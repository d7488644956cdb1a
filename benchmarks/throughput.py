"""How many events a second eight clients at once get stored.

Beside the endpoint, which answers when the event is synced to disk, stand two other rates of the same run:
what the disk does of single synced appends, and what moto server answers, which keeps events in memory only.
The clients are connections of one light process (`load_generator`). The three take turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import servers
from benchmarks.quiet import sync_milliseconds
from benchmarks.servers import ROOT, CannotMeasure
from benchmarks.table import Figure, figures

CONNECTIONS = 8
SECONDS = 3.0
ROUNDS = 5
TIMES_THE_DISK = 2.0
TIMES_MOTO = 10.0
MOTO = "moto[server]==5.2.5"
MOTO_FOLDER = ROOT / ".data" / "benchmarks" / "moto"


def main() -> None:
    """Measures and prints."""
    with servers.endpoint() as url, _moto() as moto_url:
        rates: dict[str, list[float]] = {"endpoint": [], "one": [], "moto": [], "disk": []}
        memory_id, moto_memory_id = _memory(url), _memory(moto_url) if moto_url else ""
        for _ in range(ROUNDS):
            rates["endpoint"].append(_rate(url, memory_id, CONNECTIONS))
            rates["one"].append(_rate(url, memory_id, 1))
            rates["disk"].append(1000 * len(syncs := sync_milliseconds()) / sum(syncs))
            if moto_url:
                rates["moto"].append(_rate(moto_url, moto_memory_id, CONNECTIONS))
    rows = [
        _figure(
            f"{CONNECTIONS} connections, beside the disk", rates["endpoint"], rates["disk"], TIMES_THE_DISK
        )
    ]
    if moto_url:
        rows.append(
            _figure(f"{CONNECTIONS} connections, beside moto", rates["endpoint"], rates["moto"], TIMES_MOTO)
        )
    figures(f"Durable CreateEvent, events a second (median of {ROUNDS} turns of {SECONDS:g} s)", rows)
    print(f"  one connection: {median(rates['one']):,.0f} events a second")
    if not moto_url:
        print(f"  {MOTO} could not be installed from the package index: its row is left out")


def _figure(what: str, ours: list[float], other: list[float], target: float) -> Figure:
    return Figure(what, median(ours), median(other), "/s", target)


def _memory(url: str) -> str:
    control = servers.client("bedrock-agentcore-control", url)
    made: dict[str, Any] = control.create_memory(name="Throughput", eventExpiryDuration=30)
    identifier: str = made["memory"]["id"]
    return identifier


def _rate(url: str, memory_id: str, connections: int) -> float:
    """Events a second."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.load_generator",
        url,
        memory_id,
        str(connections),
        str(SECONDS),
    ]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + 60, check=False
    )
    if done.returncode:
        raise CannotMeasure(f"The load generator failed:\n{done.stderr}")
    answer = json.loads(done.stdout)
    return float(answer["stored"]) / float(answer["seconds"])


@contextmanager
def _moto() -> Iterator[str | None]:
    """moto server in a virtual environment of its own; gives its URL, or None when it cannot be installed."""
    program = _installed_moto()
    if program is None:
        yield None
        return
    url = f"http://127.0.0.1:{servers.free_port()}"
    with TemporaryDirectory() as home:
        environment = {"HOME": home, "MOTO_CALL_RESET_API": "false"}
        with servers.serving([str(program), "-p", url.rpartition(":")[2]], f"{url}/moto-api/", environment):
            yield url


def _installed_moto() -> Path | None:
    program = MOTO_FOLDER / "bin" / "moto_server"
    if not program.exists():
        print(f"Installing {MOTO} in {MOTO_FOLDER}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(MOTO_FOLDER)], check=True)
        pip = [str(MOTO_FOLDER / "bin" / "pip"), "install", "--quiet", MOTO]
        subprocess.run(pip, check=False, stderr=subprocess.DEVNULL, env=dict(os.environ))
    return program if program.exists() else None
