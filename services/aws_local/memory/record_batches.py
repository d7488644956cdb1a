"""The three batch operations on memory records: every item succeeds or fails by itself.

Results are in the order of the request. `errorCode` is an HTTP status (the model says integer, AWS
documents no values).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import apsw

from services.aws_local import identifiers
from services.aws_local.call import Call
from services.aws_local.clock import milliseconds
from services.aws_local.errors import ResourceNotFoundException, ServiceError, ValidationException
from services.aws_local.memory import memories, records
from services.aws_local.memory.memories import Memory
from services.aws_local.memory.metadata_filters import CREATED_KEY, RECORD_TYPE_KEY, UPDATED_KEY
from services.aws_local.memory.records import NO_STRATEGY, Record
from services.aws_local.retrieval.encoding import Encoder
from services.aws_local.storage import client_tokens
from services.aws_local.storage.store import Row

# How much one request embeds: 100 records of 200 characters, or 15 that are longer than an embedder reads.
_EMBEDDED_CHARACTERS = 20_000
_COUNTED_CHARACTERS = 1_300  # about 256 tokens: what comes after them costs nothing

Item = dict[str, Any]
Applied = Callable[[Item], tuple[str, int]]  # what happened to an item: record id and number


@dataclass(frozen=True)
class _Embedded:
    """The vectors of a request's contents, computed before the transaction: no writer waits for them.

    A hundred long contents would take a minute: those beyond `_EMBEDDED_CHARACTERS` are stored without a
    vector, found by their words at once, and embedded in the background.
    """

    embedder: str | None
    vectors: dict[str, bytes | None]  # by the text that was embedded

    @classmethod
    def of(cls, encoder: Encoder, items: list[Item]) -> _Embedded:
        contents = [item["content"]["text"] for item in items if "content" in item]
        texts = list(dict.fromkeys(map(records.searchable_text, contents)))
        at_once = list(_at_once(texts))
        return cls(encoder.name, dict(zip(at_once, encoder.blobs(at_once), strict=True)))

    def fields(self, content: str) -> Item:
        """The fields of a Record that come from its content."""
        text = records.searchable_text(content)
        vector = self.vectors.get(text)
        embedder = self.embedder if vector is not None else None
        return {"content": content, "embed_text": text, "embedder": embedder, "vector": vector}


def _at_once(texts: list[str]) -> Iterator[str]:
    """The texts that are embedded before the request is answered."""
    cost = 0
    for text in texts:
        cost += min(len(text), _COUNTED_CHARACTERS)
        if cost > _EMBEDDED_CHARACTERS:
            return
        yield text


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
    return Record(
        record_id=identifiers.record_id(),
        strategy_id=item.get("memoryStrategyId", NO_STRATEGY),
        namespace=_namespace(item),
        metadata=_metadata(memory, item),
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
    given, metadata = _metadata(memory, item), json.loads(stored["metadata"])
    if "metadata" in item:  # all of it is new, but a reflection stays one
        metadata = {key: value for key, value in metadata.items() if key == RECORD_TYPE_KEY} | given
    return Record(
        record_id=stored["record_id"],
        strategy_id=item.get("memoryStrategyId") or stored["strategy_id"],
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
    _check_distinct([item["memoryRecordId"] for item in params["records"]], "memoryRecordId")

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
    call.backend.pipeline.wake()  # it embeds what was too long
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


def _metadata(memory: Memory, item: Item) -> Item:
    """What is stored of an item's metadata; ResourceNotFoundException for an unknown strategy.

    Reference: an item that names a strategy keeps the keys of its schema, one that names none keeps all.
    The system's times are the system's alone; the record type may be given, so that a copy has it too.
    """
    strategy_id = item.get("memoryStrategyId", NO_STRATEGY)
    plain = {key: _plain(value) for key, value in item.get("metadata", {}).items()}
    kept = plain.keys() - {CREATED_KEY, UPDATED_KEY}
    if strategy_id != NO_STRATEGY:
        strategy = memory.strategy(strategy_id)
        if strategy is None:
            raise ResourceNotFoundException(f"Memory strategy not found: {strategy_id}")
        kept &= {key["key"] for key in strategy.schema()} | {RECORD_TYPE_KEY}
    return {key: value for key, value in plain.items() if key in kept}


def _plain(value: Item) -> Item:
    """A metadata value as JSON: a time becomes epoch seconds, the form in which it is answered."""
    return {
        member: milliseconds(held) / 1000 if isinstance(held, datetime) else held
        for member, held in value.items()
    }
