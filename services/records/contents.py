"""A record's text as what it is: a fact, a preference, a session's summary, an episode, a reflection.

The formats are those that AgentCore stores (recorded answers of the service): preferences, episodes and
reflections are JSON, summaries are `<topic name="…">` chunks, facts are one plain sentence. Anything else is
shown as a fact; nothing here raises.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services import bounded_json

_TOPIC = re.compile(r"<topic\s+name\s*=\s*\"(?P<name>[^\"]*)\"\s*>(?P<text>.*?)(?:</topic\s*>|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Fact:
    """One statement, or any text of unknown form."""

    text: str


@dataclass(frozen=True)
class Preference:
    """What someone prefers; `context` is where that was learnt."""

    context: str
    preference: str
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """(topic, text) in order; text outside any topic has the topic ''."""

    topics: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class EpisodeTurn:
    """One step of an episode."""

    situation: str
    intent: str
    action: str
    thought: str
    assessment_assistant: str
    assessment_user: str


@dataclass(frozen=True)
class Episode:
    """What was tried and how it ended; `assessment` is Yes or No: was the intent reached."""

    situation: str
    intent: str
    assessment: str
    justification: str
    reflection: str
    turns: tuple[EpisodeTurn, ...]


@dataclass(frozen=True)
class Reflection:
    """A lesson across episodes; `confidence` is the service's text, such as 0.9."""

    title: str
    use_cases: str
    hints: str
    confidence: str


Content = Fact | Preference | Summary | Episode | Reflection


def parse_content(text: str) -> Content:
    """The content of `content.text`; a Fact when no known form fits. Never raises."""
    document = _json_object(text)
    if document is not None:
        return _of_document(document) or Fact(text)
    topics = _topics(text)
    return Summary(topics) if topics else Fact(text)


def one_line(content: Content) -> str:
    """What a record says, on one line, for a table."""
    match content:
        case Fact(text):
            line = text
        case Preference(preference=preference):
            line = preference
        case Summary(topics):
            line = " · ".join(name or text for name, text in topics)
        case Episode(situation=situation, intent=intent):
            line = intent or situation
        case Reflection(title=title, hints=hints):
            line = title or hints
    return " ".join(line.split())


def _json_object(text: str) -> dict[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        document = bounded_json.read(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _of_document(document: Mapping[str, Any]) -> Content | None:
    if "preference" in document:
        return Preference(
            context=_text(document.get("context")),
            preference=_text(document["preference"]),
            categories=_texts(document.get("categories")),
        )
    if "situation" in document and ("intent" in document or "turns" in document):
        return _episode(document)
    if "title" in document and ("hints" in document or "use_cases" in document):
        names = ("title", "use_cases", "hints", "confidence")
        return Reflection(**{name: _text(document.get(name)) for name in names})
    return None


def _episode(document: Mapping[str, Any]) -> Episode:
    turns = document.get("turns")
    steps = [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []
    names = ("situation", "intent", "assessment", "justification", "reflection")
    return Episode(
        **{name: _text(document.get(name)) for name in names},
        turns=tuple(_episode_turn(step) for step in steps),
    )


def _episode_turn(step: Mapping[str, Any]) -> EpisodeTurn:
    return EpisodeTurn(
        situation=_text(step.get("situation")),
        intent=_text(step.get("intent")),
        action=_text(step.get("action")),
        thought=_text(step.get("thought")),
        assessment_assistant=_text(step.get("assessmentAssistant")),
        assessment_user=_text(step.get("assessmentUser")),
    )


def _topics(text: str) -> tuple[tuple[str, str], ...]:
    """The topics of a summary with the text between them; empty when there is no topic at all."""
    found: list[tuple[str, str]] = []
    end = 0
    for topic in _TOPIC.finditer(text):
        found += [("", text[end : topic.start()]), (topic["name"], topic["text"])]
        end = topic.end()
    if not found:
        return ()
    found.append(("", text[end:]))
    readable = [(html.unescape(name).strip(), html.unescape(body).strip()) for name, body in found]
    return tuple((name, body) for name, body in readable if name or body)


def _text(value: Any) -> str:
    """A text as it is, nothing as '', other JSON as its text."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(_text(member) for member in value)
    return (_text(value),) if value else ()
