"""The summary strategy: a session as topics, `<topic name="Order Issue"> … </topic>`, one record each.

Extractive: the sentences are the participants' own, turned into the third person. A topic is gathered from
all the turns that belong to it, wherever they stand, so that a session that comes back to a subject grows
its topic.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from services.aws_local.extraction.answers import is_transactional
from services.aws_local.extraction.extracted import Extracted
from services.aws_local.extraction.messages import Message
from services.aws_local.extraction.narration import Point, Turn, turns
from services.aws_local.extraction.preference import states_preference
from services.aws_local.extraction.topics import areas, names_subject, topic_name, topic_words

SUBJECT = "session"
POINTS_PER_CHUNK = 12  # longer topics go on in a record of their own, so that earlier chunks stay as they are
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(eq=False)
class _Topic:
    turns: list[Turn] = field(default_factory=list)
    words: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()

    def add(self, turn: Turn) -> None:
        self.turns.append(turn)
        self.words |= topic_words(f"{turn.said} {turn.replied} {turn.asked}")
        self.areas |= areas(turn.said)

    @property
    def points(self) -> list[Point]:
        return [point for turn in self.turns for point in turn.points]


def summarize(messages: Sequence[Message]) -> list[Extracted]:
    """The topics of a session in the order in which they came up; wants every message of the session."""
    records: list[Extracted] = []
    names: set[str] = set()
    for topic in _topics(turns(messages)):
        name = _name(topic, names)
        records.extend(_records(name, topic.points))
    return records


def _topics(told: Sequence[Turn]) -> list[_Topic]:
    topics: list[_Topic] = []
    latest: _Topic | None = None
    for turn in told:
        if not turn.points:
            if latest:
                latest.words |= topic_words(turn.replied)
            continue
        latest = _belongs_to(turn, topics, latest)
        if latest not in topics:
            topics.append(latest)
        latest.add(turn)
    return topics


def _belongs_to(turn: Turn, topics: Sequence[_Topic], latest: _Topic | None) -> _Topic:
    """The topic that shares most with a turn; without any, the latest, or a new one for a new subject."""
    if latest is None:
        return _Topic()
    scores = [_kinship(turn, topic) for topic in topics]
    best = max(range(len(topics)), key=lambda place: (scores[place], topics[place] is latest))
    if scores[best]:
        return topics[best]
    return _Topic() if _opens_topic(turn) else latest


def _kinship(turn: Turn, topic: _Topic) -> int:
    """How much a turn and a topic have in common; the question before a turn counts half."""
    said = len(topic_words(turn.said) & topic.words) + len(areas(turn.said) & topic.areas)
    return 2 * said + len(topic_words(turn.asked) & topic.words)


def _opens_topic(turn: Turn) -> bool:
    """Whether the user brings up something new: never by only answering."""
    speaks = any(point.kind not in {"outcome", "tool"} for point in turn.points)
    answers = bool(turn.asked) and not is_transactional(turn.asked)
    return speaks and (names_subject(turn.said) or (bool(areas(turn.said)) and not answers))


def _name(topic: _Topic, taken: set[str]) -> str:
    """A title that no other topic of the session has."""
    told = [point.text for point in topic.points if point.kind in {"statement", "answer"}]
    prefers = 2 * sum(map(states_preference, told)) > len(told)
    said = [turn.said for turn in topic.turns if turn.said] or [topic.points[0].text]
    heard = [text for turn in topic.turns for text in (turn.asked, turn.replied) if text]
    name = topic_name(said, heard, prefers)
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name} {number}", number + 1
    taken.add(unique)
    return unique


def _records(name: str, points: Sequence[Point]) -> Iterator[Extracted]:
    for start in range(0, len(points), POINTS_PER_CHUNK):
        chunk = points[start : start + POINTS_PER_CHUNK]
        part = start // POINTS_PER_CHUNK + 1
        yield _record(name if part == 1 else f"{name} (part {part})", chunk)


def _record(name: str, points: Sequence[Point]) -> Extracted:
    text = NOT_IN_XML.sub("", _prose(points))
    title = escape(NOT_IN_XML.sub("", name), {'"': "&quot;"})
    sources = dict.fromkeys((point.message.event_id, point.message.index) for point in points)
    return Extracted(
        content=f'<topic name="{title}"> {escape(text)} </topic>',
        embed_text=f"{name}. {text}",
        subject=SUBJECT,
        rule="topic",
        timestamp=max(point.message.timestamp for point in points),
        sources=tuple(sources),
    )


def _prose(points: Sequence[Point]) -> str:
    """The points as one paragraph, each once, with the tools named at the end."""
    told = dict.fromkeys(point.text for point in points if point.kind != "tool")
    tools = dict.fromkeys(point.text for point in points if point.kind == "tool")
    used = [f"Tools used: {', '.join(tools)}."] if tools else []
    return " ".join([*told, *used])
