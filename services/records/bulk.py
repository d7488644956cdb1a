"""One change to many records: what exactly it does to each of them, worked out before anything is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

from services import bounded_json
from services.clients import Clients
from services.exact_text import made_visible
from services.memory.settings import Difference
from services.records.batches import RecordUpdate, plan_deletes, plan_updates
from services.records.changes import expiry_words, record_differences
from services.records.contents import Summary, one_line, parse_content
from services.records.drafts import Expiry, fingerprint, personal_metadata
from services.records.texts import summary_text
from services.workspace.store import Workspace

Row = dict[str, Any]


class BulkChange(Protocol):
    """What is to be done to each record."""

    def title(self) -> str:
        """What it does in few words, kept with the act: nothing that a record says is in it."""

    def described(self) -> str:
        """What exactly it does, for the screen."""

    def of(self, record: Row) -> RecordUpdate | None:
        """The change of one record; None where it changes nothing."""


@dataclass(frozen=True)
class ReplaceText:
    """Words replaced wherever they are in what a record says: in the values of JSON and the topics of
    summaries, never in their form."""

    find: str
    put: str
    match_case: bool = True

    def title(self) -> str:
        return "Replace words"

    def described(self) -> str:
        return f"Replace “{made_visible(self.find)[:60]}” by “{made_visible(self.put)[:60]}”"

    def of(self, record: Row) -> RecordUpdate | None:
        if not self.find:
            return None
        old = record["content"]["text"]
        new = self._replaced(old)
        return None if new == old else RecordUpdate(str(record["memoryRecordId"]), text=new)

    def _replaced(self, text: str) -> str:
        document = _json_object(text)
        if document is not None:
            changed = self._in_document(document)
            return text if changed == document else json.dumps(changed, ensure_ascii=False)
        parsed = parse_content(text)
        if isinstance(parsed, Summary):
            return summary_text([(self._in(name), self._in(body)) for name, body in parsed.topics], text)
        return self._in(text)

    def _in(self, text: str) -> str:
        if self.match_case:
            return text.replace(self.find, self.put)
        return re.sub(re.escape(self.find), lambda _: self.put, text, flags=re.IGNORECASE)

    def _in_document(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._in(value)
        if isinstance(value, list):
            return [self._in_document(each) for each in value]
        if isinstance(value, dict):
            return {name: self._in_document(each) for name, each in value.items()}
        return value


def _json_object(text: str) -> Row | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        document = bounded_json.read(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


@dataclass(frozen=True)
class SetMetadata:
    """A metadata key set to a value (the API's union), or taken away (None)."""

    key: str
    value: Row | None

    def title(self) -> str:
        return f"{'Remove' if self.value is None else 'Set'} the metadata key {self.key}"

    def described(self) -> str:
        if self.value is None:
            return f"Remove the metadata key {self.key}"
        return f"Set metadata {self.key} to {next(iter(self.value.values()))}"

    def of(self, record: Row) -> RecordUpdate | None:
        before = personal_metadata(record)
        after = {key: value for key, value in before.items() if key != self.key}
        if self.value is not None:
            after[self.key] = self.value
        return None if after == before else RecordUpdate(str(record["memoryRecordId"]), metadata=after)


@dataclass(frozen=True)
class Move:
    """To a namespace; with `below` only the beginning of the path changes, whole segments of it."""

    to: str
    below: str | None = None

    def title(self) -> str:
        return "Move to another namespace"

    def described(self) -> str:
        return f"Move to {self.to}" if self.below is None else f"Move {self.below} to {self.to}"

    def of(self, record: Row) -> RecordUpdate | None:
        old = next(iter(record.get("namespaces", [])), "")
        new = self._moved(old)
        return None if new == old else RecordUpdate(str(record["memoryRecordId"]), namespaces=(new,))

    def _moved(self, namespace: str) -> str:
        if self.below is None:
            return self.to
        stem, target = self.below.rstrip("/"), self.to.rstrip("/")
        if namespace.rstrip("/") == stem or namespace.startswith(f"{stem}/"):
            return target + namespace[len(stem) :]
        return namespace


@dataclass(frozen=True)
class SetExpiry:
    """Days from the moment it is sent, or never."""

    expiry: Expiry

    def title(self) -> str:
        return "Set the expiry"

    def described(self) -> str:
        return "Let them never expire" if self.expiry == "never" else f"Let them expire in {self.expiry} days"

    def of(self, record: Row) -> RecordUpdate | None:
        return RecordUpdate(str(record["memoryRecordId"]), expiry=self.expiry)


@dataclass(frozen=True)
class Delete:
    """The records are deleted; they can be restored from the trash."""

    def title(self) -> str:
        return "Delete"

    def described(self) -> str:
        return "Delete"

    def of(self, record: Row) -> RecordUpdate | None:
        return RecordUpdate(str(record["memoryRecordId"]))


@dataclass(frozen=True)
class Affected:
    """One record that will change, how, and what AWS would refuse about it."""

    record: Row
    update: RecordUpdate
    differences: tuple[Difference, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class DryRun:
    """What a change will do: to `affected` records, in the order given; `unchanged` stay as they are.

    `refused` are those of the affected that AWS would refuse: they are left out when it is sent.
    """

    change: BulkChange
    affected: tuple[Affected, ...]
    unchanged: int

    @property
    def refused(self) -> tuple[Affected, ...]:
        return tuple(each for each in self.affected if each.problems)

    @property
    def sent(self) -> tuple[Affected, ...]:
        return tuple(each for each in self.affected if not each.problems)

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """One row per record and thing that changes, for a table or a file."""
        return [row for each in self.affected for row in _rows(self.change, each)]


def dry_run(records: Iterable[Row], change: BulkChange, names: dict[str, str]) -> DryRun:
    """Work out what a change does to each record; `names` are those of the strategies by id."""
    affected, unchanged = [], 0
    for record in records:
        update = change.of(record)
        if update is None:
            unchanged += 1
            continue
        after = record if isinstance(change, Delete) else update.applied(record)
        found = [] if after is record else [d for d in record_differences(record, after, names) if d.differs]
        if update.expiry != "keep":
            expires = None if update.expiry == "never" else f"in {update.expiry} days"
            found.append(Difference("Record", "Expires", expiry_words(record), expires))
        problems = [] if isinstance(change, Delete) else update.problems()
        affected.append(Affected(record, update, tuple(found), tuple(problems)))
    return DryRun(change, tuple(affected), unchanged)


def _rows(change: BulkChange, each: Affected) -> Iterable[dict[str, str]]:
    known = {
        "memoryRecordId": str(each.record["memoryRecordId"]),
        "record": made_visible(one_line(parse_content(each.record["content"]["text"]))),
        "namespace": next(iter(each.record.get("namespaces", [])), ""),
    }
    problem = {"problem": " ".join(each.problems)}
    if isinstance(change, Delete):
        text = made_visible(each.record["content"]["text"])
        yield known | {"what": "deleted", "before": text, "after": ""} | problem
        return
    for one in each.differences:
        yield known | {"what": one.name, "before": one.before or "", "after": one.after or ""} | problem


def plan(clients: Clients, workspace: Workspace, memory_id: str, run: DryRun) -> str:
    """Write down what a dry run showed, to be carried out by `runs.carry_out`; the act's id.

    A record that is no longer as the dry run saw it will be left as it is. Raises NotAuthorized.
    """
    title = run.change.title()
    expected = {each.update.record_id: fingerprint(each.record) for each in run.sent}
    if isinstance(run.change, Delete):
        return plan_deletes(clients, workspace, memory_id, dict(expected), title=title)
    changes: Sequence[RecordUpdate] = [
        replace(each.update, expected=expected[each.update.record_id]) for each in run.sent
    ]
    return plan_updates(clients, workspace, memory_id, changes, title=title)
