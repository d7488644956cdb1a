"""Memory resources: list, look at, create, delete. `changes` changes them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from services import concurrently
from services.clients import Clients
from services.errors import InvalidDraft
from services.faults import CALL_ERRORS, Fault, explain
from services.listing import Listing, collect, pages
from services.memory.drafts import MemoryDraft
from services.memory.namespaces import StrategyKindName
from services.memory.strategy_drafts import StrategyDraft
from services.memory.strategy_kinds import STRATEGY_KINDS, StrategyKind

__all__ = [
    "STRATEGY_KINDS",
    "InvalidDraft",
    "MemoryDraft",
    "StrategyDraft",
    "StrategyKind",
    "StrategyKindName",
    "create_memory",
    "delete_memory",
    "get_memory",
    "list_memories",
    "list_tags",
    "memory_details",
]


def list_memories(clients: Clients, limit: int | None = 1000) -> Listing[dict[str, Any]]:
    """Summaries (arn, id, status, createdAt, updatedAt), service order; names need `memory_details`."""
    return collect(pages(clients.control, "list_memories", limit, {}), "memories", limit)


def get_memory(clients: Clients, memory_id: str) -> dict[str, Any]:
    """GetMemory's `memory`: configuration, strategies, status."""
    memory: dict[str, Any] = clients.control.get_memory(memoryId=memory_id)["memory"]
    return memory


def memory_details(clients: Clients, memory_ids: Iterable[str]) -> dict[str, dict[str, Any] | Fault]:
    """GetMemory for several at the same time, in the order asked.

    A memory that cannot be read (say, a policy for single memories denies it, or AWS throttles) has its Fault
    in place of its dict and does not hide the others; the fault's `kind` tells which it is.
    """
    ids = list(memory_ids)
    return dict(zip(ids, concurrently.each(partial(_detail, clients), ids), strict=True))


def _detail(clients: Clients, memory_id: str) -> dict[str, Any] | Fault:
    try:
        return get_memory(clients, memory_id)
    except CALL_ERRORS as error:
        return explain(error)


def list_tags(clients: Clients, memory_arn: str) -> dict[str, str]:
    """ListTagsForResource: the memory's tags, which GetMemory does not tell."""
    tags: dict[str, str] = clients.control.list_tags_for_resource(resourceArn=memory_arn)["tags"]
    return tags


def create_memory(clients: Clients, draft: MemoryDraft) -> dict[str, Any]:
    """CreateMemory's `memory`, in status CREATING; raises InvalidDraft before anything is sent."""
    _refuse(draft.problems())
    memory: dict[str, Any] = clients.control.create_memory(**draft.request())["memory"]
    return memory


def delete_memory(clients: Clients, memory_id: str) -> str:
    """DeleteMemory: the whole memory with all events and records, for good. The status it is left in.

    `services.deletions.delete_memory` keeps a copy first.
    """
    return str(clients.control.delete_memory(memoryId=memory_id).get("status", "DELETING"))


def _refuse(problems: list[str]) -> None:
    if problems:
        raise InvalidDraft(problems)
