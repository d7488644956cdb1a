"""Changing one memory record, or writing one by hand: what differs, what AWS would refuse, what to know.

BatchUpdateMemoryRecords changes a record in place: its id and createdAt stay, also when it moves to another
namespace or strategy. It has no condition on a version and AWS tells none, so the record is read again right
before, and nothing is sent when somebody else has changed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.clients import Clients
from services.errors import InvalidDraft, RecordChangedMeanwhile
from services.exact_text import made_visible
from services.memory.settings import Difference
from services.memory.strategy_details import schema_of
from services.records import runs as record_runs
from services.records.batches import ItemResult, create_records, delete_records, update_records
from services.records.contents import Content, Preference, Summary, parse_content
from services.records.drafts import (
    NO_STRATEGY,
    Expiry,
    RecordDraft,
    RecordUpdate,
    fingerprint,
    personal_metadata,
)
from services.records.reading import record_now
from services.workspace.store import Workspace

Row = dict[str, Any]
SECTION = "Record"


@dataclass(frozen=True)
class RecordEdit:
    """A record as it was read, and as it shall be. `metadata` is without the system's own keys."""

    before: Row
    text: str
    namespaces: tuple[str, ...]
    strategy_id: str
    metadata: dict[str, Row]
    timestamp: datetime | None
    expiry: Expiry = "keep"

    def update(self) -> RecordUpdate:
        """What is sent: only what differs."""
        before = self.before
        strategy = before.get("memoryStrategyId") or NO_STRATEGY
        old = fingerprint(before), personal_metadata(before)
        return RecordUpdate(
            record_id=str(before["memoryRecordId"]),
            text=None if self.text == before["content"]["text"] else self.text,
            namespaces=None
            if list(self.namespaces) == list(before.get("namespaces", []))
            else self.namespaces,
            strategy_id=None if self.strategy_id == strategy else self.strategy_id,
            metadata=None if self.metadata == old[1] else self.metadata,
            timestamp=None if self.timestamp == before.get("timestamp") else self.timestamp,
            expiry=self.expiry,
            expected=old[0],
        )

    def after(self) -> Row:
        """The record as it is once the change is made; its new expiry only AWS tells."""
        return self.update().applied(self.before)

    def differences(self, names: dict[str, str]) -> list[Difference]:
        """What will be different; `names` are those of the strategies by id."""
        found = [each for each in record_differences(self.before, self.after(), names) if each.differs]
        if self.expiry != "keep":
            found.append(Difference(SECTION, "Expires", expiry_words(self.before), _expiry(self.expiry)))
        return found

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences."""
        return self.update().problems()

    def notes(self, memory: Row) -> list[str]:
        """What the change brings with it, as sentences."""
        update = self.update()
        found = []
        if update.namespaces is not None:
            found.append("The record moves: AWS keeps its id. Agents that read the old namespace lose it.")
        if update.strategy_id is not None and update.strategy_id != NO_STRATEGY:
            found.append(
                "Later conversations may change it: a strategy merges new memories with its own records."
            )
        found += _schema_notes(memory, self.strategy_id, self.metadata if update.metadata is not None else {})
        if self.expiry == "keep" and self.before.get("expiresAt") and update.changes():
            found.append("With every change AWS starts the record's last expiry duration anew.")
        return found


def _schema_notes(memory: Row, strategy_id: str, metadata: dict[str, Row]) -> Iterator[str]:
    """Which metadata a strategy's schema does not have."""
    strategy = next((row for row in memory.get("strategies", []) if row["strategyId"] == strategy_id), None)
    schema = {entry["key"] for entry in schema_of(strategy)} if strategy else set()
    indexed = {key["key"] for key in memory.get("indexedKeys", [])}
    if outside := sorted(set(metadata) - indexed):
        names = ", ".join(outside)
        yield f"Retrieval cannot be filtered by {names}: the memory has no such indexed key."
    if strategy and schema and (foreign := sorted(set(metadata) - schema)):
        yield f"{', '.join(foreign)}: not in the strategy's schema, so its extraction never fills it."


def record_differences(before: Row, after: Row, names: dict[str, str]) -> Iterator[Difference]:
    """Every part of a record on both sides, as a person reads it; hidden characters are made visible."""
    yield from _texts(before["content"]["text"], after["content"]["text"])
    for name, member in (("Namespace", "namespaces"), ("Said", "timestamp")):
        yield Difference(SECTION, name, _words(before.get(member)), _words(after.get(member)))
    yield Difference(SECTION, "Strategy", _strategy(before, names), _strategy(after, names))
    was, will = personal_metadata(before), personal_metadata(after)
    for key in sorted(was.keys() | will.keys()):
        yield Difference(SECTION, f"Metadata {key}", _union(was.get(key)), _union(will.get(key)))


def _texts(old: str, new: str) -> Iterator[Difference]:
    """What differs of two texts: by their parts where both have the same, else as they are stored."""
    parts = [(name, *pair) for name, pair in _parts(parse_content(old), parse_content(new))]
    if old != new and all(before == after for _, before, after in parts):
        parts = [("Text", old, new)]
    for name, before, after in parts:
        if before is None or after is None or before.split() != after.split():
            yield Difference(SECTION, name, before and made_visible(before), after and made_visible(after))
        elif before != after:
            yield Difference(SECTION, f"{name}: only spaces and line breaks", _spaces(before), _spaces(after))


def _parts(old: Content, new: Content) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    """The parts of two preferences or two summaries by name; nothing where the kinds differ."""
    if isinstance(old, Preference) and isinstance(new, Preference):
        yield "Preference", (old.preference, new.preference)
        yield "Context", (old.context, new.context)
        yield "Categories", (", ".join(old.categories), ", ".join(new.categories))
    elif isinstance(old, Summary) and isinstance(new, Summary):
        was, will = dict(old.topics), dict(new.topics)
        if len(was) < len(old.topics) or len(will) < len(new.topics):
            return  # two topics of one name
        for name in dict.fromkeys([*was, *will]):
            yield f"Topic {made_visible(name)}", (was.get(name), will.get(name))


def _spaces(text: str) -> str:
    return made_visible(text).replace(" ", "·").replace("\n", "⏎\n").replace("\t", "⇥")


def _words(value: Any) -> str | None:
    if not value:
        return None
    if isinstance(value, list):
        return ", ".join(value)
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _strategy(record: Row, names: dict[str, str]) -> str:
    id_ = record.get("memoryStrategyId") or NO_STRATEGY
    return names.get(id_, str(id_))


def metadata_words(record: Row) -> dict[str, str]:
    """A record's own metadata by key, each value in words; without what the system writes by itself."""
    return {key: _union(union) or "" for key, union in personal_metadata(record).items()}


def _union(union: Row | None) -> str | None:
    """A metadata value in words."""
    if union is None:
        return None
    value = next(iter(union.values()))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return _words(value) if "dateTimeValue" in union else str(value)


def expiry_words(record: Row) -> str | None:
    """When a record expires; None for never."""
    return _words(record.get("expiresAt"))


def _expiry(expiry: Expiry) -> str | None:
    return None if expiry == "never" else f"in {expiry} days"


def save(clients: Clients, workspace: Workspace, memory_id: str, edit: RecordEdit) -> ItemResult:
    """Make the change.

    Raises InvalidDraft before anything is sent, NotAuthorized, and RecordChangedMeanwhile. Any other way in
    which it was not made is in the result.
    """
    if problems := edit.problems():
        raise InvalidDraft(problems)
    [result] = update_records(clients, workspace, memory_id, [edit.update()])
    if result.error_code in {record_runs.CHANGED, record_runs.GONE}:
        record_id = str(result.record_id)
        raise RecordChangedMeanwhile(record_id, record_now(clients, memory_id, record_id))
    return result


def create(clients: Clients, workspace: Workspace, memory_id: str, draft: RecordDraft) -> ItemResult:
    """Write a record by hand. Raises InvalidDraft before anything is sent, and NotAuthorized."""
    if problems := draft.problems():
        raise InvalidDraft(problems)
    return create_records(clients, workspace, memory_id, [draft], title="Written by hand")[0]


def delete(clients: Clients, workspace: Workspace, memory_id: str, record_id: str) -> ItemResult:
    """Delete a record; it can be restored from the trash. Raises NotAuthorized."""
    return delete_records(clients, workspace, memory_id, [record_id])[0]
