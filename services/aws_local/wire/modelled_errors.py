"""Errors whose name depends on the operation: the same event is called differently by different models.

Memory operations say ThrottledException and ServiceException; tag operations and the Bedrock services say
ThrottlingException and InternalServerException; Lambda says TooManyRequestsException, IAM ServiceFailure.
"""

from __future__ import annotations

from botocore.model import OperationModel, Shape, StructureShape

from services.aws_local.errors import (
    InternalServerException,
    ServiceError,
    ServiceException,
    ServiceFailure,
    ThrottledException,
    ThrottlingException,
    TooManyRequestsException,
)

_THROTTLED: tuple[type[ServiceError], ...] = (ThrottledException, TooManyRequestsException)
_FAILED: tuple[type[ServiceError], ...] = (ServiceException, ServiceFailure)


def names(operation: OperationModel) -> frozenset[str]:
    """The errors that the operation's model lists, as the wire names them."""
    return frozenset(map(_code, operation.error_shapes))


def _code(shape: Shape) -> str:
    """The name on the wire; IAM's differ from those of the shapes."""
    return str(shape.metadata.get("error", {}).get("code", shape.name))


def throttled(operation: OperationModel) -> ServiceError:
    """The operation's 429, with the text that AWS sends."""
    return _named(operation, _THROTTLED, ThrottlingException)("Rate exceeded.")


def failed(operation: OperationModel, message: str) -> ServiceError:
    """The operation's 500."""
    return _named(operation, _FAILED, InternalServerException)(message)


def _named(
    operation: OperationModel, kinds: tuple[type[ServiceError], ...], otherwise: type[ServiceError]
) -> type[ServiceError]:
    known = names(operation)
    return next((kind for kind in kinds if kind.__name__ in known), otherwise)


def fit(operation: OperationModel, error: ServiceError) -> None:
    """Give the error the status and the members that the operation's model has for it: Bedrock Runtime's
    ValidationException is a message alone, without reason and fieldList, and its quotas answer 400.
    """
    for shape in operation.error_shapes:
        if _code(shape) == error.code and isinstance(shape, StructureShape):
            error.members = {name: held for name, held in error.members.items() if name in shape.members}
            error.status = int(shape.metadata.get("error", {}).get("httpStatusCode", error.status))
