"""Data plane of AgentCore Memory: records (long-term memory), retrieval and extraction jobs."""

from __future__ import annotations

import json
from typing import Any

import apsw

from services.aws_local.call import Call
from services.aws_local.errors import ResourceNotFoundException, ValidationException
from services.aws_local.long_term import extraction_queue
from services.aws_local.memory import memories, record_batches, records
from services.aws_local.memory.memories import Memory
from services.aws_local.memory.metadata_filters import Condition, RecordFilter, filterable, record_filters
from services.aws_local.retrieval.search import Hit
from services.aws_local.retrieval.segments import Selection
from services.aws_local.storage import client_tokens
from services.aws_local.storage.pagination import Query, page
from services.aws_local.storage.store import Row

SERVICE = "bedrock-agentcore"

_DEFAULT_PAGE = 20  # reference: "The default value is 20" for every List operation here
_DEFAULT_TOP_K = 10  # reference: RetrieveMemoryRecords, searchCriteria.topK


def retrieve_memory_records(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The records nearest to a query, best first, in pages of `maxResults` within the `topK` best.

    The ranking is made once: the token carries the rest of it, so that later pages neither repeat nor
    skip a record whatever is written meanwhile.
    """
    params = _asked(call, params)
    query = Query.of(call, params)
    rest = query.position(params.get("nextToken"))
    memory = _memory(call, params)
    hits = _hits(call, memory, params) if rest is None else [Hit(*each) for each in rest]
    limit = params.get("maxResults", _DEFAULT_PAGE)
    shown, later = call.backend.read(lambda connection: _fitting(connection, memory, params, hits, limit))
    return {
        "memoryRecordSummaries": shown,
        "nextToken": query.token([[hit.record_no, hit.score] for hit in later]) if later else None,
    }


def _fitting(
    connection: apsw.Connection, memory: Memory, params: dict[str, Any], hits: list[Hit], limit: int
) -> tuple[list[dict[str, Any]], list[Hit]]:
    """The first `limit` hits as answered, and those after them. A record that was deleted, or that a change
    took out of the query, is passed over: no page is short for it.
    """
    criteria = params["searchCriteria"]
    where, filters = _where(memory, params, criteria), _filters(memory, criteria)
    shown: list[dict[str, Any]] = []
    while hits and len(shown) < limit:
        missing = limit - len(shown)
        some, hits = hits[:missing], hits[missing:]
        found = records.by_numbers(connection, [hit.record_no for hit in some], where)
        living = [(found[hit.record_no], hit.score) for hit in some if hit.record_no in found]
        shown += [
            records.shown(record, score) for record, score in living if _passes(memory, record, filters)
        ]
    return shown, hits


def _memory(call: Call, params: dict[str, Any]) -> Memory:
    return call.backend.read(
        lambda connection: memories.find_usable(connection, call.scope, params["memoryId"])
    )


def _hits(call: Call, memory: Memory, params: dict[str, Any]) -> list[Hit]:
    """The ranking of the whole query."""
    criteria = params["searchCriteria"]
    _check_where(params)
    selection = Selection(
        namespace=params.get("namespace"),
        namespace_path=params.get("namespacePath"),
        strategy_id=criteria.get("memoryStrategyId"),
        filters=tuple(_filters(memory, criteria)),
        indexed_ms=tuple(memory.indexed_ms.items()),
    )
    top = criteria.get("topK", _DEFAULT_TOP_K)
    return call.backend.search.retrieve(memory.memory_no, criteria["searchQuery"], selection, top)


def _asked(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The request, where `--namespace-prefix-match` takes a namespace for a path, as AWS did before 2026."""
    if not call.backend.settings.namespace_prefix_match or "namespacePath" in params:
        return params
    renamed = {"namespace": "namespacePath"}
    return {renamed.get(name, name): value for name, value in params.items()}


def _check_where(params: dict[str, Any]) -> None:
    """Reference: "Either namespace or namespacePath is required"."""
    if ("namespace" in params) == ("namespacePath" in params):
        raise ValidationException("Exactly one of namespace and namespacePath is required.")


def _filters(memory: Memory, given: dict[str, Any]) -> list[RecordFilter]:
    indexed = {key["key"]: key["type"] for key in memory.settings.get("indexedKeys", [])}
    return record_filters(given.get("metadataFilters", []), indexed)


def list_memory_records(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Records of a namespace, or of all below a path, newest first."""
    _check_where(params)
    params = _asked(call, params)
    query = Query.of(call, params)
    before = query.position(params.get("nextToken"))
    limit = params.get("maxResults", _DEFAULT_PAGE)

    def read(connection: apsw.Connection) -> list[Row]:
        memory = memories.find_usable(connection, call.scope, params["memoryId"])
        filters = _filters(memory, params)

        def accepts(record: Row) -> bool:
            return _passes(memory, record, filters)

        where, path = _where(memory, params, params), params.get("namespacePath")
        return records.newest_first(connection, where, accepts, before, limit + 1, path=path)

    shown, token = page(
        query, call.backend.read(read), limit, lambda last: [last["created_ms"], last["record_no"]]
    )
    return {"memoryRecordSummaries": [records.shown(record) for record in shown], "nextToken": token}


def _where(memory: Memory, params: dict[str, Any], criteria: dict[str, Any]) -> list[Condition]:
    """What records the request asks for; `criteria` is the part of it that names the strategy."""
    exact = "namespace" in params
    place = records.in_namespace(params["namespace"]) if exact else records.below(params["namespacePath"])
    conditions = [records.in_memory(memory.memory_no), place]
    if "memoryStrategyId" in criteria:
        conditions.append(records.of_strategy(criteria["memoryStrategyId"]))
    return conditions


def _passes(memory: Memory, record: Row, filters: list[RecordFilter]) -> bool:
    if not filters:
        return True
    written = (record["created_ms"], record["updated_ms"])
    metadata = filterable(json.loads(record["metadata"]), *written, memory.indexed_ms)
    return all(each.matches(metadata) for each in filters)


def get_memory_record(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """One record. `namespace` is a key for IAM conditions and selects nothing."""

    def get(connection: apsw.Connection) -> Row:
        memory = memories.find_usable(connection, call.scope, params["memoryId"])
        return _record(connection, memory, params["memoryRecordId"])

    return {"memoryRecord": records.shown_in_full(call.backend.read(get))}


def _record(connection: apsw.Connection, memory: Memory, record_id: str) -> Row:
    found = records.find(connection, memory.memory_no, record_id)
    if found is None:
        raise ResourceNotFoundException(f"Memory record not found: {record_id}")
    return found


def delete_memory_record(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    def delete(connection: apsw.Connection) -> tuple[int, int]:
        memory = memories.find_usable(connection, call.scope, params["memoryId"])
        found = _record(connection, memory, params["memoryRecordId"])
        records.delete(connection, memory.memory_no, found["record_no"], found["record_id"])
        return memory.memory_no, found["record_no"]

    memory_no, record_no = call.backend.write(delete)
    call.backend.search.changed(memory_no, [record_no])
    return {"memoryRecordId": params["memoryRecordId"]}


def batch_create_memory_records(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Write records directly, each with its own result. They are searchable when this answers."""
    return record_batches.create(call, params)


def batch_update_memory_records(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Change records, each with its own result; what an item does not name stays."""
    return record_batches.update(call, params)


def batch_delete_memory_records(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Erase records, each with its own result."""
    return record_batches.delete(call, params)


def list_memory_extraction_jobs(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Failed extraction jobs, newest first; AWS lists no others."""
    query = Query.of(call, params)
    (after,) = query.position(params.get("nextToken")) or [None]
    limit = params.get("maxResults", _DEFAULT_PAGE)

    def read(connection: apsw.Connection) -> list[Row]:
        memory = memories.find_usable(connection, call.scope, params["memoryId"])
        wanted = params.get("filter", {})
        return extraction_queue.failed_jobs(connection, memory.memory_no, wanted, after, limit + 1)

    shown, token = page(query, call.backend.read(read), limit, lambda last: [last["job_no"]])
    return {"jobs": [_job(job) for job in shown], "nextToken": token}


def _job(job: Row) -> dict[str, Any]:
    messages = [
        {"eventId": event_id, "messageIndex": index} for event_id, index in json.loads(job["messages"])
    ]
    return {
        "jobID": job["job_id"],
        "messages": {"messagesList": messages},
        "status": "FAILED",
        "failureReason": job["reason"],
        "strategyId": job["strategy_id"],
        "sessionId": job["session_id"],
        "actorId": job["actor_id"],
    }


def start_memory_extraction_job(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Extract the events of a failed job again; the job is no longer listed."""
    job_id = params["extractionJob"]["jobId"]

    def start(connection: apsw.Connection) -> str:
        memory = memories.find_usable(connection, call.scope, params["memoryId"])
        owner, token = memories.owner_of(memory.memory_no), params.get("clientToken")
        first: str | None = client_tokens.answer(connection, owner, call.operation, token)
        if first is not None:
            return first
        if not extraction_queue.restart(connection, memory.memory_no, job_id):
            raise ResourceNotFoundException(f"Extraction job not found: {job_id}")
        client_tokens.keep(connection, owner, call.operation, token, job_id)
        return str(job_id)

    started = call.backend.write(start)
    call.backend.pipeline.wake()
    return {"jobId": started}
