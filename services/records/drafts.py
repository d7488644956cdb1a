"""Memory records as they shall be written: new ones, and what changes of one that exists.

Both become JSON of ours (times as ISO 8601 text) where an act is kept, and AWS's request where it is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from services.constraints import DATA, constraint, request_problems
from services.workspace.store import to_json

Row = dict[str, Any]
Expiry = int | Literal["keep", "never"]
"""Days from now; as it is (AWS starts a record's last duration anew with every update); or none."""

NO_STRATEGY = "none"
"""`memoryStrategyId` of records that were written without a strategy."""

RECORD_TYPE_KEY = "x-amz-agentcore-memory-recordType"
_SYSTEM_TIMES = ("x-amz-agentcore-memory-createdAt", "x-amz-agentcore-memory-updatedAt")
_BASE = {"stringValue": "BASE"}
_MOMENT = "dateTimeValue"
MAX_KEYS = 20
_LABELS = {
    "text": "The text",
    "namespaces": "The namespace",
    "memoryStrategyId": "The strategy's id",
    "memoryRecordId": "The record's id",
    "metadata": "The metadata",
    "stringValue": "A metadata value",
    "stringListValue": "A metadata list",
    "recordExpiryDurationDays": "The expiry in days",
}
_KEY_HINT = "letters, digits, spaces and . _ : / = + @ -"


@dataclass(frozen=True)
class RecordDraft:
    """A record to be created. `metadata` is the API's (`{"key": {"stringValue": …}}`), `timestamp` when it
    was said (now if None), `expires_in_days` at least 31, or None for never."""

    text: str
    namespaces: tuple[str, ...] = ()
    strategy_id: str | None = None
    metadata: Mapping[str, Row] = field(default_factory=dict)
    timestamp: datetime | None = None
    expires_in_days: int | None = None

    def item(self, identifier: str) -> Row:
        """One of BatchCreateMemoryRecords' `records`."""
        item: Row = {
            "requestIdentifier": identifier,
            "namespaces": list(self.namespaces),
            "content": {"text": self.text},
            "timestamp": self.timestamp or datetime.now(UTC),
        }
        if self.strategy_id not in (None, NO_STRATEGY):
            item["memoryStrategyId"] = self.strategy_id
        return item | ({"metadata": dict(self.metadata)} if self.metadata else {})

    def expiry(self) -> Row:
        """BatchCreateMemoryRecords' `recordExpirySpecification`; empty for none."""
        return {"recordExpiryDurationDays": self.expires_in_days} if self.expires_in_days else {}

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences."""
        item = self.item("draft")
        return _problems("BatchCreateMemoryRecords", item, self.expiry())

    def dumps(self) -> Row:
        """The draft as JSON."""
        return _dumped(vars(self))

    @staticmethod
    def loads(document: Row) -> RecordDraft:
        """A draft from `dumps`."""
        given = _loaded(document)
        return RecordDraft(**given | {"namespaces": tuple(given["namespaces"])})


@dataclass(frozen=True)
class RecordUpdate:
    """What changes of a record; None stays as it is.

    `metadata` replaces all of it but the system's own keys (AWS takes no empty metadata: then the record type
    alone is sent). `expected` is the fingerprint of the record that the change was made from: of any other it
    is not made.
    """

    record_id: str
    text: str | None = None
    namespaces: tuple[str, ...] | None = None
    strategy_id: str | None = None
    metadata: Mapping[str, Row] | None = None
    timestamp: datetime | None = None
    expiry: Expiry = "keep"
    expected: str | None = None

    def item(self, record: Row) -> Row:
        """One of BatchUpdateMemoryRecords' `records`; the timestamp, which AWS requires, is the record's own
        where it does not change."""
        timestamp = self.timestamp or record.get("timestamp") or record.get("createdAt")
        item: Row = {"memoryRecordId": self.record_id, "timestamp": timestamp}
        if self.text is not None:
            item["content"] = {"text": self.text}
        if record.get("namespaces"):  # what policies for some namespaces are judged by
            item["sourceNamespaces"] = list(record["namespaces"])
        if self.namespaces is not None:
            item["namespaces"] = list(self.namespaces)
        if self.strategy_id is not None:
            item["memoryStrategyId"] = self.strategy_id
        if self.metadata is not None:
            kind = {RECORD_TYPE_KEY: record.get("metadata", {}).get(RECORD_TYPE_KEY, _BASE)}
            item["metadata"] = dict(self.metadata) or kind
        return item

    def specification(self) -> Row:
        """BatchUpdateMemoryRecords' `recordExpirySpecification`; empty to keep."""
        if self.expiry == "never":
            return {"action": "REMOVE"}
        return {} if self.expiry == "keep" else {"recordExpiryDurationDays": self.expiry}

    def changes(self) -> bool:
        """Whether anything changes at all."""
        parts = (self.text, self.namespaces, self.strategy_id, self.metadata, self.timestamp)
        return any(part is not None for part in parts) or self.expiry != "keep"

    def applied(self, record: Row) -> Row:
        """The record as it is after the change."""
        given = {
            "content": None if self.text is None else {"text": self.text},
            "namespaces": None if self.namespaces is None else list(self.namespaces),
            "memoryStrategyId": self.strategy_id,
            "metadata": None if self.metadata is None else dict(self.metadata),
            "timestamp": self.timestamp or record.get("timestamp") or record.get("createdAt"),
        }
        return record | {name: value for name, value in given.items() if value is not None}

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences."""
        item = self.item({"timestamp": datetime.now(UTC)})
        return _problems("BatchUpdateMemoryRecords", item, self.specification())

    def dumps(self) -> Row:
        """The change as JSON, without the record's id and fingerprint, which are kept beside it."""
        kept = {name: value for name, value in vars(self).items() if name not in ("record_id", "expected")}
        return _dumped({name: value for name, value in kept.items() if value is not None})

    @staticmethod
    def loads(record_id: str, document: Row, expected: str | None = None) -> RecordUpdate:
        """A change from `dumps`."""
        given = _loaded(document)
        if "namespaces" in given:
            given["namespaces"] = tuple(given["namespaces"])
        return RecordUpdate(record_id=record_id, expected=expected, **given)


def _problems(operation: str, item: Row, expiry: Row) -> list[str]:
    shown = {name: value for name, value in item.items() if name != "metadata"}
    params: Row = {"records": [shown]} | ({"recordExpirySpecification": expiry} if expiry else {})
    found = request_problems(DATA, operation, params, _LABELS)
    return list(dict.fromkeys([*found, *metadata_problems(item.get("metadata", {}))]))


def metadata_problems(metadata: Mapping[str, Row]) -> list[str]:
    """What AWS would refuse of a record's metadata, as sentences."""
    place = ("BatchCreateMemoryRecords", "records", "[]", "metadata")
    found: list[str] = []
    if len(metadata) > MAX_KEYS:
        found.append(f"A record has at most {MAX_KEYS} metadata keys, not {len(metadata)}.")
    for key, union in metadata.items():
        found += constraint(DATA, *place, "{key}").text_problems("A metadata key", key, _KEY_HINT)
        for member, value in union.items():
            found += _value_problems(key, value, (*place, "{}", member))
    return found


def _value_problems(key: str, value: Any, place: tuple[str, ...]) -> list[str]:
    label = f"The metadata value of “{key}”"
    rules = constraint(DATA, *place)
    if isinstance(value, str):
        return rules.text_problems(label, value, _KEY_HINT)
    if not isinstance(value, list):
        return []
    each = constraint(DATA, *place, "[]")
    found = rules.number_problems(f"The number of entries of “{key}”", len(value))
    return found + [text for entry in value for text in each.text_problems(label, entry, _KEY_HINT)]


def fingerprint(record: Row) -> str:
    """A digest of all that a person sees of a record: it differs when anything of it was changed.

    AWS tells no time of the last change and no version.
    """
    return hashlib.sha256(to_json(visible_parts(record)).encode()).hexdigest()


def visible_parts(record: Row) -> Row:
    """The parts of a record that a change can concern, alike however they were read."""
    return {
        "text": record.get("content", {}).get("text", ""),
        "namespaces": list(record.get("namespaces", [])),
        "strategy": record.get("memoryStrategyId") or NO_STRATEGY,
        "metadata": {
            key: {member: _alike(member, value) for member, value in union.items()}
            for key, union in sorted(personal_metadata(record).items())
        },
        "timestamp": _alike(_MOMENT, record.get("timestamp")),
    }


def _alike(member: str, value: Any) -> Any:
    """A metadata value in one form: numbers with a fraction, times to the millisecond that AWS keeps."""
    if member == "numberValue":
        return float(value)
    if member != _MOMENT or value is None:
        return value
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def draft_of(record: Row, expires_in_days: int | None = None) -> RecordDraft:
    """A record as a draft that makes another one like it (a record read from AWS, or its JSON)."""
    stored = record.get("timestamp") or record.get("createdAt")
    return RecordDraft(
        text=record["content"]["text"],
        namespaces=tuple(record.get("namespaces", [])),
        strategy_id=record.get("memoryStrategyId"),
        metadata=own_metadata(record),
        timestamp=datetime.fromisoformat(stored) if isinstance(stored, str) else stored,
        expires_in_days=expires_in_days,
    )


def own_metadata(record: Row) -> dict[str, Row]:
    """A record's metadata as it may be written again: without what the system writes by itself. A record
    type other than BASE stays, so that a reflection stays one."""
    given = {
        key: value
        for key, value in record.get("metadata", {}).items()
        if key not in _SYSTEM_TIMES and (key, value) != (RECORD_TYPE_KEY, _BASE)
    }
    return _with_moments(given)


def personal_metadata(record: Row) -> dict[str, Row]:
    """A record's metadata without anything of the system's: what people see and change."""
    return {key: value for key, value in own_metadata(record).items() if key != RECORD_TYPE_KEY}


def _dumped(given: Mapping[str, Any]) -> Row:
    document: Row = json.loads(to_json(dict(given)))
    return document


def _loaded(document: Row) -> Row:
    given = dict(document)
    if isinstance(given.get("timestamp"), str):
        given["timestamp"] = datetime.fromisoformat(given["timestamp"])
    if given.get("metadata") is not None:
        given["metadata"] = _with_moments(given["metadata"])
    return given


def _with_moments(metadata: Mapping[str, Row]) -> dict[str, Row]:
    """Metadata whose times are times again, after they were kept as JSON."""
    return {
        key: {
            member: datetime.fromisoformat(value) if member == _MOMENT and isinstance(value, str) else value
            for member, value in union.items()
        }
        for key, union in metadata.items()
    }
