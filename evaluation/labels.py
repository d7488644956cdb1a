"""The labelled conversations: a readable text format, and a parser that accepts nothing else.

A file is one person's conversation in one or more sessions. Above the line `---` stand headers and turns,
below it what a careful reader would remember:

    domain: travel              actor: priya            strands: yes (turns are stored in Strands' JSON)
    session: 2026-03-03 10:15   a new session; its turns follow, half a minute apart
    USER: what was said         also ASSISTANT, TOOL, OTHER
    USER-: what was said        a user's turn in which there is nothing to remember
    ---
    fact: sister & Kavya|Basel  a fact that has to be found
    pref: aisle|window          a preference that has to be found
    ok: long legs               may be remembered, need not be
    forbid: baggage             must be in no fact and no preference
    secret: 4111                must be in no record at all
    corrected: lives & Dayton   an old value; no fact or preference may say so at the end
    point: LX 155               must be in the summaries
    ask: Who is she? => Kavya   a question, and what a record that answers it says

What a record says is given as a pattern: `a & b|c & !d` is "a, and b or c, and not d". Each phrase is looked
for at the start of words, in any case, so that "work" finds "works".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).parent / "conversations"
PARTS = ("dev", "held_out")
ROLES = ("USER", "ASSISTANT", "TOOL", "OTHER")
BETWEEN_TURNS = timedelta(seconds=30)
_TURN = re.compile(r"(?P<role>USER|ASSISTANT|TOOL|OTHER)(?P<idle>-)?: (?P<text>\S.*)")
_FIELD = re.compile(r"(?P<name>[a-z]+): (?P<value>\S.*)")


class BadLabels(ValueError):
    """A file of labelled conversations that cannot be read; says where."""


@dataclass(frozen=True)
class Pattern:
    """What a text has to say. ``source`` is the pattern as it was written."""

    source: str
    wanted: tuple[re.Pattern[str], ...]
    unwanted: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, source: str) -> Pattern:
        """Reads `a & b|c & !d`; raises ValueError when there is nothing to look for."""
        wanted: list[re.Pattern[str]] = []
        unwanted: list[re.Pattern[str]] = []
        for part in source.split(" & "):
            phrases = [phrase.strip() for phrase in part.removeprefix("!").split("|")]
            if not all(phrases):
                raise ValueError(f"an empty phrase in {source!r}")
            found = re.compile("|".join(rf"(?<!\w){re.escape(phrase)}" for phrase in phrases), re.IGNORECASE)
            (unwanted if part.startswith("!") else wanted).append(found)
        if not wanted:
            raise ValueError(f"nothing to look for in {source!r}")
        return cls(source, tuple(wanted), tuple(unwanted))

    def matches(self, text: str) -> bool:
        """Whether a text says it."""
        return all(each.search(text) for each in self.wanted) and not any(
            each.search(text) for each in self.unwanted
        )


@dataclass(frozen=True)
class Turn:
    """Something said. ``idle``: a user's turn that holds nothing to remember."""

    role: str
    text: str
    at: datetime
    idle: bool


@dataclass(frozen=True)
class Question:
    """A question to memory and what a record says that answers it."""

    text: str
    answer: Pattern


@dataclass(frozen=True)
class Conversation:
    """One labelled file; ``sessions`` are its turns."""

    name: str
    domain: str
    actor: str
    strands: bool
    sessions: tuple[tuple[Turn, ...], ...]
    facts: tuple[Pattern, ...]
    preferences: tuple[Pattern, ...]
    acceptable: tuple[Pattern, ...]
    forbidden: tuple[Pattern, ...]
    secrets: tuple[str, ...]
    corrected: tuple[Pattern, ...]
    points: tuple[Pattern, ...]
    questions: tuple[Question, ...]

    @property
    def turns(self) -> Iterator[Turn]:
        """All turns of all sessions, in order."""
        return (turn for session in self.sessions for turn in session)


_LABELS = ("fact", "pref", "ok", "forbid", "secret", "corrected", "point", "ask")


def load(part: str) -> list[Conversation]:
    """The conversations of a part of the set ("dev" or "held_out"), by name; raises BadLabels."""
    paths = sorted((FOLDER / part).glob("*.txt"))
    return [parse(path.stem, path.read_text(encoding="utf-8")) for path in paths]


def parse(name: str, text: str) -> Conversation:
    """One file; raises BadLabels with the number of the line that is wrong."""
    said, ruled, labelled = text.partition("\n---\n")
    if not ruled:
        raise BadLabels(f"{name}: no line '---' between turns and labels")
    headers, sessions = _spoken(name, said.splitlines())
    labels = _labels(name, labelled.splitlines(), first=said.count("\n") + 3)
    try:
        return Conversation(
            name=name,
            domain=headers["domain"],
            actor=headers["actor"],
            strands=headers.get("strands") == "yes",
            sessions=tuple(map(tuple, sessions)),
            facts=_patterns(labels["fact"]),
            preferences=_patterns(labels["pref"]),
            acceptable=_patterns(labels["ok"]),
            forbidden=_patterns(labels["forbid"]),
            secrets=tuple(labels["secret"]),
            corrected=_patterns(labels["corrected"]),
            points=_patterns(labels["point"]),
            questions=tuple(map(_question, labels["ask"])),
        )
    except KeyError as missing:
        raise BadLabels(f"{name}: header {missing} is missing") from missing
    except ValueError as error:
        raise BadLabels(f"{name}: {error}") from error


def _spoken(name: str, lines: list[str]) -> tuple[dict[str, str], list[list[Turn]]]:
    headers: dict[str, str] = {}
    sessions: list[list[Turn]] = []
    at = datetime.min.replace(tzinfo=UTC)
    for number, line in enumerate(lines, start=1):
        turn, field = _TURN.fullmatch(line), _FIELD.fullmatch(line)
        if turn and sessions:
            sessions[-1].append(Turn(turn["role"], turn["text"], at, turn["idle"] is not None))
            at += BETWEEN_TURNS
        elif field and field["name"] == "session":
            at = _time(f"{name}:{number}", field["value"])
            sessions.append([])
        elif field and field["name"] in {"domain", "actor", "strands"} and not sessions:
            headers[field["name"]] = field["value"]
        else:
            raise BadLabels(f"{name}:{number}: neither a header nor a turn: {line[:60]!r}")
    if not sessions or not all(sessions):
        raise BadLabels(f"{name}: a session without turns")
    return headers, sessions


def _time(where: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadLabels(f"{where}: {error}") from error


def _labels(name: str, lines: list[str], first: int) -> dict[str, list[str]]:
    labels: dict[str, list[str]] = {label: [] for label in _LABELS}
    for number, line in enumerate(lines, start=first):
        field = _FIELD.fullmatch(line)
        if field is None or field["name"] not in labels:
            raise BadLabels(f"{name}:{number}: no label: {line[:60]!r}")
        labels[field["name"]].append(field["value"])
    return labels


def _patterns(sources: list[str]) -> tuple[Pattern, ...]:
    return tuple(map(Pattern.of, sources))


def _question(text: str) -> Question:
    asked, arrow, answer = text.partition(" => ")
    if not arrow:
        raise ValueError(f"a question without '=>': {text!r}")
    return Question(asked, Pattern.of(answer))
