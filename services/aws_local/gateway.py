"""The HTTP side of the endpoint: request, route, parse, validate, dispatch, serialise.

One ASGI application serves every API of `service_models.SERVICES` on one address, because their paths do
not overlap. Handlers run in a thread pool. Whatever goes wrong is answered in AWS's form: JSON
`{"message": …}` with the error's name in `x-amzn-ErrorType`, and never with text of the request in the log.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from urllib.parse import parse_qs
from uuid import uuid4

from botocore.model import OperationModel
from starlette.concurrency import iterate_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from services.aws_local import event_stream, rest_json, validation
from services.aws_local.call import Call, Handler
from services.aws_local.call import Scope as CallScope
from services.aws_local.errors import (
    AccessDeniedException,
    InternalServerException,
    NotImplementedOperation,
    RequestEntityTooLargeException,
    ServiceError,
    ServiceException,
    ValidationException,
)
from services.aws_local.routing import Match, Route, Router
from services.aws_local.service_models import SERVICES, service_model

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

HEALTH_PATH = "/healthz"
# An event holds up to 100 messages and 10 MB (quota of AgentCore Memory); JSON escapes need some room.
MAX_BODY_BYTES = 12 * 1024 * 1024
MAX_CALLS_AT_ONCE = 16
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


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


class Gateway:
    """The ASGI application. The backend belongs to the caller, who closes it after the server has stopped."""

    def __init__(
        self, backend: Backend, handlers: Mapping[tuple[str, str], Handler], hosts: HostRule | None = None
    ) -> None:
        self._backend = backend
        self._handlers = handlers
        self._hosts = hosts or HostRule()
        self._router = _router()
        self._threads = ThreadPoolExecutor(MAX_CALLS_AT_ONCE, thread_name_prefix="aws-call")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = str(uuid4())
        with suppress(ClientDisconnect):
            response = await self._respond(Request(scope, receive), request_id)
            response.headers["x-amzn-RequestId"] = request_id
            await response(scope, receive, send)

    def close(self) -> None:
        """Wait for the calls that still run."""
        self._threads.shutdown()

    async def _respond(self, request: Request, request_id: str) -> Response:
        try:
            self._refuse_foreign(request.headers)
            if request.scope["path"] == HEALTH_PATH and request.method in {"GET", "HEAD"}:
                return JSONResponse(await self._in_thread(self._backend.health))
            body = await _read_body(request)
            answer = await self._in_thread(self._answer, request, body, request_id)
        except ServiceError as error:
            return _error_response(error)
        except ClientDisconnect:
            raise
        except Exception as error:
            _log_failure("The endpoint", request_id, error)
            return _error_response(
                InternalServerException("The embedded endpoint failed. Its log has the cause.")
            )
        if isinstance(answer.body, bytes):
            return Response(answer.body, answer.status, answer.headers)
        return StreamingResponse(iterate_in_threadpool(answer.body), answer.status, answer.headers)

    async def _in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(function, *args, **kwargs))

    def _refuse_foreign(self, headers: Headers) -> None:
        """Keep web pages out: no AWS client sends an Origin, and none asks for a foreign host."""
        if "origin" in headers:
            raise AccessDeniedException("Requests from web pages (with an Origin header) are not served")
        if not self._hosts.allows(headers.getlist("host")):
            raise AccessDeniedException(
                "This Host is not served. Use localhost or 127.0.0.1, or start with --allowed-host"
            )

    def _answer(self, request: Request, body: bytes, request_id: str) -> rest_json.WireAnswer:
        """Everything between the raw request and the raw answer. Runs in a thread."""
        match = self._router.match(request.method, request.scope["raw_path"].decode("latin-1"))
        operation = match.operation
        handler = self._handlers.get((match.service, operation.name))
        if handler is None:
            raise NotImplementedOperation(operation.name, match.service)
        scope = CallScope.of(request.headers.get("authorization"))
        call = Call(self._backend, scope, match.service, operation.name, request_id)
        try:
            params = rest_json.parse_request(operation, _wire_request(request, match, body))
            validation.validate(operation, params)
            result = handler(call, params)
            return rest_json.serialize_result(operation, result, event_stream.frames)
        except ServiceError:
            raise
        except Exception as error:
            _log_failure(operation.name, request_id, error)
            raise _internal_error(operation) from error


def _router() -> Router:
    return Router(
        Route.of(service, service_model(service).operation_model(name))
        for service in SERVICES
        for name in service_model(service).operation_names
    )


async def _read_body(request: Request) -> bytes:
    """The whole body, refused as soon as it is known to be too long. Unread bytes are discarded."""
    too_large = RequestEntityTooLargeException(f"The body is larger than {MAX_BODY_BYTES} bytes")
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise too_large
    return bytes(body)


def _wire_request(request: Request, match: Match, body: bytes) -> rest_json.WireRequest:
    try:
        query = parse_qs(
            request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict"
        )
    except ValueError:
        raise ValidationException("The query is not percent-encoded UTF-8", reason="CannotParse") from None
    return rest_json.WireRequest(match.labels, query, dict(request.headers), body)


def _error_response(error: ServiceError) -> Response:
    headers = {"x-amzn-ErrorType": error.code, **error.headers}
    return Response(rest_json.dump_json(error.body()), error.status, headers, "application/json")


def _internal_error(operation: OperationModel) -> ServiceError:
    """The operation's modelled 500."""
    modelled = {shape.name for shape in operation.error_shapes}
    kind = ServiceException if "ServiceException" in modelled else InternalServerException
    return kind(f"{operation.name} failed inside the embedded endpoint. Its log has the cause.")


def _log_failure(what: str, request_id: str, error: Exception) -> None:
    """Log where it failed, not the exception's text: that may quote what the client sent."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s failed: %s, request %s\n%s", what, type(error).__name__, request_id, frames)
