"""The HTTP/1.1 connection: uvicorn's, with answers in AWS's form and a way to end a connection badly.

uvicorn answers a request that it cannot read with plain text and accepts heads of any length. Here the
first is an AWS error as everything else, and the second is bounded.

A task, an ASGI scope and two messages for each request cost as much as CreateEvent itself. A small request is
therefore offered to the application's `take_quickly` first (`quick_calls`), once all of it has arrived; what
that leaves alone goes uvicorn's way.
"""

from __future__ import annotations

import socket
import struct
from asyncio import Transport
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from services.aws_local.errors import (
    RequestHeaderTooLargeException,
    RequestUriTooLongException,
    ServiceError,
    ValidationException,
)
from services.aws_local.wire.http_request import HttpRequest
from services.aws_local.wire.rest_json import dump_json

# Far above what the models allow: an ARN and three ids of 255 characters, percent-encoded, are 4 kB, and
# everything that is long travels in bodies.
MAX_URL_BYTES = 16 * 1024
MAX_HEAD_BYTES = 64 * 1024
# Reading a larger body in the event loop would keep the others waiting.
QUICK_BODY_BYTES = 16 * 1024
# How long what a refused client still sends is read away: closing at once could destroy the answer.
_DRAIN_SECONDS = 2.0
_EXTENSION = "agentcore_local.connection"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


Reply = Callable[[int, bytes, bytes], None]
"""Sends an answer: status, encoded header lines, body. It raises nothing."""
TakeQuickly = Callable[[HttpRequest, bytes, Reply], bool]
"""Answers a request with its body, now or later in the event loop; False leaves it alone."""


class _Packets:
    """A transport for an HTTP cycle, which writes the head and the body of an answer one after the other.

    While `joining`, both leave in one packet: that spares a system call here and a wake-up at the client.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._held: list[bytes] | None = None

    @contextmanager
    def joining(self) -> Iterator[None]:
        self._held = []
        try:
            yield
        finally:
            self._let_go()

    def write(self, data: bytes) -> None:
        if self._held is None:
            self._transport.write(data)
        else:
            self._held.append(data)

    def close(self) -> None:
        self._let_go()
        self._transport.close()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held:
            self._transport.write(b"".join(held))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Connection:
    """The client's connection, for answers that leave as a whole and for faults that end it."""

    def __init__(self, transport: Transport, packets: _Packets) -> None:
        self._transport = transport
        self.joining = packets.joining
        self.is_idling = False

    @contextmanager
    def idling(self) -> Iterator[None]:
        """While nothing is done for the client but waiting: then a stopping server need not wait too."""
        self.is_idling = True
        try:
            yield
        finally:
            self.is_idling = False

    def reset(self) -> None:
        """End it with a TCP reset."""
        peer = self._transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def close(self) -> None:
        """End it after what was already sent."""
        self._transport.close()


class _QuickCycle:
    """A request that was taken quickly, where uvicorn keeps its own cycle of request and response."""

    __slots__ = ("_protocol", "disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self, protocol: Protocol, keep_alive: bool) -> None:
        self._protocol = protocol
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False
        self.message_event = _NOBODY_WAITS

    @property
    def response_started(self) -> bool:
        """It leaves in one piece."""
        return self.response_complete

    def reply(self, status: int, head: bytes, body: bytes) -> None:
        """See Reply."""
        if self.disconnected or self.response_complete:
            return
        self.response_complete = True
        self._protocol.finish(self.keep_alive, status, head, body)


class _NobodyWaits:
    """The event that uvicorn sets for whoever reads on."""

    def set(self) -> None:
        """Nobody reads on: the request is complete."""


_NOBODY_WAITS = _NobodyWaits()


def connection_of(scope: MutableMapping[str, Any]) -> Connection:
    """The connection of a request that came through `Protocol`; LookupError for any other."""
    connection = _connection(scope)
    if connection is None:
        raise LookupError("The request did not come through services.aws_local.wire.http_protocol")
    return connection


def in_one_packet(scope: MutableMapping[str, Any]) -> AbstractContextManager[None]:
    """What is sent meanwhile leaves together, where the request came through `Protocol`."""
    connection = _connection(scope)
    return nullcontext() if connection is None else connection.joining()


def _connection(scope: MutableMapping[str, Any]) -> Connection | None:
    connection = scope.get("extensions", {}).get(_EXTENSION)
    return connection if isinstance(connection, Connection) else None


class Protocol(HttpToolsProtocol):
    """What `uvicorn.Config(http=…)` is given."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        packets = _Packets(transport)
        self.transport = packets  # type: ignore[assignment] # has what uvicorn calls
        self._connection = Connection(transport, packets)
        self._extensions: dict[str, dict[object, object]] = {_EXTENSION: self._connection}  # type: ignore[dict-item]
        self._take_quickly: TakeQuickly | None = getattr(self.app, "take_quickly", None)
        self._held: bytearray | None = None  # the body of a small request that is still arriving
        self._reads_head = False
        self._head_bytes = 0
        self._refusal: ServiceError | None = None
        self._is_refused = False

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        was_reading = self._reads_head
        self._head_bytes = self._head_bytes + len(data) if was_reading else len(data)
        super().data_received(data)
        if self._reads_head and was_reading and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(_head_too_large())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = self._extensions
        self._reads_head = True

    def on_headers_complete(self) -> None:
        self._reads_head = False
        # uvicorn answers through `send_400_response` whatever is raised in here.
        if len(self.url) > MAX_URL_BYTES:
            self._refusal = RequestUriTooLongException(f"The URL is longer than {MAX_URL_BYTES} bytes")
            raise self._refusal
        if self._head_bytes > MAX_HEAD_BYTES and self._head_length() > MAX_HEAD_BYTES:
            self._refusal = _head_too_large()
            raise self._refusal
        if self._may_be_quick():
            self._held = bytearray()
        else:
            super().on_headers_complete()

    def _may_be_quick(self) -> bool:
        """A small body of known length, and nothing on this connection that has to be answered before."""
        if self._take_quickly is None or self.expect_100_continue or self.flow.write_paused:
            return False
        if not self.url.startswith(b"/") or b"#" in self.url:  # uvicorn reads those that no client sends
            return False
        if self.cycle is not None and not self.cycle.response_complete:
            return False
        headers = dict(self.headers)
        return (
            b"transfer-encoding" not in headers
            and int(headers.get(b"content-length", b"0")) <= QUICK_BODY_BYTES
        )

    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
        else:
            self._held += body

    def on_message_complete(self) -> None:
        if self._held is None:
            super().on_message_complete()
        elif not self._is_taken(bytes(self._held)):
            self._let_go_of_held()
            super().on_message_complete()
        else:
            self._held = None

    def _is_taken(self, body: bytes) -> bool:
        take_quickly = self._take_quickly
        if take_quickly is None:
            return False
        path, _, query = self.url.partition(b"?")
        method = self.parser.get_method().decode("ascii")
        request = HttpRequest.of(method, path, query, self.headers)
        keep_alive = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        before, cycle = self.cycle, _QuickCycle(self, keep_alive)
        self.cycle = cycle  # type: ignore[assignment] # has what uvicorn's protocol asks of one
        if take_quickly(request, body, cycle.reply):
            return True
        self.cycle = before
        return False

    def _let_go_of_held(self) -> None:
        """What was held back goes uvicorn's way."""
        if self._held is not None:
            body, self._held = bytes(self._held), None
            super().on_headers_complete()
            super().on_body(body)

    def finish(self, keep_alive: bool, status: int, head: bytes, body: bytes) -> None:
        """Answer the request that was taken quickly; nobody, when the connection has come to its end."""
        if self._is_refused or self.transport.is_closing():
            return
        lines = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        closing = b"" if keep_alive else b"connection: close\r\n"
        self.transport.write(b"".join((STATUS_LINE[status], *lines, head, closing, b"\r\n", body)))
        if not keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _head_length(self) -> int:
        """Bytes of the URL and the headers; what was received may hold a part of the body too."""
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read, or what `on_headers_complete` refused."""
        unreadable = ValidationException("The request is not valid HTTP/1.1", reason="CannotParse")
        self._refuse(self._refusal or unreadable)

    def _refuse(self, error: ServiceError) -> None:
        self._is_refused = True
        if self.cycle is not None and not self.cycle.response_complete:
            # A call whose body broke off, or that somebody sent nonsense behind: it has nobody to answer.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.close()
                return
        body = dump_json(error.body())
        head = (
            f"x-amzn-ErrorType: {error.code}\r\nx-amzn-RequestId: {uuid4()}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[error.status] + head.encode("ascii") + body)
        self.transport.write_eof()
        self.loop.call_later(_DRAIN_SECONDS, self.transport.close)

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: a request to upgrade is answered like any other (uvicorn would log how to install it)."""

    def shutdown(self) -> None:
        """A server that stops gives up the connections that faults keep waiting."""
        self._let_go_of_held()
        if self._connection.is_idling:
            self.transport.abort()
        else:
            super().shutdown()


def _head_too_large() -> ServiceError:
    return RequestHeaderTooLargeException(
        f"The URL and the headers are together longer than {MAX_HEAD_BYTES} bytes"
    )
