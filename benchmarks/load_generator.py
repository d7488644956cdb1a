"""A light client of its own process: CreateEvent over keep-alive connections, as fast as answers come.

`python -m benchmarks.load_generator URL MEMORY_ID CONNECTIONS SECONDS` prints one line of JSON: seconds, and
how many events were stored. boto3 needs a core for about 1,000 calls a second; this needs little, so that it
is the server that is measured. Requests are what botocore sends, but only the credential scope is signed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import cast
from urllib.parse import quote, urlsplit
from uuid import uuid4

import uvloop

from benchmarks.servers import REGION, CannotMeasure

TEXT = "I live in Irvine and I prefer quiet places."
SAID = {"conversational": {"content": {"text": TEXT}, "role": "USER"}}
AUTHORIZATION = (
    f"AWS4-HMAC-SHA256 Credential=benchmark/20260101/{REGION}/bedrock-agentcore/aws4_request, "
    "SignedHeaders=host, Signature=00"
)


class Connection(asyncio.Protocol):
    """One connection with one request under way."""

    def __init__(self, host: str, path: str, session: str, until: float) -> None:
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Authorization: {AUTHORIZATION}\r\nContent-Length: "
        )
        self._head = head.encode()
        self._session = session
        self._until = until
        self._received = b""
        self.stored = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._send()

    def _send(self) -> None:
        event = {
            "actorId": "benchmark",
            "sessionId": self._session,
            "eventTimestamp": round(time.time(), 3),
            "clientToken": str(uuid4()),
            "payload": [SAID],
        }
        body = json.dumps(event).encode()
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _content_length(head):
            return
        self._received = b""
        if head[9:12] != b"201":
            self.finished.set_exception(CannotMeasure(f"CreateEvent was answered {head[9:12]!r}: {body!r}"))
            self._transport.close()
            return
        self.stored += 1
        if time.perf_counter() < self._until and b"connection: close" not in head.lower():
            self._send()
        else:
            self._transport.close()
            self.finished.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(CannotMeasure(f"The server closed a connection: {error}"))


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise CannotMeasure(f"An answer without a length: {head.decode('latin-1')}")


async def run(url: str, memory_id: str, connections: int, seconds: float) -> dict[str, object]:
    """Keeps every connection busy for that long."""
    where = urlsplit(url)
    path = f"/memories/{quote(memory_id, safe='')}/events"
    loop = asyncio.get_running_loop()
    started = time.perf_counter()

    async def one(number: int) -> int:
        until, stored = started + seconds, 0
        while time.perf_counter() < until:  # again, when a server closes after each answer, as moto's does
            _, connection = await loop.create_connection(
                lambda: Connection(where.netloc, path, f"session-{number}", until),
                where.hostname or "",
                where.port or 0,
            )
            await connection.finished
            stored += connection.stored
        return stored

    stored = await asyncio.gather(*(one(number) for number in range(connections)))
    return {"seconds": time.perf_counter() - started, "stored": sum(stored)}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))))
