"""Faults carried out: what a client sees when a rule of `fault_rules` strikes its call.

Every faulty answer names the rule in the header `x-agentcore-local-fault`, so that nobody takes it for the
endpoint's own. The same header of a request brings rules for that request alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from botocore.model import StructureShape
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from services.aws_local.call import Scope as CallScope
from services.aws_local.errors import (
    AccessDeniedException,
    ConflictException,
    ExpiredTokenException,
    InvalidSignatureException,
    RetryableConflictException,
    ServiceError,
    ServiceQuotaExceededException,
    ServiceUnavailableException,
    UnrecognizedClientException,
    ValidationException,
)
from services.aws_local.identifiers import memory_arn
from services.aws_local.switches import stream_faults
from services.aws_local.switches.fault_rules import Faults, MalformedRule, Rule, iam_action, rules_of_one_call
from services.aws_local.wire import modelled_errors
from services.aws_local.wire.answers import error_answer
from services.aws_local.wire.http_protocol import connection_of
from services.aws_local.wire.rest_json import WireAnswer
from services.aws_local.wire.routing import Match

FAULT_HEADER = "x-agentcore-local-fault"
_GARBAGE = b"\x00\xff\xfe this is no JSON \x00"
_SKEW = timedelta(minutes=15)  # how far off the pretended clock is
_SKEW_ALLOWED = timedelta(minutes=5)


@dataclass(slots=True)
class Client:
    """The other end of a request, as ASGI hands it over."""

    scope: Scope
    receive: Receive
    send: Send

    async def leaves(self) -> NoReturn:
        """Wait until the connection ends, then raise ClientDisconnect."""
        with connection_of(self.scope).idling():
            while (await self.receive())["type"] != "http.disconnect":
                pass
        raise ClientDisconnect


@dataclass(frozen=True)
class Struck:
    """A call that a fault may strike: what it asks for, and on whose behalf."""

    match: Match
    scope: CallScope


def drawn(faults: Faults, match: Match, own: str | None) -> list[Rule]:
    """What goes wrong with a call. `own` are the rules in its FAULT_HEADER: ValidationException when they
    mean nothing.
    """
    try:
        asked = rules_of_one_call(own) if own else []
    except MalformedRule as error:
        raise ValidationException(f"Header {FAULT_HEADER}: {error}") from None
    return faults.drawn((match.service, match.operation.name), asked)


async def carry_out(
    rules: list[Rule], struck: Struck, client: Client, call: Callable[[], Awaitable[WireAnswer]]
) -> WireAnswer:
    """The answer to a struck call; `call` carries the call out.

    Raises ClientDisconnect when there is nobody left to answer.
    """
    told = {FAULT_HEADER: "; ".join(rule.text for rule in rules)}
    for rule in rules:
        if rule.kind == "latency":
            await _wait(client, rule.value)
        elif rule.kind.startswith("stream-"):
            return _with_headers(await _spoilt_stream(rule, struck, client, call), told)
        elif rule.kind in _ERRORS:
            return _with_headers(error_answer(_ERRORS[rule.kind](struck, rule), struck.match.service), told)
        else:
            return _with_headers(await _spoilt(rule.kind, struck, client, call), told)
    return _with_headers(await _answer_of(struck, call), told)


async def _answer_of(struck: Struck, call: Callable[[], Awaitable[WireAnswer]]) -> WireAnswer:
    """What the call is answered; an error is an answer like another."""
    try:
        return await call()
    except ServiceError as error:
        return error_answer(error, struck.match.service)


async def _spoilt(
    kind: str, struck: Struck, client: Client, call: Callable[[], Awaitable[WireAnswer]]
) -> WireAnswer:
    """What becomes of an answer, or of the connection that waits for it."""
    if kind == "hang":
        await client.leaves()
    if kind == "drop":
        await _reset(client)
    answer = await _answer_of(struck, call)
    if kind == "hang-answer":
        await client.leaves()
    if kind == "drop-answer":
        await _reset(client)
    body = await _whole(answer)
    half = body[: len(body) // 2]
    if kind == "drop-body":
        await _cut_off(client, answer, half, len(body))
    return replace(answer, body={"truncate": half, "empty": b"", "garbage": _GARBAGE}[kind])


async def _whole(answer: WireAnswer) -> bytes:
    """The body. A stream is made in a thread: it may call Lambda functions meanwhile."""
    if isinstance(answer.body, bytes):
        return answer.body
    return await asyncio.to_thread(b"".join, answer.body)


async def _spoilt_stream(
    rule: Rule, struck: Struck, client: Client, call: Callable[[], Awaitable[WireAnswer]]
) -> WireAnswer:
    """What becomes of an event stream; an error before it is an answer like another."""
    answer = await _answer_of(struck, call)
    if isinstance(answer.body, bytes):
        return answer
    shape = struck.match.operation.get_event_stream_output()
    if not isinstance(shape, StructureShape):
        raise TypeError("only event streams are iterators")
    if rule.kind == "stream-whole":
        return replace(answer, body=await _whole(answer))
    if rule.kind in {"stream-drop", "stream-stall"}:
        await _begin(client, answer)
        if rule.kind == "stream-drop":
            connection_of(client.scope).reset()
        await client.leaves()
    return replace(answer, body=stream_faults.spoilt(rule, shape, answer.body))


async def _begin(client: Client, answer: WireAnswer) -> None:
    """Send the head of a streamed answer and what comes before the fault."""
    await client.send(
        {"type": "http.response.start", "status": answer.status, "headers": _encoded(answer.headers)}
    )
    frames = answer.body if not isinstance(answer.body, bytes) else iter(())
    async for frame in iterate_in_threadpool(stream_faults.before(frames)):
        await client.send({"type": "http.response.body", "body": frame, "more_body": True})


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def _reset(client: Client) -> NoReturn:
    connection_of(client.scope).reset()
    await client.leaves()


async def _cut_off(client: Client, answer: WireAnswer, half: bytes, announced: int) -> NoReturn:
    """Send the head of the answer and half of its body, then end the connection."""
    encoded = _encoded(answer.headers | {"Content-Length": str(announced)})
    await client.send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await client.send({"type": "http.response.body", "body": half, "more_body": True})
    connection_of(client.scope).close()
    await client.leaves()


async def _wait(client: Client, seconds: float) -> None:
    """Let the time pass, unless the client leaves or the endpoint stops."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await client.leaves()


def _with_headers(answer: WireAnswer, headers: dict[str, str]) -> WireAnswer:
    return replace(answer, headers=answer.headers | headers)


# --- errors -----------------------------------------------------------------------------------------


def _server_error(struck: Struck, rule: Rule) -> ServiceError:
    if rule.value == ServiceUnavailableException.status:
        return ServiceUnavailableException("The service is unavailable. Please retry.")
    operation = struck.match.operation
    return modelled_errors.failed(operation, "The service encountered an internal error. Try again later.")


def _denied(struck: Struck, rule: Rule) -> ServiceError:
    """What IAM says to a user without the permission."""
    action = iam_action(struck.match.service, struck.match.operation.name)
    return AccessDeniedException(
        f"User: arn:aws:iam::{struck.scope.account_id}:user/agentcore-local is not authorized to perform: "
        f"{action} on resource: {_resource(struck)} because no identity-based policy allows the {action} "
        "action"
    )


def _resource(struck: Struck) -> str:
    """The ARN that a policy would have to name."""
    labels, scope = struck.match.labels, struck.scope
    named = labels.get("memoryId") or labels.get("resourceArn") or "*"
    if named.startswith("arn:"):
        return named
    if "agentId" in labels:
        return f"arn:aws:bedrock:{scope.region}:{scope.account_id}:agent/{labels['agentId']}"
    if "FunctionName" in labels:
        return f"arn:aws:lambda:{scope.region}:{scope.account_id}:function:{labels['FunctionName']}"
    if "modelId" in labels:
        return f"arn:aws:bedrock:{scope.region}::foundation-model/{labels['modelId']}"
    of_memory = struck.match.service.startswith("bedrock-agentcore")
    return memory_arn(scope.account_id, scope.region, named) if of_memory else named


def _clock_skew(struck: Struck, rule: Rule) -> ServiceError:
    now = datetime.now(UTC)
    signed, earliest, time = (f"{t:%Y%m%dT%H%M%SZ}" for t in (now - _SKEW, now - _SKEW_ALLOWED, now))
    text = f"Signature expired: {signed} is now earlier than {earliest} ({time} - 5 min.)"
    return InvalidSignatureException(text)


def _conflict(struck: Struck, rule: Rule) -> ServiceError:
    retryable = "RetryableConflictException" in modelled_errors.names(struck.match.operation)
    kind = RetryableConflictException if retryable else ConflictException
    return kind("The request conflicts with another one. Try again.")


_ERRORS: dict[str, Callable[[Struck, Rule], ServiceError]] = {
    "throttle": lambda struck, rule: modelled_errors.throttled(struck.match.operation),
    "server-error": _server_error,
    "deny": _denied,
    "expired-token": lambda struck, rule: ExpiredTokenException(
        "The security token included in the request is expired"
    ),
    "unknown-key": lambda struck, rule: UnrecognizedClientException(
        "The security token included in the request is invalid."
    ),
    "invalid-signature": lambda struck, rule: InvalidSignatureException(
        "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret Access Key and signing method. Consult the service documentation for details."
    ),
    "clock-skew": _clock_skew,
    "conflict": _conflict,
    "quota": lambda struck, rule: ServiceQuotaExceededException(
        "The request would exceed a service quota of the account."
    ),
}
