"""What AWS charges a call as, by its operation.

After the price list of Amazon Bedrock AgentCore, Memory (autumn 2026): new events are charged, and records
retrieved by meaning, and records by the month they are kept; listing and getting are not. What a model or an
agent does is charged by tokens or by time. What an embedded endpoint answers costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Cost = Literal["free", "new event", "retrieval", "stored records", "model or agent"]

CHARGED: Mapping[str, Cost] = {
    "CreateEvent": "new event",
    "RetrieveMemoryRecords": "retrieval",
    "BatchCreateMemoryRecords": "stored records",
    "StartMemoryExtractionJob": "stored records",
    "Converse": "model or agent",
    "ConverseStream": "model or agent",
    "InvokeModel": "model or agent",
    "InvokeAgent": "model or agent",
    "InvokeAgentRuntime": "model or agent",
}


def cost_of(operation: str) -> Cost:
    """The kind of charge of one call of an operation (`CreateEvent`), not its price."""
    return CHARGED.get(operation, "free")
