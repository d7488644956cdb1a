"""What an operation may answer instead of a result.

The tree; each class carries the AWS error code and the HTTP status::

    ServiceError
    ├── ValidationException            400  carries reason, may carry fieldList
    ├── InvalidInputException          400
    ├── InvalidParameterValueException 400  Lambda's second name for a bad request
    ├── MalformedPolicyDocument        400  IAM: a policy that is no JSON object
    ├── ServiceQuotaExceededException  402
    ├── AccessDeniedException          403
    ├── ExpiredTokenException          403  the caller's temporary credentials are too old
    ├── InvalidSignatureException      403  wrong secret key, or a clock that is off
    ├── UnrecognizedClientException    403  no such access key
    ├── ResourceNotFoundException      404
    ├── NoSuchEntity                   404  the same, of IAM
    ├── UnknownOperationException      404  no operation has this path
    ├── MethodNotAllowed               405  the path exists, not with this method
    ├── ConflictException              409
    ├── RetryableConflictException     409
    ├── ResourceConflictException      409  Lambda: the function exists
    ├── EntityAlreadyExists            409  IAM: the name is taken
    ├── DeleteConflict                 409  IAM: something is still attached
    ├── RequestEntityTooLargeException 413
    ├── RequestUriTooLongException     414
    ├── DependencyFailedException      424  an agent's Lambda function failed
    ├── RuntimeClientError             424  an agent of AgentCore Runtime failed, or is not there
    ├── ThrottledException             429
    ├── ThrottlingException            429  the same, of the tag operations and of the Bedrock services
    ├── TooManyRequestsException       429  the same, of Lambda
    ├── RequestHeaderTooLargeException 431
    ├── ServiceException               500
    ├── InternalServerException        500  the same, of the tag operations and of the Bedrock services
    ├── ServiceFailure                 500  the same, of IAM
    ├── NotImplementedOperation        501  AWS has the operation, this endpoint does not
    └── ServiceUnavailableException    503

Codes and statuses are those of the botocore service models and of AWS's common errors (signatures, 503:
only as injected faults); 404/405 without an operation, 413, 414, 431 and 501 are ours. Where an operation's
model gives an error another status, that one is answered (`wire.modelled_errors.fit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ServiceError(Exception):
    """An error that the client is told about: `{"message": …, **members}` and `x-amzn-ErrorType`."""

    status: int = 500

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


class InvalidParameterValueException(ServiceError):
    """Lambda's second name for a bad request."""

    status = 400


class MalformedPolicyDocument(ServiceError):
    """IAM: the policy is no JSON object with statements."""

    status = 400


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
    """The memory, event, record, strategy, job, agent or function does not exist (in this account and
    region).
    """

    status = 404


class NoSuchEntity(ServiceError):
    """IAM: the role or policy does not exist (in this account)."""

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


class ResourceConflictException(ServiceError):
    """Lambda: the function or the statement exists already."""

    status = 409


class EntityAlreadyExists(ServiceError):
    """IAM: the name is taken."""

    status = 409


class DeleteConflict(ServiceError):
    """IAM: policies are still attached, or the policy still is."""

    status = 409


class DependencyFailedException(ServiceError):
    """What an agent depends on failed: its Lambda function, its model."""

    status = 424


class RuntimeClientError(ServiceError):
    """An agent of AgentCore Runtime failed, or could not be reached."""

    status = 424


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
    """Too many requests (tag operations, the Bedrock services)."""

    status = 429


class TooManyRequestsException(ServiceError):
    """Too many requests (Lambda)."""

    status = 429


class ServiceException(ServiceError):
    """The endpoint failed (memory operations)."""

    status = 500


class InternalServerException(ServiceError):
    """The endpoint failed (tag operations, the Bedrock services)."""

    status = 500


class ServiceFailure(ServiceError):
    """The endpoint failed (IAM)."""

    status = 500


class ServiceUnavailableException(ServiceError):
    """The service cannot answer now. Any service of AWS may answer this."""

    status = 503


class NotImplementedOperation(ServiceError):
    """AWS has this operation, or this service, the embedded endpoint does not."""

    status = 501

    @property
    def code(self) -> str:
        return "NotImplementedException"

    def __init__(self, operation: str, service: str) -> None:
        super().__init__(
            f"{operation} of {service} is not implemented by the embedded AgentCore endpoint. "
            "Connect to AWS to use it."
        )
