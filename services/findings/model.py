"""What finders are given and what they return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from services.memory import namespace_tree
from services.records.contents import Content, Episode, Fact, Preference, Reflection, Summary, parse_content
from services.records.provenance import words

Row = dict[str, Any]
Severity = Literal["high", "medium", "low"]
Kind = Literal[
    "instruction",
    "secret",
    "personal",
    "contradiction",
    "superseded",
    "duplicate",
    "near_duplicate",
    "expired",
    "orphaned",
    "stale",
    "empty",
    "junk",
    "too_long",
    "unsupported",
    "uncertain",
]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
TITLES: dict[Kind, str] = {
    "instruction": "Reads like an instruction to an agent",
    "secret": "Secret",
    "personal": "Personal data",
    "contradiction": "Contradicts another record",
    "superseded": "Superseded by a newer record",
    "duplicate": "Duplicate",
    "near_duplicate": "Near duplicate",
    "expired": "Expired",
    "orphaned": "No strategy keeps it up to date",
    "stale": "Out of date",
    "empty": "Says nothing",
    "junk": "Not worth remembering",
    "too_long": "Too long",
    "unsupported": "No message says this",
    "uncertain": "Uncertain wording",
}


_DENIALS = words(
    "no never without longer anymore don't doesn't didn't isn't aren't wasn't won't can't cannot"
)
_AFFIRMED = {"dislik": "lik", "hat": "lov"}


@dataclass(frozen=True)
class Evidence:
    """A part of `Subject.text`, from `start` to before `end`, and what it is."""

    start: int
    end: int
    what: str


@dataclass(frozen=True)
class Finding:
    """A suggestion about one record.

    `reason` is a sentence without any of the record's text; `others` are the records that it is compared
    with, nearest first.
    """

    record_id: str
    kind: Kind
    severity: Severity
    reason: str
    evidence: tuple[Evidence, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """A memory record as finders read it: `text` is what a person reads, without the marks of its format."""

    record_id: str
    text: str
    content: Content
    strategy_id: str | None
    namespace: str
    actor_id: str | None
    said_at: datetime
    stored_at: datetime
    expires_at: datetime | None = None

    @cached_property
    def words(self) -> frozenset[str]:
        """Its telling words, roughly stemmed."""
        return words(self.text)

    @cached_property
    def claim(self) -> str:
        """What it says, without where that was learnt: of a preference only the preference."""
        told = self.content.preference if isinstance(self.content, Preference) else ""
        return told or self.text

    @cached_property
    def topic(self) -> frozenset[str]:
        """The telling words of its claim without those that deny: "does not like tea" is about the same as
        "likes tea"."""
        return frozenset(_AFFIRMED.get(word, word) for word in words(self.claim) - _DENIALS)

    @cached_property
    def plain(self) -> str:
        """Its words in order, in lower case, without punctuation."""
        return plain(self.text)

    @cached_property
    def scope(self) -> tuple[str, str]:
        """Whom and what it is about: records of one scope can repeat or contradict each other."""
        return (self.strategy_id or "", self.actor_id or self.namespace)

    def whole(self, what: str) -> tuple[Evidence, ...]:
        """All of the text as evidence."""
        return (Evidence(0, len(self.text), what),)


def plain(text: str) -> str:
    """Words in order, in lower case, without punctuation and doubled spaces."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def subject_of(memory: Mapping[str, Any], record: Row) -> Subject:
    """A record of ListMemoryRecords or GetMemoryRecord, for finders; `memory` is GetMemory's dict."""
    body = record["content"].get("text", "")
    content = parse_content(body)
    return Subject(
        record_id=record["memoryRecordId"],
        text=readable(content),
        content=content,
        strategy_id=record.get("memoryStrategyId"),
        namespace=next(iter(record.get("namespaces", [])), ""),
        actor_id=namespace_tree.origin_of(dict(memory), record).get("actorId"),
        said_at=record.get("timestamp") or record["createdAt"],
        stored_at=record["createdAt"],
        expires_at=record.get("expiresAt"),
    )


def readable(content: Content) -> str:
    """What a record says, as lines of text."""
    match content:
        case Fact(text):
            return text
        case Preference(context=context, preference=preference):
            parts = [preference, context]
        case Summary(topics):
            parts = [f"{name}: {text}" if name else text for name, text in topics]
        case Episode():
            parts = _of_episode(content)
        case Reflection(title=title, use_cases=use_cases, hints=hints):
            parts = [title, use_cases, hints]
    return "\n".join(part for part in parts if part)


def _of_episode(episode: Episode) -> list[str]:
    parts = [episode.situation, episode.intent, episode.justification, episode.reflection]
    for turn in episode.turns:
        parts += [turn.situation, turn.intent, turn.action, turn.thought]
    return parts
