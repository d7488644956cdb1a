"""What a person left, as something to look for in the dashboard's own data: their ids, records and texts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.erasure.subject import Subject, names_actor

Row = dict[str, Any]
# A strategy has namespaces too, and is nobody's.
_OF_RECORDS = frozenset({"memoryRecordId", "content", "text"})
_TEXT_MEMBERS = frozenset({"content", "text", "payload", "metadata", "before", "request", "comment"})


@dataclass(frozen=True)
class Traces:
    """What to look for, and where: a person's ids, the records of theirs that were erased, the memories.

    `digests` stand for their texts (`text_digest`), for documents that name no id. `memories`: GetMemory's
    dicts by id, whose templates tell neighbours apart, as the `actors` of each memory do. `everywhere`: also
    what belonged to memories of this connection that are there no more. `agents`: also what is kept of what
    Bedrock Agents remember. `present`: the ids of all records that a memory holds now, where it was listed.
    `mentions`: what else somebody ticked (`mentions.Mention.key`). `sessions`: the ids of their sessions with
    agents, which resources of calls are named by.
    """

    subject: Subject
    connection_key: str
    memory_ids: Collection[str]
    record_ids: frozenset[str]
    everywhere: bool = False
    digests: frozenset[str] = frozenset()
    memories: Mapping[str, Row] = field(default_factory=dict)
    actors: Mapping[str, Collection[str]] = field(default_factory=dict)
    agents: bool = False
    present: Mapping[str, Collection[str]] = field(default_factory=dict)
    mentions: frozenset[str] = frozenset()
    sessions: frozenset[str] = frozenset()

    def is_here(self, memory_id: str) -> bool:
        """Whether a memory is one of those that are cleaned."""
        return self.everywhere or memory_id in self.memory_ids

    def concerns(self, document: Any, memory: Row | None = None) -> bool:
        """Whether a document is the person's: an event, a record, or something that has one inside.

        Texts concern them when an id stands in them as a whole path segment, as in a resource's name.
        """
        if isinstance(document, str):
            return any(names_actor(document, each) for each in (*self.subject.actor_ids, *self.sessions))
        if isinstance(document, list):
            return any(self.concerns(each, memory) for each in document if not isinstance(each, str))
        if not isinstance(document, dict):
            return False
        ids = self.subject.actor_ids  # Bedrock Agents call whom they remember a memory id
        named = document.get("actorId") in ids or document.get("memoryId") in ids
        if named or self._is_their_record(document, memory):
            return True
        inside = [each for each in document.values() if isinstance(each, (dict, list))]
        return any(self.concerns(each, memory) for each in inside)

    def _is_their_record(self, document: Row, memory: Row | None) -> bool:
        namespaces = document.get("namespaces")
        if isinstance(namespaces, list) and document.keys() & _OF_RECORDS:
            if self.subject.owns(memory or {}, document, self._actors_of(memory)):
                return True
            content = document.get("content")
            said = content.get("text") if isinstance(content, dict) else document.get("text")
            if isinstance(said, str) and text_digest(next(iter(namespaces), ""), said) in self.digests:
                return True
        ids = {value for value in document.values() if isinstance(value, str)}
        return bool(ids & self.record_ids) and bool(document.keys() & _TEXT_MEMBERS)

    def _actors_of(self, memory: Row | None) -> Collection[str]:
        """The actors that a record may be of: its memory's, or, of a document that names none, anybody."""
        known = self.actors.get(str((memory or {}).get("id", "")))
        return {each for ids in self.actors.values() for each in ids} if known is None else known


def text_digest(namespace: str, said: str) -> str:
    """What stands for a record's text in its namespace."""
    return hashlib.sha256(f"{namespace}\0{said}".encode("utf-8", "surrogatepass")).hexdigest()
