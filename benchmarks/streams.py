"""How soon streamed answers come: the first chunk of InvokeAgent, and the tokens of ConverseStream.

The floor is a server that streams the same recorded frames from memory, one chunk of HTTP each, read by the
same boto3. So the ratio is what the rules, the session's two durable writes and making the frames cost over
what boto3 and a bare chunked response take anyway. Calls to both alternate, in rounds of which only the
quietest quarter counts.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from benchmarks import servers
from benchmarks.quiet import quietest
from benchmarks.table import Comparison, comparisons

ROUNDS = 24
CALLS = 15  # in a round
WARM_UP = 10
SAID = "Hello, what can you do for me?"

Turn = Callable[[Any], "Times"]


class Times:
    """When the events of one stream came: milliseconds after the call."""

    def __init__(self, events: Iterator[Any], started: float) -> None:
        self._at = [(time.perf_counter() - started) * 1000 for _ in events]

    @property
    def first(self) -> float:
        """Until the first event."""
        return self._at[0]

    @property
    def each(self) -> float:
        """Between two events, on average."""
        return (self._at[-1] - self._at[0]) / (len(self._at) - 1)


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as data_dir, servers.endpoint_on(Path(data_dir)) as (url, process):
        agent_id = _prepared_agent(url)
        agent_path = f"/agents/{agent_id}/agentAliases/TSTALIASID/sessions/benchmark/text"
        streams: dict[str, dict[str, Any]] = {
            agent_path: {"inputText": SAID, "streamingConfigurations": {"streamFinalResponse": True}},
            "/model/rules/converse-stream": {"messages": _messages()},
        }
        frames = {f"POST {path}": _recorded(url, path, body) for path, body in streams.items()}
        with _frame_server(frames) as (floor_url, floor):
            pids = (process.pid, floor.pid)
            agents = _measure("bedrock-agent-runtime", (url, floor_url), pids, _invoke(agent_id))
            tokens = _measure("bedrock-runtime", (url, floor_url), pids, _converse)
    comparisons(
        "event streams, ms (floor: the same frames from a server that does nothing; the quietest quarter of "
        f"{ROUNDS} rounds of {CALLS} calls)",
        [
            _compare("InvokeAgent, first chunk", agents, lambda times: times.first),
            _compare("ConverseStream, first event", tokens, lambda times: times.first),
            _compare("ConverseStream, each token", tokens, lambda times: times.each),
        ],
    )


def _prepared_agent(url: str) -> str:
    control = servers.client("bedrock-agent", url)
    made = control.create_agent(
        agentName="benchmark",
        instruction="You answer the benchmark, which says hello and nothing more.",
        foundationModel="any.model-v1:0",
        agentResourceRoleArn="arn:aws:iam::123456789012:role/agent",
    )
    agent_id: str = made["agent"]["agentId"]
    control.prepare_agent(agentId=agent_id)
    return agent_id


def _messages() -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"text": SAID}]}]


def _recorded(url: str, path: str, body: dict[str, Any]) -> list[str]:
    """The frames that the endpoint answers a request with, in base64."""
    request = Request(f"{url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    scope = "Credential=benchmark/20260301/us-west-2/bedrock/aws4_request"
    request.add_header("Authorization", f"AWS4-HMAC-SHA256 {scope}")
    with urlopen(request, timeout=30) as response:  # noqa: S310 - our own
        content = response.read()
    found = []
    while content:
        length = int.from_bytes(content[:4], "big")
        found.append(base64.b64encode(content[:length]).decode())
        content = content[length:]
    return found


@contextmanager
def _frame_server(frames: dict[str, list[str]]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server that knows these streams only; gives its URL and its process."""
    url = f"http://127.0.0.1:{servers.free_port()}"
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "frames.json"
        file.write_text(json.dumps(frames), "utf-8")
        command = [sys.executable, "-m", "benchmarks.frame_server", url.rpartition(":")[2], str(file)]
        with servers.serving(command, f"{url}/") as process:
            yield url, process


def _invoke(agent_id: str) -> Turn:
    def turn(client: Any) -> Times:
        started = time.perf_counter()
        answer = client.invoke_agent(
            agentId=agent_id,
            agentAliasId="TSTALIASID",
            sessionId="benchmark",
            inputText=SAID,
            streamingConfigurations={"streamFinalResponse": True},
        )
        with closing(answer["completion"]) as events:
            return Times(iter(events), started)

    return turn


def _converse(client: Any) -> Times:
    started = time.perf_counter()
    answer = client.converse_stream(modelId="rules", messages=_messages())
    with closing(answer["stream"]) as events:
        return Times(iter(events), started)


def _measure(
    service: str, urls: tuple[str, str], pids: tuple[int, int], turn: Turn
) -> list[tuple[Times, Times]]:
    """Turns at the endpoint and at the floor, of the quietest rounds."""
    real, floor = (servers.client(service, url) for url in urls)

    def one_round() -> list[tuple[Times, Times]]:
        return [(turn(real), turn(floor)) for _ in range(CALLS)]

    for _ in range(WARM_UP):
        turn(real), turn(floor)
    kept = [pair for pairs in quietest(ROUNDS, one_round, pids) for pair in pairs]
    for client in (real, floor):
        client.close()
    return kept


def _compare(what: str, pairs: list[tuple[Times, Times]], of: Callable[[Times], float]) -> Comparison:
    return Comparison(what, [of(real) for real, _ in pairs], [of(floor) for _, floor in pairs])
