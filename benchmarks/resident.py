"""What the endpoint costs when nobody asks: memory, and the time from its start until it serves.

Memory is the resident set (RSS), the embedding model included, of a process that serves 100,000 records on
disk: after its start, and after a first question, which loads their vectors (150 MB of float32). Start is the
time from the start of the process until `/healthz` answers, beside the start of a Python that imports the
endpoint's modules and does nothing else.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import servers
from benchmarks.filled_store import FilledStore, filled_store
from benchmarks.servers import ROOT
from benchmarks.table import Comparison, comparisons

STARTS = 5
IDLE_MEGABYTES = 300
START_SECONDS = 2.0


def main(size: int) -> None:
    """Measures and prints; `size` is that of the store in events, a tenth of it in records."""
    store = filled_store(size, size // 10)
    empty, (idle, asked) = _empty(), _idle_and_asked(store)
    starts = [_start(store) for _ in range(STARTS)]
    imports = [_imports() for _ in range(STARTS)]
    print(f"\nAt rest, with {store.records:,} records on disk")
    verdict = "met" if idle < IDLE_MEGABYTES else "MISSED"
    print(f"  resident memory: {idle:.0f} MB; target < {IDLE_MEGABYTES} MB: {verdict}")
    print(f"  of an empty endpoint {empty:.0f} MB, after the first question to all records {asked:.0f} MB")
    verdict = "met" if sorted(starts)[STARTS // 2] < START_SECONDS * 1000 else "MISSED"
    comparisons(
        f"Start to ready, ms (floor: the imports; target < {START_SECONDS:g} s: {verdict})",
        [Comparison("start", starts, imports)],
    )


def _empty() -> float:
    """The resident set of a fresh endpoint."""
    with tempfile.TemporaryDirectory() as data_dir, servers.endpoint_on(Path(data_dir)) as (_, process):
        return megabytes(process.pid)


def megabytes(pid: int) -> float:
    """The resident set of a process."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _idle_and_asked(store: FilledStore) -> tuple[float, float]:
    with servers.endpoint_on(store.data_dir) as (url, process):
        idle = megabytes(process.pid)
        servers.client("bedrock-agentcore", url).retrieve_memory_records(
            memoryId=store.memory_id, namespacePath="/", searchCriteria={"searchQuery": "Anything?"}
        )
        return idle, megabytes(process.pid)


def _start(store: FilledStore) -> float:
    started = time.perf_counter()
    with servers.endpoint_on(store.data_dir):
        return (time.perf_counter() - started) * 1000


def _imports() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import services.aws_local.__main__"], cwd=ROOT, check=True)
    return (time.perf_counter() - started) * 1000
