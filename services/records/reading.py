"""Records as they are right now, by their ids, for a change that is about to be made to them.

Few are read one by one, exactly and with their expiry. Many are read from the lists of their memory, a
hundred a call, since at a quarter of the quota ten thousand single reads would take half an hour; lists do
not tell when a record expires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from services import listing
from services.clients import Clients
from services.faults import explain
from services.records.memory_records import get_memory_record

Row = dict[str, Any]
Turn = Callable[[str], None]
"""Waits until the operation may be called; raises what ends the reading."""

ONE_BY_ONE = 50


def records_now(
    clients: Clients, memory_id: str, record_ids: Sequence[str], turn: Turn, path: str = "/"
) -> Iterator[dict[str, Row | None]]:
    """The records by id, some at a time, each id once; None for one that does not exist.

    `path` is where most of them are; what is not listed there is read by itself.
    """
    wanted = dict.fromkeys(record_ids)
    if len(wanted) > ONE_BY_ONE:
        for calls, found in enumerate(_listed(clients, memory_id, path, turn), start=1):
            here: dict[str, Row | None] = {id_: row for id_, row in found.items() if id_ in wanted}
            for id_ in here:
                del wanted[id_]
            if here:
                yield here
            if not wanted:
                return
            if calls > len(wanted) and calls > ONE_BY_ONE:  # single reads are cheaper now
                break
    yield from one_by_one(clients, memory_id, list(wanted), turn)


def one_by_one(
    clients: Clients, memory_id: str, record_ids: Sequence[str], turn: Turn, _path: str = "/"
) -> Iterator[dict[str, Row | None]]:
    """As `records_now`, but every record read by itself, with its expiry."""
    for id_ in dict.fromkeys(record_ids):
        turn("GetMemoryRecord")
        yield {id_: record_now(clients, memory_id, id_)}


def record_now(clients: Clients, memory_id: str, record_id: str) -> Row | None:
    """One record with its expiry (`expiresAt` None: it has none); None when it does not exist."""
    try:
        return {"expiresAt": None} | get_memory_record(clients, memory_id, record_id)
    except ClientError as error:
        fault = explain(error)
        of_memory = memory_id in fault.detail and record_id not in fault.detail
        if fault.kind == "not_found" and not of_memory:
            return None
        raise


def _listed(clients: Clients, memory_id: str, path: str, turn: Turn) -> Iterator[dict[str, Row]]:
    """The records below a path. Below `/`, those in namespaces without a leading slash may be missing."""
    params = {"memoryId": memory_id, "namespacePath": path}
    found = iter(listing.pages(clients.data, "list_memory_records", None, params))
    while True:
        turn("ListMemoryRecords")
        page = next(found, None)
        if page is None:
            return
        yield {row["memoryRecordId"]: row for row in page["memoryRecordSummaries"]}
        if not page.get("nextToken"):
            return
