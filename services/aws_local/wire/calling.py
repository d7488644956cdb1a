"""From a request to its answer: route, parse, validate, dispatch, serialise; failures in AWS's form."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.model import OperationModel

from services.aws_local.call import Call, Handler, Write, signing_name
from services.aws_local.call import Scope as CallScope
from services.aws_local.errors import NotImplementedOperation, ServiceError, UnknownOperationException
from services.aws_local.failures import where
from services.aws_local.storage.store_errors import StoreError
from services.aws_local.wire import event_stream, modelled_errors, query, rest_json, validation
from services.aws_local.wire.http_request import HttpRequest
from services.aws_local.wire.rest_json import WireAnswer
from services.aws_local.wire.routing import Match, Route, Router
from services.aws_local.wire.service_models import QUERY_SERVICES, REST_SERVICES, SERVICES, service_model

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

log = logging.getLogger(__name__)

# Streams whose events are made in less time than the way to a thread and back takes.
QUICK_STREAMS = frozenset({"ConverseStream"})


class Calling:
    """Carries out the operations of a backend."""

    def __init__(self, backend: Backend, handlers: Mapping[tuple[str, str], Handler]) -> None:
        self._backend = backend
        self._handlers = handlers
        self._quotas = backend.quotas
        self._signing_names = {service_model(service).signing_name for service in SERVICES}
        self._router = Router(
            Route.of(service, service_model(service).operation_model(name))
            for service in REST_SERVICES
            for name in service_model(service).operation_names
        )

    def match(self, request: HttpRequest, body: bytes) -> Match:
        """The operation that a request means. ServiceError when there is none."""
        authorization = request.headers.get("authorization")
        try:
            if query.is_query(request.method, request.raw_path, request.headers):
                return query.match(body)
            return self._router.match(request.method, request.raw_path, authorization)
        except UnknownOperationException:
            service = signing_name(authorization)  # AWS_ENDPOINT_URL sends all of a client's services here
            if service is None or service in self._signing_names:
                raise
            target = request.headers.get("x-amz-target", f"{request.method} {request.raw_path}")
            raise NotImplementedOperation(target[:100], service[:100]) from None

    def answer(self, request: HttpRequest, match: Match, body: bytes, request_id: str) -> WireAnswer:
        """Everything between the raw request and the raw answer. Raises nothing but ServiceError."""
        try:
            handled = self.handled(request, match, body, request_id)
            result = handled.carry_out(self._backend) if isinstance(handled, Write) else handled
            return serialized(match, result, request_id)
        except Exception as error:
            raise told(match.operation, request_id, error) from error

    def handled(
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
    sent = rest_json.WireRequest(match.labels, request.query(), request.headers, body)
    return rest_json.parse_request(match.operation, sent)


def serialized(match: Match, result: dict[str, Any], request_id: str) -> WireAnswer:
    """The answer for a result. ValueError when the handler made one that does not fit the model."""
    if match.service in QUERY_SERVICES:
        return query.serialize_result(match.operation, result, request_id)
    answer = rest_json.serialize_result(match.operation, result, event_stream.frames)
    return replace(answer, is_quick=True) if match.operation.name in QUICK_STREAMS else answer


def told(operation: OperationModel, request_id: str, error: BaseException) -> ServiceError:
    """The error as the operation's model has it. Where the client is not to blame, the log has the cause."""
    if isinstance(error, ServiceError):
        modelled_errors.fit(operation, error)
        return error
    if isinstance(error, StoreError):  # the disk is full, say: nothing to look for in the code
        log.error("%s failed: %s", operation.name, error)
        return modelled_errors.failed(operation, str(error))
    log_failure(operation.name, request_id, error)
    message = f"{operation.name} failed inside the embedded endpoint. Its log has the cause."
    return modelled_errors.failed(operation, message)


def log_failure(what: str, request_id: str, error: BaseException) -> None:
    """Where something failed, without a word of the request."""
    log.error("%s failed: request %s, %s", what, request_id, where(error))
