"""What the steps of a strategy answer, read strictly: usable as it stands, or refused with a reason.

Members, tags and operations are the service's (developer guide, system prompts of the built-in strategies).
A model's thoughts before its answer and a code fence around it are taken off, nothing else is repaired.
Messages of errors say what is wrong with the form and never quote the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from html import unescape
from typing import Any, Literal

from services import bounded_json

Item = dict[str, Any]
Read = Callable[[Any], Item]
Operation = Literal["AddMemory", "UpdateMemory", "SkipMemory"]

OPERATIONS: dict[str, Operation] = {
    "AddMemory": "AddMemory",
    "UpdateMemory": "UpdateMemory",
    "SkipMemory": "SkipMemory",
}
TURN_TAGS = ("situation", "intent", "action", "thought", "assessment_assistant", "assessment_user")
EPISODE_TAGS = ("situation", "intent", "assessment", "justification", "reflection")

_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE = re.compile(r"\A\s*```(?:json|xml)?[ \t]*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)
_TOPIC = re.compile(r"""<topic\s+name\s*=\s*(["'])(.+?)\1\s*>(.*?)</topic\s*>""", re.DOTALL)


class ContractBroken(ValueError):
    """The answer has not the form that was asked for; the text tells the model, and us, what is wrong."""


@dataclass(frozen=True)
class Decision:
    """What becomes of a new item; `update_id` and `updated` belong to UpdateMemory."""

    memory: Item
    operation: Operation
    update_id: str | None = None
    updated: Item | None = None


@dataclass(frozen=True)
class Summary:
    """The short summary of a session so far, and (topic, text) of its new part."""

    text: str
    topics: tuple[tuple[str, str], ...]


def bare(answer: str) -> str:
    """The answer itself: some models put their thoughts in front of it, or a fence around it.

    ContractBroken for half a surrogate pair, which JSON can spell (`\\ud83d`) and nobody can store.
    """
    found = _FENCE.sub(r"\1", _THOUGHTS.sub("", answer)).strip()
    _check_characters(found)
    return found


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ContractBroken("it has half a surrogate pair") from None


def fact(item: Any) -> Item:
    """`{"fact": …}`, the memory of the semantic strategy."""
    return {"fact": _text(_object(item), "fact")}


def preference(item: Any) -> Item:
    """`{"context", "preference", "categories"}`, the memory of the user preference strategy."""
    given = _object(item)
    categories = given.get("categories")
    if not isinstance(categories, list) or not all(isinstance(each, str) for each in categories):
        raise ContractBroken('"categories" must be a list of strings')
    return {name: _text(given, name) for name in ("context", "preference")} | {"categories": categories}


def memories(answer: str, read: Read) -> list[Item]:
    """The list of an extraction step; empty for nothing to extract."""
    return [read(item) for item in _list(answer)]


def decisions(answer: str, read: Read, known: Collection[str]) -> list[Decision]:
    """The list of a consolidation step; `known` are the ids that an update may name."""
    return [_decision(_object(entry), read, known) for entry in _list(answer)]


def _decision(entry: Item, read: Read, known: Collection[str]) -> Decision:
    operation = OPERATIONS.get(str(entry.get("operation")))
    if operation is None:
        raise ContractBroken(f'"operation" must be one of {", ".join(OPERATIONS)}')
    memory = read(entry.get("memory"))
    if operation != "UpdateMemory":
        return Decision(memory, operation)
    update_id = entry.get("update_id")
    if not isinstance(update_id, str) or update_id not in known:
        raise ContractBroken('"update_id" must be the ID of one of the stored memories')
    return Decision(memory, operation, update_id, read(entry.get("updated_memory")))


def summary(answer: str) -> Summary:
    """`<global_summary>` and the topics of `<delta_detailed_summary>`; word counts are passed over."""
    delta = _inner(answer, "delta_detailed_summary")
    found = [(unescape(name).strip(), unescape(text).strip()) for _, name, text in _TOPIC.findall(delta)]
    if delta.strip() and not found:
        raise ContractBroken('<delta_detailed_summary> must hold <topic name="…"> elements')
    return Summary(_tag(answer, "global_summary"), tuple(topic for topic in found if all(topic)))


def episode_turns(answer: str, count: int) -> list[Item]:
    """One `<summary_turn>` for each of `count` turns, in order, its tags as members."""
    found = re.findall(r"<summary_turn>(.*?)</summary_turn>", answer, re.DOTALL)
    if len(found) != count:
        raise ContractBroken(f"there must be {count} <summary_turn> elements, one for each turn")
    return [{tag: _tag(turn, tag) for tag in TURN_TAGS} for turn in found]


def episode(answer: str) -> Item:
    """The `<summary>` of an episode; `assessment` is Yes or No."""
    found = {tag: _tag(answer, tag) for tag in EPISODE_TAGS}
    reached = found["assessment"].lower()
    if not reached.startswith(("yes", "no")):
        raise ContractBroken("<assessment> must begin with Yes or No")
    return found | {"assessment": "Yes" if reached.startswith("yes") else "No"}


def _list(answer: str) -> list[Any]:
    try:
        document = bounded_json.read(answer)
        spelled_out = json.dumps(document, ensure_ascii=False)
    except ValueError:
        raise ContractBroken("the answer must be one JSON list and nothing else") from None
    _check_characters(spelled_out)
    if not isinstance(document, list):
        raise ContractBroken("the answer must be one JSON list and nothing else")
    return document


def _object(item: Any) -> Item:
    if not isinstance(item, dict):
        raise ContractBroken("each element, and each memory in it, must be a JSON object")
    return item


def _text(item: Item, name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ContractBroken(f'"{name}" must be a text, and not an empty one')
    return value.strip()


def _tag(text: str, name: str) -> str:
    value = unescape(_inner(text, name)).strip()
    if not value:
        raise ContractBroken(f"<{name}> is empty")
    return value


def _inner(text: str, name: str) -> str:
    """What stands between an element's tags, as it is."""
    match = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    if match is None:
        raise ContractBroken(f"<{name}> is missing")
    return match[1]
