"""What the endpoint adds to a boto3 call.

The figure is the time of a boto3 call to the endpoint; the floor is the time of the same boto3 call, with the
same answer, to a server that does nothing but send that answer from memory. The ratio is thus what parsing,
validating, storing durably (CreateEvent answers after an fsync) and searching cost, over the price that boto3
and HTTP on this machine have anyway. Calls to both alternate, so that the machine's moods meet both.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import servers
from benchmarks.recording_proxy import Exchange, recording
from benchmarks.table import Comparison, comparisons

ROUNDS = 300
WARM_UP = 20
QUESTION = "How does this customer like to be contacted?"

Call = Callable[[Any], Any]


def main() -> None:
    """Measures and prints."""
    with servers.endpoint() as url:
        report = servers.load_sample_data(url)
        calls = _calls(
            servers.client("bedrock-agentcore", url), next(i for i in report.memory_ids if "Support" in i)
        )
        with constant_server(_recorded(url, list(calls.values()))) as floor_url:
            comparisons(
                f"boto3 calls, ms (floor: the same answer from a server that does nothing; {ROUNDS} calls)",
                [_compare(name, call, url, floor_url) for name, call in calls.items()],
            )


def _calls(data: Any, memory_id: str) -> dict[str, Call]:
    """The calls to measure, by name, each a function of the client to make it with."""
    where = {"memoryId": memory_id, "actorId": "benchmark", "sessionId": "benchmark"}
    clock = iter(_moments())

    def create_event(client: Any) -> Any:
        said = {"content": {"text": "I live in Irvine and I prefer quiet places."}, "role": "USER"}
        return client.create_event(**where, eventTimestamp=next(clock), payload=[{"conversational": said}])

    event_id = create_event(data)["event"]["eventId"]
    return {
        "CreateEvent": create_event,
        "GetEvent": lambda client: client.get_event(**where, eventId=event_id),
        "RetrieveMemoryRecords": lambda client: client.retrieve_memory_records(
            memoryId=memory_id, namespacePath="/", searchCriteria={"searchQuery": QUESTION, "topK": 10}
        ),
    }


def _moments() -> Iterator[datetime]:
    moment = datetime.now(UTC)
    while True:
        moment += timedelta(milliseconds=1)
        yield moment


def _recorded(url: str, calls: Sequence[Call]) -> list[Exchange]:
    """The endpoint's own answer to each call."""
    with recording(url) as (proxy_url, kept):
        data = servers.client("bedrock-agentcore", proxy_url)
        for call in calls:
            call(data)
        return kept.take()


@contextmanager
def constant_server(answers: Sequence[Exchange]) -> Iterator[str]:
    """A server that knows these answers only; gives its URL."""
    url = f"http://127.0.0.1:{servers.free_port()}"
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "answers.json"
        known = {f"{a.method} {a.path}": [a.status, a.content_type, a.body.decode()] for a in answers}
        file.write_text(json.dumps(known), "utf-8")
        command = [sys.executable, "-m", "benchmarks.constant_server", url.rpartition(":")[2], str(file)]
        with servers.serving(command, f"{url}/"):
            yield url


def _compare(name: str, call: Call, url: str, floor_url: str) -> Comparison:
    real, floor = servers.client("bedrock-agentcore", url), servers.client("bedrock-agentcore", floor_url)
    pairs = [(_milliseconds(call, real), _milliseconds(call, floor)) for _ in range(WARM_UP + ROUNDS)]
    return Comparison(name, [pair[0] for pair in pairs[WARM_UP:]], [pair[1] for pair in pairs[WARM_UP:]])


def _milliseconds(call: Call, client: Any) -> float:
    started = time.perf_counter()
    call(client)
    return (time.perf_counter() - started) * 1000
