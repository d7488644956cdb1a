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
from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True)
class Invocation:
    """An agent's answer, whose body is still to come."""

    content_type: str
    body: Iterator[bytes]


class AgentRuntimes:
    """The agents that were named at the start, and the connections to them. Safe for threads."""

    def __init__(self, agents: tuple[AgentRuntime, ...]) -> None:
        self.agents = {agent.identifier: agent for agent in agents}
        self._open: set[http.client.HTTPConnection] = set()
        self._lock = threading.Lock()

    def invoke(self, agent: AgentRuntime, payload: bytes, headers: Mapping[str, str]) -> Invocation:
        """POST /invocations. RuntimeClientError where the agent is not there, or answers with an error."""
        connection = http.client.HTTPConnection(agent.host, agent.port, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
            connection.sock.settimeout(ANSWER_SECONDS)
            with self._lock:
                self._open.add(connection)
            connection.request("POST", "/invocations", payload, dict(headers))
            answer = connection.getresponse()
            if answer.status >= 300:
                raise RuntimeClientError(_reported(answer))
        except (OSError, http.client.HTTPException) as error:
            self._close(connection)
            raise RuntimeClientError(_unreached(agent, error)) from None
        except BaseException:
            self._close(connection)
            raise
        content_type = answer.headers.get("Content-Type", "application/octet-stream")
        return Invocation(content_type, self._body(connection, answer))

    def _body(
        self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse
    ) -> Iterator[bytes]:
        """The pieces as they come. One that breaks off breaks off the answer to the client too."""
        try:
            while piece := answer.read1(PIECE_BYTES):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            log.warning("The answer of an agent broke off: %s", type(error).__name__)
            raise BrokenOff from None
        finally:
            self._close(connection)

    def _close(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._open.discard(connection)
        connection.close()

    def close(self) -> None:
        """End every invocation: whoever waits for an agent is told that it broke off."""
        with self._lock:
            sockets = [connection.sock for connection in self._open if connection.sock is not None]
        for each in sockets:
            with suppress(OSError):  # it ended meanwhile
                each.shutdown(socket.SHUT_RDWR)


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
