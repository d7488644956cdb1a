"""boto3 clients for one connection: configured, authorised, checked and logged in one place.

Everything hangs on the botocore session, so clients that the AgentCore SDK or Strands make from
`Clients.session` behave the same: same endpoint, same credentials, same timeouts and retries, and the hooks
of `CallHooks` on every call.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from services import connection as connections
from services import people
from services.acts import CallAudit
from services.call_hooks import CallHooks
from services.call_log import CallLog, CallRecord, Waiting
from services.connection import Connection
from services.errors import IncompleteAnswer, InvalidEndpoint, InvalidValue
from services.faults import CALL_ERRORS, Fault, explain
from services.pacing import Pace, configured_pace
from services.workspace.store import Workspace

__all__ = ["CallLog", "CallRecord", "Clients", "Health", "IncompleteAnswer", "health", "open_clients"]

# Sent to embedded and custom endpoints instead of the user's credentials. Fixed, so that all clients of the
# embedded endpoint see the same account.
DUMMY_ACCESS_KEY = "AGENTCORESTUDIO"
DUMMY_SECRET_KEY = "not-a-secret"  # noqa: S105 - the point is that it is none

CONNECT_SECONDS = 2
READ_SECONDS = 8
ATTEMPTS = 3
HEALTH_ATTEMPTS = 2
PAGE_SIZE = 100
"""The largest maxResults of ListMemories."""
MODEL_READ_SECONDS = 120
"""A language model may think for minutes before its first token."""
AGENT_READ_SECONDS = 300
"""An agent of several steps may be silent for 30 to 90 s between two events (public issues)."""


class EndpointSession(boto3.Session):
    """A boto3 session whose clients go to one endpoint URL, whoever makes them; None is AWS itself."""

    def __init__(self, core: botocore.session.Session, region: str, endpoint_url: str | None) -> None:
        super().__init__(botocore_session=core, region_name=region)
        self._endpoint_url = endpoint_url
        self._making_client = threading.Lock()

    def client(self, *args: Any, **kwargs: Any) -> Any:
        """As boto3's; threads may call it (making a client in two threads at once is not safe in boto3)."""
        if kwargs.get("endpoint_url") is None:
            kwargs["endpoint_url"] = self._endpoint_url
        with self._making_client:
            return super().client(*args, **kwargs)


class Clients:
    """One connection's clients.

    `control` and `data` are boto3 clients of bedrock-agentcore-control and bedrock-agentcore, `session` the
    boto3 session behind them, `calls` the log, `pace` what keeps all of them below the quotas.
    """

    def __init__(
        self, connection: Connection, actor: str, session: EndpointSession, calls: CallLog, pace: Pace
    ) -> None:
        self.connection = connection
        self._actor = actor
        self.pace = pace
        self.session = session
        self._log = calls
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self.control = self.client("bedrock-agentcore-control")
        self.data = self.client("bedrock-agentcore")

    @property
    def actor(self) -> str:
        """The name of who acts: whoever is signed in, else who opened these clients."""
        return people.name_or(self._actor)

    def client(self, service_name: str) -> Any:
        """The boto3 client of a service, made once (making one costs 65 to 270 ms)."""
        return self._made(service_name, service_name, _service_config(service_name))

    def probe(self) -> Any:
        """A control-plane client that tries less often, for `health`."""
        return self._made("probe", "bedrock-agentcore-control", _attempts(HEALTH_ATTEMPTS))

    def once(self, service_name: str) -> Any:
        """A client that tries once, to see whether what failed still does."""
        return self._made(f"once {service_name}", service_name, _attempts(1))

    def streaming(self, service_name: str) -> Any:
        """A client for calls that act while they answer, minute after minute (InvokeAgent): tried once, since
        a second try would act twice."""
        config = Config(
            read_timeout=AGENT_READ_SECONDS, retries={"mode": "standard", "total_max_attempts": 1}
        )
        return self._made(f"streaming {service_name}", service_name, config)

    def _made(self, name: str, service_name: str, config: Config | None) -> Any:
        with self._lock:
            if name not in self._clients:
                self._clients[name] = self.session.client(service_name, config=config)
            return self._clients[name]

    @property
    def calls(self) -> list[CallRecord]:
        """The last calls, newest last."""
        return self._log.records()

    def call_count(self) -> int:
        """How many calls were made since the connection was opened."""
        return self._log.count()

    def waiting(self, since: float) -> Waiting | None:
        """Of the calls begun after `since` (time.monotonic) the one that waits longest; None for none."""
        return self._log.waiting(since)

    def last_well(self) -> tuple[float, float] | None:
        """When a call last ended well (time.monotonic), and how many seconds its answer took."""
        return self._log.last_well()

    def held_now(self) -> tuple[int, int]:
        """How many calls wait for their turn: below the quotas, and because the calls before them failed."""
        return self._log.held_now()


def open_clients(
    connection: Connection,
    actor: str | None = None,
    pace: Pace | None = None,
    trail: Callable[[], Workspace] | None = None,
) -> Clients:
    """Clients for a connection; nothing is sent yet. `actor` defaults to the operating system's user, `pace`
    to a new one: clients of one account and region should share theirs. `trail` gives the workspace with the
    audit trail, when something is to be written down; without it only reads are sent.

    Raises InvalidEndpoint for a custom URL that must not be called, botocore's ProfileNotFound or
    ConfigParseError for a profile that cannot be read.
    """
    try:
        return _opened(connection, actor or people.os_user(), pace or pace_of(connection), trail)
    except InvalidValue:
        raise
    except ValueError as error:  # botocore's and the system's, over host names that cannot be any
        raise InvalidEndpoint(f"The endpoint URL cannot be used: {error}.") from error


def pace_of(connection: Connection) -> Pace:
    """A new pace for what a connection reaches, as the settings say; InvalidValue for what says nothing
    sensible."""
    return configured_pace(of_account=connection.endpoint_url is None)


def _opened(connection: Connection, actor: str, pace: Pace, trail: Callable[[], Workspace] | None) -> Clients:
    if connection.kind != "profile":
        connections.check_endpoint_address(connection.endpoint_url or "")
    calls = CallLog()
    core = _profile_session(connection) if connection.kind == "profile" else _keyless_session(connection)
    audit = CallAudit(connection.key, actor, trail)
    CallHooks(calls, pace, audit, only_aws=connection.kind == "profile").register(core)
    session = EndpointSession(core, connection.region, connection.endpoint_url)
    return Clients(connection, actor, session, calls, pace)


def _profile_session(connection: Connection) -> botocore.session.Session:
    """The user's own credentials. Configured endpoint URLs (environment, profile) are ignored: they would
    send real credentials to whatever host they name."""
    core = botocore.session.Session(profile=connection.profile)
    core.set_default_client_config(_config(ignore_configured_endpoint_urls=True))
    return core


def _keyless_session(connection: Connection) -> botocore.session.Session:
    """A session that reads neither the user's AWS files nor the profile in the environment.

    Signature version 4 is asked for by name, since a bearer token in the environment
    (AWS_BEARER_TOKEN_BEDROCK) would otherwise go to the endpoint; a proxy is never used for this machine.
    """
    nowhere: Any = (None, [], os.devnull, None)
    core = botocore.session.Session(
        session_vars={"profile": (None, [], None, None), "config_file": nowhere, "credentials_file": nowhere}
    )
    core.set_credentials(DUMMY_ACCESS_KEY, DUMMY_SECRET_KEY)
    proxies: dict[str, str] | None = {} if connections.is_loopback(connection.endpoint_url or "") else None
    core.set_default_client_config(
        _config(ignore_configured_endpoint_urls=True, signature_version="v4", proxies=proxies)
    )
    return core


def _config(**more: Any) -> Config:
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=10,
        user_agent_extra="agentcore-memory-studio",
        **more,
    )


def _attempts(number: int) -> Config:
    return Config(read_timeout=READ_SECONDS, retries={"mode": "standard", "total_max_attempts": number})


def _service_config(service_name: str) -> Config | None:
    return Config(read_timeout=MODEL_READ_SECONDS) if service_name == "bedrock-runtime" else None


@dataclass(frozen=True)
class Health:
    """What one cheap call found out. `reachable`: something that speaks AWS answered, be it with a denial.

    `account` is known when there is a memory to read it from; `fault` is None when all is well. `seconds` is
    the time of the answer, without what the call waited for its turn. `memories`: all there are, as
    ListMemories told them, None when it told only some or nothing.
    """

    reachable: bool
    seconds: float
    account: str | None
    fault: Fault | None
    memories: tuple[dict[str, Any], ...] | None = None


def health(clients: Clients) -> Health:
    """Ask for the memories (ListMemories), the same for every kind of connection: the smallest call there is,
    and pages need its answer anyway.

    Errors of AWS, the network, credentials and the configured role are in the result, not raised.
    """
    started = time.perf_counter()
    try:
        answer = clients.probe().list_memories(maxResults=PAGE_SIZE)
    except CALL_ERRORS as error:
        seconds = time.perf_counter() - started
        return Health(isinstance(error, ClientError), seconds, None, explain(error))
    last = next(call for call in reversed(clients.calls) if call.operation == "ListMemories")
    whole = None if answer.get("nextToken") else tuple(answer["memories"])
    return Health(True, last.seconds, _account(answer["memories"]), None, whole)


def _account(memories: list[dict[str, Any]]) -> str | None:
    """The account in the first memory's ARN, arn:aws:bedrock-agentcore:REGION:ACCOUNT:memory/ID."""
    parts = memories[0]["arn"].split(":") if memories else []
    return parts[4] if len(parts) > 4 else None
