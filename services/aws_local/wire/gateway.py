"""The HTTP side of the endpoint: request, route, parse, validate, dispatch, serialise.

One ASGI application serves every API of `service_models.SERVICES` on one address: paths tell them apart, and
signatures where two have the same (`routing`); IAM and STS have another protocol (`query`). Handlers run in a
thread pool, but for the quickest calls, which HTTP connections offer to `take_quickly` first. Whatever goes
wrong is answered in AWS's form: JSON `{"message": …}` with the error's name in `x-amzn-ErrorType`, or the XML
of the query protocol, and never with text of the request in the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.aws_local.agents.runtimes import AgentBody
from services.aws_local.call import Handler
from services.aws_local.call import Scope as CallScope
from services.aws_local.errors import InternalServerException, RequestEntityTooLargeException, ServiceError
from services.aws_local.failures import BrokenOff
from services.aws_local.switches.fault_injection import FAULT_HEADER, Client, Struck, carry_out, drawn
from services.aws_local.wire import query
from services.aws_local.wire.answers import error_answer, json_answer
from services.aws_local.wire.calling import Calling, log_failure
from services.aws_local.wire.http_protocol import connection_of, in_one_packet
from services.aws_local.wire.http_request import HostRule, HttpRequest
from services.aws_local.wire.local_routes import LocalRequest, is_local, local_routes
from services.aws_local.wire.quick_calls import QuickCalls
from services.aws_local.wire.rest_json import WireAnswer
from services.aws_local.wire.routing import Match
from services.aws_local.wire.service_models import QUERY_SERVICES

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

# An event holds up to 100 messages and 10 MB (quota of AgentCore Memory); JSON escapes need some room.
MAX_BODY_BYTES = 12 * 1024 * 1024
MAX_CALLS_AT_ONCE = 16
# Until an agent begins to answer minutes may pass: those who wait for one keep nobody else from a thread.
AGENT_CALLS = frozenset({"InvokeAgentRuntime"})
MAX_AGENT_CALLS_AT_ONCE = 32
# A stream has a thread while its next piece is awaited, which for an agent of Runtime is nearly all the time.
MAX_AGENT_STREAMS_AT_ONCE = 128
MAX_STREAMS_AT_ONCE = 40
_LEAVE_SECONDS = 1.0  # so often a connection to an agent is looked for that nobody waits for any more


class Gateway:
    """The ASGI application. The backend belongs to the caller, who closes it after the server has stopped."""

    def __init__(
        self, backend: Backend, handlers: Mapping[tuple[str, str], Handler], hosts: HostRule | None = None
    ) -> None:
        self._backend = backend
        self._hosts = hosts or HostRule()
        self._faults = backend.faults
        self._local = local_routes(backend)
        self._calling = Calling(backend, handlers)
        self._threads = ThreadPoolExecutor(MAX_CALLS_AT_ONCE, thread_name_prefix="aws-call")
        self.take_quickly = QuickCalls(backend, self._calling, self._hosts, self._threads).take
        self._agent_threads = ThreadPoolExecutor(MAX_AGENT_CALLS_AT_ONCE, thread_name_prefix="agent-call")
        self._agent_stream_threads = ThreadPoolExecutor(MAX_AGENT_STREAMS_AT_ONCE, "agent-stream")
        self._stream_threads = ThreadPoolExecutor(MAX_STREAMS_AT_ONCE, "stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = str(uuid4())
        with suppress(ClientDisconnect):
            request = HttpRequest.of(
                scope["method"], scope["raw_path"], scope["query_string"], scope["headers"]
            )
            answer = await self._respond(request, Client(scope, receive, send), request_id)
            headers = answer.headers | {"x-amzn-RequestId": request_id}
            if isinstance(answer.body, bytes):
                with in_one_packet(scope):
                    await _send(answer.status, headers, answer.body, send)
            else:
                await self._stream(answer, headers, Client(scope, receive, send))

    async def _stream(self, answer: WireAnswer, headers: dict[str, str], client: Client) -> None:
        """Send a stream until it ends or the client leaves: then nobody goes on waiting for an agent."""
        live = self._live(answer)
        try:
            await StreamingResponse(live, answer.status, headers)(client.scope, client.receive, client.send)
        except BrokenOff:
            connection_of(client.scope).reset()
        finally:
            if isinstance(answer.body, AgentBody):
                answer.body.leave()
            await live.aclose()

    def _live(self, answer: WireAnswer) -> AsyncGenerator[bytes, None]:
        """The frames of a stream, each as soon as it is made; in threads where that may take long."""
        if isinstance(answer.body, bytes):
            raise TypeError("only event streams are iterators")
        if answer.is_quick:
            return _in_loop(answer.body)
        is_agents = isinstance(answer.body, AgentBody)
        return _in_threads(self._agent_stream_threads if is_agents else self._stream_threads, answer.body)

    def close(self) -> None:
        """Wait for the calls that still run."""
        self._backend.runtimes.close()
        self._agent_stream_threads.shutdown()
        self._stream_threads.shutdown()
        self._agent_threads.shutdown()
        self._threads.shutdown()
        self._local.close()

    async def _respond(self, request: HttpRequest, client: Client, request_id: str) -> WireAnswer:
        try:
            self._hosts.refuse_foreign(request)
            body = await _read_body(request.headers, client.receive)
            if is_local(request.raw_path):
                scope = CallScope.of(request.headers.get("authorization"))
                local = LocalRequest(request.query(), body, scope)
                return json_answer(200, await self._local.answer(request.method, request.raw_path, local))
            return await self._answer_somewhere(request, client, body, request_id)
        except ServiceError as error:
            is_query = query.is_query(request.method, request.raw_path, request.headers)
            return error_answer(error, QUERY_SERVICES[0] if is_query else "")
        except ClientDisconnect:
            raise
        except Exception as error:
            log_failure("The endpoint", request_id, error)
            return error_answer(
                InternalServerException("The embedded endpoint failed. Its log has the cause.")
            )

    async def _answer_somewhere(
        self, request: HttpRequest, client: Client, body: bytes, request_id: str
    ) -> WireAnswer:
        """In the event loop what takes less time than the way to a thread and back, else in a thread."""
        match = self._calling.match(request, body)
        if self._faults.armed or FAULT_HEADER in request.headers:
            return await self._answer_with_faults(request, match, client, body, request_id)
        if request.method == "GET":  # reads one row
            return self._calling.answer(request, match, body, request_id)
        answering = self._answer_in_thread(request, match, body, request_id)
        if match.operation.name in AGENT_CALLS:
            return await self._unless_client_leaves(client, request_id, answering)
        return await answering

    async def _unless_client_leaves(
        self, client: Client, request_id: str, answering: Awaitable[WireAnswer]
    ) -> WireAnswer:
        """The answer of an agent. When the client leaves before, nobody goes on waiting for it."""
        answer = asyncio.ensure_future(answering)
        leaving = asyncio.ensure_future(client.receive())  # the body was read: what comes is the end
        await asyncio.wait({answer, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not leaving.done():
            leaving.cancel()
            return await answer
        while not answer.done():  # it may still be on its way to the agent
            self._backend.runtimes.leave(request_id)
            await asyncio.wait({answer}, timeout=_LEAVE_SECONDS)
        with suppress(ServiceError):
            if isinstance(body := answer.result().body, AgentBody):
                body.leave()
        raise ClientDisconnect

    async def _answer_with_faults(
        self, request: HttpRequest, match: Match, client: Client, body: bytes, request_id: str
    ) -> WireAnswer:
        def call() -> Awaitable[WireAnswer]:
            return self._answer_in_thread(request, match, body, request_id)

        rules = drawn(self._faults, match, request.headers.get(FAULT_HEADER))
        if not rules:
            return await call()
        struck = Struck(match, CallScope.of(request.headers.get("authorization")))
        return await carry_out(rules, struck, client, call)

    async def _answer_in_thread(
        self, request: HttpRequest, match: Match, body: bytes, request_id: str
    ) -> WireAnswer:
        threads = self._agent_threads if match.operation.name in AGENT_CALLS else self._threads
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, self._calling.answer, request, match, body, request_id)


async def _in_loop(frames: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    for frame in frames:
        yield frame


async def _in_threads(threads: ThreadPoolExecutor, frames: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    """When nobody wants the rest, what makes the frames ends as soon as the one in hand is made: garbage
    collection would end it some time, in some thread."""
    making = threads.submit(next, frames, None)
    try:
        while (frame := await asyncio.wrap_future(making)) is not None:
            yield frame
            making = threads.submit(next, frames, None)
    finally:
        if isinstance(frames, Generator):
            making.add_done_callback(lambda _: _end(threads, frames))


def _end(threads: ThreadPoolExecutor, frames: Generator[bytes]) -> None:
    try:
        threads.submit(frames.close)  # not here, which may be the event loop
    except RuntimeError:  # no thread begins anything any more: the endpoint stops
        frames.close()


async def _read_body(headers: Mapping[str, str], receive: Receive) -> bytes:
    """The whole body, refused as soon as it is known to be too long. Unread bytes are discarded."""
    too_large = RequestEntityTooLargeException(f"The body is larger than {MAX_BODY_BYTES} bytes")
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY_BYTES:
            raise too_large
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _send(status: int, headers: Mapping[str, str], body: bytes, send: Send) -> None:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if status != 204:  # RFC 9110, 8.6: an answer without content announces no length
        encoded.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
