"""Long-term memory: the records that strategies have extracted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.clients import Clients
from services.constraints import DATA, constraint
from services.errors import InvalidValue
from services.listing import Listing, collect, pages

__all__ = ["delete_memory_record", "get_memory_record", "list_memory_records", "namespace_choice"]


def namespace_choice(namespace: str | None, namespace_path: str | None) -> dict[str, str]:
    """The one namespace parameter of a call: `namespace` matches exactly, `namespacePath` with all below it.

    Raises InvalidValue unless exactly one is given and AWS would accept it.
    """
    choice = {"namespace": namespace, "namespacePath": namespace_path}
    given = {name: value for name, value in choice.items() if value}
    if len(given) != 1:
        raise InvalidValue("Choose either one namespace or one namespace path.")
    hint = "letters, digits, - _ / and : between parts; fill in placeholders such as {actorId}"
    for name, value in given.items():
        rules = constraint(DATA, "ListMemoryRecords", name)
        problems = rules.text_problems(f"The namespace “{value}”", value, hint)
        if problems:
            raise InvalidValue(problems[0])
    return given


def list_memory_records(
    clients: Clients,
    memory_id: str,
    *,
    namespace: str | None = None,
    namespace_path: str | None = None,
    strategy_id: str | None = None,
    metadata_filters: Sequence[dict[str, Any]] = (),
    limit: int | None = 1000,
) -> Listing[dict[str, Any]]:
    """Record summaries of one namespace or below one path, in the service's order (seen: newest first).

    `metadata_filters` are the API's (`filters.to_api` makes them).
    """
    params: dict[str, Any] = {"memoryId": memory_id, "memoryStrategyId": strategy_id}
    if metadata_filters:
        params["metadataFilters"] = list(metadata_filters)
    chosen = namespace_choice(namespace, namespace_path)
    found = pages(clients.data, "list_memory_records", limit, params | chosen)
    return collect(found, "memoryRecordSummaries", limit)


def get_memory_record(clients: Clients, memory_id: str, memory_record_id: str) -> dict[str, Any]:
    """GetMemoryRecord's `memoryRecord`."""
    answer = clients.data.get_memory_record(memoryId=memory_id, memoryRecordId=memory_record_id)
    record: dict[str, Any] = answer["memoryRecord"]
    return record


def delete_memory_record(clients: Clients, memory_id: str, memory_record_id: str) -> str:
    """DeleteMemoryRecord; the id that was deleted. The events it came from stay."""
    answer = clients.data.delete_memory_record(memoryId=memory_id, memoryRecordId=memory_record_id)
    return str(answer["memoryRecordId"])
