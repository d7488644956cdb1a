"""Session summaries as people read them: their topics, the state of each session, and where words occur.

A summary is written by a model as `<summary><topic name='…'>…</topic></summary>`, often but not surely well
formed (developer guide; the default MEMORY_SUMMARIZATION prompt). What cannot be read as topics is one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pandas as pd

from services.memory.settings import Difference, differences
from services.workspace.agent_memories import KnownSession

Row = dict[str, Any]
SessionState = Literal["open", "ended", "summary pending", "stored", "expired", "deleted"]

PENDING = timedelta(hours=1)
"""So long a summary is waited for. AWS says "several minutes" and tells no status."""
WHOLE = "summary"
"""The name of the one topic of a summary without topics."""

_TOPIC = re.compile(
    r"<topic\b(?P<attributes>[^>]*)>(?P<body>.*?)(?=</topic\s*>|<topic\b|</summary\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_NAME = re.compile(r"""name\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_TAG = re.compile(r"</?(?:summary|topic)\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True)
class Topic:
    """One topic of a summary; both texts are untrusted."""

    name: str
    text: str


@dataclass(frozen=True)
class SessionRow:
    """One session of a memory id. `expires` is told by AWS with the summary; `note` explains the state."""

    session_id: str
    state: SessionState
    started: datetime | None
    expires: datetime | None
    turns: int
    summary: str | None
    note: str = ""

    @property
    def topics(self) -> list[Topic]:
        return topics(self.summary or "")


def topics(summary: str) -> list[Topic]:
    """The topics of a summary's text; what is no topic at all is one, under the name `summary`."""
    found = [
        Topic(_name(match["attributes"]), html.unescape(_TAG.sub("", match["body"]).strip()))
        for match in _TOPIC.finditer(summary)
    ]
    if found:
        return [topic for topic in found if topic.text]
    text = html.unescape(_TAG.sub("", summary).strip())
    return [Topic(WHOLE, text)] if text else []


def _name(attributes: str) -> str:
    match = _NAME.search(attributes)
    given = next((group for group in match.groups() if group), "") if match else ""
    return html.unescape(given).strip() or "topic"


def session_rows(
    known: Sequence[KnownSession], summaries: Iterable[Row], now: datetime, *, remembers: bool = True
) -> list[SessionRow]:
    """The sessions of a memory id, newest first: those with a summary, and those known here without one.

    `summaries` are GetAgentMemory's `sessionSummary` members; `remembers`: whether the agent has memory on.
    """
    stored = {str(row.get("sessionId", "")): row for row in summaries}
    by_id = {each.session_id: each for each in known}
    rows = [_stored(session_id, row, by_id.get(session_id)) for session_id, row in stored.items()]
    rows += [_unstored(each, now, remembers) for each in known if each.session_id not in stored]
    return sorted(rows, key=lambda row: row.started or datetime.min.replace(tzinfo=UTC), reverse=True)


def _stored(session_id: str, row: Row, known: KnownSession | None) -> SessionRow:
    late = bool(known and known.deleted_at)
    again = known is not None and known.ended_at is None and known.turns > 0
    note = ""
    if late:
        note = "It appeared after its memory was deleted here. Delete it again."
    elif again:
        note = "A session of this id is open; the summary is of what was said under it before."
    return SessionRow(
        session_id,
        "stored",
        row.get("sessionStartTime"),
        row.get("sessionExpiryTime"),
        known.turns if known else 0,
        str(row.get("summaryText", "")),
        note,
    )


def _unstored(known: KnownSession, now: datetime, remembers: bool) -> SessionRow:
    state, note = _state(known, now, remembers)
    return SessionRow(
        known.session_id, state, known.started_at, known.summary_expires_at, known.turns, None, note
    )


def _state(known: KnownSession, now: datetime, remembers: bool) -> tuple[SessionState, str]:
    """The state of a session whose summary is not listed, and why."""
    if known.summary_expires_at and known.summary_expires_at <= now:
        return "expired", "Its summary was kept until then, and is deleted by AWS."
    if known.summary_seen_at:
        return "deleted", "Its summary was deleted here." if known.deleted_at else "Its summary is gone."
    idle_until = known.last_at + timedelta(seconds=known.idle_seconds)
    ended_at = known.ended_at or (idle_until if idle_until <= now else None)
    if ended_at is None:
        return "open", f"Ends by itself when nothing is said until {idle_until:%H:%M:%S} UTC."
    how = "It was ended" if known.ended_at else "It ended by itself"
    return _without_summary(known, f"{how} at {ended_at:%H:%M:%S} UTC", now - ended_at, remembers)


def _without_summary(
    known: KnownSession, ended: str, age: timedelta, remembers: bool
) -> tuple[SessionState, str]:
    if not remembers:
        return "ended", f"{ended}. The agent has no memory, so no summary is made."
    if age > PENDING:
        return "ended", f"{ended}. No summary appeared within an hour."
    if known.deleted_at:
        return (
            "summary pending",
            "Its memory was deleted while the summary was being made: it may still come.",
        )
    return "summary pending", f"{ended}; AWS makes the summary within minutes."


def found_in(rows: Iterable[SessionRow], words: str) -> list[SessionRow]:
    """The sessions whose summary holds every word, in any case and order."""
    wanted = words.casefold().split()
    return [row for row in rows if all(word in (row.summary or "").casefold() for word in wanted)]


def compared(one: str, other: str) -> list[Difference]:
    """Where two summaries differ, topic by topic; topics that are equal are left out."""
    before = {("Topics", topic.name): topic.text for topic in topics(one)}
    after = {("Topics", topic.name): topic.text for topic in topics(other)}
    return [each for each in differences(before, after) if each.differs]


def summaries_frame(memory_id: str, rows: Sequence[SessionRow]) -> pd.DataFrame:
    """One row per session for tables and files; the index is the session's id."""
    frame = pd.DataFrame(
        {
            "memoryId": [memory_id for _ in rows],
            "sessionId": [row.session_id for row in rows],
            "state": [row.state for row in rows],
            "sessionStartTime": _moments([row.started for row in rows]),
            "sessionExpiryTime": _moments([row.expires for row in rows]),
            "turns": [row.turns for row in rows],
            "topics": [", ".join(topic.name for topic in row.topics) for row in rows],
            "summaryText": [row.summary or "" for row in rows],
            "note": [row.note for row in rows],
        }
    )
    frame.index = pd.Index([row.session_id for row in rows])
    return frame


def _moments(values: list[datetime | None]) -> pd.Series:
    return pd.Series(
        [pd.Timestamp(value) if value else pd.NaT for value in values], dtype="datetime64[us, UTC]"
    )
