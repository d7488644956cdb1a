"""What an operation may answer instead of a result.

The tree; each class carries the AWS error code and the HTTP status::

    ServiceError
    ├── ValidationException            400  carries reason, may carry fieldList
    ├── InvalidInputException          400
    ├── ServiceQuotaExceededException  402
    ├── AccessDeniedException          403
    ├── ExpiredTokenException          403  the caller's temporary credentials are too old
    ├── InvalidSignatureException      403  wrong secret key, or a clock that is off
    ├── UnrecognizedClientException    403  no such access key
    ├── ResourceNotFoundException      404
    ├── UnknownOperationException      404  no operation has this path
    ├── MethodNotAllowed               405  the path exists, not with this method
    ├── ConflictException              409
    ├── RetryableConflictException     409
    ├── RequestEntityTooLargeException 413
    ├── RequestUriTooLongException     414
    ├── ThrottledException             429
    ├── ThrottlingException            429  the same, of the tag operations and of Bedrock Runtime
    ├── RequestHeaderTooLargeException 431
    ├── ServiceException               500
    ├── InternalServerException        500  the same, of the tag operations and of Bedrock Runtime
    ├── NotImplementedOperation        501  AWS has the operation, this endpoint does not
    └── ServiceUnavailableException    503

Codes and statuses are those of the botocore service models (`bedrock-agentcore`,
`bedrock-agentcore-control`, `bedrock-runtime`) and of AWS's common errors (signatures, 503: only as
injected faults); 404/405 without an operation, 413, 414, 431 and 501 are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class ServiceError(Exception):
    """An error that the client is told about: `{"message": …, **members}` and `x-amzn-ErrorType`."""

    status: ClassVar[int] = 500

    def __init__(self, message: str, **members: Any) -> None:
        super().__init__(message)
        self.message = message
        self.members = members

    @property
    def code(self) -> str:
        """The AWS error code, what boto3 shows as `response["Error"]["Code"]`."""
        return type(self).__name__

    @property
    def headers(self) -> dict[str, str]:
        """Further headers of the answer."""
        return {}

    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        return {"message": self.message, **self.members}


class ValidationException(ServiceError):
    """The request breaks a rule of the model or of the operation.

    The model requires `reason` (CannotParse, FieldValidationFailed, IdempotentParameterMismatchException,
    EventInOtherSession or ResourceConflict). Optional: `fieldList=[{"name": …, "message": …}]`.
    """

    status = 400

    def __init__(self, message: str, *, reason: str = "FieldValidationFailed", **members: Any) -> None:
        super().__init__(message, reason=reason, **members)


class InvalidInputException(ServiceError):
    """The data plane's second name for a bad request."""

    status = 400


class ServiceQuotaExceededException(ServiceError):
    """A quota of the account is used up."""

    status = 402


class AccessDeniedException(ServiceError):
    """The caller may not do this."""

    status = 403


class ExpiredTokenException(ServiceError):
    """The caller's temporary credentials are too old. Any service of AWS may answer this."""

    status = 403


class InvalidSignatureException(ServiceError):
    """The signature is not the one of the request, or too old. Any service of AWS may answer this."""

    status = 403


class UnrecognizedClientException(ServiceError):
    """Nobody has this access key. Any service of AWS may answer this."""

    status = 403


class ResourceNotFoundException(ServiceError):
    """The memory, event, record, strategy or job does not exist (in this account and region)."""

    status = 404


class UnknownOperationException(ServiceError):
    """No operation of any served API has this path."""

    status = 404


class MethodNotAllowed(ServiceError):
    """An operation has this path, but not with this HTTP method."""

    status = 405

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"The path has no operation with the method {method}, only with {', '.join(allowed)}"
        )
        self.allowed = allowed

    @property
    def code(self) -> str:
        return "MethodNotAllowedException"

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


class ConflictException(ServiceError):
    """The resource's state does not allow the change."""

    status = 409


class RetryableConflictException(ServiceError):
    """Two writers met; the same request may succeed when repeated."""

    status = 409


class RequestEntityTooLargeException(ServiceError):
    """The body is larger than the endpoint accepts."""

    status = 413


class RequestUriTooLongException(ServiceError):
    """The URL is longer than the endpoint accepts."""

    status = 414


class RequestHeaderTooLargeException(ServiceError):
    """The URL and the headers together are longer than the endpoint accepts."""

    status = 431


class ThrottledException(ServiceError):
    """Too many requests (memory operations)."""

    status = 429


class ThrottlingException(ServiceError):
    """Too many requests (tag operations, Bedrock Runtime)."""

    status = 429


class ServiceException(ServiceError):
    """The endpoint failed (memory operations)."""

    status = 500


class InternalServerException(ServiceError):
    """The endpoint failed (tag operations, Bedrock Runtime)."""

    status = 500


class ServiceUnavailableException(ServiceError):
    """The service cannot answer now. Any service of AWS may answer this."""

    status = 503


class NotImplementedOperation(ServiceError):
    """AWS has this operation, the embedded endpoint does not."""

    status = 501

    @property
    def code(self) -> str:
        return "NotImplementedException"

    def __init__(self, operation: str, service: str) -> None:
        super().__init__(
            f"{operation} of {service} is not implemented by the embedded AgentCore endpoint. "
            "Connect to AWS to use it."
        )
