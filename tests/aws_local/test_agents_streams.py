"""Event streams as unmodified boto3 reads them: every type of event, and every way in which one fails."""

from __future__ import annotations

import gc
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import EventStreamError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import ReadTimeoutError as Urllib3ReadTimeout

from services.aws_local.backend import Backend, Settings
from services.aws_local.errors import ThrottlingException
from services.aws_local.wire.gateway import Gateway
from services.aws_local.wire.http_protocol import Protocol
from tests.aws_local.agentcore import until
from tests.aws_local.travel import BOOKING, Clients, parts_of, text_of
from tests.conftest import Endpoint, free_port

WHEN = datetime(2026, 3, 1, 14, 36, 22, 346_000, tzinfo=UTC)
USAGE = {"inputTokens": 1, "outputTokens": 2}
METADATA = {"startTime": WHEN, "endTime": WHEN, "totalTimeMs": 1, "clientRequestId": "r", "usage": USAGE}
CITATION = {
    "generatedResponsePart": {"textResponsePart": {"text": "a", "span": {"start": 0, "end": 1}}},
    "retrievedReferences": [
        {
            "content": {"text": "a"},
            "location": {"type": "S3", "s3Location": {"uri": "s3://b/k"}},
            "metadata": {"score": 0.5},
        }
    ],
}
CALLED = {"actionGroup": "g", "function": "f", "parameters": [{"name": "n", "type": "string", "value": "v"}]}


def trace(**part: Any) -> dict[str, Any]:
    """A trace event."""
    return {"trace": {"agentId": "A123456789", "sessionId": "s1", "eventTime": WHEN, "trace": part}}


EVERY_EVENT: list[dict[str, Any]] = [
    trace(preProcessingTrace={"modelInvocationInput": {"traceId": "t-0", "text": "{}"}}),
    trace(
        preProcessingTrace={
            "modelInvocationOutput": {
                "traceId": "t-0",
                "parsedResponse": {"isValid": True, "rationale": "why"},
                "metadata": METADATA,
            }
        }
    ),
    trace(orchestrationTrace={"modelInvocationInput": {"traceId": "t-0", "type": "ORCHESTRATION"}}),
    trace(orchestrationTrace={"modelInvocationOutput": {"rawResponse": {"content": "{}"}}}),
    trace(orchestrationTrace={"rationale": {"text": "why"}}),
    trace(orchestrationTrace={"invocationInput": {"invocationType": "ACTION_GROUP"}}),
    trace(orchestrationTrace={"observation": {"type": "FINISH", "finalResponse": {"text": "done"}}}),
    trace(postProcessingTrace={"modelInvocationInput": {"traceId": "t-1"}}),
    trace(guardrailTrace={"action": "NONE", "traceId": "t-1"}),
    trace(routingClassifierTrace={"modelInvocationInput": {"traceId": "t-1"}}),
    trace(customOrchestrationTrace={"event": {"text": "x"}, "traceId": "t-1"}),
    trace(failureTrace={"failureReason": "broken", "traceId": "t-1"}),
    {"returnControl": {"invocationId": "i", "invocationInputs": [{"functionInvocationInput": CALLED}]}},
    {"files": {"files": [{"name": "a.csv", "type": "text/csv", "bytes": b"a,b\n"}]}},
    {"chunk": {"bytes": "é".encode(), "attribution": {"citations": [CITATION]}}},
]


def scripted(data_dir: Path, *events: dict[str, Any] | Exception) -> AbstractContextManager[Clients]:
    """boto3 before a gateway whose InvokeAgent answers with these events."""

    def played() -> Iterator[dict[str, Any]]:
        for event in events:
            if isinstance(event, Exception):
                raise event
            yield event

    return streaming(data_dir, played)


@contextmanager
def streaming(data_dir: Path, played: Callable[[], Iterator[dict[str, Any]]]) -> Iterator[Clients]:
    """boto3 before a gateway whose InvokeAgent answers with what `played` makes."""

    def invoke_agent(call: Any, params: dict[str, Any]) -> dict[str, Any]:
        return {"completion": played(), "contentType": "application/json", "sessionId": params["sessionId"]}

    backend = Backend.open(data_dir, Settings())
    gateway = Gateway(backend, {("bedrock-agent-runtime", "InvokeAgent"): invoke_agent})
    port = free_port()
    config = uvicorn.Config(gateway, http=Protocol, ws="none", lifespan="off", log_config=None, port=port)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    endpoint = Endpoint(data_dir)
    endpoint.url = f"http://127.0.0.1:{port}"
    clients = Clients.of(endpoint)
    try:
        yield clients
    finally:
        clients.close()
        server.should_exit = True
        thread.join()
        gateway.close()
        backend.close()


def test_boto3_reads_every_type_of_event(tmp_path: Path) -> None:
    with scripted(tmp_path / "data", *EVERY_EVENT) as clients:
        assert clients.events("A123456789", "hello") == EVERY_EVENT


def test_an_error_inside_the_stream_comes_after_the_good_events(tmp_path: Path) -> None:
    with scripted(tmp_path / "data", EVERY_EVENT[-1], ThrottlingException("slow down")) as clients:
        events = clients.live("A123456789", "hello")
        assert next(events) == EVERY_EVENT[-1]
        with pytest.raises(EventStreamError, match=r"throttlingException.*slow down"):
            next(events)


def test_what_makes_a_stream_ends_when_its_client_has_left(tmp_path: Path) -> None:
    """It is not left to garbage collection, which ends it some time or never."""
    ended = threading.Event()

    def played() -> Iterator[dict[str, Any]]:
        try:
            yield from itertools.repeat(EVERY_EVENT[-1])
        finally:
            ended.set()

    with streaming(tmp_path / "data", played) as clients:
        events = clients.live("A123456789", "hello")
        next(events)
        gc.disable()
        try:
            events.close()
            assert ended.wait(60)
        finally:
            gc.enable()


WAITING = """
import os, time

def handler(event, context):
    while not os.path.exists(os.environ["GATE"]):
        time.sleep(0.02)
    return {"response": {"functionResponse": {"responseBody": {"TEXT": {"body": "Cancelled."}}}}}
"""


def test_events_come_while_the_agent_is_still_at_work(travel: Clients, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    arn = travel.function(WAITING, Environment={"Variables": {"GATE": str(gate)}})
    agent_id = travel.prepared({"lambda": arn})
    answer = travel.runtime.invoke_agent(
        agentId=agent_id,
        agentAliasId="TSTALIASID",
        sessionId="live",
        inputText="Cancel trip ab12cd34",
        enableTrace=True,
    )
    assert answer["ResponseMetadata"]["HTTPHeaders"]["transfer-encoding"] == "chunked"
    with closing(answer["completion"]) as stream:
        events = iter(stream)
        before = [next(events) for _ in range(4)]  # the function runs, and waits for the gate
        assert parts_of(before)[-1] == "invocationInput"
        gate.touch()
        assert text_of(events) == "Cancelled."


# --- faults -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def broken(agents_endpoint: Endpoint, travel: Clients) -> Broken:
    """Turns with faults, at an endpoint and with an agent."""
    return Broken(agents_endpoint, travel, travel.prepared())


class Broken:
    """Turns of one agent, each with a fault."""

    def __init__(self, endpoint: Endpoint, clients: Clients, agent_id: str) -> None:
        self._endpoint = endpoint
        self._agent_id = agent_id
        self.clients = clients

    def stream(self, fault: str) -> Any:
        """The event stream of a turn with a fault: three traces at least, then returnControl."""
        client = self._endpoint.client("bedrock-agent-runtime")
        client.meta.events.register(
            "before-sign.bedrock-agent-runtime.InvokeAgent",
            lambda request, **_: request.headers.add_header("x-agentcore-local-fault", fault),
        )
        with closing(client):
            return client.invoke_agent(
                agentId=self._agent_id,
                agentAliasId="TSTALIASID",
                sessionId=fault.replace(" ", "-"),
                inputText=BOOKING,
                enableTrace=True,
            )["completion"]

    def read(self, fault: str) -> tuple[list[dict[str, Any]], BaseException | None]:
        """What can be read, and what ends it."""
        seen: list[dict[str, Any]] = []
        try:
            with closing(self.stream(fault)) as events:
                seen.extend(events)
        except BaseException as error:
            return seen, error
        return seen, None


def test_frames_may_come_in_any_pieces(broken: Broken) -> None:
    seen, error = broken.read("stream-split")
    assert error is None
    assert "returnControl" in seen[-1]


def test_a_stream_may_come_at_once(broken: Broken) -> None:
    seen, error = broken.read("stream-whole")
    assert error is None
    assert "returnControl" in seen[-1]


def test_an_error_frame_raises_after_the_good_events(broken: Broken) -> None:
    seen, error = broken.read("stream-error")
    assert len(seen) == 1
    assert isinstance(error, EventStreamError)
    assert error.response["Error"]["Code"] == "throttlingException"
    _, error = broken.read("stream-error dependencyFailedException")
    assert isinstance(error, EventStreamError)
    assert error.response["Error"]["Code"] == "dependencyFailedException"


def test_a_wrong_checksum_raises_after_the_good_events(broken: Broken) -> None:
    seen, error = broken.read("stream-corrupt")
    assert len(seen) == 1
    assert isinstance(error, ChecksumMismatch)


def test_a_stream_that_ends_inside_a_frame_raises_nothing(broken: Broken) -> None:
    seen, error = broken.read("stream-cut")
    assert error is None
    assert len(seen) == 1
    assert "returnControl" not in seen[-1]  # a client has to look for the end by itself


def test_a_dropped_connection_is_an_error_of_urllib3(broken: Broken) -> None:
    seen, error = broken.read("stream-drop")
    assert len(seen) <= 1  # a reset may overtake what was sent before it
    assert isinstance(error, ProtocolError)


def test_unknown_events_are_passed_over(broken: Broken) -> None:
    seen, error = broken.read("stream-unknown")
    assert error is None
    assert "returnControl" in seen[-1]
    assert all(each.keys() & {"trace", "returnControl"} for each in seen)


def test_two_members_of_a_union_cannot_be_read(broken: Broken) -> None:
    seen, error = broken.read("stream-two-members")
    assert len(seen) == 1
    assert isinstance(error, ResponseParserError)


def test_a_stalled_stream_ends_when_the_client_gives_up(broken: Broken) -> None:
    with closing(broken.stream("stream-stall")) as stream:
        events = iter(stream)
        assert "trace" in next(events)
        stream._raw_stream._connection.sock.settimeout(0.2)  # the client's patience ends now
        with pytest.raises(Urllib3ReadTimeout):
            next(events)


def test_a_fault_before_the_stream_is_an_answer_like_another(broken: Broken) -> None:
    _, error = broken.read("throttle")
    assert type(error).__name__ == "ThrottlingException"
    _, error = broken.read("deny")
    assert type(error).__name__ == "AccessDeniedException"


def test_converse_streams_break_too(broken: Broken, endpoint: Endpoint) -> None:
    for fault, kind in (("stream-corrupt", ChecksumMismatch), ("stream-two-members", ResponseParserError)):
        client = endpoint.client("bedrock-runtime")
        client.meta.events.register(
            "before-sign.bedrock-runtime.ConverseStream",
            lambda request, fault=fault, **_: request.headers.add_header("x-agentcore-local-fault", fault),
        )
        message = {"role": "user", "content": [{"text": "hello"}]}
        answer = client.converse_stream(modelId="any", messages=[message])
        with pytest.raises(kind), closing(client), closing(answer["stream"]) as events:
            list(events)


def test_a_turn_that_breaks_is_remembered(broken: Broken) -> None:
    """The fault is the connection's: the agent did its work, and the session goes on."""
    clients, agent_id = broken.clients, broken.clients.prepared()
    events = clients.live(agent_id, BOOKING, "left", enableTrace=True)
    next(events)
    events.close()
    later = clients.events(agent_id, "Cancel trip ab12cd34", "left")
    assert "returnControl" in later[-1]
    assert text_of(later) == ""
