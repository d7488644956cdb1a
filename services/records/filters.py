"""Metadata filters of records: the ten operators, as people choose them and as the API takes them.

AWS filters before it searches, on keys that the memory declares as indexed and on three of its own (developer
guide, "Long-term memory metadata"); filtering on any other key is refused. All filters of a call must hold.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from services import bounded_json
from services.constraints import DATA, constraint
from services.errors import InvalidValue

KeyType = Literal["STRING", "STRINGLIST", "NUMBER", "DATETIME"]

SYSTEM_KEYS: dict[str, KeyType] = {
    "x-amz-agentcore-memory-createdAt": "DATETIME",
    "x-amz-agentcore-memory-updatedAt": "DATETIME",
    "x-amz-agentcore-memory-recordType": "STRING",
}
MAX_FILTERS = 5
_COMPARISONS = ("GREATER_THAN", "GREATER_THAN_OR_EQUALS", "LESS_THAN", "LESS_THAN_OR_EQUALS")
_PRESENCE = ("EXISTS", "NOT_EXISTS")
OPERATORS: dict[KeyType, tuple[str, ...]] = {
    "STRING": ("EQUALS_TO", *_PRESENCE),
    "STRINGLIST": ("CONTAINS", *_PRESENCE),
    "NUMBER": ("EQUALS_TO", *_COMPARISONS, *_PRESENCE),
    "DATETIME": ("AFTER", "BEFORE"),
}


@dataclass(frozen=True)
class MetadataFilter:
    """One condition; `value` is text as it was typed, empty for EXISTS and NOT_EXISTS."""

    key: str
    operator: str
    value: str = ""

    @property
    def takes_value(self) -> bool:
        return self.operator not in _PRESENCE


def filterable_keys(memory: dict[str, Any]) -> dict[str, KeyType]:
    """The keys that records of this memory (GetMemory's dict) can be filtered by, with their types."""
    declared = {str(each["key"]): _key_type(each.get("type")) for each in memory.get("indexedKeys", [])}
    return declared | SYSTEM_KEYS


def _key_type(declared: Any) -> KeyType:
    return declared if declared in ("STRINGLIST", "NUMBER") else "STRING"


def to_api(filters: Iterable[MetadataFilter], types: dict[str, KeyType]) -> list[dict[str, Any]]:
    """The `metadataFilters` of a call. InvalidValue says which one AWS would refuse, and why."""
    wanted = list(filters)
    if len(wanted) > MAX_FILTERS:
        raise InvalidValue(f"At most {MAX_FILTERS} metadata filters can be combined, not {len(wanted)}.")
    return [_api_filter(each, types) for each in wanted]


def _api_filter(condition: MetadataFilter, types: dict[str, KeyType]) -> dict[str, Any]:
    kind = types.get(condition.key)
    if kind is None:
        raise InvalidValue(
            f"Records cannot be filtered by “{condition.key}”: it is no indexed key of this memory. "
            "Add it to the memory's indexed keys; records written from then on can be filtered by it."
        )
    if condition.operator not in OPERATORS[kind]:
        choice = ", ".join(OPERATORS[kind])
        raise InvalidValue(f"“{condition.key}” ({kind}) takes {choice}, not {condition.operator}.")
    asked: dict[str, Any] = {"left": {"metadataKey": condition.key}, "operator": condition.operator}
    if condition.takes_value:
        asked["right"] = {"metadataValue": _api_value(condition, kind)}
    return asked


def _api_value(condition: MetadataFilter, kind: KeyType) -> dict[str, Any]:
    if kind == "NUMBER":
        return {"numberValue": _number(condition)}
    if kind == "DATETIME":
        return {"dateTimeValue": _moment(condition)}
    rules = constraint(
        DATA, "ListMemoryRecords", "metadataFilters", "[]", "right", "metadataValue", "stringValue"
    )
    problems = rules.text_problems(
        f"The value for “{condition.key}”", condition.value, "letters, digits, spaces and . _ : / = + @ -"
    )
    if problems:
        raise InvalidValue(problems[0])
    return {"stringValue": condition.value}


def _number(condition: MetadataFilter) -> float:
    try:
        number = float(condition.value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidValue(f"The value for “{condition.key}” must be a number, not “{condition.value}”.")
    return number


def _moment(condition: MetadataFilter) -> datetime:
    try:
        moment = datetime.fromisoformat(condition.value)
    except ValueError:
        raise InvalidValue(
            f"The value for “{condition.key}” must be a date or time such as 2026-11-21 or "
            f"2026-11-21T14:30, not “{condition.value}”."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def dumps(filters: Sequence[MetadataFilter]) -> str:
    """The filters as one text, for an address bar."""
    rows = [[each.key, each.operator, *([each.value] if each.takes_value else [])] for each in filters]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> list[MetadataFilter]:
    """The filters in a text from `dumps`. InvalidValue when it is something else."""
    try:
        rows = bounded_json.read(text)
    except ValueError:
        rows = None
    if not isinstance(rows, list) or not all(_is_filter_row(row) for row in rows):
        raise InvalidValue("The metadata filters in the link cannot be read.")
    return [MetadataFilter(*row) for row in rows]


def _is_filter_row(row: Any) -> bool:
    return isinstance(row, list) and len(row) in (2, 3) and all(isinstance(part, str) for part in row)


def in_words(condition: MetadataFilter) -> str:
    """The filter as a short sentence: `priority equals to high`."""
    return " ".join([condition.key, condition.operator.replace("_", " ").lower(), condition.value]).strip()
