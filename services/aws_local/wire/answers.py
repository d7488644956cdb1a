"""JSON documents and errors as HTTP answers, in the form that the service has: REST-JSON, or query."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import HEADER_VALUE_RE

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


def encoded_head(answer: WireAnswer, request_id: str) -> bytes:
    """The header lines of an answer whose body is at hand. ValueError for a value that is none of HTTP's."""
    lines = [_line(name, text) for name, text in answer.headers.items()]
    lines.append(b"x-amzn-requestid: %b\r\n" % request_id.encode("ascii"))
    if answer.status != 204:  # RFC 9110, 8.6: an answer without content announces no length
        lines.append(b"content-length: %d\r\n" % len(body_of(answer)))
    return b"".join(lines)


@lru_cache(maxsize=256)
def _line(name: str, text: str) -> bytes:
    value = text.encode("latin-1")
    if HEADER_VALUE_RE.search(value):
        raise ValueError(f"the value of the header {name} is not HTTP")
    return b"%b: %b\r\n" % (name.lower().encode("latin-1"), value)


def body_of(answer: WireAnswer) -> bytes:
    """The body of an answer that is no stream; TypeError for a stream."""
    if isinstance(answer.body, bytes):
        return answer.body
    raise TypeError("the body is a stream")
