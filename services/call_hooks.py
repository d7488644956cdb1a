"""What happens around every AWS call, as botocore event handlers on the session.

Before it is sent the call is authorised and, if it may change something, written down in the audit trail; it
waits for its turn below the quotas; with real credentials its host must be one of Amazon's; a
RetryableConflictException is repeated; the answer is held against the model; the call is logged.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.exceptions import ClientError
from botocore.loaders import create_loader
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError

from services import acts, bounded_json
from services.acts import CallAudit
from services.answers import missing_members
from services.authorization import authorize, current_role
from services.call_log import CallLog, CallRecord, caller, in_background, shortened
from services.errors import HeldBack, IncompleteAnswer, InvalidEndpoint, InvalidValue
from services.pacing import Pace, Place

# Services that botocore itself calls to turn a profile into credentials; their operations are no acts of the
# dashboard's user, and their parameters are secrets.
_CREDENTIAL_SERVICES = frozenset({"sts", "sso", "sso-oidc", "signin"})

# Where `aws login` signs in: hosts of its own, read in the endpoint rules of botocore's service `signin`.
_SIGN_IN_SUFFIXES = (
    ".signin.aws",
    ".signin.aws.amazon.com",
    ".signin.amazonaws-us-gov.com",
    ".signin.amazonaws.cn",
    ".signin.amazonaws-eusc.eu",
)

# Models answer for minutes and have quotas of tokens; Strands and the user decide how often they are asked.
_UNPACED_SERVICES = _CREDENTIAL_SERVICES | {"bedrock-runtime"}
_THROTTLED = frozenset(
    {"ThrottledException", "ThrottlingException", "Throttling", "TooManyRequestsException"}
)
_NOT_IMPLEMENTED = 501
MAX_CONFLICT_ATTEMPTS = 4
CONFLICT_SECONDS = 0.1
"""First pause after a conflict; doubled each time, with full jitter."""

MOST_LEVELS = 500
"""Of an answer: far more than AWS gives, and half of what Python's parser can follow."""

_CONTEXT_KEY = "agentcore_studio"
# What a parser raises over a body that is JSON but not of the operation's shape.
_PARSE_ERRORS = (ResponseParserError, TypeError, ValueError, AttributeError, LookupError)


class CallHooks:
    """The handlers of one connection. `only_aws`: the session holds real credentials."""

    def __init__(self, calls: CallLog, pace: Pace, audit: CallAudit, only_aws: bool) -> None:
        self._calls = calls
        self._audit = audit
        self._pace = pace
        self._only_aws = only_aws
        self._own = threading.local()

    def register(self, core: botocore.session.Session) -> None:
        """Give the handlers to a session; clients made from it afterwards have them."""
        handlers: dict[str, Any] = {
            "before-parameter-build": self._before,
            "before-call": self._begin,
            "request-created": self._take_turn,
            "before-send": self._sending,
            "before-parse": self._check_depth,
            "needs-retry": self._needs_retry,
            "after-call": self._after,
            "after-call-error": self._failed,
        }
        for event, handler in handlers.items():
            core.register(event, handler)

    def _before(self, params: Any, model: OperationModel, context: dict[str, Any], **_: Any) -> None:
        service = model.service_model.service_name
        secret = service in _CREDENTIAL_SERVICES
        context[_CONTEXT_KEY] = {
            "operation": model.name,
            "service": service,
            "started_at": datetime.now(UTC),
            "clock": time.perf_counter(),
            "begun": None,
            "act": None,
            "given": {} if secret or not isinstance(params, Mapping) else params,
            "attempts": 0,
            "waited": 0.0,
            "background": in_background.get(),
            "caller": caller.get(),
            "session": None if secret else _session(params),
            "conversation": not secret and _writes_conversation(params),
            "params": {} if secret or not isinstance(params, Mapping) else shortened(dict(params)),
        }
        if not secret:
            self._authorize(model.name, context)

    def _authorize(self, operation: str, context: dict[str, Any]) -> None:
        try:
            authorize(current_role(), operation)
        except Exception as refusal:
            self._log(context, None, type(refusal).__name__)
            raise

    def _begin(self, model: OperationModel, context: dict[str, Any], **_: Any) -> None:
        """From here on a call ends in `_after` or `_failed`; one with refused parameters never gets here."""
        call = _call(context)
        try:
            if call["service"] not in _CREDENTIAL_SERVICES:
                call["act"] = self._audit.begin(model.name, call["given"])
        except Exception as refusal:
            self._log(context, None, type(refusal).__name__)
            raise
        call["begun"] = self._calls.begin(model.name)

    def _take_turn(self, request: Any, **_: Any) -> None:
        """Before each attempt, and before it is signed: a signature is good for minutes only."""
        call = _call(request.context)
        operation = call["operation"]
        if call["service"] in _UNPACED_SERVICES:
            return
        if call["attempts"] and self._pace.holds_back(operation):
            raise HeldBack(operation, call["failure"])
        turn = self._pace.turn(operation, call["session"], conversation=call["conversation"])
        self._wait(call, turn.seconds, after_failures=turn.after_failures)
        self._own.about_to_send = call, turn

    def _wait(self, call: dict[str, Any], seconds: float, *, after_failures: bool = False) -> None:
        if seconds > 0:
            with self._calls.held(call["begun"], after_failures=after_failures):
                time.sleep(seconds)
            call["waited"] += seconds

    def _sending(self, request: Any, event_name: str, **_: Any) -> None:
        """The last moment before an attempt is sent, in the thread that took its turn. Signing in between may
        have fetched credentials: calls of their own, which wait for no turn."""
        host = urlsplit(request.url).hostname or ""
        if self._only_aws and not host.endswith(amazon_suffixes()):
            raise InvalidEndpoint(f"Real credentials are only sent to hosts of Amazon's, not to {host}.")
        call, turn = getattr(self._own, "about_to_send", (None, None))
        if call is None or turn is None or event_name.rpartition(".")[2] != call["operation"]:
            return
        del self._own.about_to_send
        while (seconds := self._pace.go(turn)) > 0:
            self._wait(call, seconds)

    def _check_depth(self, operation_model: OperationModel, response_dict: dict[str, Any], **_: Any) -> None:
        """An answer that botocore would follow to the end of the stack is as unreadable as garbage."""
        body = response_dict["body"]
        succeeded = response_dict["status_code"] < 300  # what an error says need not be JSON
        if (
            succeeded
            and isinstance(body, bytes)
            and "json" in operation_model.service_model.resolved_protocol
        ):
            bounded_json.check_depth(body, MOST_LEVELS)

    def _needs_retry(
        self,
        response: Any,
        attempts: int,
        request_dict: dict[str, Any],
        caught_exception: Exception | None = None,
        **_: Any,
    ) -> float | None:
        """Seconds to wait before another attempt, None for botocore's own rules to decide.

        botocore never repeats a 409; the CreateEvent reference says of RetryableConflictException that it may
        be repeated. The request's clientToken keeps a repeat from writing twice.
        """
        call = _call(request_dict["context"])
        call["attempts"] = attempts
        call["failure"] = caught_exception or _failure(response, call["operation"])
        self._calls.attempted(call["begun"], call["failure"])
        self._ended(call, call["failure"])
        code = response[1].get("Error", {}).get("Code") if response else None
        if code != "RetryableConflictException" or attempts >= MAX_CONFLICT_ATTEMPTS:
            return None
        return random.uniform(0, CONFLICT_SECONDS * 2**attempts)  # noqa: S311 - jitter, no secret

    def _ended(self, call: dict[str, Any], failure: Exception | None) -> None:
        """What tells whether AgentCore answers: a model that is throttled says nothing of it."""
        if call["service"] not in _UNPACED_SERVICES:
            self._pace.ended(call["operation"], failure)

    def _after(
        self,
        http_response: Any,
        parsed: dict[str, Any],
        model: OperationModel,
        context: dict[str, Any],
        **_: Any,
    ) -> None:
        status = int(http_response.status_code)
        if status >= 300:
            self._log(context, status, str(parsed.get("Error", {}).get("Code") or status))
            acts.failed(_call(context)["act"], ClientError(parsed, model.name))  # type: ignore[arg-type]
            return
        missing = missing_members(model, parsed)
        self._log(context, status, "IncompleteAnswer" if missing else None)
        if missing:
            unread = IncompleteAnswer(
                model.name, missing, parsed.get("ResponseMetadata", {}).get("RequestId")
            )
            self._ended(_call(context), unread)
            acts.failed(_call(context)["act"], unread)
            raise unread
        acts.ended(_call(context)["act"], parsed)

    def _failed(self, exception: Exception, context: dict[str, Any], **_: Any) -> None:
        unreadable = isinstance(exception, _PARSE_ERRORS) and not isinstance(exception, InvalidValue)
        self._log(context, None, "IncompleteAnswer" if unreadable else type(exception).__name__)
        # Errors of the network do not say which call they ended; ClientError does, under this name.
        exception.__dict__.setdefault("operation_name", _call(context)["operation"])
        if unreadable:
            reason = "its body is not what the operation returns"
            unread = IncompleteAnswer(_call(context)["operation"], [reason])
            self._ended(_call(context), unread)
            acts.failed(_call(context)["act"], unread)
            raise unread from exception
        acts.failed(_call(context)["act"], exception)

    def _log(self, context: dict[str, Any], status: int | None, error_code: str | None) -> None:
        call = _call(context)
        self._calls.append(
            CallRecord(
                operation=call["operation"],
                service=call["service"],
                started_at=call["started_at"],
                seconds=time.perf_counter() - call["clock"] - call["waited"],
                attempts=call["attempts"],
                status=status,
                error_code=error_code,
                params=call["params"],
                waited=call["waited"],
                background=call["background"],
                caller=call["caller"],
            ),
            call["begun"],
        )


@cache
def amazon_suffixes() -> tuple[str, ...]:
    """The ends of Amazon's host names in every partition, dual-stack ones included, from botocore's data."""
    partitions = create_loader().load_data("partitions")["partitions"]
    names = {part["outputs"][kind] for part in partitions for kind in ("dnsSuffix", "dualStackDnsSuffix")}
    return (*sorted(f".{name}" for name in names), *_SIGN_IN_SUFFIXES)


def _failure(response: Any, operation: str) -> Exception | None:
    """The failure of the service that an attempt ended with; None for an answer, be it a refusal."""
    http, parsed = response
    error = parsed.get("Error", {})
    failed = http.status_code >= 500 and http.status_code != _NOT_IMPLEMENTED
    if failed or http.status_code == 429 or error.get("Code") in _THROTTLED:
        return ClientError(parsed, operation)
    return None


def _session(params: Any) -> Place | None:
    """The session that a call is about, if it is about one."""
    if not isinstance(params, Mapping):
        return None
    memory_id, actor_id, session_id = (params.get(name) for name in ("memoryId", "actorId", "sessionId"))
    named = memory_id and actor_id and session_id
    return (str(memory_id), str(actor_id), str(session_id)) if named else None


def _writes_conversation(params: Any) -> bool:
    payload = params.get("payload") if isinstance(params, Mapping) else None
    return isinstance(payload, list) and any(
        isinstance(part, Mapping) and "conversational" in part for part in payload
    )


def _call(context: dict[str, Any]) -> dict[str, Any]:
    """What `_before` noted of the call that this botocore request context belongs to."""
    noted: dict[str, Any] = context[_CONTEXT_KEY]
    return noted
