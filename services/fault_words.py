"""What the service's error codes and statuses are, and the sentences for each kind of fault.

Codes and statuses are those of the service models of bedrock-agentcore and bedrock-agentcore-control, and of
AWS's common errors.
"""

from __future__ import annotations

from typing import Literal

from services.agents import faults as agent_faults

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


# kind -> title, meaning, next step
TEXTS: dict[FaultKind, tuple[str, str, str]] = {
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

CODES: dict[str, FaultKind] = {
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
    "RuntimeClientError": "service",
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
CREDENTIAL_TEXTS = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "InvalidSignatureException": _WRONG_SIGNATURE,
    "SignatureDoesNotMatch": _WRONG_SIGNATURE,
}

# For answers without a code we know, such as a gateway's HTML page.
STATUSES: dict[int, FaultKind] = {
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
