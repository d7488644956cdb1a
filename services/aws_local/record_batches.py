"""The three batch operations on memory records: every item succeeds or fails by itself.

Results are in the order of the request. `errorCode` is an HTTP status (the model says integer, AWS
documents no values).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import apsw

from services.aws_local import client_tokens, identifiers, memories, records
from services.aws_local.call import Call
from services.aws_local.clock import milliseconds
from services.aws_local.encoding import Encoder
from services.aws_local.errors import ResourceNotFoundException, ServiceError, ValidationException
from services.aws_local.memories import Memory
from services.aws_local.records import NO_STRATEGY, Record
from services.aws_local.store import Row

Item = dict[str, Any]
Applied = Callable[[Item], tuple[str, int]]  # what happened to an item: record id and number


@dataclass(frozen=True)
class _Embedded:
    """The vectors of a request's contents, computed before the transaction: no writer waits for them."""

    embedder: str | None
    vectors: dict[str, bytes | None]  # by the text that was embedded

    @classmethod
    def of(cls, encoder: Encoder, items: list[Item]) -> _Embedded:
        contents = [item["content"]["text"] for item in items if "content" in item]
        texts = list(dict.fromkeys(map(records.searchable_text, contents)))
        return cls(encoder.name, dict(zip(texts, encoder.blobs(texts), strict=True)))

    def fields(self, content: str) -> Item:
        """The fields of a Record that come from its content."""
        text = records.searchable_text(content)
        vector = self.vectors[text]
        return {"content": content, "embed_text": text, "embedder": self.embedder, "vector": vector}


def create(call: Call, params: Item) -> Item:
    """BatchCreateMemoryRecords. `createdAt` is the time of writing, `timestamp` the client's."""
    embedded = _Embedded.of(call.backend.encoder, params["records"])
    expiry = params.get("recordExpirySpecification", {})
    if "action" in expiry:
        raise ValidationException("recordExpirySpecification action REMOVE is not applicable on create.")
    _check_distinct([item["requestIdentifier"] for item in params["records"]], "requestIdentifier")

    def write(connection: apsw.Connection) -> tuple[int, Item, list[int]]:
        memory = memories.find_usable(connection, call.scope, params["memoryId"])
        owner, token = memories.owner_of(memory.memory_no), params.get("clientToken")
        first: Item | None = client_tokens.answer(connection, owner, call.operation, token)
        if first is not None:
            return memory.memory_no, first, []

        def insert(item: Item) -> tuple[str, int]:
            record = _new(memory, item, embedded, expiry)
            return record.record_id, records.insert(connection, memory.memory_no, record)

        answer, changed = _each(params["records"], insert)
        client_tokens.keep(connection, owner, call.operation, token, answer)
        return memory.memory_no, answer, changed

    return _finish(call, write)


def _new(memory: Memory, item: Item, embedded: _Embedded, expiry: Item) -> Record:
    strategy_id = item.get("memoryStrategyId")
    return Record(
        record_id=identifiers.record_id(),
        strategy_id=strategy_id or NO_STRATEGY,
        namespace=_namespace(item),
        metadata=_metadata(memory, strategy_id, item.get("metadata", {})),
        timestamp_ms=milliseconds(item["timestamp"]),
        expiry_days=expiry.get("recordExpiryDurationDays"),
        **embedded.fields(item["content"]["text"]),
    )


def update(call: Call, params: Item) -> Item:
    """BatchUpdateMemoryRecords."""
    embedded = _Embedded.of(call.backend.encoder, params["records"])
    expiry = params.get("recordExpirySpecification")
    _check_distinct([item["memoryRecordId"] for item in params["records"]], "memoryRecordId")

    def write(connection: apsw.Connection) -> tuple[int, Item, list[int]]:
        memory = memories.find_usable(connection, call.scope, params["memoryId"])

        def replace(item: Item) -> tuple[str, int]:
            stored = _stored(connection, memory, item)
            record = _updated(memory, stored, item, embedded, expiry)
            records.replace(connection, memory.memory_no, stored["record_no"], record)
            return record.record_id, stored["record_no"]

        return memory.memory_no, *_each(params["records"], replace)

    return _finish(call, write)


def _updated(memory: Memory, stored: Row, item: Item, embedded: _Embedded, expiry: Item | None) -> Record:
    """The record after the change. Without a new content its vector stays, whoever computed it."""
    content = {name: stored[name] for name in ("content", "embed_text", "embedder", "vector")}
    if "content" in item:
        content = embedded.fields(item["content"]["text"])
    strategy_id: str = stored["strategy_id"]
    if "memoryStrategyId" in item:
        strategy_id = item["memoryStrategyId"]
        _schema_keys(memory, strategy_id)
    metadata = json.loads(stored["metadata"])
    if "metadata" in item:
        metadata = _metadata(memory, None if strategy_id == NO_STRATEGY else strategy_id, item["metadata"])
    return Record(
        record_id=stored["record_id"],
        strategy_id=strategy_id,
        namespace=_namespace(item) if "namespaces" in item else stored["namespace"],
        metadata=metadata,
        timestamp_ms=milliseconds(item["timestamp"]),
        expiry_days=_expiry_days(stored, expiry),
        **content,
    )


def _expiry_days(stored: Row, expiry: Item | None) -> int | None:
    """Reference: without a specification an update arms the last duration again; REMOVE clears it."""
    days: int | None = stored["expiry_days"] if expiry is None else expiry.get("recordExpiryDurationDays")
    return days


def delete(call: Call, params: Item) -> Item:
    """BatchDeleteMemoryRecords."""

    def write(connection: apsw.Connection) -> tuple[int, Item, list[int]]:
        memory = memories.find_usable(connection, call.scope, params["memoryId"])

        def erase(item: Item) -> tuple[str, int]:
            stored = _stored(connection, memory, item)
            records.delete(connection, memory.memory_no, stored["record_no"], stored["record_id"])
            return stored["record_id"], stored["record_no"]

        return memory.memory_no, *_each(params["records"], erase)

    return _finish(call, write)


def _finish(call: Call, write: Callable[[apsw.Connection], tuple[int, Item, list[int]]]) -> Item:
    memory_no, answer, changed = call.backend.write(write)
    call.backend.search.changed(memory_no, changed)
    return answer


def _each(items: list[Item], apply: Applied) -> tuple[Item, list[int]]:
    """The result of every item, and the numbers of the records that changed."""
    answer: Item = {"successfulRecords": [], "failedRecords": []}
    changed = []
    for item in items:
        try:
            record_id, number = apply(item)
        except ServiceError as error:
            answer["failedRecords"].append(_failed(item, error))
            continue
        changed.append(number)
        answer["successfulRecords"].append(_result(item, record_id, "SUCCEEDED"))
    return answer, changed


def _result(item: Item, record_id: str, status: str) -> Item:
    result = {"memoryRecordId": record_id, "status": status}
    named = {name: item[name] for name in ("requestIdentifier",) if name in item}
    return result | named


def _failed(item: Item, error: ServiceError) -> Item:
    """A failed item. The model requires a record id: one that names nothing, where there is no record."""
    record_id = item.get("memoryRecordId") or identifiers.record_id()
    told = {"errorCode": error.status, "errorMessage": error.message}
    return _result(item, record_id, "FAILED") | told


def _check_distinct(values: list[str], name: str) -> None:
    repeated = [value for value, count in Counter(values).items() if count > 1]
    if repeated:
        raise ValidationException(f"{name} must be unique within a request: {repeated[0]}")


def _stored(connection: apsw.Connection, memory: Memory, item: Item) -> Row:
    found = records.find(connection, memory.memory_no, item["memoryRecordId"])
    if found is None:
        raise ResourceNotFoundException(f"Memory record not found: {item['memoryRecordId']}")
    return found


def _namespace(item: Item) -> str:
    """The record's one namespace, or none."""
    return next(iter(item["namespaces"]), "")


def _metadata(memory: Memory, strategy_id: str | None, given: Item) -> Item:
    """What is stored. Reference: with a strategy only the keys of its schema, without one all."""
    plain = {key: _plain(value) for key, value in given.items()}
    if strategy_id is None:
        return plain
    keys = _schema_keys(memory, strategy_id)
    return {key: value for key, value in plain.items() if key in keys}


def _schema_keys(memory: Memory, strategy_id: str) -> set[str]:
    strategy = memory.strategy(strategy_id)
    if strategy is None:
        raise ResourceNotFoundException(f"Memory strategy not found: {strategy_id}")
    return {key["key"] for key in strategy.schema()}


def _plain(value: Item) -> Item:
    """A metadata value as JSON: a time becomes epoch seconds, the form in which it is answered."""
    return {
        member: milliseconds(held) / 1000 if isinstance(held, datetime) else held
        for member, held in value.items()
    }
