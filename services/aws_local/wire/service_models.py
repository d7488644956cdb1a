"""The botocore service models that this endpoint serves, with corrections.

Amazon's models are the specification of everything on the wire: paths, parameters, constraints, answers.
Where they are known to differ from the service, `spec_patches.json` corrects them: per service a list of
JSON Patch operations (RFC 6902: add, replace, remove), each with the reason under `because`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

REST_SERVICES = (
    "bedrock-agentcore",
    "bedrock-agentcore-control",
    "bedrock-runtime",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "lambda",
)
QUERY_SERVICES = ("iam", "sts")
SERVICES = (*REST_SERVICES, *QUERY_SERVICES)
_PATCHES = Path(__file__).with_name("spec_patches.json")


@cache
def service_model(service: str) -> ServiceModel:
    """The corrected model of one of `SERVICES`."""
    description = Loader().load_service_model(service, "service-2")
    apply_patches(description, _patches().get(service, []))
    return ServiceModel(description, service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """One operation of a corrected model. botocore resolves shapes lazily, so the object is kept."""
    return service_model(service).operation_model(operation)


@cache
def _patches() -> dict[str, list[dict[str, Any]]]:
    patches: dict[str, list[dict[str, Any]]] = json.loads(_PATCHES.read_text("utf-8"))
    return patches


def apply_patches(document: dict[str, Any], patches: Sequence[dict[str, Any]]) -> None:
    """Apply JSON Patch operations to nested objects, in place.

    Raises KeyError when a path does not exist: a patch that no longer fits the model must be looked at.
    """
    for patch in patches:
        *parents, name = patch["path"].removeprefix("/").split("/")
        target = document
        for parent in parents:
            target = target[parent]
        if patch["op"] != "add" and name not in target:
            raise KeyError(f"{patch['path']} does not exist in the service model")
        if patch["op"] == "remove":
            del target[name]
        else:
            target[name] = patch["value"]
