"""Errors whose name depends on the operation: the same event is called differently by different models.

Memory operations say ThrottledException and ServiceException; tag operations and Bedrock Runtime say
ThrottlingException and InternalServerException.
"""

from __future__ import annotations

from botocore.model import OperationModel, StructureShape

from services.aws_local.errors import (
    InternalServerException,
    ServiceError,
    ServiceException,
    ThrottledException,
    ThrottlingException,
)


def names(operation: OperationModel) -> frozenset[str]:
    """The errors that the operation's model lists."""
    return frozenset(shape.name for shape in operation.error_shapes)


def throttled(operation: OperationModel) -> ServiceError:
    """The operation's 429, with the text that AWS sends."""
    kind = ThrottledException if "ThrottledException" in names(operation) else ThrottlingException
    return kind("Rate exceeded.")


def failed(operation: OperationModel, message: str) -> ServiceError:
    """The operation's 500."""
    kind = ServiceException if "ServiceException" in names(operation) else InternalServerException
    return kind(message)


def fit(operation: OperationModel, error: ServiceError) -> None:
    """Drop members of the error that its model in this operation lacks: Bedrock Runtime's
    ValidationException is a message alone, without reason and fieldList.
    """
    for shape in operation.error_shapes:
        if shape.name == error.code and isinstance(shape, StructureShape):
            error.members = {name: held for name, held in error.members.items() if name in shape.members}
