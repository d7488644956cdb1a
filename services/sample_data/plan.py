"""The whole sample store as data, before anything is sent: the same for the same anchor and seed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.sample_data.casting import Domain, MemoryBlueprint, Persona, Profile
from services.sample_data.domains import DOMAINS
from services.sample_data.payloads import Draft, TimedTurn, drafts
from services.sample_data.schedule import session_starts, turn_times
from services.sample_data.script import fill

SEED = 20261
VERSION = "1"
"""Written as the value of the memories' tag. Raise it when the content changes."""


@dataclass(frozen=True)
class PlannedEvent:
    """One CreateEvent call. `root` is the index, in the session, of the event that a branch forks from."""

    at: datetime
    payload: list[dict[str, Any]]
    client_token: str
    metadata: dict[str, str]
    branch: str | None = None
    root: int | None = None


@dataclass(frozen=True)
class PlannedSession:
    """One session of an actor, its events in the order in which they are to be written."""

    actor_id: str
    session_id: str
    events: tuple[PlannedEvent, ...]


@dataclass(frozen=True)
class PlannedMemory:
    """One memory resource and everything that goes into it. Sessions of an actor are oldest first."""

    key: str
    blueprint: MemoryBlueprint
    sessions: tuple[PlannedSession, ...]
    profiles: tuple[Profile, ...]

    @property
    def event_count(self) -> int:
        return sum(len(session.events) for session in self.sessions)


def plan(anchor: datetime, seed: int = SEED) -> tuple[PlannedMemory, ...]:
    """Every memory of the sample data, its sessions in the five weeks before `anchor` (an aware datetime).

    Texts, ids and client tokens depend on the seed alone but for the dates that people mention, so that an
    interrupted load can be finished.
    """
    return tuple(_memory(domain, anchor, seed) for domain in DOMAINS)


def _memory(domain: Domain, anchor: datetime, seed: int) -> PlannedMemory:
    sessions = tuple(
        session for persona in domain.cast for session in _sessions(domain, persona, anchor, seed)
    )
    return PlannedMemory(domain.key, domain.memory, sessions, domain.profiles)


def _sessions(domain: Domain, persona: Persona, anchor: datetime, seed: int) -> Iterator[PlannedSession]:
    calendar = random.Random(f"{seed}/{domain.key}/{persona.actor_id}/calendar")  # noqa: S311 - not a secret
    starts = session_starts(len(persona.stories), anchor, calendar, recent=persona.recent)
    for number, (story, start) in enumerate(zip(persona.stories, starts, strict=True)):
        yield _session(domain, persona, story, start, f"{seed}/{domain.key}/{persona.actor_id}/{number}")


def _session(domain: Domain, persona: Persona, story: str, start: datetime, path: str) -> PlannedSession:
    dice = random.Random(path)  # noqa: S311 - not a secret
    script, _, fixed = story.partition("@")
    session_id = fixed or f"{script}-{dice.getrandbits(32):08x}"
    turns = tuple(fill(turn, persona.slots, start.date(), dice) for turn in domain.turns(script))
    timed = [TimedTurn(turn, at) for turn, at in zip(turns, turn_times(start, turns, dice), strict=True)]
    events = _events(drafts(persona.shape, timed, session_id), dict(persona.metadata), path)
    return PlannedSession(persona.actor_id, session_id, tuple(events))


def _events(session: Sequence[Draft], metadata: dict[str, str], path: str) -> Iterator[PlannedEvent]:
    """The events with tokens, branch roots, and times that never coincide within the session."""
    last = session[0].at - timedelta(milliseconds=1)
    main = None
    opened: set[str] = set()
    for index, draft in enumerate(session):
        last = max(draft.at, last + timedelta(milliseconds=1))
        root = main if draft.branch and draft.branch not in opened else None
        opened.update(filter(None, [draft.branch]))
        main = index if draft.branch is None else main
        tags = metadata | draft.metadata
        yield PlannedEvent(last, draft.payload, _token(path, index), tags, draft.branch, root)


def _token(path: str, index: int) -> str:
    """The same event always has the same token, whenever it is sent."""
    return hashlib.sha256(f"sample-data/{VERSION}/{path}/{index}".encode()).hexdigest()
