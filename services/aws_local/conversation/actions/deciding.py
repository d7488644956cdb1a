"""The next message of an assistant with functions: call one, ask for what is missing, confirm, or answer.

A value that is known from an earlier conversation only is never used unasked: the rules say what they recall
and ask. They never invent a value, and they say what they can do when they do not understand.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.aws_local.conversation import utterances
from services.aws_local.conversation.actions import answering, intents, recall, slots, wording
from services.aws_local.conversation.actions.answering import Quote
from services.aws_local.conversation.actions.recall import Known, Thing
from services.aws_local.conversation.actions.slots import Answer
from services.aws_local.conversation.actions.tools import Tool, tools_of

_YES = re.compile(
    r"^\W*(yes|yeah|yep|sure|correct|right|exactly|ok(ay)?|go ahead|please do|do it|confirm(ed)?|sounds good"
    r"|(that|this|it|all)('s| is| are)? (is )?(correct|right|fine|good|perfect))\b",
    re.I,
)
_NO = re.compile(r"^\W*(no|nope|not|don't|do not|stop|wrong|never ?mind|that('s| is) (wrong|not))\b", re.I)
_LONGEST = 20_000  # characters of a message: nobody says more, and patterns take their time
_DECLINED = "All right, I do not call {function}. What would you like instead?"


@dataclass(frozen=True)
class Decision:
    """What to say or to call. `asks`: the text asks for something that is needed to go on."""

    text: str = ""
    tool_uses: tuple[dict[str, Any], ...] = ()
    rationale: str = ""
    asks: bool = False
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True)
class Task:
    """What the user is about: what was said since the last answer that closed something."""

    said: list[Answer]
    proposed: tuple[str, dict[str, str]] | None = None
    function: str | None = None
    """That was asked about, when the last answer was a question."""

    @property
    def asked_for(self) -> str | None:
        """The value that the last answer asked for."""
        return self.said[-1].asked_for if self.said else None


@dataclass(frozen=True)
class Talk:
    """The conversation with everything that is known besides."""

    messages: Sequence[dict[str, Any]]
    tools: list[Tool]
    known: Known
    task: Task = field(default_factory=lambda: Task([]))


def decide(messages: Sequence[dict[str, Any]], system: str, given: Sequence[dict[str, Any]]) -> Decision:
    """The next message (Converse messages, the last one the user's; `given` as in `toolConfig.tools`)."""
    decision = about_functions(messages, system, given)
    if decision is not None:
        return decision
    tools = tools_of(given)
    return _answered(tools, recall.known(system, messages, tools), _text(messages[-1]))


def about_functions(
    messages: Sequence[dict[str, Any]], system: str, given: Sequence[dict[str, Any]]
) -> Decision | None:
    """The same, or None where the user wants none of the functions and none has just answered."""
    tools = tools_of(given)
    results = [block["toolResult"] for block in messages[-1]["content"] if "toolResult" in block]
    text = _text(messages[-1])
    if results and not text:
        return Decision(answering.report(results), rationale="The functions have answered: tell the user.")
    talk = Talk(messages, tools, recall.known(system, messages, tools), _task(messages, tools))
    return _proposal_answered(talk, text) or _next_step(talk, text)


def _text(message: dict[str, Any]) -> str:
    """What was said, as far as the rules read it."""
    return "\n".join(block["text"] for block in message["content"] if "text" in block)[:_LONGEST]


def _task(messages: Sequence[dict[str, Any]], tools: Sequence[Tool]) -> Task:
    """Walk back over the rules' own questions to where the task began."""
    said: list[Answer] = []
    proposed: tuple[str, dict[str, str]] | None = None
    text = _text(messages[-1])
    for message in reversed(messages[:-1]):
        told = _text(message)
        if message["role"] == "user":
            text = told
            continue
        question, proposal = wording.asked_for(told), wording.proposed(told)
        if question is None and proposal is None:
            break
        if not said:
            proposed = proposal
        said.insert(0, Answer(text, question))
        text = ""
    if text:
        said.insert(0, Answer(text))
    is_asked = len(said) > 1 or proposed is not None
    began = next((tool for each in said if (tool := intents.wanted(each.text, tools))), None)
    return Task(said, proposed, began.name if began and is_asked else None)


def _proposal_answered(talk: Talk, text: str) -> Decision | None:
    """The answer to a proposal, where the last message was one and this is a plain yes or no."""
    if talk.task.proposed is None:
        return None
    function, values = talk.task.proposed
    tool = next((each for each in talk.tools if each.function == function), None)
    if tool is None:
        return None
    changed = slots.filled(tool, [Answer(text)], values)
    if _YES.match(text) and not changed.refused:
        return _call(talk, tool, {**values, **changed.values}, "The user confirmed what I recalled.")
    if _NO.match(text) and not changed.values:
        return Decision(_DECLINED.format(function=function), rationale="The user declined.", asks=True)
    return None


def _next_step(talk: Talk, text: str) -> Decision | None:
    tool = intents.wanted(text, talk.tools)
    begun = next((each for each in talk.tools if each.name == talk.task.function), None)
    said = talk.task.said
    if tool is not None and begun is not None and tool.name != begun.name and talk.task.asked_for is None:
        said = [Answer(text)]  # something else is wanted now
    elif begun is not None and (tool is None or talk.task.asked_for):
        tool = begun
    return _towards_call(talk, tool, said) if tool is not None else None


def _answered(tools: list[Tool], known: Known, text: str) -> Decision:
    """An answer where no function is wanted."""
    acts = {utterances.act(sentence) for sentence in utterances.sentences(text)}
    if acts <= {"thanks", "assent"} and acts:
        return Decision(answering.COURTESY, rationale="The user is polite; nothing is to be done.")
    asks_back = "question" in acts or intents.kind_of(text) == "read"
    if asks_back and (known.things or known.sessions):
        told, quotes = answering.from_memory(known)
        return Decision(told, rationale="The question is about what is known already.", quotes=quotes)
    greets = "greeting" in acts
    return Decision(
        answering.abilities(tools, greets=greets), rationale="No function fits what the user said."
    )


def _towards_call(talk: Talk, tool: Tool, said: list[Answer]) -> Decision:
    """Fill the function's parameters; then call it, propose it, or ask for the next value."""
    texts = [each.text for each in said]
    thing = recall.meant(talk.known, texts) if tool.kind in {"change", "delete", "read"} else None
    before = {
        parameter.name: value
        for parameter in tool.parameters
        if (value := talk.known.value(parameter, thing)) is not None
    }
    found = slots.filled(tool, said, before)
    if found.refused:
        refused = found.refused[0]
        allowed = " or ".join(refused.parameter.choices)
        name = refused.parameter.name
        told = f"{name} “{refused.value}” is not possible{f', it is one of {allowed}' if allowed else ''}."
        question = wording.question(name, refused.parameter.description)
        return Decision(f"{told} {question}", rationale=f"This {name} is not allowed.", asks=True)
    named = dict(found.values)
    if thing is not None and _names_another(tool, named, thing):
        before = {}
    everything = {**before, **named}
    values = {each.name: everything[each.name] for each in tool.parameters if each.name in everything}
    missing = [each for each in tool.parameters if each.required and each.name not in values]
    if missing:
        question = wording.question(missing[0].name, missing[0].description)
        lead = f"To call {tool.function} I need more. " if len(missing) > 1 else ""
        return Decision(f"{lead}{question}", rationale=f"{missing[0].name} is missing.", asks=True)
    recalled = {name: values[name] for name in before if name in values and name not in named}
    if thing is not None and thing.session is not None and recalled:
        return _proposed(talk, tool, values, thing)
    return _call(talk, tool, values, f"The user wants {tool.function}, and all values are known.")


def _names_another(tool: Tool, named: dict[str, str], thing: Thing) -> bool:
    """Whether the user named an id that the thing does not have."""
    ids = [named[each.name] for each in tool.parameters if each.is_id and each.name in named]
    return any(value not in thing.values.values() for value in ids)


def _proposed(talk: Talk, tool: Tool, values: dict[str, str], thing: Thing) -> Decision:
    """Say what is recalled, and ask."""
    told, quotes = answering.recalled(talk.known, thing)
    question = wording.proposal(tool.function, values)
    return Decision(
        f"{told} {question}",
        rationale="Some values are known from an earlier conversation only: the user has to confirm them.",
        asks=True,
        quotes=quotes,
    )


def _call(talk: Talk, tool: Tool, values: dict[str, str], why: str) -> Decision:
    """The call, with an id that is unique in the conversation and the same whenever it is repeated."""
    digest = hashlib.sha256(f"{len(talk.messages)}/{tool.name}/{sorted(values.items())}".encode()).hexdigest()
    use = {"toolUseId": f"tooluse_{digest[:22]}", "name": tool.name, "input": _typed(tool, values)}
    return Decision(tool_uses=(use,), rationale=why)


def _typed(tool: Tool, values: dict[str, str]) -> dict[str, Any]:
    """The values as the schema's types, where they can be; an id that is no number stays text."""
    typed: dict[str, Any] = {}
    for name, value in values.items():
        parameter = tool.parameter(name)
        kind = parameter.type if parameter else "string"
        if kind == "integer" and re.fullmatch(r"-?\d{1,15}", value):
            typed[name] = int(value)
        elif kind == "number" and re.fullmatch(r"-?\d{1,15}(\.\d+)?", value):
            typed[name] = float(value)
        elif kind == "boolean":
            typed[name] = value == "true"
        else:
            typed[name] = value
    return typed
