"""Metadata filters: of events (three operators, in SQL) and of records (ten operators, in Python).

Rules of the developer guide ("Structured metadata for long-term memories"): filters of one request are
ANDed; records can be filtered by the memory's indexed keys and the system's own keys only; a key counts
for the records that were written after it was indexed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.aws_local.clock import milliseconds
from services.aws_local.errors import ValidationException

RECORD_TYPE_KEY = "x-amz-agentcore-memory-recordType"
CREATED_KEY = "x-amz-agentcore-memory-createdAt"
UPDATED_KEY = "x-amz-agentcore-memory-updatedAt"
SYSTEM_TYPES = {RECORD_TYPE_KEY: "STRING", CREATED_KEY: "DATETIME", UPDATED_KEY: "DATETIME"}

Value = str | float | list[str]
_VALUE_MEMBERS = {
    "STRING": "stringValue",
    "NUMBER": "numberValue",
    "STRINGLIST": "stringListValue",
    "DATETIME": "dateTimeValue",
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUALS_TO": operator.eq,
    "CONTAINS": operator.contains,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUALS": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUALS": operator.le,
    "BEFORE": operator.lt,
    "AFTER": operator.gt,
}
# Operator -> type of the key -> member of the union that holds the value to compare with
_ACCEPTED = {
    "EQUALS_TO": {"STRING": "stringValue", "NUMBER": "numberValue"},
    "CONTAINS": {"STRINGLIST": "stringValue"},
    "GREATER_THAN": {"NUMBER": "numberValue"},
    "GREATER_THAN_OR_EQUALS": {"NUMBER": "numberValue"},
    "LESS_THAN": {"NUMBER": "numberValue"},
    "LESS_THAN_OR_EQUALS": {"NUMBER": "numberValue"},
    "BEFORE": {"DATETIME": "dateTimeValue"},
    "AFTER": {"DATETIME": "dateTimeValue"},
}


@dataclass(frozen=True)
class Condition:
    """A piece of a WHERE clause with the values it binds."""

    sql: str
    bindings: tuple[Any, ...] = ()


def event_condition(given: Mapping[str, Any]) -> Condition:
    """An event metadata filter (EQUALS_TO, EXISTS, NOT_EXISTS; string values only)."""
    key = given["left"]["metadataKey"]
    exists = "EXISTS (SELECT 1 FROM json_each(events.metadata) WHERE key = ?)"
    match given["operator"]:
        case "EXISTS":
            return Condition(exists, (key,))
        case "NOT_EXISTS":
            return Condition(f"NOT {exists}", (key,))
    value = _right(given).get("stringValue")
    equal = "EXISTS (SELECT 1 FROM json_each(events.metadata) WHERE key = ? AND value ->> 'stringValue' = ?)"
    return Condition(equal, (key, value))


@dataclass(frozen=True)
class RecordFilter:
    """One filter on records: `key` of `type` compared with `value` (milliseconds for DATETIME)."""

    key: str
    type: str
    operator: str
    value: Value | None = None

    def matches(self, metadata: Mapping[str, Any]) -> bool:
        """Whether it holds for a record's metadata, as `filterable` makes them."""
        if self.operator in {"EXISTS", "NOT_EXISTS"}:
            return (self.key in metadata) == (self.operator == "EXISTS")
        stored = metadata.get(self.key, {}).get(_VALUE_MEMBERS[self.type])
        return stored is not None and _COMPARISONS[self.operator](stored, self.value)


def record_filters(given: Iterable[Mapping[str, Any]], indexed: Mapping[str, str]) -> list[RecordFilter]:
    """The filters of a request, checked against the memory's indexed keys (key -> type)."""
    types = SYSTEM_TYPES | dict(indexed)
    return [_record_filter(each, types) for each in given]


def _record_filter(given: Mapping[str, Any], types: Mapping[str, str]) -> RecordFilter:
    key, name = given["left"]["metadataKey"], given["operator"]
    if key not in types:
        raise ValidationException(f"Metadata key {key} is not indexed and cannot be filtered by.")
    if name in {"EXISTS", "NOT_EXISTS"}:
        return RecordFilter(key, types[key], name)
    member = _ACCEPTED[name].get(types[key])
    if member is None:
        raise ValidationException(f"Operator {name} does not work with {key}, which is a {types[key]}.")
    value = _right(given).get(member)
    if value is None:
        raise ValidationException(f"Operator {name} on {key} requires a {member}.")
    return RecordFilter(key, types[key], name, milliseconds(value) if member == "dateTimeValue" else value)


def _right(given: Mapping[str, Any]) -> Mapping[str, Any]:
    right = given.get("right")
    if not right:
        raise ValidationException(f"Operator {given['operator']} requires a value on the right.")
    value: Mapping[str, Any] = right["metadataValue"]
    return value


def filterable(
    metadata: Mapping[str, Any], created_ms: int, updated_ms: int, indexed_ms: Mapping[str, int]
) -> dict[str, Any]:
    """What a record can be found by: its metadata under the keys that were indexed when it was written
    (`indexed_ms`: key -> since when), and the system's own.
    """
    found = {
        key: value for key, value in metadata.items() if indexed_ms.get(key, updated_ms + 1) <= updated_ms
    }
    return found | {
        RECORD_TYPE_KEY: metadata.get(RECORD_TYPE_KEY, {"stringValue": "BASE"}),
        CREATED_KEY: {"dateTimeValue": created_ms},
        UPDATED_KEY: {"dateTimeValue": updated_ms},
    }
