"""Clients that write, delete and repeat, and note what they were told."""

from __future__ import annotations

import http.client
import random
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.durability.machine import Client, Refused

NO_ANSWER = (OSError, http.client.HTTPException, ValueError)  # ValueError: an answer cut off in its body
SENTENCES = (
    "My favourite colour is teal.",
    "I live in Lisbon and work as a nurse.",
    "I am allergic to peanuts.",
    "My daughter is called Mira.",
)
_SAID = ("SEMANTIC", "semanticMemoryStrategy", "/facts/{actorId}/{sessionId}/")
_SUMMED = ("SUMMARIZATION", "summaryMemoryStrategy", "/summaries/{actorId}/{sessionId}/")
STRATEGIES = [
    {member: {"name": kind.lower(), "namespaceTemplates": [template]}}
    for kind, member, template in (_SAID, _SUMMED)
]

YES, NO, EITHER = frozenset({1}), frozenset({0}), frozenset({0, 1})


@dataclass(frozen=True)
class Request:
    """One request. `marks` are what it writes or deletes: names that nothing else in the run has."""

    operation: str
    method: str
    path: str
    body: dict[str, Any] | None
    marks: tuple[str, ...]

    @property
    def deletes(self) -> bool:
        return "Delete" in self.operation


@dataclass
class Journal:
    """What one client knows of what it wrote: how often each mark may be found."""

    actor: str
    events: dict[str, frozenset[int]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)  # mark -> sentence: to be extracted
    records: dict[str, frozenset[int]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    writes: int = 0
    deletes: int = 0
    unanswered: Request | None = None

    def sent(self, request: Request) -> None:
        """It may happen from now on."""
        self.unanswered = request
        for mark in request.marks:
            self._of(request)[mark] = EITHER

    def answered(self, request: Request, answer: dict[str, Any]) -> None:
        """It has happened."""
        self.unanswered = None
        for mark in request.marks:
            self._of(request)[mark] = NO if request.deletes else YES
        if request.deletes:
            self.deletes += len(request.marks)
            return
        self.writes += len(request.marks)
        if request.operation == "CreateEvent":
            self.ids[request.marks[0]] = answer["event"]["eventId"]
        else:
            made = {each["requestIdentifier"]: each for each in answer["successfulRecords"]}
            self.ids |= {mark: made[mark]["memoryRecordId"] for mark in request.marks}

    def refused(self, request: Request) -> None:
        """It has not happened: nothing of it may be found (or, of a deletion, all)."""
        self.unanswered = None
        for mark in request.marks:
            self._of(request)[mark] = YES if request.deletes else NO

    def _of(self, request: Request) -> dict[str, frozenset[int]]:
        return self.events if "Event" in request.operation else self.records


class Worker:
    """A client on a thread of its own. It writes until it gets no answer, or is told to stop."""

    def __init__(self, port: int, memory_id: str, actor: str, seed: str) -> None:
        self.journal = Journal(actor)
        self.failures: list[Refused] = []
        self._client = Client(port)
        self._memory = f"/memories/{memory_id}"
        self._chance = random.Random(seed)
        self._numbers = iter(range(1_000_000))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def finish(self) -> None:
        """Let it come to its end."""
        self._stop.set()
        self._thread.join()
        self._client.close()

    def wait(self) -> None:
        """Until it gets no answer any more."""
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            request = self._next()
            self.journal.sent(request)
            try:
                answer = self._client.ask(request.method, request.path, request.body)
            except Refused as error:
                self.journal.refused(request)
                self.failures.append(error)
                self._stop.wait(0.01)
            except NO_ANSWER:
                return
            else:
                self.journal.answered(request, answer)

    def _next(self) -> Request:
        draw = self._chance.random()
        if draw < 0.45:
            return self._event(conversational=False)
        if draw < 0.6:
            return self._event(conversational=True)
        if draw < 0.8:
            return self._batch_create(self._chance.randint(1, 3))
        return self._deletion() or self._event(conversational=False)

    def _event(self, *, conversational: bool) -> Request:
        mark = f"{self.journal.actor}-{next(self._numbers)}"
        payload: dict[str, Any] = {"blob": {"size": "x" * self._chance.randint(1, 3000)}}
        if conversational:
            sentence = self._chance.choice(SENTENCES)
            self.journal.said[mark] = sentence
            payload = {"conversational": {"role": "USER", "content": {"text": sentence}}}
        body = {
            "actorId": self.journal.actor,
            "sessionId": self._session(mark),
            "eventTimestamp": 1772375782,
            "payload": [payload],
            "metadata": {"mark": {"stringValue": mark}},
            "clientToken": str(uuid.UUID(int=self._chance.getrandbits(128))),
        }
        return Request("CreateEvent", "POST", f"{self._memory}/events", body, (mark,))

    def _session(self, mark: str) -> str:
        """What is extracted has a session of its own, so that its records are known by their namespace."""
        return mark if mark in self.journal.said else "blobs"

    def _batch_create(self, count: int) -> Request:
        marks = tuple(f"{self.journal.actor}-{next(self._numbers)}" for _ in range(count))
        records = [
            {
                "requestIdentifier": mark,
                "namespaces": [f"/direct/{self.journal.actor}/"],
                "content": {"text": "A note."},  # always the same: it is embedded once
                "metadata": {"mark": {"stringValue": mark}},
                "timestamp": 1772375782,
            }
            for mark in marks
        ]
        body = {"records": records, "clientToken": str(uuid.UUID(int=self._chance.getrandbits(128)))}
        return Request(
            "BatchCreateMemoryRecords", "POST", f"{self._memory}/memoryRecords/batchCreate", body, marks
        )

    def _deletion(self) -> Request | None:
        journal = self.journal
        kind = self._chance.choice(("event", "record", "batch"))
        there = _present(journal.events if kind == "event" else journal.records)
        if not there:
            return None
        marks = tuple(self._chance.sample(there, min(len(there), 2 if kind == "batch" else 1)))
        ids = [journal.ids[mark] for mark in marks]
        if kind == "event":
            session = quote(self._session(marks[0]))
            path = f"{self._memory}/actor/{journal.actor}/sessions/{session}/events/{quote(ids[0])}"
            return Request("DeleteEvent", "DELETE", path, None, marks)
        if kind == "record":
            path = f"{self._memory}/memoryRecords/{ids[0]}"
            return Request("DeleteMemoryRecord", "DELETE", path, None, marks)
        body = {"records": [{"memoryRecordId": each} for each in ids]}
        path = f"{self._memory}/memoryRecords/batchDelete"
        return Request("BatchDeleteMemoryRecords", "POST", path, body, marks)


def _present(marks: dict[str, frozenset[int]]) -> list[str]:
    return [mark for mark, allowed in marks.items() if allowed == YES]


def repeat(client: Client, journals: Iterable[Journal], chance: random.Random) -> int:
    """Send again, word for word, most of what had no answer, as an SDK would; how many."""
    repeated = 0
    for journal in journals:
        request = journal.unanswered
        if request is None or chance.random() < 0.25:
            continue
        try:
            answer = client.ask(request.method, request.path, request.body)
        except Refused as error:
            if error.status != 404:
                raise
            if not request.deletes:  # the memory itself is lost, which the verdict will say
                continue
            answer = {}  # it was deleted the first time
        journal.answered(request, answer)
        repeated += 1
    return repeated
