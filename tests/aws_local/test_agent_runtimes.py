"""Agents of AgentCore Runtime: servers on this computer, invoked through the endpoint by boto3."""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from services.aws_local.agents.runtimes import AgentRuntime, AgentRuntimes
from services.aws_local.failures import BrokenOff
from tests.aws_local.agentcore import refused, walk
from tests.conftest import ROOT, Endpoint, free_port
from tests.runtime_app import RuntimeApp

ACCOUNT = "111122223333"
SESSION = "a-session-of-the-runtime-with-33-characters-or-more"


def _agent() -> Iterator[RuntimeApp]:
    running = RuntimeApp(free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def agent() -> Iterator[RuntimeApp]:
    yield from _agent()


@pytest.fixture(scope="module")
def frail() -> Iterator[RuntimeApp]:
    """An agent that a test may end."""
    yield from _agent()


@pytest.fixture(scope="module")
def served(
    _isolated_aws: None, agent: RuntimeApp, frail: RuntimeApp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    """An endpoint that knows the agents, and one that nobody has started."""
    named = {"support": agent.url, "frail": frail.url, "asleep": f"http://127.0.0.1:{free_port()}"}
    options = [part for name, url in named.items() for part in ("--agent-runtime", f"{name}={url}")]
    running = Endpoint(tmp_path_factory.mktemp("runtimes") / "data", *options)
    running.start()
    yield running
    assert running.stop() == 0, running.log.read_text("utf-8")


@pytest.fixture(scope="module")
def control(served: Endpoint) -> Any:
    return served.client("bedrock-agentcore-control")


@pytest.fixture(scope="module")
def data(served: Endpoint) -> Any:
    return served.client("bedrock-agentcore")


@pytest.fixture(scope="module")
def arns(control: Any) -> dict[str, str]:
    listed = control.list_agent_runtimes()["agentRuntimes"]
    return {row["agentRuntimeName"]: row["agentRuntimeArn"] for row in listed}


def invoke(data: Any, arn: str, prompt: str, **params: Any) -> Any:
    payload = json.dumps({"prompt": prompt, "actor_id": "anna"}).encode()
    return data.invoke_agent_runtime(agentRuntimeArn=arn, payload=payload, **params)


def events(answer: Any) -> list[Any]:
    """The data of a stream's events."""
    lines = answer["response"].read().decode().splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line]


def test_agents_are_listed_and_told_in_the_models_form(control: Any, arns: dict[str, str]) -> None:
    assert sorted(arns) == ["asleep", "frail", "support"]
    identifier = arns["support"].rpartition("/")[2]
    told = control.get_agent_runtime(agentRuntimeId=identifier)
    assert (told["agentRuntimeName"], told["status"]) == ("support", "READY")
    assert told["agentRuntimeArn"] == arns["support"]
    refused("ResourceNotFoundException", control.get_agent_runtime, agentRuntimeId="nobody-0123456789")


def test_a_list_has_pages(control: Any) -> None:
    pages = walk(control.list_agent_runtimes, "agentRuntimes", maxResults=2)
    assert [[row["agentRuntimeName"] for row in page] for page in pages] == [["asleep", "frail"], ["support"]]


def test_payload_and_session_reach_the_agent_and_its_answer_comes_back(
    data: Any, arns: dict[str, str]
) -> None:
    answer = invoke(data, arns["support"], "echo", runtimeSessionId=SESSION, qualifier="DEFAULT")
    assert (answer["statusCode"], answer["runtimeSessionId"]) == (200, SESSION)
    assert answer["contentType"].startswith("application/json")
    told = json.loads(answer["response"].read())
    assert told == {"payload": {"prompt": "echo", "actor_id": "anna"}, "session": SESSION}


def test_an_agent_is_named_by_its_id_and_account_too(data: Any, arns: dict[str, str]) -> None:
    account, identifier = arns["support"].split(":")[4], arns["support"].rpartition("/")[2]
    assert invoke(data, identifier, "echo", accountId=account)["statusCode"] == 200
    payload = {"payload": b"{}"}
    refused("ValidationException", data.invoke_agent_runtime, agentRuntimeArn=identifier, **payload)
    elsewhere = {"agentRuntimeArn": identifier, "accountId": ACCOUNT}
    for wrong in (elsewhere, {"agentRuntimeArn": f"{arns['support']}x"}):
        refused("ResourceNotFoundException", data.invoke_agent_runtime, **wrong, **payload)


def test_an_unknown_endpoint_is_not_found(data: Any, arns: dict[str, str]) -> None:
    message = refused(
        "ResourceNotFoundException",
        data.invoke_agent_runtime,
        agentRuntimeArn=arns["support"],
        qualifier="prod",
        payload=b"{}",
    )
    assert "'prod'" in message


def test_a_stream_is_passed_on_as_it_comes(data: Any, arns: dict[str, str]) -> None:
    """The agent has not ended when its first piece is there: it waits for a minute."""
    answer = invoke(data, arns["support"], "hangs first")
    assert answer["contentType"].startswith("text/event-stream")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(answer["response"].read(12)), daemon=True)
    reader.start()
    reader.join(30)
    answer["response"].close()
    assert read == [b'data: "first']


def test_a_whole_stream_arrives(data: Any, arns: dict[str, str]) -> None:
    assert events(invoke(data, arns["support"], "words one two three")) == ["one ", "two ", "three "]


def test_an_agents_failure_is_a_runtime_client_error(data: Any, arns: dict[str, str]) -> None:
    params = {"agentRuntimeArn": arns["support"], "payload": b'{"prompt": "fail"}'}
    message = refused("RuntimeClientError", data.invoke_agent_runtime, **params)
    assert "(500)" in message and "the agent's own failure" in message


def test_an_agent_that_is_not_there_is_a_runtime_client_error(data: Any, arns: dict[str, str]) -> None:
    params = {"agentRuntimeArn": arns["asleep"], "payload": b'{"prompt": "echo"}'}
    assert "start the agent asleep" in refused("RuntimeClientError", data.invoke_agent_runtime, **params)


def test_a_stream_that_breaks_off_is_no_whole_answer(
    data: Any, frail: RuntimeApp, arns: dict[str, str]
) -> None:
    answer = invoke(data, arns["frail"], "hangs first")
    frail.stop()
    with pytest.raises(BotoCoreError):
        answer["response"].read()


class Silent:
    """An agent that begins an answer to its one call (not without a head), then says no more and waits for
    the end."""

    def __init__(self, listener: socket.socket, head: bytes | None) -> None:
        self.agent = AgentRuntime("silent", "127.0.0.1", listener.getsockname()[1])
        self.is_asked = threading.Event()
        self.is_left = threading.Event()
        self._listener = listener
        self._head = head
        self._ended = threading.Event()

    def serve(self) -> None:
        """Answers the call; ends when the other side does, or by `end`."""
        connection, _ = self._listener.accept()
        with connection:
            received = b""
            while not received.endswith(b"{}"):
                received += connection.recv(65_536)
            self.is_asked.set()
            if self._head is not None:
                connection.sendall(self._head + b"\r\n\r\nfirst")
            connection.settimeout(0.1)
            while not self._ended.is_set():
                with suppress(TimeoutError):
                    with suppress(ConnectionResetError):
                        connection.recv(1)
                    self.is_left.set()
                    return

    def end(self) -> None:
        """Close the connection."""
        self._ended.set()


@contextmanager
def silent(head: bytes | None) -> Iterator[Silent]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = Silent(listener, head)
        thread = threading.Thread(target=serving.serve, daemon=True)
        thread.start()
        try:
            yield serving
        finally:
            serving.end()
            thread.join(30)


UNTIL_CLOSED = [b"HTTP/1.0 200 OK", b"HTTP/1.1 200 OK\r\nConnection: close"]


@pytest.mark.parametrize("head", UNTIL_CLOSED)
def test_the_end_breaks_off_answers_that_end_with_the_connection(head: bytes) -> None:
    with silent(head) as serving, ThreadPoolExecutor(1) as threads:
        runtimes = AgentRuntimes((serving.agent,))
        body = runtimes.invoke(serving.agent, b"{}", {}).body
        assert next(body) == b"first"
        rest = threads.submit(next, body)
        runtimes.close()
        is_left = serving.is_left.wait(30)
        serving.end()
        with pytest.raises(BrokenOff):
            rest.result(30)
        assert is_left


def test_a_client_that_leaves_ends_the_agents_connection(tmp_path: Path) -> None:
    with ExitStack() as stack:
        heads = (*UNTIL_CLOSED, b"HTTP/1.1 200 OK\r\nContent-Length: 100")
        agents = {f"silent{number}": stack.enter_context(silent(head)) for number, head in enumerate(heads)}
        options = [
            part
            for name, each in agents.items()
            for part in ("--agent-runtime", f"{name}={each.agent.place}")
        ]
        running = Endpoint(tmp_path / "data", *options)
        running.start()
        stack.callback(running.stop)
        data, control = running.client("bedrock-agentcore"), running.client("bedrock-agentcore-control")
        for row in control.list_agent_runtimes()["agentRuntimes"]:
            response = data.invoke_agent_runtime(agentRuntimeArn=row["agentRuntimeArn"], payload=b"{}")[
                "response"
            ]
            assert response.read(5) == b"first"
            response.close()
            assert agents[row["agentRuntimeName"]].is_left.wait(60)


def test_a_client_that_leaves_before_the_agent_answers_frees_it_too(tmp_path: Path) -> None:
    with silent(None) as serving, ExitStack() as stack:
        running = Endpoint(tmp_path / "data", "--agent-runtime", f"silent={serving.agent.place}")
        running.start()
        stack.callback(running.stop)
        (row,) = running.client("bedrock-agentcore-control").list_agent_runtimes()["agentRuntimes"]
        arn = row["agentRuntimeArn"]
        scope = f"{arn.split(':')[4]}/20260101/{arn.split(':')[3]}/bedrock-agentcore/aws4_request"
        early = http.client.HTTPConnection("127.0.0.1", running.port)
        signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}"}
        early.request("POST", f"/runtimes/{quote(arn, safe='')}/invocations", b"{}", signed)
        assert serving.is_asked.wait(60)
        early.close()
        assert serving.is_left.wait(60)


def test_silent_agents_keep_no_other_call_from_its_answer(
    data: Any, control: Any, served: Endpoint, arns: dict[str, str]
) -> None:
    """More of them than the endpoint has threads for all other calls. They are still silent when it stops,
    which the fixture sees it do."""
    waiting = served.client("bedrock-agentcore", max_pool_connections=20)

    def wait() -> None:
        with suppress(BotoCoreError, ClientError):  # the end of the endpoint
            invoke(waiting, arns["support"], "silent")

    for _ in range(20):
        threading.Thread(target=wait, daemon=True).start()
    assert events(invoke(data, arns["support"], "words still here")) == ["still ", "here "]
    assert control.list_memories()["memories"] == []


def test_the_log_holds_nothing_of_what_was_said(served: Endpoint, data: Any, arns: dict[str, str]) -> None:
    payload = b'{"prompt": "fail", "secret": "correct horse"}'
    refused("RuntimeClientError", data.invoke_agent_runtime, agentRuntimeArn=arns["support"], payload=payload)
    assert "correct horse" not in served.log.read_text("utf-8")


@pytest.mark.parametrize(
    "option",
    [
        "support",
        "=http://127.0.0.1:1",
        "a b=http://127.0.0.1:1",
        "support=http://example.com:1",
        "support=https://127.0.0.1:1",
        "support=http://127.0.0.1:1/path",
        "support=http://127.0.0.1:x",
    ],
)
def test_only_agents_of_this_machine_can_be_named(option: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        AgentRuntime.parse(option)


def test_the_address_of_an_agent_is_kept_as_it_is_given() -> None:
    agent = AgentRuntime.parse("support=http://[::1]:8080/")
    assert (agent.name, agent.host, agent.port, agent.place) == ("support", "::1", 8080, "http://[::1]:8080")


def test_two_agents_of_one_name_are_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "services.aws_local", "--data-dir", str(tmp_path / "d")]
    option = ["--agent-runtime", "twin=http://127.0.0.1:1"]
    ended = subprocess.run(
        [*command, *option, *option], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "same name" in ended.stderr
