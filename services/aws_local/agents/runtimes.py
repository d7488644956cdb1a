"""Agents of AgentCore Runtime that run on this computer: their names, addresses and open invocations.

An agent is a server of the user's own that fulfils the Runtime's HTTP contract (developer guide, "HTTP
protocol contract"): POST /invocations with any payload, GET /ping. The AgentCore SDK's BedrockAgentCoreApp
is one. It is started and stopped by whoever runs it.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import logging
import re
import socket
import string
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.aws_local.call import Scope
from services.aws_local.errors import RuntimeClientError
from services.aws_local.failures import BrokenOff
from services.aws_local.loopback import LOOPBACK_NAMES

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 900.0
"""The longest silence of an agent: AWS waits 15 minutes ("Quotas", AgentCore Runtime, request timeout)."""
PIECE_BYTES = 65_536
MOST_SHOWN = 500
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")
_ALPHANUMERIC = string.digits + string.ascii_letters
_SUFFIX_LENGTH = 10


@dataclass(frozen=True)
class AgentRuntime:
    """An agent by name, and where it listens. It is in every account and region."""

    name: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> AgentRuntime:
        """Of an option `NAME=http://127.0.0.1:8080`. ArgumentTypeError for anything else."""
        name, _, url = text.partition("=")
        if not _NAME.fullmatch(name):
            raise argparse.ArgumentTypeError(
                f"{text} does not begin with NAME=: up to 48 letters, digits and _, a letter first"
            )
        try:
            parts = urlsplit(url)
            port = parts.port or 80
        except ValueError:
            raise argparse.ArgumentTypeError(f"{url} is no URL") from None
        is_plain = parts.scheme == "http" and parts.path in {"", "/"} and not (parts.query or parts.username)
        if not is_plain or parts.hostname not in LOOPBACK_NAMES:
            raise argparse.ArgumentTypeError(
                f"{url} is no http://127.0.0.1:PORT: agents are called on this machine only"
            )
        return cls(name, parts.hostname or "", port)

    @property
    def identifier(self) -> str:
        """The agentRuntimeId: always the same for a name."""
        digest = int.from_bytes(hashlib.sha256(self.name.encode()).digest())
        suffix = []
        for _ in range(_SUFFIX_LENGTH):
            digest, place = divmod(digest, len(_ALPHANUMERIC))
            suffix.append(_ALPHANUMERIC[place])
        return f"{self.name}-{''.join(suffix)}"

    @property
    def place(self) -> str:
        """Its address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def arn(self, scope: Scope) -> str:
        """Its ARN in an account and region."""
        return f"arn:aws:bedrock-agentcore:{scope.region}:{scope.account_id}:runtime/{self.identifier}"


class _Line:
    """A connection to an agent that any thread may hang up.

    It has the socket itself: http.client forgets it where the answer ends with the connection.
    """

    def __init__(self, connection: http.client.HTTPConnection, request_id: str) -> None:
        self.connection = connection
        self.request_id = request_id
        self.is_hung_up = False
        self._socket: socket.socket = connection.sock

    def hang_up(self) -> None:
        """Whoever waits for the agent on it reads its end at once."""
        self.is_hung_up = True
        with suppress(OSError):  # it ended meanwhile
            self._socket.shutdown(socket.SHUT_RDWR)


class AgentBody(Iterator[bytes]):
    """An agent's answer, in pieces as they come; BrokenOff where it breaks off. Any thread may leave it."""

    def __init__(
        self, answer: http.client.HTTPResponse, line: _Line, closed: Callable[[_Line], None]
    ) -> None:
        self._answer = answer
        self._line = line
        self._closed = closed
        self._reading = threading.Lock()
        self._is_over = False

    def __next__(self) -> bytes:
        with self._reading:
            if self._is_over:
                raise StopIteration
            try:
                if piece := self._answer.read1(PIECE_BYTES):
                    return piece
            except (OSError, http.client.HTTPException) as error:
                log.warning("The answer of an agent broke off: %s", type(error).__name__)
                self._end()
                raise BrokenOff from None
            self._end()
            if self._line.is_hung_up:  # an answer without a length looks whole then
                raise BrokenOff
            raise StopIteration

    def leave(self) -> None:
        """Nobody wants the rest: a thread that waits for it is freed, and the agent's connection closed."""
        self._line.hang_up()
        with self._reading:  # for a moment only, since there is no more to wait for
            self._end()

    def __del__(self) -> None:
        self.leave()

    def _end(self) -> None:
        self._is_over = True
        self._answer.close()
        self._closed(self._line)


@dataclass(frozen=True)
class Invocation:
    """An agent's answer, whose body is still to come."""

    content_type: str
    body: AgentBody


class AgentRuntimes:
    """The agents that were named at the start, and the connections to them. Safe for threads."""

    def __init__(self, agents: tuple[AgentRuntime, ...]) -> None:
        self.agents = {agent.identifier: agent for agent in agents}
        self._open: set[_Line] = set()
        self._lock = threading.RLock()  # a forgotten body may be collected, and so left, at any moment

    def invoke(
        self, agent: AgentRuntime, payload: bytes, headers: Mapping[str, str], request_id: str = ""
    ) -> Invocation:
        """POST /invocations. RuntimeClientError where the agent is not there, or answers with an error, and
        where `leave` is told of the request.
        """
        connection = http.client.HTTPConnection(agent.host, agent.port, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
        except OSError as error:
            raise RuntimeClientError(_unreached(agent, error)) from None
        connection.sock.settimeout(ANSWER_SECONDS)
        line = _Line(connection, request_id)
        with self._lock:
            self._open.add(line)
        try:
            connection.request("POST", "/invocations", payload, dict(headers))
            answer = connection.getresponse()
            if answer.status >= 300:
                raise RuntimeClientError(_reported(answer))
        except (OSError, http.client.HTTPException) as error:
            self._close(line)
            raise RuntimeClientError(_unreached(agent, error)) from None
        except BaseException:
            self._close(line)
            raise
        content_type = answer.headers.get("Content-Type", "application/octet-stream")
        return Invocation(content_type, AgentBody(answer, line, self._close))

    def _close(self, line: _Line) -> None:
        with self._lock:
            self._open.discard(line)
        line.connection.close()

    def leave(self, request_id: str) -> None:
        """Nobody wants what the agent answers to a request: a thread that waits for it is freed."""
        with self._lock:
            lines = [line for line in self._open if line.request_id == request_id]
        for line in lines:
            line.hang_up()

    def close(self) -> None:
        """End every invocation: whoever waits for an agent is told that it broke off."""
        with self._lock:
            lines = list(self._open)
        for line in lines:
            line.hang_up()


def _reported(answer: http.client.HTTPResponse) -> str:
    """What an agent that answers with an error says, for whoever called it; never logged."""
    said = answer.read(MOST_SHOWN).decode("utf-8", "replace").strip()
    return f"Received error ({answer.status}) from runtime. {said}".strip()


def _unreached(agent: AgentRuntime, error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return f"Nothing listens at {agent.place}: start the agent {agent.name} there."
    if isinstance(error, TimeoutError):
        return f"The agent {agent.name} at {agent.place} did not answer in time."
    return f"The connection to the agent {agent.name} at {agent.place} broke off ({type(error).__name__})."
