"""What the rules know from before: things that were made, changed and cancelled, with their values.

Earlier sessions stand in the system prompt as `<memory_synopsis>`, this one in the messages. A value of this
session was said by the user, one of an earlier session is recalled and has to be confirmed before it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

from services.aws_local.conversation.actions import wording
from services.aws_local.conversation.actions.tools import Parameter, Tool

_SYNOPSIS = re.compile(r"<memory_synopsis>(?P<text>.*?)</memory_synopsis>", re.S)
_SESSION = re.compile(r'<session id="(?P<id>[^"]*)" date="(?P<date>[^"]*)">\n(?P<text>.*?)\n</session>', re.S)
_RESULT_ID = re.compile(
    r"\b(?P<name>[a-z]+[_ ](?:id|number|reference|code))\b[\"']?\s*(?:is|:|=|was)?\s*[\"“]?"
    r"(?P<value>[\w-]*\d[\w-]*)",
    re.I,
)
_TOPIC = re.compile(r"<topic name=['\"](?P<name>[^'\"]*)['\"]>(?P<text>.*?)</topic>", re.S)
_RESULT = re.compile(r"(?:^|(?<=\s))(?P<name>[\w.-]+)(?P<failed> failed)?: ")
_NEW = re.compile(r"^(new|updated|changed)_", re.I)


@dataclass(frozen=True)
class Thing:
    """Something that a function made, with its latest values; `session`: the earlier one it is known from."""

    values: Mapping[str, str]
    session: str | None
    is_gone: bool = False


@dataclass(frozen=True)
class _Call:
    """A call that succeeded, in an earlier session or (None) in this one."""

    function: str
    values: dict[str, str]
    outcome: str
    session: str | None


@dataclass
class Known:
    """All that is known: things in the order in which they came about."""

    things: list[Thing] = field(default_factory=list)
    sessions: list[tuple[str, str, str]] = field(default_factory=list)
    """Of earlier conversations: id, date, summary."""

    def alive(self) -> list[Thing]:
        """The things that were not cancelled, the latest last."""
        return [thing for thing in self.things if not thing.is_gone]

    def value(self, parameter: Parameter, thing: Thing | None) -> str | None:
        """What a thing has for a parameter."""
        if thing is None:
            return None
        wanted = parameter.stem.lower()
        return next((value for name, value in thing.values.items() if name.lower() == wanted), None)


def known(system: str, messages: Sequence[dict[str, Any]], tools: Sequence[Tool]) -> Known:
    """What the prompt and the conversation tell."""
    found = Known()
    by_function = {tool.function: tool for tool in tools}
    synopsis = _SYNOPSIS.search(system)
    for session in _SESSION.finditer(synopsis["text"]) if synopsis else ():
        found.sessions.append((session["id"], session["date"], session["text"]))
        topics = {topic["name"]: unescape(topic["text"]) for topic in _TOPIC.finditer(session["text"])}
        for call in _calls_of_summary(topics, session["id"]):
            _happened(found, by_function, call)
        ids = _ids_in(" ".join(topics.values()))
        if ids and not wording.calls_in(topics.get("assistant actions", "")):  # a model's own words
            found.things.append(Thing(ids, session["id"]))
    for call in _calls_of_conversation(messages):
        if call.function in by_function:  # looking into memory makes nothing
            _happened(found, by_function, call)
    return found


def _calls_of_summary(topics: Mapping[str, str], session: str) -> Iterator[_Call]:
    """The calls of an earlier session that succeeded: each takes the next result of its function."""
    parts = _RESULT.split(topics.get("action results", ""))
    results = list(zip(parts[1::3], parts[2::3], parts[3::3], strict=True))
    for function, values in wording.calls_in(topics.get("assistant actions", "")):
        place = next((at for at, (name, *_) in enumerate(results) if name == function), None)
        if place is not None:
            _, failed, outcome = results.pop(place)
            if not failed:
                yield _Call(function, values, outcome, session)


def _calls_of_conversation(messages: Sequence[dict[str, Any]]) -> Iterator[_Call]:
    """The calls of this conversation that succeeded."""
    uses: dict[str, dict[str, Any]] = {}
    for message in messages:
        for block in message["content"]:
            if "toolUse" in block:
                uses[block["toolUse"]["toolUseId"]] = block["toolUse"]
            elif "toolResult" in block and block["toolResult"].get("status") != "error":
                use = uses.get(block["toolResult"]["toolUseId"])
                if use is not None and isinstance(use["input"], dict):
                    content = block["toolResult"]["content"]
                    texts = (each.get("text") or wording.of_data(each.get("json", "")) for each in content)
                    text = " ".join(texts)
                    values = {name: str(value) for name, value in use["input"].items()}
                    yield _Call(wording.function_of(use["name"]), values, text, None)


def _happened(found: Known, tools: Mapping[str, Tool], call: _Call) -> None:
    """Take in one call: it made a thing, changed one, or cancelled one."""
    kind = tools[call.function].kind if call.function in tools else None
    plain = {_NEW.sub("", name): value for name, value in call.values.items()}
    ids = {name: value for name, value in plain.items() if name.lower().endswith("id")}
    place = _place(found.things, ids)
    if kind in {"change", "delete"} and place is not None:
        thing = found.things[place]
        kept = {**thing.values, **plain}
        known_from = call.session if call.session and thing.session else thing.session
        is_gone = thing.is_gone or kind == "delete"
        found.things[place] = replace(thing, values=kept, session=known_from, is_gone=is_gone)
    elif kind != "read":
        values = {**plain, **_ids_in(call.outcome)}
        found.things.append(Thing(values, call.session, is_gone=kind == "delete"))


def _place(things: Sequence[Thing], ids: Mapping[str, str]) -> int | None:
    """The latest thing with one of these ids."""
    wanted = set(ids.values())
    places = [at for at, thing in enumerate(things) if wanted & set(thing.values.values())]
    return places[-1] if places else None


def _ids_in(text: str) -> dict[str, str]:
    """The ids that a result or a summary names: `booking_id is 3f2a9c1d`."""
    return {
        found["name"].lower().replace(" ", "_"): found["value"].strip("-_")
        for found in _RESULT_ID.finditer(text)
    }


def meant(things: Sequence[Thing], said: Iterable[str]) -> Thing | None:
    """The thing that is talked about, of several: the one whose values are said, else the latest."""
    text = " ".join(said).lower()

    def named(thing: Thing) -> int:
        return sum(bool(re.search(rf"\b{re.escape(v.lower())}\b", text)) for v in thing.values.values() if v)

    return max(reversed(things), key=named) if things else None
