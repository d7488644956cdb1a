"""Every error of a service call as sentences for the screen: what happened, what it means, what to do.

`explain` never raises and never guesses silently: what it does not know is kind `unexpected`, with the
exception's own words in `detail`. `fault_words` has the codes and the sentences.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, replace
from typing import Any

from botocore import exceptions as botocore_errors
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from services import fault_words
from services.agents import faults as agent_faults
from services.agents.operations import IAM_ACTIONS
from services.authorization import (
    ERASE_PERSON,
    KEEP_ADDRESS_BOOK,
    KEEP_GOLDEN_QUERIES,
    KEEP_PROMPT_DRAFTS,
    KEEP_SNAPSHOTS,
    REMOVE_FOR_GOOD,
    RESTORE_OWN_EVENT,
)
from services.errors import (
    Cancelled,
    CopyNotFound,
    HeldBack,
    IncompleteAnswer,
    InvalidValue,
    InvalidWorkspace,
    NotAudited,
    NotAuthorized,
    WorkspaceUnavailable,
)
from services.fault_words import FaultKind

__all__ = ["CALL_ERRORS", "Fault", "FaultKind", "IncompleteAnswer", "explain", "iam_action"]

CALL_ERRORS = (
    botocore_errors.BotoCoreError,
    ClientError,
    IncompleteAnswer,
    HeldBack,
    NotAuthorized,
    NotAudited,
    WorkspaceUnavailable,
    InvalidValue,
    OSError,
)
"""What a service call may raise, for callers that must carry on with the rest."""


@dataclass(frozen=True)
class Fault:
    """One failed call. `title`, `meaning` and `next_step` are plain sentences of ours; `detail` may hold
    text of the service or of the user and is untrusted. `iam_action` is set where a permission is missing."""

    kind: FaultKind
    operation: str | None
    iam_action: str | None
    title: str
    meaning: str
    next_step: str
    detail: str
    request_id: str | None


_CREDENTIAL_ERRORS = (
    botocore_errors.NoCredentialsError,
    botocore_errors.PartialCredentialsError,
    botocore_errors.CredentialRetrievalError,
    botocore_errors.ProfileNotFound,
    botocore_errors.ConfigParseError,
    botocore_errors.InvalidConfigError,
    botocore_errors.SSOError,
    botocore_errors.TokenRetrievalError,
    botocore_errors.NoAuthTokenError,
    botocore_errors.RefreshWithMFAUnsupportedError,
    botocore_errors.InfiniteLoopConfigError,
    botocore_errors.LoginError,
)
_INVALID_ERRORS = (
    botocore_errors.ParamValidationError,
    botocore_errors.NoRegionError,
    botocore_errors.InvalidRegionError,
    botocore_errors.UnknownEndpointError,
    InvalidValue,
    Cancelled,
)
_CONNECTION_ERRORS = (
    botocore_errors.ConnectionError,
    botocore_errors.HTTPClientError,
    ConnectionError,
    socket.gaierror,
)
# In this order: a read timeout is also an HTTPClientError.
_EXCEPTIONS: tuple[tuple[tuple[type[Exception], ...], FaultKind], ...] = (
    (_CREDENTIAL_ERRORS, "credentials"),
    (_INVALID_ERRORS, "invalid"),
    ((CopyNotFound,), "not_found"),
    (
        (
            botocore_errors.ConnectTimeoutError,
            botocore_errors.ReadTimeoutError,
            TimeoutError,
        ),
        "timeout",
    ),
    ((IncompleteAnswer, ResponseParserError), "incomplete"),
    ((botocore_errors.IncompleteReadError, botocore_errors.ResponseStreamingError), "incomplete"),
    ((botocore_errors.PaginationError,), "incomplete"),
    (_CONNECTION_ERRORS, "unreachable"),
    ((WorkspaceUnavailable, NotAudited), "workspace"),
)

# An operation needs the action of its own name, except model calls (Service Authorization Reference) and what
# is no operation of AWS.
_OTHER_ACTIONS = {
    **IAM_ACTIONS,
    "Converse": "bedrock:InvokeModel",
    "ConverseStream": "bedrock:InvokeModelWithResponseStream",
    RESTORE_OWN_EVENT: "bedrock-agentcore:CreateEvent",
    KEEP_ADDRESS_BOOK: "",
    KEEP_GOLDEN_QUERIES: "",  # the dashboard's own data
    KEEP_PROMPT_DRAFTS: "",
    KEEP_SNAPSHOTS: "",
    REMOVE_FOR_GOOD: "",
    ERASE_PERSON: "",  # several operations, each of which asks for itself
}

_DENIED_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")
_CLOCK_WORDS = ("signature expired", "signature not yet current", "too skewed", "clock")


def explain(error: BaseException) -> Fault:
    """The fault that an error of a service call is; for any exception, known or not."""
    if isinstance(error, ClientError):
        return _answered(error)
    if isinstance(error, NotAuthorized):
        return replace(
            _fault("not_authorized", error.operation, str(error)), iam_action=iam_action(error.operation)
        )
    if isinstance(error, IncompleteAnswer):
        return replace(_fault("incomplete", error.operation, str(error)), request_id=error.request_id)
    if isinstance(error, HeldBack):
        return _held_back(error)
    for types, kind in _EXCEPTIONS:
        if isinstance(error, types):
            return _worded(_fault(kind, vars(error).get("operation_name"), str(error)), error)
    return _fault("unexpected", None, f"{type(error).__name__}: {error}")


def is_read(operation: str) -> bool:
    """Whether an operation changes nothing, so that it may be repeated at will."""
    return operation.startswith(("Get", "List", "Retrieve"))


def iam_action(operation: str) -> str:
    """The IAM action that an operation needs, or an action of ours that consists of one; '' for none."""
    if operation in _OTHER_ACTIONS:
        return _OTHER_ACTIONS[operation]
    return f"sts:{operation}" if operation.startswith("AssumeRole") else f"bedrock-agentcore:{operation}"


def _fault(kind: FaultKind, operation: str | None, detail: str) -> Fault:
    title, meaning, next_step = fault_words.TEXTS[kind]
    return Fault(kind, operation, None, title, meaning, next_step, detail, None)


def _answered(error: ClientError) -> Fault:
    """A fault that the service itself reported."""
    answer: Any = error.response
    code = agent_faults.modelled_code(str(answer.get("Error", {}).get("Code", "")))
    message = str(answer.get("Error", {}).get("Message", ""))
    metadata = answer.get("ResponseMetadata", {})
    kind = _kind(code, message, int(metadata.get("HTTPStatusCode") or 0))
    fault = replace(
        _fault(kind, error.operation_name, f"{code}: {message}" if message else code),
        request_id=metadata.get("RequestId"),
    )
    telling = agent_faults.told(error.operation_name, code, message)
    if telling:
        return _told(fault, telling)
    if kind == "denied":
        return _denied(fault, message)
    if code in fault_words.CREDENTIAL_TEXTS and kind == "credentials":
        title, meaning, next_step = fault_words.CREDENTIAL_TEXTS[code]
        return replace(fault, title=title, meaning=meaning, next_step=next_step)
    return _already_exists(fault) if "already exists" in message else fault


def _kind(code: str, message: str, status: int) -> FaultKind:
    kind = (
        fault_words.CODES.get(code)
        or fault_words.STATUSES.get(status)
        or ("service" if status >= 500 else "unexpected")
    )
    text = message.lower()
    if kind == "credentials" and any(words in text for words in _CLOCK_WORDS):
        return "clock"
    # AWS reports a change during CREATING, UPDATING or DELETING as a ValidationException.
    return "conflict" if kind == "invalid" and "transitional state" in text else kind


def _denied(fault: Fault, message: str) -> Fault:
    """Names the missing permission: AWS's own words if they hold it, else the operation's action."""
    named = _DENIED_ACTION.search(message)
    action = named.group(1) if named else iam_action(fault.operation or "")
    return replace(
        fault,
        iam_action=action,
        title=f"AWS denied {fault.operation}",
        next_step=f"Ask whoever manages the AWS account to allow {action}, or choose another profile.",
    )


def _told(fault: Fault, telling: agent_faults.Telling) -> Fault:
    return replace(
        fault,
        kind=telling.kind,
        title=telling.title,
        meaning=telling.meaning,
        next_step=telling.next_step,
    )


def _held_back(error: HeldBack) -> Fault:
    """What the calls before it failed with, and that this one was not sent."""
    return replace(
        explain(error.failure),
        operation=error.operation,
        meaning="The calls before this one failed, so it was not sent: more calls would make it worse. "
        "One goes out every two seconds until one is answered.",
        request_id=None,
    )


def _already_exists(fault: Fault) -> Fault:
    """Duplicate names are ValidationExceptions in AgentCore, not conflicts (read in the SDK)."""
    return replace(
        fault,
        title="This name is taken",
        meaning="The account already has a resource of this name in this region. Nothing was changed.",
        next_step="Choose another name.",
    )


def _worded(fault: Fault, error: BaseException) -> Fault:
    """Sharper words where the exception's type says more than its kind."""
    if isinstance(error, InvalidValue):
        title, next_step = "This cannot be used", "Change it and try again."
        if isinstance(error, InvalidWorkspace):
            title = "The dashboard's own database cannot be used"
            next_step = "Nothing is changed before whoever runs the dashboard puts this right."
        return replace(fault, title=title, meaning=str(error), next_step=next_step)
    if isinstance(error, Cancelled):
        return replace(
            fault,
            title="Stopped",
            meaning="You stopped this. Nothing was changed.",
            next_step="Start again whenever you like.",
        )
    if isinstance(error, botocore_errors.ParamValidationError):
        telling = agent_faults.told_of_parameters(str(error))
        return _told(fault, telling) if telling else fault
    if isinstance(error, botocore_errors.ProfileNotFound):
        return replace(
            fault,
            title="The AWS profile does not exist",
            meaning="Neither ~/.aws/config nor ~/.aws/credentials on the dashboard's computer has it.",
            next_step="Choose another profile in the sidebar, or add it with aws configure.",
        )
    if isinstance(error, (botocore_errors.SSOError, botocore_errors.TokenRetrievalError)):
        return replace(
            fault, title="The AWS sign-in has expired", next_step="Run aws sso login, then try again."
        )
    return _worded_by_place(fault)


def _worded_by_place(fault: Fault) -> Fault:
    """Sharper words where the call or the address say more than the kind."""
    if fault.kind == "timeout" and fault.operation and is_read(fault.operation):
        return replace(
            fault,
            meaning="The endpoint is very slow, or takes connections and never answers. "
            "Nothing is known about the data.",
            next_step="Check the network and the endpoint; Refresh in the sidebar asks again at once.",
        )
    if fault.kind == "unreachable" and ("127.0.0.1" in fault.detail or "localhost" in fault.detail):
        return replace(
            fault,
            next_step="Start the embedded endpoint (make run, on the dashboard's computer), then try again.",
        )
    return fault
