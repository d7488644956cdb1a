"""The HTTP side of the endpoint: request, route, parse, validate, dispatch, serialise.

One ASGI application serves every API of `service_models.SERVICES` on one address: paths tell them apart, and
signatures where two have the same (`routing`); IAM and STS have another protocol (`query`). Handlers run in a
thread pool. Whatever goes wrong is answered in AWS's form: JSON `{"message": …}` with the error's name in
`x-amzn-ErrorType`, or the XML of the query protocol, and never with text of the request in the log.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import parse_qs
from uuid import uuid4

from botocore.model import OperationModel
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.aws_local.call import Call, Handler, Write
from services.aws_local.call import Scope as CallScope
from services.aws_local.errors import (
    AccessDeniedException,
    InternalServerException,
    NotImplementedOperation,
    RequestEntityTooLargeException,
    ServiceError,
    ValidationException,
)
from services.aws_local.failures import where
from services.aws_local.loopback import LOOPBACK_NAMES
from services.aws_local.storage.store_errors import StoreError
from services.aws_local.switches.fault_injection import FAULT_HEADER, Client, Struck, carry_out, drawn
from services.aws_local.wire import event_stream, modelled_errors, query, rest_json, validation
from services.aws_local.wire.answers import error_answer, json_answer
from services.aws_local.wire.http_protocol import in_one_packet
from services.aws_local.wire.local_routes import LocalRequest, is_local, local_routes
from services.aws_local.wire.rest_json import WireAnswer
from services.aws_local.wire.routing import Match, Route, Router
from services.aws_local.wire.service_models import QUERY_SERVICES, REST_SERVICES, service_model
from services.aws_local.wire.shared_commits import SharedCommits

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

# An event holds up to 100 messages and 10 MB (quota of AgentCore Memory); JSON escapes need some room.
MAX_BODY_BYTES = 12 * 1024 * 1024
MAX_CALLS_AT_ONCE = 16
# What is written from the event loop. Reading a larger body there would keep the others waiting, and so would
# the patterns of namespace keys, which clients choose.
QUICK_BODY_BYTES = 16 * 1024
QUICK_WRITES = frozenset({"CreateEvent"})
SLOW_MEMBER = b"extractionConfig"
# Streams whose events are made in less time than the way to a thread and back takes.
QUICK_STREAMS = frozenset({"ConverseStream"})


@dataclass(frozen=True)
class HostRule:
    """Which `Host` headers are served. A web page can point its own name at this address (DNS rebinding),
    but it cannot make the browser name another host, so anything that is not listed is refused.
    """

    names: frozenset[str] = LOOPBACK_NAMES
    any_ip_address: bool = False

    @classmethod
    def of(cls, bound_host: str, further: frozenset[str] = frozenset()) -> HostRule:
        """The rule for a bound address; on all interfaces every literal IP address is a name of ours."""
        wildcard = bound_host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
        return cls(LOOPBACK_NAMES | {bound_host.lower()} | further, any_ip_address=wildcard)

    def allows(self, host_headers: list[str]) -> bool:
        """Whether the request names exactly one host, with or without port, and an allowed one."""
        if len(host_headers) != 1:
            return False
        name = _without_port(host_headers[0].strip().lower())
        return name in self.names or (self.any_ip_address and _is_ip_address(name))


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_ip_address(name: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    return False


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What counts of an ASGI request. (Starlette's own objects cost more time than all of GetEvent.)

    Header names are lower case; of a header that was sent several times `headers` has the last value.
    """

    method: str
    raw_path: str
    query: bytes
    headers: dict[str, str]
    hosts: list[str]

    @classmethod
    def of(cls, scope: Scope) -> HttpRequest:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        raw_path = scope["raw_path"].decode("latin-1")
        return cls(scope["method"], raw_path, scope["query_string"], headers, hosts)


class Gateway:
    """The ASGI application. The backend belongs to the caller, who closes it after the server has stopped."""

    def __init__(
        self, backend: Backend, handlers: Mapping[tuple[str, str], Handler], hosts: HostRule | None = None
    ) -> None:
        self._backend = backend
        self._handlers = handlers
        self._hosts = hosts or HostRule()
        self._router = _router()
        self._faults = backend.faults
        self._quotas = backend.quotas
        self._local = local_routes(backend)
        self._commits = SharedCommits(backend)
        self._threads = ThreadPoolExecutor(MAX_CALLS_AT_ONCE, thread_name_prefix="aws-call")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = str(uuid4())
        with suppress(ClientDisconnect):
            answer = await self._respond(HttpRequest.of(scope), Client(scope, receive, send), request_id)
            headers = answer.headers | {"x-amzn-RequestId": request_id}
            if isinstance(answer.body, bytes):
                with in_one_packet(scope):
                    await _send(answer.status, headers, answer.body, send)
            else:
                stream = StreamingResponse(_live(answer), answer.status, headers)
                await stream(scope, receive, send)

    def close(self) -> None:
        """Wait for the calls that still run."""
        self._threads.shutdown()
        self._local.close()

    async def _respond(self, request: HttpRequest, client: Client, request_id: str) -> WireAnswer:
        try:
            self._refuse_foreign(request)
            body = await _read_body(request.headers, client.receive)
            if is_local(request.raw_path):
                scope = CallScope.of(request.headers.get("authorization"))
                local = LocalRequest(_query(request.query), body, scope)
                return json_answer(200, await self._local.answer(request.method, request.raw_path, local))
            return await self._answer_somewhere(request, client, body, request_id)
        except ServiceError as error:
            is_query = query.is_query(request.method, request.raw_path, request.headers)
            return error_answer(error, QUERY_SERVICES[0] if is_query else "")
        except ClientDisconnect:
            raise
        except Exception as error:
            _log_failure("The endpoint", request_id, error)
            return error_answer(
                InternalServerException("The embedded endpoint failed. Its log has the cause.")
            )

    async def _answer_somewhere(
        self, request: HttpRequest, client: Client, body: bytes, request_id: str
    ) -> WireAnswer:
        """In the event loop what takes less time than the way to a thread and back, else in a thread."""
        match = self._match(request, body)
        if self._faults.armed or FAULT_HEADER in request.headers:
            return await self._answer_with_faults(request, match, client, body, request_id)
        if request.method == "GET":  # reads one row
            return self._answer(request, match, body, request_id)
        if match.operation.name in QUICK_WRITES and len(body) <= QUICK_BODY_BYTES and SLOW_MEMBER not in body:
            return await self._answer_written_with_others(request, match, body, request_id)
        return await self._in_thread(self._answer, request, match, body, request_id)

    def _match(self, request: HttpRequest, body: bytes) -> Match:
        if query.is_query(request.method, request.raw_path, request.headers):
            return query.match(body)
        return self._router.match(request.method, request.raw_path, request.headers.get("authorization"))

    async def _answer_with_faults(
        self, request: HttpRequest, match: Match, client: Client, body: bytes, request_id: str
    ) -> WireAnswer:
        def call() -> Awaitable[WireAnswer]:
            return self._in_thread(self._answer, request, match, body, request_id)

        rules = drawn(self._faults, match, request.headers.get(FAULT_HEADER))
        if not rules:
            return await call()
        struck = Struck(match, CallScope.of(request.headers.get("authorization")))
        return await carry_out(rules, struck, client, call)

    async def _in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(function, *args, **kwargs))

    def _refuse_foreign(self, request: HttpRequest) -> None:
        """Keep web pages out: no AWS client sends an Origin, and none asks for a foreign host."""
        if "origin" in request.headers:
            raise AccessDeniedException("Requests from web pages (with an Origin header) are not served")
        if not self._hosts.allows(request.hosts):
            raise AccessDeniedException(
                "This Host is not served. Use localhost or 127.0.0.1, or start with --allowed-host"
            )

    def _answer(self, request: HttpRequest, match: Match, body: bytes, request_id: str) -> WireAnswer:
        """Everything between the raw request and the raw answer."""
        try:
            handled = self._handled(request, match, body, request_id)
            result = handled.carry_out(self._backend) if isinstance(handled, Write) else handled
            return _serialized(match, result, request_id)
        except ServiceError as error:
            modelled_errors.fit(match.operation, error)
            raise
        except Exception as error:
            raise _failed(match.operation, request_id, error) from error

    async def _answer_written_with_others(
        self, request: HttpRequest, match: Match, body: bytes, request_id: str
    ) -> WireAnswer:
        """The same in the event loop, where only a commit is waited for: one for all who are ready."""
        try:
            result = self._handled(request, match, body, request_id)
            if isinstance(result, Write):
                write, result = result, await self._commits.write(result.task)
                write.committed()
            return _serialized(match, result, request_id)
        except ServiceError as error:
            modelled_errors.fit(match.operation, error)
            raise
        except Exception as error:
            raise _failed(match.operation, request_id, error) from error

    def _handled(
        self, request: HttpRequest, match: Match, body: bytes, request_id: str
    ) -> dict[str, Any] | Write:
        """What the handler makes of the request."""
        operation = match.operation
        handler = self._handlers.get((match.service, operation.name))
        if handler is None:
            raise NotImplementedOperation(operation.name, match.service)
        scope = CallScope.of(request.headers.get("authorization"))
        params = _parsed(request, match, body)
        validation.validate(operation, params)
        if self._quotas.is_strict:
            self._quotas.admit(scope, operation, params)
        return handler(Call(self._backend, scope, match.service, operation.name, request_id), params)


def _parsed(request: HttpRequest, match: Match, body: bytes) -> dict[str, Any]:
    """The parameters, by the protocol of the service."""
    if match.service in QUERY_SERVICES:
        return query.parse_request(match.operation, body)
    return rest_json.parse_request(match.operation, _wire_request(request, match, body))


def _serialized(match: Match, result: dict[str, Any], request_id: str) -> WireAnswer:
    if match.service in QUERY_SERVICES:
        return query.serialize_result(match.operation, result, request_id)
    answer = rest_json.serialize_result(match.operation, result, event_stream.frames)
    return replace(answer, is_quick=True) if match.operation.name in QUICK_STREAMS else answer


def _live(answer: WireAnswer) -> AsyncIterator[bytes]:
    """The frames of a stream, each as soon as it is made; in threads, since it may take Lambda functions."""
    if isinstance(answer.body, bytes):
        raise TypeError("only event streams are iterators")
    return _in_loop(answer.body) if answer.is_quick else iterate_in_threadpool(answer.body)


async def _in_loop(frames: Iterator[bytes]) -> AsyncIterator[bytes]:
    for frame in frames:
        yield frame


def _failed(operation: OperationModel, request_id: str, error: Exception) -> ServiceError:
    """What the operation's model says to a client that is not to blame; the log has the cause."""
    if isinstance(error, StoreError):  # the disk is full, say: nothing to look for in the code
        log.error("%s failed: %s", operation.name, error)
        return modelled_errors.failed(operation, str(error))
    _log_failure(operation.name, request_id, error)
    message = f"{operation.name} failed inside the embedded endpoint. Its log has the cause."
    return modelled_errors.failed(operation, message)


def _router() -> Router:
    return Router(
        Route.of(service, service_model(service).operation_model(name))
        for service in REST_SERVICES
        for name in service_model(service).operation_names
    )


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


def _wire_request(request: HttpRequest, match: Match, body: bytes) -> rest_json.WireRequest:
    return rest_json.WireRequest(match.labels, _query(request.query), request.headers, body)


def _query(text: bytes) -> dict[str, list[str]]:
    if not text:
        return {}
    try:
        return parse_qs(text.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise ValidationException("The query is not percent-encoded UTF-8", reason="CannotParse") from None


async def _send(status: int, headers: Mapping[str, str], body: bytes, send: Send) -> None:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if status != 204:  # RFC 9110, 8.6: an answer without content announces no length
        encoded.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def _log_failure(what: str, request_id: str, error: Exception) -> None:
    log.error("%s failed: request %s, %s", what, request_id, where(error))
