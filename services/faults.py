"""Every error of a service call as sentences for the screen: what happened, what it means, what to do.

`explain` never raises and never guesses silently: what it does not know is kind `unexpected`, with the
exception's own words in `detail`. Codes and statuses are those of the service models of bedrock-agentcore
and bedrock-agentcore-control, and of AWS's common errors.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, replace
from typing import Any, Literal

from botocore import exceptions as botocore_errors
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from services import agent_faults
from services.agent_operations import IAM_ACTIONS
from services.authorization import (
    ERASE_PERSON,
    KEEP_GOLDEN_QUERIES,
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

FaultKind = Literal[
    "denied",
    "not_found",
    "invalid",
    "throttled",
    "conflict",
    "quota",
    "credentials",
    "clock",
    "unreachable",
    "timeout",
    "incomplete",
    "not_implemented",
    "not_authorized",
    "workspace",
    "service",
    "unexpected",
]


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


# kind -> title, meaning, next step
_TEXTS: dict[FaultKind, tuple[str, str, str]] = {
    "denied": (
        "AWS denied this call",
        "The credentials in use lack a permission. This says nothing about whether there is data.",
        "Ask whoever manages the AWS account to allow the action named here, or choose another profile.",
    ),
    "not_found": (
        "This does not exist here",
        "It was deleted, has expired, or belongs to another account or region.",
        "Go back to the list and choose again; check the connection and region in the sidebar.",
    ),
    "invalid": (
        "The request was not accepted",
        "A value breaks a rule of the service. Nothing was changed.",
        "Correct the value that the details name, and try again.",
    ),
    "throttled": (
        "AWS asks to slow down",
        "Too many calls in a short time, by this dashboard or by agents in the same account. "
        "Three attempts were made.",
        "Wait a few seconds. What was to be read is asked again by itself; a change has to be repeated.",
    ),
    "conflict": (
        "Something else is changing this",
        "The resource is being changed at the moment, so this change could not be made.",
        "Wait until its status is ACTIVE, then try again.",
    ),
    "quota": (
        "A quota of the account is used up",
        "AWS limits how many of these an account may have.",
        "Delete what is no longer needed, or ask for a higher quota in the AWS Service Quotas console.",
    ),
    "credentials": (
        "No usable AWS credentials",
        "The credentials are missing, wrong or expired, so AWS did not say anything about the data.",
        "Sign in again (aws sso login, or new keys in the profile), or choose another profile.",
    ),
    "clock": (
        "This computer's clock is off",
        "AWS refuses requests whose time differs by more than a few minutes from its own.",
        "Set the clock (switch on automatic time) and try again.",
    ),
    "unreachable": (
        "The endpoint does not answer",
        "No connection could be made, so nothing is known about the data.",
        "Check the network, the address and the region in the sidebar, then try again.",
    ),
    "timeout": (
        "The endpoint took too long",
        "A connection was tried or made, but no answer came in time. A change may or may not have been made.",
        "Try again; before repeating a change, look whether it was made.",
    ),
    "incomplete": (
        "The answer could not be read",
        "The endpoint answered “success” but without what the call must return. "
        "It is not shown as empty, because it may not be.",
        "Check that the endpoint is an AgentCore endpoint (a proxy or login page may stand in between), "
        "then try again.",
    ),
    "not_implemented": (
        "This endpoint cannot do that",
        "The operation exists in AWS, but not at the endpoint of this connection.",
        "Connect to AWS in the sidebar to use it.",
    ),
    "not_authorized": (
        "Your role does not allow this",
        "This dashboard is set up so that you may look but not make this change. Nothing was sent.",
        "Ask whoever runs the dashboard. Roles are given to people in secrets.toml where they sign in, else "
        "to everybody by AGENTCORE_STUDIO_ROLE; AGENTCORE_STUDIO_READ_ONLY is above both.",
    ),
    "workspace": (
        "The dashboard's own database does not answer",
        "It holds the audit trail, and without that nothing is changed. If a change was being made just now, "
        "how it ended could not be written down.",
        "Check AGENTCORE_STUDIO_DATABASE_URL and the disk below AGENTCORE_STUDIO_DATA, then try again; "
        "before repeating a change, look whether it was made.",
    ),
    "service": (
        "The service failed",
        "The error is on the service's side. Three attempts were made.",
        "Try again in a minute; if it stays, look at the AWS Health Dashboard or the endpoint's log.",
    ),
    "unexpected": (
        "Something unexpected happened",
        "The dashboard met an error that it does not know.",
        "Try again; if it stays, report it with the detail below.",
    ),
}

_CODES: dict[str, FaultKind] = {
    **agent_faults.CODES,
    "AccessDenied": "denied",
    "AccessDeniedException": "denied",
    "ForbiddenException": "denied",
    "UnauthorizedOperation": "denied",
    "ResourceNotFoundException": "not_found",
    "NotFoundException": "not_found",
    "ValidationException": "invalid",
    "InvalidInputException": "invalid",
    "SerializationException": "invalid",
    "RequestEntityTooLargeException": "invalid",
    "MethodNotAllowedException": "not_implemented",
    "UnknownOperationException": "not_implemented",
    "NotImplementedException": "not_implemented",
    "NotImplemented": "not_implemented",
    "ThrottledException": "throttled",
    "ThrottlingException": "throttled",
    "Throttling": "throttled",
    "TooManyRequestsException": "throttled",
    "RequestLimitExceeded": "throttled",
    "ConflictException": "conflict",
    "RetryableConflictException": "conflict",
    "ServiceQuotaExceededException": "quota",
    "ExpiredToken": "credentials",
    "ExpiredTokenException": "credentials",
    "UnrecognizedClientException": "credentials",
    "InvalidClientTokenId": "credentials",
    "InvalidAccessKeyId": "credentials",
    "MissingAuthenticationToken": "credentials",
    "MissingAuthenticationTokenException": "credentials",
    "IncompleteSignature": "credentials",
    "IncompleteSignatureException": "credentials",
    "InvalidSignatureException": "credentials",
    "SignatureDoesNotMatch": "credentials",
    "UnauthorizedException": "credentials",
    "OptInRequired": "credentials",
    "RequestTimeTooSkewed": "clock",
    "RequestExpired": "clock",
    "ServiceException": "service",
    "InternalServerException": "service",
    "InternalFailure": "service",
    "ServiceUnavailable": "service",
    "ServiceUnavailableException": "service",
}

# What exactly is wrong with credentials: title, meaning, next step.
_EXPIRED = (
    "The AWS credentials have expired",
    "Temporary credentials are good for some hours only. AWS did not say anything about the data.",
    "Sign in again (aws sso login, or new temporary keys in the profile). The page comes back by itself.",
)
_UNKNOWN_KEY = (
    "AWS does not know these credentials",
    "The access key was deleted or deactivated, is mistyped, or belongs to another AWS partition. "
    "AWS did not say anything about the data.",
    "Put a valid key into the profile, or choose another profile in the sidebar.",
)
_WRONG_SIGNATURE = (
    "AWS refused the signature",
    "The secret key does not belong to the access key, or something on the way changes the requests. "
    "AWS did not say anything about the data.",
    "Correct the secret key in the profile, or choose another profile in the sidebar.",
)
_CREDENTIAL_TEXTS = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "InvalidSignatureException": _WRONG_SIGNATURE,
    "SignatureDoesNotMatch": _WRONG_SIGNATURE,
}

# For answers without a code we know, such as a gateway's HTML page.
_STATUSES: dict[int, FaultKind] = {
    400: "invalid",
    401: "credentials",
    402: "quota",
    403: "denied",
    404: "not_found",
    405: "not_implemented",
    408: "timeout",
    409: "conflict",
    413: "invalid",
    429: "throttled",
    501: "not_implemented",
    504: "timeout",
}

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
    KEEP_GOLDEN_QUERIES: "",  # the dashboard's own data
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
    title, meaning, next_step = _TEXTS[kind]
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
    if code in _CREDENTIAL_TEXTS and kind == "credentials":
        title, meaning, next_step = _CREDENTIAL_TEXTS[code]
        return replace(fault, title=title, meaning=meaning, next_step=next_step)
    return _already_exists(fault) if "already exists" in message else fault


def _kind(code: str, message: str, status: int) -> FaultKind:
    kind = _CODES.get(code) or _STATUSES.get(status) or ("service" if status >= 500 else "unexpected")
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
