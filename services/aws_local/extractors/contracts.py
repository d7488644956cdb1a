"""The service's output contracts, read strictly: what a model answers is usable as it stands, or refused.

Names of members, tags and operations are the service's (developer guide, system prompts of the built-in
strategies). A model's thoughts before its answer and a code fence around JSON are taken off; nothing else is
repaired here. Messages of errors say what is wrong with the form and never quote the answer, which may quote
what people said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

from services.aws_local import bounded_json
from services.aws_local.extractors.interface import ExtractionFailed
from services.aws_local.extractors.model_server import model_failure

Item = dict[str, Any]
Reader = Callable[[Any], Item]

OPERATIONS = ("AddMemory", "UpdateMemory", "SkipMemory")
TURN_TAGS = ("situation", "intent", "action", "thought", "assessment_assistant", "assessment_user")
EPISODE_TAGS = ("situation", "intent", "assessment", "justification", "reflection")
REFLECTION_TAGS = ("title", "use_cases", "hints", "confidence")

_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE = re.compile(r"\A\s*```(?:json|xml)?\s*\n(.*?)\n\s*```\s*\Z", re.DOTALL)
_TOPIC = re.compile(r"""<topic\s+name\s*=\s*(["'])(.+?)\1\s*>(.*?)</topic>""", re.DOTALL)


def without_thoughts(answer: str) -> str:
    """The answer itself: some models put what they think in front of it, in `<think>` tags."""
    return _THOUGHTS.sub("", answer)


class ContractBroken(ValueError):
    """The answer has not the form that was asked for; the message tells the model what is wrong."""


def check_characters(text: str) -> None:
    """ContractBroken for half a surrogate pair, which JSON can spell (`\\ud83d`) and nobody can store."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ContractBroken("the answer must not have half a surrogate pair") from None


def too_long(what: str) -> ExtractionFailed:
    """The model's text does not fit into a record."""
    return model_failure("MODEL_ERROR", f"{what} is longer than a record may be")


def fact(item: Any) -> Item:
    """`{"fact": …}`, the memory of the semantic strategy."""
    return {"fact": _text(_object(item), "fact")}


def preference(item: Any) -> Item:
    """`{"context", "preference", "categories"}`, the memory of the user preference strategy."""
    given = _object(item)
    categories = given.get("categories")
    if not isinstance(categories, list) or not all(isinstance(each, str) for each in categories):
        raise ContractBroken('"categories" must be a list of strings')
    texts = {name: _text(given, name) for name in ("context", "preference")}
    return texts | {"categories": categories}


def memories(answer: str, read: Reader) -> list[Item]:
    """The list of an extraction step."""
    return [read(item) for item in _list(answer)]


@dataclass(frozen=True)
class ModelDecision:
    """One entry of a consolidation step; `updated` only for UpdateMemory."""

    memory: Item
    operation: str
    update_id: str | None = None
    updated: Item | None = None


def decisions(answer: str, read: Reader, known: set[str]) -> list[ModelDecision]:
    """The list of a consolidation step; `known` are the ids that an update may name."""
    return [_decision(_object(entry), read, known) for entry in _list(answer)]


def _decision(entry: Item, read: Reader, known: set[str]) -> ModelDecision:
    operation = entry.get("operation")
    if operation not in OPERATIONS:
        raise ContractBroken(f'"operation" must be one of {", ".join(OPERATIONS)}')
    memory = read(entry.get("memory"))
    if operation != "UpdateMemory":
        return ModelDecision(memory, operation)
    update_id = entry.get("update_id")
    if not isinstance(update_id, str) or update_id not in known:
        raise ContractBroken('"update_id" must be the ID of one of the existing memories')
    return ModelDecision(memory, operation, update_id, read(entry.get("updated_memory")))


@dataclass(frozen=True)
class Summary:
    """A session's global summary, and its new topics with their texts."""

    text: str
    topics: tuple[tuple[str, str], ...]


def summary(answer: str) -> Summary:
    """`<global_summary>` and `<delta_detailed_summary>` with its topics; bookkeeping tags are passed over."""
    delta = _inner(answer, "delta_detailed_summary")
    topics = tuple(
        (unescape(name).strip(), unescape(text).strip()) for _, name, text in _TOPIC.findall(delta)
    )
    if delta.strip() and not topics:
        raise ContractBroken('<delta_detailed_summary> must hold <topic name="…"> elements')
    return Summary(_tag(answer, "global_summary"), tuple(topic for topic in topics if all(topic)))


def episode_turns(answer: str, count: int) -> list[Item]:
    """One `<summary_turn>` for each of `count` turns, in order, its tags as members."""
    found = re.findall(r"<summary_turn>(.*?)</summary_turn>", answer, re.DOTALL)
    if len(found) != count:
        raise ContractBroken(f"there must be {count} <summary_turn> elements, one for each turn")
    return [{tag: _tag(turn, tag) for tag in TURN_TAGS} for turn in found]


def episode(answer: str) -> Item:
    """The `<summary>` of an episode."""
    found = {tag: _tag(answer, tag) for tag in EPISODE_TAGS}
    if not found["assessment"].lower().startswith(("yes", "no")):
        raise ContractBroken("<assessment> must begin with Yes or No")
    return found | {"assessment": "Yes" if found["assessment"].lower().startswith("yes") else "No"}


def reflections(answer: str, known: set[str]) -> list[Item]:
    """The `<reflection>` elements, with `operator` and, for an update, `id` (one of `known`)."""
    _inner(answer, "reflections")
    found = re.findall(r"<reflection>(.*?)</reflection>", answer, re.DOTALL)
    return [_reflection(each, known) for each in found]


def _reflection(text: str, known: set[str]) -> Item:
    found: Item = {tag: _tag(text, tag) for tag in REFLECTION_TAGS}
    operator = _tag(text, "operator").lower()
    if operator not in {"add", "update"}:
        raise ContractBroken("<operator> must be add or update")
    identifier = _tag(text, "id") if operator == "update" else None
    if identifier is not None and identifier not in known:
        raise ContractBroken("<id> must be the ID of one of the existing reflections")
    return found | {"operator": operator, "id": identifier, "confidence": _confidence(found["confidence"])}


def _confidence(text: str) -> str:
    """The service stores it as a string, in tenths."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.1 <= value <= 1.0:
        raise ContractBroken("<confidence> must be a number from 0.1 to 1.0")
    return f"{value:.1f}"


def _list(answer: str) -> list[Any]:
    try:
        document = bounded_json.read(_FENCE.sub(r"\1", answer))
        unescaped = json.dumps(document, ensure_ascii=False)
    except ValueError:
        raise ContractBroken("the answer must be one JSON list and nothing else") from None
    check_characters(unescaped)
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
        raise ContractBroken(f'each memory must have the text "{name}"')
    return value.strip()


def _tag(text: str, name: str) -> str:
    """The text of an element."""
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
