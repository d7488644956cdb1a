"""A stored session as the models of a strategy read it: who said what, when; and its turns for episodes.

Semantic and preference strategies read what users and agents said, summaries and episodes tool results too;
blobs are never read (developer guide). What a framework's JSON wraps is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.memory.namespaces import StrategyKindName
from services.short_term.transcripts import turns

Row = dict[str, Any]
_TWO_ROLES = frozenset({"USER", "ASSISTANT"})
_TOOL_KINDS = frozenset({"tool_use", "tool_result"})


@dataclass(frozen=True)
class Said:
    """One message; `role` is AWS's. The text is untrusted."""

    event_id: str
    timestamp: datetime
    role: str
    text: str


@dataclass(frozen=True)
class Passage:
    """The messages that a dry run extracts from, oldest first, and those before them, which explain them."""

    said: tuple[Said, ...]
    earlier: tuple[Said, ...] = ()

    @property
    def words(self) -> list[tuple[str, str]]:
        """What is said in which events: two passages with the same words are the same."""
        return [(each.event_id, each.text) for each in self.said]


def oldest_first(events: Iterable[Row]) -> list[Row]:
    """Events in the order in which they happened; ListEvents tells the newest first, ties included."""
    backwards = list(events)[::-1]
    return sorted(backwards, key=lambda event: event["eventTimestamp"])


def passage(
    events: Iterable[Row], kind: StrategyKindName, first: str | None = None, last: str | None = None
) -> Passage:
    """What a strategy of a kind reads of events (as ListEvents returns them), between two of them by id.

    An id that is not among the events stands for the session's beginning or end.
    """
    ordered = oldest_first(events)
    ids = [event["eventId"] for event in ordered]
    start = ids.index(first) if first in ids else 0
    end = ids.index(last) + 1 if last in ids else len(ids)
    return Passage(tuple(_said(ordered[start:end], kind)), tuple(_said(ordered[:start], kind)))


def _said(events: Sequence[Row], kind: StrategyKindName) -> Iterable[Said]:
    for turn in turns(events[::-1]):
        role = "TOOL" if turn.kind in _TOOL_KINDS else turn.role
        if "conversational" not in turn.raw or role is None or not turn.text.strip():
            continue
        if kind in {"summary", "episodic"} or role in _TWO_ROLES:
            yield Said(turn.event_id, turn.timestamp, role, turn.text)


def in_turns(said: Sequence[Said]) -> list[list[Said]]:
    """Messages by turns: what the user said and all that followed, up to the user's next words."""
    found: list[list[Said]] = []
    for message in said:
        begins = message.role == "USER" and (not found or any(each.role != "USER" for each in found[-1]))
        if begins or not found:
            found.append([])
        found[-1].append(message)
    return found


def written_out(said: Iterable[Said], tag: str) -> str:
    """Messages as a prompt shows them between tags, one a line, with time and role."""
    lines = [f"[{each.timestamp:%Y-%m-%dT%H:%M:%SZ}] {each.role}: {each.text}" for each in said]
    return "\n".join([f"<{tag}>", *lines, f"</{tag}>"])
