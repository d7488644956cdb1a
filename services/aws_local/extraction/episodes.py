"""The episodic strategy: a session cut into episodes, each with what was asked, done and achieved.

Structure only, nothing is inferred: the first user request is the situation and the intent, tool calls and
the assistant's last statement are the actions, explicit words of success or failure are the assessment.
An episode ends when the user closes the matter in so many words, or when nothing follows for a while.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.aws_local.extraction.extracted import MAX_CONTENT, Extracted
from services.aws_local.extraction.messages import ASSISTANT, TOOL, USER, Message
from services.aws_local.extraction.narration import turns as told_turns
from services.aws_local.extraction.outcomes import Sign, closes, is_ending, last_sign
from services.aws_local.extraction.sentences import is_interjection, is_question, mended, sentences
from services.aws_local.extraction.statements import without_secrets
from services.aws_local.retrieval.ranking import without_subject

SUBJECT = "user"
RULE = "episode"
LONGEST_QUOTE = 280  # characters
LONGEST_CALL = 160
MAX_TOOLS = 12  # a turn
NOT_INFERRED = "Not inferred: rules wrote this episode."
TOOLS_IN_ORDER = "Tools used in order: "
INTENT_KINDS = ("request", "question", "statement", "answer")
WANTS = re.compile(
    r"^The user (?:\w+ly )?(?:would like|wants?|needs?|wishes|hopes|is (?:trying|looking"
    r"|having (?:trouble|problems|issues))|has (?:trouble|an? (?:problem|issue))|can't|cannot|is unable)\b"
)
MANNERS = re.compile(
    r"\b(?:please|(?:can|could|would|will) you|would like to|(?:wants?|needs?) to|my|their|our|your)\s+",
    re.IGNORECASE,
)
INTENT_LEADS = ("The user asked the assistant to ", "The user asked ", "The user said ")


@dataclass(frozen=True)
class Episode:
    """A stretch of a session; `closed` tells whether the user said that the matter is over."""

    messages: tuple[Message, ...]
    closed: bool

    @property
    def event_ids(self) -> frozenset[str]:
        return frozenset(message.event_id for message in self.messages)


def finished(messages: Sequence[Message], quiet: bool) -> tuple[list[Episode], frozenset[str]]:
    """The episodes that have ended, and the ids of the events of what goes on."""
    return settled(_episodes(messages), quiet)


def settled(found: list[Episode], quiet: bool) -> tuple[list[Episode], frozenset[str]]:
    """All of a session's episodes -> those that have ended, and the ids of the events of what goes on.

    An event belongs to what goes on as a whole: an episode that ended inside of it waits, too. After a quiet
    time everything has ended.
    """
    if quiet or not found or found[-1].closed:
        return found, frozenset()
    open_events = found[-1].event_ids
    ended = found[:-1]
    while ended and ended[-1].event_ids & open_events:
        open_events |= ended.pop().event_ids
    return ended, open_events


def _episodes(messages: Sequence[Message]) -> list[Episode]:
    """All messages in order, cut after each closing and what still belongs to it: "You're welcome!"."""
    found: list[Episode] = []
    current: list[Message] = []
    closed = False
    for message in messages:
        if closed and message.role == USER and not closes(message.text):
            found.append(Episode(tuple(current), closed=True))
            current, closed = [], False
        current.append(message)
        closed = closed or (message.role == USER and closes(message.text))
    return [*found, Episode(tuple(current), closed)] if current else found


def extract_episodes(episodes: Sequence[Episode]) -> list[Extracted]:
    """One record per episode in which the user wanted something."""
    return [record for episode in episodes if (record := _record(episode)) is not None]


@dataclass
class _Turn:
    """A user message and what followed it, with all that was said without secrets."""

    said: list[str]
    intent: str
    calls: list[str] = field(default_factory=list)
    answer: str = ""
    sign: Sign | None = None


def _record(episode: Episode) -> Extracted | None:
    turns, closing = _turns(episode)
    if not turns:
        return None
    sign = closing or _outcome(turns)
    document: dict[str, Any] = {
        "situation": _said(turns[0]),
        "intent": turns[0].intent,
        "assessment": "Yes" if sign and sign.success else "No",
        "justification": _justification(sign),
        "reflection": _reflection([name for turn in turns for name in turn.calls], sign),
        "turns": [_shown(turn, at, turns, episode.closed) for at, turn in enumerate(turns)],
    }
    return Extracted(
        content=_fitting(document),
        embed_text=intent_text(turns[0].intent),
        subject=SUBJECT,
        rule=RULE,
        timestamp=max(message.timestamp for message in episode.messages),
        sources=tuple(dict.fromkeys((message.event_id, message.index) for message in episode.messages)),
    )


def _outcome(turns: Sequence[_Turn]) -> Sign | None:
    """The last sign of success or failure, unless something was asked after it and never answered."""
    for turn in reversed(turns):
        if turn.sign or not turn.answer:
            return turn.sign
    return None


def intent_text(intent: str) -> str:
    """What an episode is found by (reference: episodes are indexed by intent): what is to be done, without
    who asked whom, which moves the vectors of equal wishes apart.
    """
    lead = next((lead for lead in INTENT_LEADS if intent.startswith(lead)), "")
    bare = intent.removeprefix(lead).strip('"') if lead else without_subject(intent)
    return MANNERS.sub("", bare).strip() or bare


def _turns(episode: Episode) -> tuple[list[_Turn], Sign | None]:
    """The turns that say something, and what the user's closing says about success."""
    turns: list[_Turn] = []
    closing: Sign | None = None
    over = False  # what the assistant says to a closing is no answer: "You're welcome!"
    for message in episode.messages:
        said = _safe(message)
        if message.role != USER:
            if turns and not over:
                _follow(turns[-1], message, said)
            continue
        closing = last_sign(said, USER) or closing
        over = bool(turns) and closes(message.text)
        matter = [each for each in said if not (is_ending(each) or is_interjection(each))]
        if matter and not over:
            turns.append(_Turn(said, _intent(message, matter)))
    return turns, closing


def _safe(message: Message) -> list[str]:
    """What was said, sentence by sentence, without secrets; a tool's lines are not language and stay."""
    if message.role == TOOL:
        return without_secrets([" ".join(line.split()) for line in message.text.splitlines() if line.strip()])
    return without_secrets([mended(sentence) for sentence in sentences(message.text)])


def _intent(message: Message, said: Sequence[str]) -> str:
    points = [point for turn in told_turns([message]) for point in turn.points]
    wanted = next((point.text for point in points if WANTS.match(point.text)), None)
    if wanted:
        return wanted
    for kind in INTENT_KINDS:
        found = next((point.text for point in points if point.kind == kind), None)
        if found:
            return found
    return f'The user said "{_cut(max(said, key=len), LONGEST_QUOTE)}"'


def _follow(turn: _Turn, message: Message, said: Sequence[str]) -> None:
    """Take in what the assistant or a tool did about the turn."""
    turn.sign = last_sign(said, message.role) or turn.sign
    if message.role == TOOL:
        turn.calls.extend(_calls(said))
    elif message.role == ASSISTANT and said:
        told = [sentence for sentence in said if not is_question(sentence)]
        turn.answer = (told or list(said))[-1]


def _calls(said: Sequence[str]) -> Iterator[str]:
    """The tool calls among a tool's lines: `name(arguments)`; results are none."""
    for line in said:
        name, bracket, rest = line.partition("(")
        if bracket and rest.endswith(")") and name.replace(".", "").replace("-", "").isidentifier():
            yield _cut(line, LONGEST_CALL)


def _shown(turn: _Turn, at: int, turns: Sequence[_Turn], closed: bool) -> dict[str, str]:
    """A turn in the service's shape."""
    last = at == len(turns) - 1
    ended = "Yes. The user closed the matter." if closed else "No. Nothing more was said."
    return {
        "situation": _said(turn),
        "intent": turn.intent,
        "action": _action(turn),
        "thought": NOT_INFERRED,
        "assessmentAssistant": f"{_yes_no(turn.sign)}. {_justification(turn.sign)}",
        "assessmentUser": ended if last else "No. The user went on.",
    }


def _said(turn: _Turn) -> str:
    return f'The user said: "{_cut(" ".join(turn.said), LONGEST_QUOTE)}"'


def _action(turn: _Turn) -> str:
    calls = [f"Called {', then '.join(turn.calls[:MAX_TOOLS])}."] if turn.calls else []
    if len(turn.calls) > MAX_TOOLS:
        calls.append(f"{len(turn.calls) - MAX_TOOLS} more calls followed.")
    answer = [f'Answered: "{_cut(turn.answer, LONGEST_QUOTE)}"'] if turn.answer else []
    return " ".join([*calls, *answer]) or "No answer is recorded."


def _justification(sign: Sign | None) -> str:
    if sign is None:
        return "Nothing that was said shows success or failure."
    who = {USER: "The user", ASSISTANT: "The assistant", TOOL: "A tool"}.get(sign.role, "Somebody")
    return f'{who} said: "{_cut(sign.said, LONGEST_QUOTE)}"'


def _yes_no(sign: Sign | None) -> str:
    return "Yes" if sign and sign.success else "No"


def _reflection(calls: Sequence[str], sign: Sign | None) -> str:
    names = list(dict.fromkeys(call.partition("(")[0] for call in calls))
    used = f"{TOOLS_IN_ORDER}{', '.join(names)}." if names else "No tool was used."
    if sign is None:
        return f"{used} It is not known whether the goal was reached."
    return f"{used} The goal was {'reached' if sign.success else 'not reached'}."


def _fitting(document: dict[str, Any]) -> str:
    """The record's text. Of a very long episode turns in the middle are left out."""
    content = json.dumps(document, ensure_ascii=False)
    turns = document["turns"]
    while len(content) > MAX_CONTENT and len(turns) > 1:
        del turns[len(turns) // 2]
        content = json.dumps(document, ensure_ascii=False)
    return content


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit].rsplit(' ', 1)[0]} …"
