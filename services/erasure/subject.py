"""Whose data something is: what names a person for certain, and what only may be about them.

A person is known by one or several actor ids. A namespace names an actor where the id stands in it as whole
path segments: `/facts/user-1/` names user-1, neither `/facts/user-10/` nor `/facts/User-1/` does. Where the
memory's own templates read a namespace as somebody else's (`/facts/{actorId}/` reads `/facts/user-1/home/` as
that of the actor `user-1/home`), naming is only a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from services.errors import InvalidValue
from services.memory.namespaces import parts, strategy_templates
from services.short_term.events import actor_problems

MOST_IDS = 50


@dataclass(frozen=True)
class Subject:
    """The actor ids of one person, and words that may point to them elsewhere (a name, an e-mail address)."""

    actor_ids: tuple[str, ...]
    words: tuple[str, ...] = ()

    def owns(
        self, memory: Mapping[str, Any], record: Mapping[str, Any], actors: Collection[str] = ()
    ) -> bool:
        """Whether a record of this memory (GetMemory's dict) is for certain one of this person's.

        `actors` are the memory's actors as far as they are known.
        """
        strategies = memory.get("strategies", [])
        own = [each for each in strategies if each["strategyId"] == record.get("memoryStrategyId")]
        return any(
            self.in_namespace(namespace) and self._is_ours(namespace, strategies, actors, alive=own)
            for namespace in record.get("namespaces") or ()
        )

    def _is_ours(
        self,
        namespace: str,
        strategies: Sequence[Mapping[str, Any]],
        actors: Collection[str],
        alive: Sequence[Mapping[str, Any]],
    ) -> bool:
        """The record's own strategy knows best (`alive`). Where it is gone, another one's template speaks
        against the person only as a shared namespace, or for an actor that is there."""
        readings = list(_readings(alive or strategies, namespace))
        if any(reading.may_be(each) for reading in readings for each in self.actor_ids):
            return True
        if alive:
            return not readings
        others = [actor for actor in actors if names_actor(namespace, actor)]
        return not any(
            reading.is_shared or any(reading.may_be(actor) for actor in others) for reading in readings
        )

    def in_namespace(self, namespace: str) -> bool:
        """Whether a namespace names one of the ids as whole path segments."""
        return any(names_actor(namespace, actor_id) for actor_id in self.actor_ids)

    def suspicion(self, record: Mapping[str, Any]) -> str | None:
        """Why a record that is not this person's for certain may be about them; None when nothing says so.

        In the namespace, any case; in a metadata value or the text, as a whole word in any case.
        """
        for namespace in record.get("namespaces") or ():
            if any(names_actor(namespace.casefold(), each.casefold()) for each in self.actor_ids):
                return "its namespace names the id, but may be another actor's"
        for key, value in (record.get("metadata") or {}).items():
            if self.is_mentioned(json.dumps(value, ensure_ascii=False, default=str)):
                return f"its metadata “{key}” mentions it"
        if self.is_mentioned(record.get("content", {}).get("text") or ""):
            return "its text mentions it"
        return None

    def is_mentioned(self, text: str) -> bool:
        """Whether a text has an id or one of the words in it, as a whole word in any case."""
        return self._mention.search(text) is not None

    @cached_property
    def _mention(self) -> re.Pattern[str]:
        """An id or word as no part of a longer one: user-1 is neither in `user-10` nor in `my-user-1`."""
        wanted = "|".join(re.escape(each) for each in (*self.actor_ids, *self.words))
        return re.compile(rf"(?<![\w-])(?:{wanted})(?![\w-])", re.IGNORECASE)

    def look_alikes(self, actors: Collection[str]) -> list[str]:
        """Actors whose id differs in case only: perhaps the same person, for AWS somebody else."""
        folded = {each.casefold() for each in self.actor_ids}
        return sorted(each for each in actors if each not in self.actor_ids and each.casefold() in folded)


def subject_of(ids: str, words: str = "") -> Subject:
    """A person from two texts as people type them: ids and words apart by lines or commas.

    Raises InvalidValue for no id, one that AWS would refuse, or more than 50.
    """
    actor_ids = tuple(dict.fromkeys(_apart(ids)))
    if not actor_ids:
        raise InvalidValue("Give at least one actor id.")
    if len(actor_ids) > MOST_IDS:
        raise InvalidValue(f"At most {MOST_IDS} actor ids can be erased at once.")
    problems = [problem for actor_id in actor_ids for problem in actor_problems(actor_id)]
    if problems:
        raise InvalidValue(problems[0])
    return Subject(actor_ids, tuple(dict.fromkeys(each for each in _apart(words) if len(each) > 1)))


def _apart(text: str) -> Iterator[str]:
    for piece in re.split(r"[\n,]", text):
        if piece.strip():
            yield piece.strip()


def names_actor(namespace: str, actor_id: str) -> bool:
    """Whether the id stands in the namespace as whole path segments (an id may have slashes of its own)."""
    closed = namespace if namespace.endswith("/") else f"{namespace}/"
    return f"/{actor_id}/" in f"/{closed}"


@dataclass(frozen=True)
class _Reading:
    """That a template of a strategy may have made a namespace."""

    namespace: str
    template: str
    strategy_id: str

    @property
    def is_shared(self) -> bool:
        """Whether it would be nobody's: the template names no actor."""
        return "{actorId}" not in self.template

    def may_be(self, actor_id: str) -> bool:
        """Whether it would be this actor's."""
        return not self.is_shared and _made(self, re.escape(actor_id))


def _readings(strategies: Sequence[Mapping[str, Any]], namespace: str) -> Iterator[_Reading]:
    """The ways in which strategies' templates may have made a namespace."""
    for strategy in strategies:
        for template in strategy_templates(dict(strategy)):
            reading = _Reading(namespace, template, strategy["strategyId"])
            if _made(reading, ".+"):
                yield reading


def _made(reading: _Reading, actor: str) -> bool:
    """Whether the template makes the namespace for an actor of this pattern."""
    values = {"actorId": actor, "sessionId": r"[^/]+", "memoryStrategyId": re.escape(reading.strategy_id)}
    pattern = "".join(
        values.get(piece[1:-1], ".+") if placeholder else re.escape(piece)
        for piece, placeholder in parts(reading.template)
    )
    return re.fullmatch(pattern, reading.namespace) is not None
