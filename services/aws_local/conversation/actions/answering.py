"""What the rules say: results, what they remember, what they can do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.aws_local.conversation.actions import wording
from services.aws_local.conversation.actions.recall import Known, Thing
from services.aws_local.conversation.actions.tools import Tool

COURTESY = "You are welcome."
LEFT = "All right, I leave it."
_STAND_IN = "I am a rule-based stand-in without a language model"
_NOTHING = "I know of nothing that is still booked or made."
_MOST = 5


@dataclass(frozen=True)
class Quote:
    """A part of an answer that stands in an earlier session."""

    start: int
    end: int
    session: str
    text: str


def report(results: Sequence[Mapping[str, Any]]) -> str:
    """What came of the calls: the words of each result, or what its data say where it has none."""
    return " ".join(
        f"That did not work: {_words(result).removeprefix('Error: ')}"
        if result.get("status") == "error"
        else _words(result)
        for result in results
    )


def _words(result: Mapping[str, Any]) -> str:
    texts = [block["text"] for block in result["content"] if "text" in block]
    if texts:
        return wording.plain(" ".join(texts))
    data = [wording.of_data(block["json"]) for block in result["content"] if "json" in block]
    return " ".join(data) or "It is done; the function returned nothing."


def abilities(tools: Sequence[Tool], *, greets: bool) -> str:
    """What the assistant can do."""
    hello = "Hello! " if greets else ""
    if not tools:
        return f"{hello}{_STAND_IN}, and I have no functions to call."
    listed = "; ".join(
        f"{tool.function}{f' ({_line(tool.description)})' if tool.description else ''}" for tool in tools
    )
    return f"{hello}{_STAND_IN}. I can call: {listed}."


def _line(text: str) -> str:
    return " ".join(text.split())[:120]


def recalled(known: Known, thing: Thing) -> tuple[str, tuple[Quote, ...]]:
    """What is known of a thing from an earlier conversation."""
    told = f"I recall from a previous conversation that {_facts(thing)}."
    return told, _quoted(known, thing, told, 0)


def _facts(thing: Thing) -> str:
    pairs = [f"{name} is “{value}”" for name, value in thing.values.items()]
    return " and ".join(filter(None, [", ".join(pairs[:-1]), *pairs[-1:]]))


def _quoted(known: Known, thing: Thing, told: str, start: int) -> tuple[Quote, ...]:
    date = next((date for session, date, _ in known.sessions if session == thing.session), None)
    if thing.session is None or date is None:
        return ()
    return (Quote(start, start + len(told), thing.session, told),)


def from_memory(known: Known) -> tuple[str, tuple[Quote, ...]]:
    """The answer to a question from what is known; things first, else the words of earlier sessions."""
    alive = known.alive()
    if known.things and not alive:
        return _NOTHING, ()
    text = ""
    quotes: list[Quote] = []
    for thing in list(reversed(alive))[:_MOST]:
        where = "I recall from a previous conversation that" if thing.session else "In this conversation,"
        told = f"{where} {_facts(thing)}."
        text = f"{text} {told}".strip()
        quotes += _quoted(known, thing, told, len(text) - len(told))
    if text:
        return text, tuple(quotes)
    session, date, summary = known.sessions[-1]
    goals = re.search(r"<topic name=['\"]user goals['\"]>(.*?)</topic>", summary, re.S)
    said = " ".join((goals[1] if goals else re.sub(r"<[^>]*>", " ", summary)).split())
    told = f"I recall from our conversation of {date}: {said}"
    return told, (Quote(0, len(told), session, told),)
