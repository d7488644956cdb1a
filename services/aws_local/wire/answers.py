"""JSON documents and errors as HTTP answers, in the form that the service has: REST-JSON, or query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.aws_local.errors import ServiceError
from services.aws_local.wire import query
from services.aws_local.wire.rest_json import WireAnswer, dump_json
from services.aws_local.wire.service_models import QUERY_SERVICES


def json_answer(status: int, document: Mapping[str, Any]) -> WireAnswer:
    """A JSON document."""
    return WireAnswer(status, {"Content-Type": "application/json"}, dump_json(document))


def error_answer(error: ServiceError, service: str = "") -> WireAnswer:
    """`{"message": …}` with the error's status, and its name in `x-amzn-ErrorType`; XML where the service
    has the query protocol.
    """
    if service in QUERY_SERVICES:
        return query.error_answer(error)
    answer = json_answer(error.status, error.body())
    headers = answer.headers | {"x-amzn-ErrorType": error.code, **error.headers}
    return WireAnswer(answer.status, headers, answer.body)
