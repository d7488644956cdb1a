"""Where a record probably came from: the messages that say what it says; and the way back, from a message.

AgentCore tells no source of a record (no event id is in any answer), so this is a guess, and every answer
says so: words in common, and the record's `timestamp`, which is the time of its source (service model).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

from services.clients import Clients
from services.memory import namespace_tree
from services.memory.namespaces import resolve_template, strategy_templates
from services.records.contents import (
    Episode,
    Fact,
    Preference,
    Reflection,
    Summary,
    parse_content,
)
from services.records.memory_records import list_memory_records
from services.short_term.events import list_events, list_sessions
from services.short_term.transcripts import Turn, turns

Confidence = Literal["high", "medium", "low"]
MAX_SESSIONS = 10
MAX_EVENTS = 300
MAX_SOURCES = 5
MAX_RECORDS = 500
MAX_LIKELY_RECORDS = 10
_SAME_TIME = timedelta(milliseconds=1)
_UNTELLING = """
a about after all also am an and any are as at be been but by can could did do does for from had has have
he her his how i if in into is it its just like me my no not of on or our she so some than that the their
them then there they this to too up us user users was we were what when where which who will with would
you your
"""
_STOP_WORDS = frozenset(_UNTELLING.split())


@dataclass(frozen=True)
class Source:
    """A message that may be the source. `shared` is the part of the record's words that it has (0 to 1)."""

    actor_id: str
    session_id: str
    turn: Turn
    shared: float
    same_time: bool
    confidence: Confidence


@dataclass(frozen=True)
class Sources:
    """The likeliest sources, best first. `searched` says where was looked, or why nowhere; `complete` is
    False when there were more conversations than were read.
    """

    found: list[Source]
    searched: str
    complete: bool


def likely_sources(clients: Clients, memory: dict[str, Any], record: dict[str, Any]) -> Sources:
    """The messages that a record was probably made from, among its actor's conversations.

    Reads ListSessions and ListEvents of the sessions nearest in time; raises what these raise.
    """
    origin = namespace_tree.origin_of(memory, record)
    actor_id = origin.get("actorId")
    if actor_id is None:
        return Sources([], "The record's namespace names no actor, so there is nowhere to look.", True)
    session_ids, complete = _sessions(clients, memory["id"], actor_id, origin.get("sessionId"), record)
    found: list[Source] = []
    for session_id in session_ids:
        listing = list_events(clients, memory["id"], actor_id, session_id, limit=MAX_EVENTS)
        complete = complete and listing.complete
        found += _matching(record, actor_id, session_id, turns(listing.rows))
    found.sort(key=lambda source: (source.same_time, source.shared), reverse=True)
    number = len(session_ids)
    searched = f"Looked in {number} {'session' if number == 1 else 'sessions'} of actor {actor_id}."
    return Sources(found[:MAX_SOURCES], searched, complete)


@dataclass(frozen=True)
class LikelyRecord:
    """A record that an event may have led to; measured as `Source` is, over the event's messages."""

    record: dict[str, Any]
    shared: float
    same_time: bool
    confidence: Confidence


@dataclass(frozen=True)
class LikelyRecords:
    """The likeliest records, best first; `searched` says where was looked. `complete` is False when there
    were more records than were read."""

    found: list[LikelyRecord]
    searched: str
    complete: bool


def likely_records(clients: Clients, memory: dict[str, Any], event: dict[str, Any]) -> LikelyRecords:
    """The records that were probably made from an event, by the scale of `likely_sources`.

    Reads ListMemoryRecords of the namespaces that the strategies' templates give its actor and session;
    raises what this raises.
    """
    said = [turn for turn in turns([event]) if turn.role is not None]
    if not said:
        return LikelyRecords([], "Only messages are extracted; this event has none.", True)
    paths = _paths(memory, event["actorId"], event["sessionId"])
    if not paths:
        return LikelyRecords([], "The memory has no strategy, so nothing is extracted.", True)
    found: dict[str, LikelyRecord] = {}
    complete = True
    for path in paths:
        listing = list_memory_records(clients, memory["id"], namespace_path=path, limit=MAX_RECORDS)
        complete = complete and listing.complete
        for record in listing.rows:
            likely = best_fit(record, said)
            if likely:
                found[record["memoryRecordId"]] = likely
    best = sorted(found.values(), key=lambda each: (each.same_time, each.shared), reverse=True)
    return LikelyRecords(best[:MAX_LIKELY_RECORDS], f"Looked below {', '.join(paths)}.", complete)


def _paths(memory: dict[str, Any], actor_id: str, session_id: str) -> list[str]:
    """The namespaces of an actor and session, each cut before a placeholder that stays unknown."""
    found: list[str] = []
    for strategy in memory.get("strategies", []):
        for template in strategy_templates(strategy):
            resolved = resolve_template(template, actor_id, session_id, strategy["strategyId"])
            known, unknown, _ = resolved.partition("{")
            found.append((known.rpartition("/")[0] + "/") if unknown else known)
    return list(dict.fromkeys(found))


class Said(Protocol):
    """A message as it takes to judge by: `role` None for what is no message, `timestamp` in UTC."""

    @property
    def role(self) -> str | None: ...
    @property
    def text(self) -> str: ...
    @property
    def timestamp(self) -> datetime: ...


T = TypeVar("T", bound=Said)


def placed(records: Iterable[dict[str, Any]], said: Iterable[T]) -> list[tuple[T, LikelyRecord]]:
    """Each record with the one message that it fits best, by the scale of `likely_sources`; those that fit
    none are left out. For many of both: the words of each are taken once."""
    known = [(message, words(message.text)) for message in said]
    found: list[tuple[T, LikelyRecord]] = []
    for record in records:
        scored = list(_scored(record, known))
        if scored:
            message, shared, same_time, confidence = max(scored, key=lambda each: (each[2], each[1]))
            found.append((message, LikelyRecord(record, shared, same_time, confidence)))
    return found


def best_fit(record: dict[str, Any], said: Iterable[Turn]) -> LikelyRecord | None:
    """How well the best of the messages fits a record; None when none does."""
    return next((likely for _, likely in placed([record], said)), None)


def _sessions(
    clients: Clients, memory_id: str, actor_id: str, session_id: str | None, record: dict[str, Any]
) -> tuple[list[str], bool]:
    """The sessions to look in, nearest in time first, and whether these are all."""
    if session_id is not None:
        return [session_id], True
    listing = list_sessions(clients, memory_id, actor_id)
    moment = _source_time(record)
    begun = [row for row in listing.rows if row["createdAt"] <= moment] or listing.rows
    begun = sorted(begun, key=lambda row: abs(moment - row["createdAt"]))
    return [row["sessionId"] for row in begun[:MAX_SESSIONS]], listing.complete and len(begun) <= MAX_SESSIONS


def _source_time(record: dict[str, Any]) -> datetime:
    moment: datetime = record.get("timestamp") or record["createdAt"]
    return moment


def _matching(
    record: dict[str, Any], actor_id: str, session_id: str, said: Iterable[Turn]
) -> Iterable[Source]:
    known = ((turn, words(turn.text)) for turn in said)
    for turn, shared, same_time, confidence in _scored(record, known):
        yield Source(actor_id, session_id, turn, shared, same_time, confidence)


def _scored(
    record: dict[str, Any], said: Iterable[tuple[T, frozenset[str]]]
) -> Iterable[tuple[T, float, bool, Confidence]]:
    """The messages, each given with its words, that may be a record's source: (message, shared words, same
    time, confidence)."""
    wanted = words(_statement(record["content"]["text"]))
    for message, having in said:
        if message.role is None:
            continue
        shared = len(wanted & having) / len(wanted) if wanted else 0.0
        same_time = abs(message.timestamp - _source_time(record)) <= _SAME_TIME
        confidence = _confidence(shared, same_time)
        if confidence:
            yield message, shared, same_time, confidence


def _confidence(shared: float, same_time: bool) -> Confidence | None:
    """How sure a guess is; None is none at all."""
    if same_time and shared >= 0.3:
        return "high"
    if shared >= 0.6 or same_time:
        return "medium"
    return "low" if shared >= 0.4 else None


def _statement(text: str) -> str:
    """The part of a record that repeats what was said."""
    match parse_content(text):
        case Fact(statement):
            return statement
        case Preference(context=context, preference=preference):
            return f"{preference} {context}"
        case Summary(topics):
            return " ".join(body for _, body in topics)
        case Episode(situation=situation, intent=intent):
            return f"{situation} {intent}"
        case Reflection(title=title, use_cases=use_cases):
            return f"{title} {use_cases}"


def words(text: str) -> frozenset[str]:
    """The telling words of a text, roughly stemmed, without stop words: `prefers` and `prefer` are one."""
    found = re.findall(r"[a-z0-9][a-z0-9'’.@_-]*[a-z0-9]|[a-z0-9]", text.lower())
    return frozenset(_stem(word) for word in found if word not in _STOP_WORDS)


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
