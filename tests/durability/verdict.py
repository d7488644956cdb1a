"""What is stored, against what the clients were told."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import apsw

from services.aws_local.storage.store import DATABASE_NAME
from tests.durability.load import NO, SENTENCES, YES, Journal
from tests.durability.machine import Client, Refused

Made = dict[str, list[str]]  # namespace root ("/facts/", "/summaries/") -> contents of records


@dataclass
class Verdict:
    """What does not agree. Each line names a mark, or what SQLite said."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    resurrected: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    extracted_wrongly: list[str] = field(default_factory=list)

    def add(self, other: Verdict) -> None:
        for name, lines in vars(other).items():
            getattr(self, name).extend(lines)

    @property
    def good(self) -> bool:
        return not any(vars(self).values())

    def compare(self, allowed: dict[str, frozenset[int]], found: Counter[str]) -> None:
        """Each mark as often as it may be found; what was uncertain is certain from now on."""
        for mark in {*allowed, *found}:
            count = found[mark]
            expected = allowed.get(mark, NO)
            if count > 1:
                self.doubled.append(mark)
            elif count not in expected:
                (self.lost if expected == YES else self.resurrected).append(mark)
            allowed[mark] = frozenset({count})


class Look:
    """Reads what the endpoint shows of one memory."""

    def __init__(self, client: Client, memory_id: str) -> None:
        self._client = client
        self._memory = f"/memories/{memory_id}"

    def check(self, journal: Journal) -> Verdict:
        """A client's events and records, each counted."""
        verdict = Verdict()
        sessions = ["blobs", *journal.said]
        verdict.compare(
            journal.events, Counter(mark for each in sessions for mark in self._events(journal, each))
        )
        records = self._records(f"/direct/{journal.actor}/")
        verdict.compare(journal.records, Counter(map(_mark, records)))
        return verdict

    def check_extracted(self, journal: Journal, expected: dict[str, Made]) -> Verdict:
        """Every event that is there has the records that its sentence gives, once; one that was deleted has
        them or has none.
        """
        verdict = Verdict()
        for root in ("/facts/", "/summaries/"):
            found = self.extracted(root, journal.actor)
            for mark, sentence in journal.said.items():
                wanted = expected[sentence][root]
                made = found.pop(mark, [])
                there = journal.events[mark] == YES
                if made != wanted and (there or made):
                    verdict.extracted_wrongly.append(f"{root}{mark}: {made} instead of {wanted}")
            verdict.extracted_wrongly += [f"{root}{mark}: records of no event" for mark in found]
        return verdict

    def extracted(self, root: str, actor: str) -> dict[str, list[str]]:
        """Session -> sorted contents of the records below `root` for this actor."""
        found: dict[str, list[str]] = {}
        for each in self._records(f"{root}{actor}/"):
            session = each["namespaces"][0].split("/")[3]
            found.setdefault(session, []).append(each["content"]["text"])
        return {session: sorted(texts) for session, texts in found.items()}

    def _events(self, journal: Journal, session: str) -> Iterator[str]:
        path = f"{self._memory}/actor/{journal.actor}/sessions/{quote(session)}"
        for event in self._pages(path, "events", {"includePayloads": False}):
            yield _mark(event)

    def _records(self, namespace_path: str) -> Iterator[dict[str, Any]]:
        path = f"{self._memory}/memoryRecords"
        return self._pages(path, "memoryRecordSummaries", {"namespacePath": namespace_path})

    def _pages(self, path: str, member: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        token: dict[str, str] = {}
        while True:
            try:
                answer = self._client.ask("POST", path, {"maxResults": 100} | body | token)
            except Refused as error:
                if error.status != 404:  # the memory itself is lost, and with it everything in it
                    raise
                return
            yield from answer[member]
            if not answer.get("nextToken"):
                return
            token = {"nextToken": answer["nextToken"]}


def _mark(found: dict[str, Any]) -> str:
    mark: str = found["metadata"]["mark"]["stringValue"]
    return mark


def expected_of(look: Look, journal: Journal) -> dict[str, Made]:
    """What each sentence gives, as an endpoint shows it that nobody disturbed."""
    made = {root: look.extracted(root, journal.actor) for root in ("/facts/", "/summaries/")}
    return {
        sentence: {root: found.get(mark, []) for root, found in made.items()}
        for mark, sentence in journal.said.items()
        if sentence in SENTENCES
    }


def examine(data_dir: Path) -> list[str]:
    """What is wrong with the database as it lies there: nothing, in a copy, so that it is not repaired by
    being looked at.
    """
    if not (data_dir / DATABASE_NAME).exists():
        return []
    with tempfile.TemporaryDirectory(prefix="durability-") as folder:
        for path in data_dir.glob(DATABASE_NAME + "*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, folder)
        connection = apsw.Connection(str(Path(folder) / DATABASE_NAME))
        try:
            return _wrong(connection)
        except apsw.Error as error:
            return [f"{type(error).__name__}: {error}"]
        finally:
            connection.close(force=True)


_WORDS = """
SELECT (SELECT count(*) FROM records) = (SELECT count(*) FROM record_words)
   AND NOT EXISTS (SELECT 1 FROM records WHERE record_no NOT IN (SELECT rowid FROM record_words))
"""


def _wrong(connection: apsw.Connection) -> list[str]:
    integrity = connection.pragma("integrity_check")
    wrong = [] if integrity == "ok" else [str(integrity)]
    wrong += [f"foreign key: {each}" for each in connection.execute("PRAGMA foreign_key_check")]
    if connection.pragma("user_version"):
        connection.execute("INSERT INTO record_words(record_words) VALUES ('integrity-check')")
        if connection.execute(_WORDS).fetchone() != (1,):
            wrong.append("records and their words differ")
    return wrong


def extractions(data_dir: Path) -> dict[tuple[str, str], int]:
    """(session, type of strategy) -> decisions that its extraction noted, with or without a record."""
    connection = apsw.Connection(str(data_dir / DATABASE_NAME), flags=apsw.SQLITE_OPEN_READONLY)
    sql = """
    SELECT session_id, type, count(*) FROM decisions
           JOIN sessions USING (session_no) JOIN strategies USING (strategy_id) GROUP BY 1, 2
    """
    try:
        return {(session, kind): count for session, kind, count in connection.execute(sql)}
    finally:
        connection.close()
