"""Looking for words in what was said: in a session, an actor's sessions, or a whole memory.

AgentCore searches records, never events, so this lists them and reads. It goes at the pace that the account's
quotas leave, can be looked at while it runs, and can be stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.background import Progress, Reading, Row
from services.clients import Clients
from services.errors import InvalidValue
from services.pacing import Pace
from services.short_term import transcripts

Where = Literal["session", "actor", "memory"]
MAX_HITS = 500
EXCERPT = 240
"""Characters of a hit that are shown around the first word found."""
KEPT = 4_000
"""Characters that a hit keeps: more than are shown, so that what is sensitive is known before it is cut."""


@dataclass(frozen=True)
class Scope:
    """Where to look: a session, all sessions of an actor (no `session_id`), or a memory (no `actor_id`)."""

    memory_id: str
    actor_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True)
class Hit:
    """A turn that has the words; `event_id` None: a session whose id has them. `excerpt` is untrusted."""

    actor_id: str
    session_id: str
    event_id: str | None
    timestamp: datetime
    role: str | None
    excerpt: str


@dataclass(frozen=True)
class Found(Progress):
    """What was found so far, in the order of reading, and how much was read.

    `actors` and `actors_known` count the actors whose sessions were read and those known by now;
    `actors_listed` says that no more will come. `full`: it ended at `MAX_HITS`.
    """

    hits: tuple[Hit, ...] = ()
    actors: int = 0
    actors_known: int = 0
    actors_listed: bool = False
    sessions: int = 0
    events: int = 0
    full: bool = False


def wanted_words(text: str) -> tuple[str, ...]:
    """The words to look for; a text between quotation marks is one. InvalidValue when there is none."""
    plain = text.strip().replace("\u201c", '"').replace("\u201d", '"')
    phrase = len(plain) > 2 and plain[0] == plain[-1] == '"' and plain.count('"') == 2
    words = [plain] if phrase else plain.split()
    stripped = (word.strip('"').strip() for word in words)
    found = tuple(word.casefold() for word in stripped if word)
    if not found:
        raise InvalidValue("Type at least one word to look for.")
    return found


class EventSearch(Reading[Found]):
    """One search. A message is found when it has every word, in any order and case."""

    def __init__(self, clients: Clients, pace: Pace, scope: Scope, text: str) -> None:
        self._scope = scope
        self._words = wanted_words(text)
        super().__init__(clients, pace, Found())

    def _read(self) -> Iterator[str]:
        scope = self._scope
        for operation in self._whole_scope(scope):
            if self._now.full:
                return
            yield operation

    def _whole_scope(self, scope: Scope) -> Iterator[str]:
        if scope.actor_id is None:
            yield from self._memory()
        elif scope.session_id is None:
            self._known(1, listed=True)
            yield from self._actor(scope.actor_id)
        else:
            self._known(1, listed=True)
            yield from self._session(scope.actor_id, scope.session_id)

    def _memory(self) -> Iterator[str]:
        """A page of actors at a time, so that the first hits come long before the last actor is known."""
        waiting: list[str] = []

        def take(rows: list[Row]) -> None:
            waiting.extend(row["actorId"] for row in rows)
            self._known(len(rows))

        for operation in self._pages("list_actors", "actorSummaries", take, memoryId=self._scope.memory_id):
            while waiting:
                yield from self._actor(waiting.pop(0))
            yield operation
        self._tell(replace(self._now, actors_listed=True))
        while waiting:
            yield from self._actor(waiting.pop(0))

    def _actor(self, actor_id: str) -> Iterator[str]:
        sessions: list[Row] = []
        place = {"memoryId": self._scope.memory_id, "actorId": actor_id}
        yield from self._pages("list_sessions", "sessionSummaries", sessions.extend, **place)
        sessions.sort(key=lambda row: row["createdAt"], reverse=True)
        for row in sessions:
            if self._fits(row["sessionId"]):
                self._add([Hit(actor_id, row["sessionId"], None, row["createdAt"], None, row["sessionId"])])
            yield from self._session(actor_id, row["sessionId"])
        self._tell(replace(self._now, actors=self._now.actors + 1))

    def _session(self, actor_id: str, session_id: str) -> Iterator[str]:
        def take(rows: list[Row]) -> None:
            self._tell(replace(self._now, events=self._now.events + len(rows)))
            self._add(self._hits(actor_id, session_id, rows))

        place = {"memoryId": self._scope.memory_id, "actorId": actor_id, "sessionId": session_id}
        yield from self._pages("list_events", "events", take, includePayloads=True, **place)
        self._tell(replace(self._now, sessions=self._now.sessions + 1))

    def _hits(self, actor_id: str, session_id: str, events: Sequence[Row]) -> list[Hit]:
        """The turns that have the words, newest first."""
        return [
            Hit(
                actor_id,
                session_id,
                turn.event_id,
                turn.timestamp,
                turn.role,
                excerpt(turn.text, self._words, KEPT),
            )
            for turn in reversed(transcripts.turns(events))
            if self._fits(turn.text)
        ]

    def _fits(self, text: str) -> bool:
        folded = text.casefold()
        return all(word in folded for word in self._words)

    def _known(self, more: int, *, listed: bool = False) -> None:
        now = self._now
        self._tell(replace(now, actors_known=now.actors_known + more, actors_listed=listed))

    def _add(self, hits: Sequence[Hit]) -> None:
        if hits:
            found = (*self._now.hits, *hits)
            self._tell(replace(self._now, hits=found[:MAX_HITS], full=len(found) >= MAX_HITS))


def excerpt(text: str, words: Sequence[str], length: int = EXCERPT) -> str:
    """A piece of the text around the first of the words that it has, on one line."""
    line = " ".join(text.split())
    places = [place for word in words if (place := line.casefold().find(word)) >= 0]
    start = max(0, min(places, default=0) - length // 4)
    cut = line[start : start + length]
    return f"{'…' * (start > 0)}{cut}{'…' * (start + length < len(line))}"
