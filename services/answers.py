"""Whether an answer holds what its operation must return.

botocore accepts a garbage, truncated or empty 200 answer without an error and returns a dict that merely
lacks members (observed with boto3 1.44: paginators then yield nothing). Unchecked, that reads as "no
memories". So every 2xx answer is held against the service model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, OperationModel, Shape, StructureShape

# Checked down to the last row. Of other services (models, credentials) only the top level is.
_CHECKED_IN_DEPTH = frozenset({"bedrock-agentcore", "bedrock-agentcore-control"})

# Members that the model does not require although no use can be made of an answer without them.
_RELIED_ON = {"CreateMemory": ("memory",), "UpdateMemory": ("memory",), "ListTagsForResource": ("tags",)} | {
    "GetAgentMemory": ("memoryContents",)
}

# Required by the model, yet absent in good answers.
_TOLERATED = frozenset(
    {
        ("Event", "payload"),  # absent with includePayloads=false (observed on AWS)
        ("MemoryRecord", "memoryStrategyId"),  # records written by BatchCreateMemoryRecords may have none
        ("MemoryRecordSummary", "memoryStrategyId"),
        ("MemoryStrategy", "namespaceTemplates"),  # came beside `namespaces` in spring 2026
        ("MemoryStrategy", "namespaces"),
    }
)


def missing_members(operation: OperationModel, answer: dict[str, Any]) -> list[str]:
    """Paths (`events[0].eventId`) of what the answer must hold and does not; at most five are named."""
    shape = operation.output_shape
    if shape is None:
        return []
    relied_on = [name for name in _RELIED_ON.get(operation.name, ()) if answer.get(name) is None]
    in_depth = operation.service_model.service_name in _CHECKED_IN_DEPTH
    found = relied_on + list(_missing(shape, answer, "", in_depth))
    return found[:5]


def _missing(shape: Shape, value: Any, path: str, in_depth: bool) -> Iterator[str]:
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        yield from _missing_in_structure(shape, value, path, in_depth)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield path
            return
        for index, member in enumerate(value):
            yield from _missing(shape.member, member, f"{path}[{index}]", in_depth)


def _missing_in_structure(shape: StructureShape, value: Any, path: str, in_depth: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        yield path
        return
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None and (shape.name, name) not in _TOLERATED:
            yield f"{prefix}{name}"
    if in_depth:
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _missing(member, value[name], f"{prefix}{name}", in_depth)
