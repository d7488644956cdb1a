"""RetrieveMemoryRecords among 100,000 records, by how many of them the namespacePath selects.

The figure is the boto3 call for a question that was asked before (its embedding is remembered, as for
repeated questions); the floor is one exact scan of as many vectors, a matrix-vector product by BLAS in this
process, and one boto3 round trip with the same answer from a server that does nothing. The last row asks a
new question each time; its floor has the embedding of a new question in it, measured in this process too.
What embedding costs, and what remembering it, is printed beside.

Where other programs use the cores, times tell how long calls waited for them. So the CPU time of the endpoint
is printed too, beside that of the scan and of the server that does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import servers
from benchmarks.filled_store import VOCABULARY, FilledStore, filled_store
from benchmarks.quiet import quietest
from benchmarks.table import Comparison, comparisons
from benchmarks.wire import constant_server, milliseconds, recorded
from services.aws_local.retrieval.embedding import load_embedder
from services.aws_local.retrieval.encoding import Encoder

PATHS = {"100 %": "/", "10 %": "/team3/", "0.1 %": "/team3/user42/"}
SHARES = {"100 %": 1.0, "10 %": 0.1, "0.1 %": 0.001}
ROUNDS = 12
CALLS = 4
# Telling words, as they are left when stop words are dropped: in 8 %, 3 %, 1 % and 0.3 % of the records.
QUESTION = " ".join(VOCABULARY[rank] for rank in (20, 60, 200, 500))

ABOVE_THE_FLOOR = 1.0  # ms that everything else may take

Call = Callable[[Any], Any]


@dataclass(frozen=True)
class Spent:
    """CPU milliseconds of calls, in the median: of the endpoint, and of the scan with the floor's server."""

    what: str
    endpoint: float
    floor: float


def main(size: int) -> None:
    """Measures and prints; `size` is that of the store in events, a tenth of it in records."""
    store = filled_store(size, size // 10)
    vectors = np.random.default_rng(0).standard_normal((store.records, 384), np.float32)
    numbers = count()
    encoder = Encoder(load_embedder())
    calls = {share: _call(store, path, lambda: QUESTION) for share, path in PATHS.items()}
    new = _call(store, PATHS["0.1 %"], lambda: f"{QUESTION} {next(numbers)}")
    with servers.endpoint_on(store.data_dir) as (url, process):
        client = servers.client("bedrock-agentcore", url)
        loading = milliseconds(calls["100 %"], client)
        with constant_server(recorded(url, [calls["100 %"]])) as (floor_url, floor):
            floor_client = servers.client("bedrock-agentcore", floor_url)
            pids = (process.pid, floor.pid)
            rows, spent = [], []
            for share, call in calls.items():
                block = vectors[: max(1, round(store.records * SHARES[share]))]
                floor_of = _floor(floor_client, call, block)
                rows.append(_compare(f"{share} selected", (client, call), floor_of, pids))
                spent.append(_spent(f"{share} selected", (client, call), (floor_client, block), pids))
            few = vectors[: max(1, store.records // 1000)]
            floor_of = _floor(floor_client, new, few, lambda: _embedding(encoder, f"new {next(numbers)}"))
            rows.append(_compare("0.1 % selected, a new question", (client, new), floor_of, pids))
    comparisons(f"RetrieveMemoryRecords of {store.records:,} records, ms (floor: BLAS scan + boto3)", rows)
    for row in rows:
        above = median(row.samples) - median(row.floor)
        verdict = "met" if above <= ABOVE_THE_FLOOR else "MISSED"
        print(f"  {row.what:44}{above:10.2f} ms above the floor, target <= {ABOVE_THE_FLOOR:g}: {verdict}")
    for each in spent:
        print(
            f"  {each.what:44}{each.endpoint:10.2f} ms CPU of the endpoint; scan and floor {each.floor:.2f}"
        )
    new_ms = median(_embedding(encoder, f"new {next(numbers)}") for _ in range(20))
    known_ms = median(_embedding(encoder, "new") for _ in range(21))
    print(f"  embedding a new question: {new_ms:.1f} ms, one that was asked before: {known_ms:.3f} ms")
    print(f"  the first question, which loads the vectors: {loading:,.0f} ms")


def _call(store: FilledStore, path: str, question: Callable[[], str]) -> Call:
    return lambda client: client.retrieve_memory_records(
        memoryId=store.memory_id, namespacePath=path, searchCriteria={"searchQuery": question(), "topK": 10}
    )


def _floor(
    client: Any, call: Call, block: Any, embedding: Callable[[], float] = lambda: 0.0
) -> Callable[[], float]:
    """What gives the milliseconds of a round trip, a scan and, where the question is new, its embedding."""
    query = block[0].copy()
    return lambda: milliseconds(call, client) + _scan(block, query) + embedding()


def _compare(
    name: str, real: tuple[Any, Call], floor: Callable[[], float], pids: tuple[int, int]
) -> Comparison:
    def pair(number: int) -> tuple[float, float]:
        """In turn the one and the other first: the floor leaves other data in this process's caches than a
        call does, which the next call feels."""
        if number % 2:
            took = floor()
            return milliseconds(real[1], real[0]), took
        return milliseconds(real[1], real[0]), floor()

    def one_round() -> list[tuple[float, float]]:
        return [pair(number) for number in range(CALLS)]

    one_round()
    pairs = [pair for kept in quietest(ROUNDS, one_round, pids) for pair in kept]
    return Comparison(name, [pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _spent(name: str, real: tuple[Any, Call], floor: tuple[Any, Any], pids: tuple[int, int]) -> Spent:
    """The CPU time of each of as many calls as are timed."""
    client, call = real
    floor_client, block = floor
    query = block[0].copy()
    samples = []
    for _ in range(ROUNDS * CALLS):
        at, floor_at = _cpu(pids[0]), _cpu(pids[1])
        call(client), call(floor_client)
        called = time.thread_time()
        block @ query
        scan = (time.thread_time() - called) * 1000
        samples.append((_cpu(pids[0]) - at, _cpu(pids[1]) - floor_at + scan))
    return Spent(name, median(each for each, _ in samples), median(each for _, each in samples))


def _cpu(pid: int) -> float:
    """Milliseconds that the threads of a process have run (Linux counts them in nanoseconds)."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(each.read_text("ascii").split()[0]) for each in threads) / 1_000_000


def _embedding(encoder: Encoder, words: str) -> float:
    """How long the vector of a question of the same length takes."""
    started = time.perf_counter()
    encoder.vectors([f"{QUESTION} {words}"])
    return (time.perf_counter() - started) * 1000


def _scan(block: Any, query: Any) -> float:
    started = time.perf_counter()
    block @ query
    return (time.perf_counter() - started) * 1000
