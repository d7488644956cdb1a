"""The HTTP/1.1 connection: uvicorn's, with answers in AWS's form and a way to end a connection badly.

uvicorn answers a request that it cannot read with plain text and accepts heads of any length. Here the
first is an AWS error as everything else, and the second is bounded.
"""

from __future__ import annotations

import socket
import struct
from asyncio import Transport
from collections.abc import Iterator, MutableMapping
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
from services.aws_local.wire.rest_json import dump_json

# Far above what the models allow: an ARN and three ids of 255 characters, percent-encoded, are 4 kB, and
# everything that is long travels in bodies.
MAX_URL_BYTES = 16 * 1024
MAX_HEAD_BYTES = 64 * 1024
# How long what a refused client still sends is read away: closing at once could destroy the answer.
_DRAIN_SECONDS = 2.0
_EXTENSION = "agentcore_local.connection"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


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
        super().on_headers_complete()

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
        if self._connection.is_idling:
            self.transport.abort()
        else:
            super().shutdown()


def _head_too_large() -> ServiceError:
    return RequestHeaderTooLargeException(
        f"The URL and the headers are together longer than {MAX_HEAD_BYTES} bytes"
    )
