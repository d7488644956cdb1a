"""A whole memory read in the background and looked over: every record with what may be wrong with it.

Records come a page at a time at the pace of the quotas, and what one record shows alone is found as it comes.
Then the records of each person are compared with each other and, where the calls for it are few enough, with
what that person's conversations say. It is right as of the time it ended; what is done here since is noted.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from services.background import Progress, Reading, Row
from services.clients import Clients
from services.findings import finders, pairs, support
from services.findings.model import Finding, Subject, subject_of
from services.frames import one_line_of
from services.listing import PAGE_SIZE
from services.memory.namespaces import all_below_slash, root_paths
from services.pacing import Pace
from services.records.provenance import words
from services.review.reviews import content_fingerprint
from services.short_term import transcripts

MOST_RECORDS = 50_000
"""Where the reading stops by itself, and says so: about 150 MB."""
MOST_CALLS_FOR_SOURCES = 1_500
"""Where comparing with conversations stops, and says for how many actors it was done."""
_TELL_SECONDS = 0.4


@dataclass(frozen=True)
class Seen:
    """A record as it was read, and what was found, gravest first."""

    row: Row
    line: str
    fingerprint: str
    actor_id: str | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Scan(Progress):
    """What is known of a memory's records by now, by id, newest first.

    `read`: all are read. `compared`: they were compared with each other. `actors_sourced` of `actors` were
    held against their conversations. `full`: it ended at MOST_RECORDS. `version` changes with every change.
    """

    records: Mapping[str, Seen] = field(default_factory=dict)
    read: bool = False
    compared: bool = False
    actors_sourced: int = 0
    actors: int = 0
    full: bool = False
    as_of: datetime | None = None
    version: int = 0


class RecordScan(Reading[Scan]):
    """The reading and looking over of one memory (GetMemory's dict)."""

    def __init__(self, clients: Clients, pace: Pace, memory: Row, now: datetime | None = None) -> None:
        self._memory = memory
        self._find = finders.single(memory, now or datetime.now(UTC))
        self._records: dict[str, Seen] = {}
        self._corrected: dict[str, Row | None] = {}
        self._writing = threading.RLock()
        self._told_at = 0.0
        super().__init__(clients, pace, Scan())

    def correct(self, record_id: str, row: Row | None) -> None:
        """Takes in what was done to a record here: as it is now, or None for one that is gone."""
        with self._writing:
            self._corrected[record_id] = row
            self._apply(record_id, row)
            self._say()

    def _read(self) -> Iterator[str]:
        yield from self._list()
        self._say(read=True, force=True)
        self._compare()
        self._say(compared=True, as_of=datetime.now(UTC), force=True)
        yield from self._source()

    def _list(self) -> Iterator[str]:
        actors: list[Row] = []
        memory_id = self._memory["id"]
        if not all_below_slash(self._memory):
            yield from self._pages("list_actors", "actorSummaries", actors.extend, memoryId=memory_id)
        for path in root_paths(self._memory, actors):
            where = {"memoryId": memory_id, "namespacePath": path}
            for operation in self._pages("list_memory_records", "memoryRecordSummaries", self._take, **where):
                if len(self._records) > MOST_RECORDS - PAGE_SIZE:
                    self._say(full=True, force=True)
                    return
                yield operation

    def _take(self, rows: list[Row]) -> None:
        with self._writing:
            for row in rows:
                record_id = row["memoryRecordId"]
                if record_id not in self._records and record_id not in self._corrected:
                    self._records[record_id] = self._seen(row)
            self._say()

    def _seen(self, row: Row) -> Seen:
        subject = subject_of(self._memory, row)
        found = tuple(sorted(self._find(subject), key=finders.rank))
        return Seen(row, one_line_of(row), content_fingerprint(row), subject.actor_id, found)

    def _subjects(self) -> list[Subject]:
        return [subject_of(self._memory, seen.row) for seen in list(self._records.values())]

    def _compare(self) -> None:
        for scope in pairs.by_scope(self._subjects()):
            found = finders.comparing(scope)
            with self._writing:
                self._add(found)

    def _add(self, found: Collection[Finding]) -> None:
        for finding in found:
            seen = self._records.get(finding.record_id)
            # what was corrected meanwhile no longer says what was compared
            if seen and not self._corrected.keys() & {finding.record_id, *finding.others}:
                ordered = sorted((*seen.findings, finding), key=finders.rank)
                self._records[finding.record_id] = replace(seen, findings=tuple(ordered))

    def _source(self) -> Iterator[str]:
        """Holds the statements of each actor against that actor's messages, as far as calls allow."""
        by_actor: dict[str, list[Subject]] = defaultdict(list)
        for subject in self._subjects():
            if subject.actor_id:
                by_actor[subject.actor_id].append(subject)
        self._say(actors=len(by_actor), force=True)
        calls = 0
        for number, (actor_id, subjects) in enumerate(by_actor.items(), start=1):
            said: list[frozenset[str]] = []
            for operation in self._said(actor_id, said):
                calls += 1
                if calls > MOST_CALLS_FOR_SOURCES:
                    return
                yield operation
            with self._writing:
                for subject in subjects if said else ():
                    self._add(list(support.find(subject, said)))
                self._say(actors_sourced=number, force=number == len(by_actor))

    def _said(self, actor_id: str, said: list[frozenset[str]]) -> Iterator[str]:
        """Reads the words of all that was said in an actor's sessions into `said`."""
        sessions: list[Row] = []
        place = {"memoryId": self._memory["id"], "actorId": actor_id}
        yield from self._pages("list_sessions", "sessionSummaries", sessions.extend, **place)

        def take(events: list[Row]) -> None:
            said.extend(words(turn.text) for turn in transcripts.turns(events))

        for session in sessions:
            where = {**place, "sessionId": session["sessionId"], "includePayloads": True}
            yield from self._pages("list_events", "events", take, **where)

    def _apply(self, record_id: str, row: Row | None) -> None:
        """Puts a record in its place as it is now, and drops what comparing had found of it."""
        if row is None:
            self._records.pop(record_id, None)
        else:
            self._records[record_id] = self._seen(row)
        for other_id, seen in list(self._records.items()):
            if any(record_id in finding.others for finding in seen.findings):
                left = tuple(filter(None, (_without(finding, record_id) for finding in seen.findings)))
                self._records[other_id] = replace(seen, findings=left)

    def _say(self, *, force: bool = False, **known: Any) -> None:
        """Tells what is known, while reading not more often than looking is worth."""
        with self._writing:
            now = time.monotonic()
            if not force and not self._now.ended and now - self._told_at < _TELL_SECONDS:
                return
            self._told_at = now
            records, version = dict(self._records), self._now.version + 1
            self._tell(replace(self._now, records=records, version=version, **known))


def _without(finding: Finding, record_id: str) -> Finding | None:
    """A finding without one of the records that it compares with; None when no other is left."""
    if record_id not in finding.others:
        return finding
    others = tuple(other for other in finding.others if other != record_id)
    return replace(finding, others=others) if others else None
