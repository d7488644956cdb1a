"""What the endpoint adds to a boto3 call.

The figure is the time of a boto3 call to the endpoint; the floor is the time of the same boto3 call, with the
same answer, to a server that does nothing but send that answer from memory. The ratio is thus what parsing,
validating, storing durably (CreateEvent answers after an fsync) and searching cost, over the price that boto3
and HTTP on this machine have anyway. Calls to both alternate, in rounds of which only the quietest quarter
counts (see `quiet`); beside them stands what the disk takes for one synced append. Events are queued for
extraction, but not extracted meanwhile: what that costs other calls is measured by `extraction`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import servers
from benchmarks.quiet import quietest, sync_milliseconds
from benchmarks.recording_proxy import Exchange, recording
from benchmarks.table import Comparison, comparisons

ROUNDS = 40
CALLS = 40  # in a round
TARGETS = {"CreateEvent": 1.5, "GetEvent": 1.5, "GetMemoryRecord": 1.5}
WARM_UP = 20
# A session that never falls quiet is extracted after five delays, which was the middle of the rounds.
NOT_EXTRACTED_MEANWHILE = ("--extraction-delay", "3600")
QUESTION = "How does this customer like to be contacted?"

Call = Callable[[Any], Any]


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        with servers.endpoint_on(Path(folder)) as (url, _):
            report = servers.load_sample_data(url)
        memory_id = next(found for found in report.memory_ids if "Support" in found)
        with servers.endpoint_on(Path(folder), *NOT_EXTRACTED_MEANWHILE) as (url, process):
            _measure(url, process.pid, memory_id)


def _measure(url: str, pid: int, memory_id: str) -> None:
    calls = _calls(servers.client("bedrock-agentcore", url), memory_id)
    with constant_server(recorded(url, list(calls.values()))) as (floor_url, floor):
        pids = (pid, floor.pid)
        comparisons(
            f"boto3 calls, ms (floor: the same answer from a server that does nothing; the quietest "
            f"quarter of {ROUNDS} rounds of {CALLS} calls)",
            [_compare(name, call, (url, floor_url), pids) for name, call in calls.items()],
        )
        print(f"  one append + fdatasync of this disk: {median(sync_milliseconds()):.2f} ms")


def _calls(data: Any, memory_id: str) -> dict[str, Call]:
    """The calls to measure, by name, each a function of the client to make it with."""
    where = {"memoryId": memory_id, "actorId": "benchmark", "sessionId": "benchmark"}
    clock = iter(_moments())

    def create_event(client: Any) -> Any:
        said = {"content": {"text": "I live in Irvine and I prefer quiet places."}, "role": "USER"}
        return client.create_event(**where, eventTimestamp=next(clock), payload=[{"conversational": said}])

    event_id = create_event(data)["event"]["eventId"]
    record_id = _record(data, memory_id)
    return {
        "CreateEvent": create_event,
        "GetEvent": lambda client: client.get_event(**where, eventId=event_id),
        "GetMemoryRecord": lambda client: client.get_memory_record(
            memoryId=memory_id, memoryRecordId=record_id
        ),
        "RetrieveMemoryRecords": lambda client: client.retrieve_memory_records(
            memoryId=memory_id, namespacePath="/", searchCriteria={"searchQuery": QUESTION, "topK": 10}
        ),
    }


def _record(data: Any, memory_id: str) -> str:
    """The id of one of the memory's records."""
    found = data.list_memory_records(memoryId=memory_id, namespacePath="/")["memoryRecordSummaries"]
    identifier: str = found[0]["memoryRecordId"]
    return identifier


def _moments() -> Iterator[datetime]:
    moment = datetime.now(UTC)
    while True:
        moment += timedelta(milliseconds=1)
        yield moment


def recorded(url: str, calls: Sequence[Call]) -> list[Exchange]:
    """The endpoint's own answer to each call."""
    with recording(url) as (proxy_url, kept):
        data = servers.client("bedrock-agentcore", proxy_url)
        for call in calls:
            call(data)
        return kept.take()


@contextmanager
def constant_server(answers: Sequence[Exchange]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server that knows these answers only; gives its URL and its process."""
    url = f"http://127.0.0.1:{servers.free_port()}"
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "answers.json"
        known = {f"{a.method} {a.path}": [a.status, a.content_type, a.body.decode()] for a in answers}
        file.write_text(json.dumps(known), "utf-8")
        command = [sys.executable, "-m", "benchmarks.constant_server", url.rpartition(":")[2], str(file)]
        with servers.serving(command, f"{url}/") as process:
            yield url, process


def _compare(name: str, call: Call, urls: tuple[str, str], pids: tuple[int, int]) -> Comparison:
    real, floor = (servers.client("bedrock-agentcore", url) for url in urls)

    def one_round() -> list[tuple[float, float]]:
        return [(milliseconds(call, real), milliseconds(call, floor)) for _ in range(CALLS)]

    for _ in range(WARM_UP):
        milliseconds(call, real), milliseconds(call, floor)
    pairs = [pair for kept in quietest(ROUNDS, one_round, pids) for pair in kept]
    return Comparison(name, [pair[0] for pair in pairs], [pair[1] for pair in pairs], TARGETS.get(name))


def milliseconds(call: Call, client: Any) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    call(client)
    return (time.perf_counter() - started) * 1000
