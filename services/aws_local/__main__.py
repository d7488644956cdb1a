"""`python -m services.aws_local`: the embedded AWS endpoint as a process of its own."""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from services.aws_local.agents import options as agent_options
from services.aws_local.backend import Backend, Settings
from services.aws_local.long_term import extraction_options
from services.aws_local.long_term.extraction_options import UnusableOption
from services.aws_local.loopback import LOOPBACK_NAMES
from services.aws_local.operations import handlers
from services.aws_local.storage.store_errors import StoreError
from services.aws_local.streams.stream_delivery import UnusableDestination, destination
from services.aws_local.switches.fault_rules import KINDS, MalformedRule, Rule
from services.aws_local.switches.quotas import MODES
from services.aws_local.wire.gateway import Gateway
from services.aws_local.wire.http_protocol import Protocol
from services.aws_local.wire.http_request import HostRule

log = logging.getLogger("services.aws_local")

_LONGEST_SECONDS = 366 * 24 * 3600
_LAST_PORT = 65_535
# How long a thread that extracts keeps the interpreter when a call wants it. A call gives it away for each
# statement: with Python's 5 ms, one client had half as many events stored beside extraction.
_SWITCH_SECONDS = 0.001
DESCRIPTION = """\
A local endpoint for Amazon Bedrock AgentCore Memory, and for agents of Amazon Bedrock with memory; Converse
and agents are answered by rules. No AWS account and no language model is needed; credentials are not checked.
Point any AWS SDK at it:

  export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE=http://127.0.0.1:8765
  export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL=http://127.0.0.1:8765
  export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http://127.0.0.1:8765   (only for Converse and ConverseStream)
  export AWS_ENDPOINT_URL=http://127.0.0.1:8765   (for all of AWS: agents need IAM, STS and Lambda too)

One line on standard output tells when it serves; GET /healthz answers from then on."""
FAULT_RULES = """\
a fault RULE is: KIND [VALUE] [on OPERATION[,OPERATION...]] [after N] [first N] [chance P] [seed S]
  --fault "throttle on CreateEvent first 3"     --fault "latency 2.5 on Retrieve*"
  --fault "deny on bedrock-agentcore:ListMemories"     --fault "server-error chance 0.1 seed 7"
  The same rules can be set while it runs (PUT /_local/faults) and for one request (header
  x-agentcore-local-fault). docs/endpoint.md describes them. Kinds:

"""
REMOTE_WARNING = """\
Refusing to listen on {host}: the endpoint checks no credentials, so everyone who reaches that address can
read, change and delete all memories. If the network is yours alone, say so with --allow-remote."""


def main() -> int:
    """Serve until SIGINT or SIGTERM. Returns the exit code."""
    options = _options()
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    sys.setswitchinterval(_SWITCH_SECONDS)
    # uvicorn stops in order and then raises the signal again; this makes that an exit with code 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    if options.host not in LOOPBACK_NAMES and not options.allow_remote:
        return _refuse(REMOTE_WARNING.format(host=options.host))
    try:
        with _listening(options.host, options.port) as listener, _backend(options) as backend:
            _serve(backend, listener, options)
    except OSError as error:
        return _refuse(_why_not_listening(error, options))
    except (StoreError, UnusableDestination, UnusableOption) as error:
        return _refuse(str(error))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m services.aws_local",
        description=DESCRIPTION,
        epilog=FAULT_RULES + "\n".join(f"  {kind:18} {what}" for kind, what in KINDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--port", type=_port, default=8765, help="TCP port, 0 for a free one (default: 8765)")
    option("--data-dir", type=Path, required=True, help="where memories are kept; made if missing")
    option("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)")
    option(
        "--allow-remote",
        action="store_true",
        help="permit a --host that other machines can reach: credentials are not checked, so everyone who "
        "reaches it can read, change and delete all memories, and set faults",
    )
    option(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="serve requests to this host name too, for example a container's; may be repeated",
    )
    option(
        "--extraction-delay",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help="how long a session is quiet before long-term memories are extracted from it; one that never is "
        "waits five times as long (default: 1.0)",
    )
    option(
        "--transition-seconds",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="how long memories and strategies stay CREATING, UPDATING or DELETING; on AWS that is minutes, "
        "and the AgentCore SDK looks every 10 seconds (default: 0, at once)",
    )
    option(
        "--stream-to",
        metavar="PLACE",
        help="deliver the changes of records, for memories with streamDeliveryResources, to this directory "
        "(a file of JSON lines for each stream) or URL (a POST for each change); without it there are none",
    )
    option(
        "--stream-allow-remote",
        action="store_true",
        help="permit a --stream-to URL of another machine: what people said leaves this one",
    )
    option(
        "--namespace-prefix-match",
        action="store_true",
        help="let `namespace` of ListMemoryRecords and RetrieveMemoryRecords match all below it too, as AWS "
        "did before 2026; without it exactly that namespace",
    )
    option(
        "--quotas",
        choices=MODES,
        default="off",
        help="strict: throttle and limit as the service does by default, for example 5 events a second in a "
        "session and 150 memories; docs/endpoint.md has the figures (default: off)",
    )
    option(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="RULE",
        help="let calls go wrong, see below; may be repeated",
    )
    extraction_options.add(parser)
    agent_options.add(parser)
    option(
        "--log-level",
        default="warning",
        choices=["debug", "info", "warning", "error"],
        help="what is logged to standard error (default: warning)",
    )
    return parser.parse_args()


def _port(text: str) -> int:
    """A TCP port given as an option. (`bind` would take 65536 more than another port for that port.)"""
    if not text.isascii() or not text.isdecimal() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port from 0 to {_LAST_PORT}")
    return int(text)


def _seconds(text: str) -> float:
    """A duration given as an option."""
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds") from None
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {_LONGEST_SECONDS} seconds")
    return seconds


def _fault(text: str) -> Rule:
    """A fault rule given as an option."""
    try:
        return Rule.parse(text)
    except MalformedRule as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The listening socket.

    Made here and not by uvicorn: with IPPROTO_TCP named, asyncio turns Nagle's algorithm off for accepted
    connections, and a port in use is found before the data is opened.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol or socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
        listener.listen(128)
        yield listener


@contextlib.contextmanager
def _backend(options: argparse.Namespace) -> Iterator[Backend]:
    stream_to = options.stream_to and destination(options.stream_to, options.stream_allow_remote)
    extraction = extraction_options.read(options)
    settings = Settings(
        options.extraction_delay,
        options.transition_seconds,
        stream_to,
        quotas=options.quotas,
        faults=tuple(options.fault),
        namespace_prefix_match=options.namespace_prefix_match,
        **vars(extraction),
        **vars(agent_options.read(options)),
    )
    if options.fault:
        log.warning("Faults are switched on: %s", "; ".join(rule.text for rule in options.fault))
    if options.quotas != "off":
        log.warning("Quotas are enforced: %s", options.quotas)
    backend = Backend.open(options.data_dir, settings)
    backend.start()
    try:
        yield backend
    finally:
        backend.close()


class _Server(uvicorn.Server):
    """uvicorn, telling on standard output when it serves."""

    def __init__(self, config: uvicorn.Config, ready: str, backend: Backend) -> None:
        super().__init__(config)
        self._ready = ready
        self._backend = backend

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()  # the service models are many objects, for good: collections need not look at them
        print(self._ready, flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._backend.runtimes.close()  # else those who wait for an agent would be waited for
        await super().shutdown(sockets)


def _serve(backend: Backend, listener: socket.socket, options: argparse.Namespace) -> None:
    gateway = Gateway(backend, handlers(), HostRule.of(options.host, frozenset(options.allowed_host)))
    config = uvicorn.Config(
        gateway,
        http=Protocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        # Longer than clients keep an idle connection, so that they, not we, close it.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )
    try:
        _Server(config, _ready_line(listener, options), backend).run(sockets=[listener])
    finally:
        gateway.close()


def _ready_line(listener: socket.socket, options: argparse.Namespace) -> str:
    host = f"[{options.host}]" if ":" in options.host else options.host
    return (
        f"AgentCore endpoint ready on http://{host}:{listener.getsockname()[1]} (data in {options.data_dir})"
    )


def _why_not_listening(error: OSError, options: argparse.Namespace) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {options.port} on {options.host} is in use. Stop what uses it, or choose another port "
            "with --port (make: ENDPOINT_PORT=…)."
        )
    return f"Cannot start on {options.host}:{options.port} with the data in {options.data_dir}: {error}"


if __name__ == "__main__":
    sys.exit(main())
