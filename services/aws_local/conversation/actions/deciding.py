"""The next message of an assistant with functions: call one, ask for what is missing, confirm, or answer.

A value that is known from an earlier conversation only is never used unasked: the rules say what they recall
and ask. They never invent a value, and they say what they can do when they do not understand.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.aws_local.conversation import utterances
from services.aws_local.conversation.actions import (
    answering,
    evidence,
    intents,
    recall,
    refusals,
    rows,
    slots,
    wording,
)
from services.aws_local.conversation.actions.answering import Quote
from services.aws_local.conversation.actions.evidence import Taken, Told
from services.aws_local.conversation.actions.exchange import Call, Exchange, calls_in, last_exchange, text_of
from services.aws_local.conversation.actions.filling import Filling, Sources, fill, which
from services.aws_local.conversation.actions.recall import Known, Thing
from services.aws_local.conversation.actions.slots import Answer, Refused
from services.aws_local.conversation.actions.tools import Parameter, Tool, tools_of

_YES = re.compile(
    r"^\W*(yes|yeah|yep|sure|correct|right|exactly|ok(ay)?|go ahead|please do|do it|confirm(ed)?|sounds good"
    r"|(that|this|it|all)('s| is| are)? (is )?(correct|right|fine|good|perfect))\b",
    re.I,
)
_NO = re.compile(r"^\W*(no|nope|not|don't|do not|stop|wrong|never ?mind|that('s| is) (wrong|not))\b", re.I)
_STEPS = {"toolUse", "toolResult"}
_GIVEN_UP = re.compile(r"^\W*(never ?mind|forget (it|that)|leave it|not now|stop)\b", re.I)
_DECLINED = "All right, I do not call {function}. What would you like instead?"


@dataclass(frozen=True)
class Decision:
    """What to say or to call. `asks`: the text asks for something that is needed to go on.

    `filling`: of the function that is to be called, or that a value is asked for.
    """

    text: str = ""
    tool_uses: tuple[dict[str, Any], ...] = ()
    rationale: str = ""
    asks: bool = False
    quotes: tuple[Quote, ...] = ()
    filling: Filling | None = None


@dataclass(frozen=True)
class Task:
    """What the user is about: what was said since the last answer that closed something."""

    said: list[Answer]
    proposed: tuple[str, dict[str, str]] | None = None
    is_open: bool = False
    """Whether the last answer was a question, or a proposal."""

    @property
    def asked_for(self) -> str | None:
        """The value that the last answer asked for."""
        return self.said[-1].asked_for if self.said else None


@dataclass(frozen=True)
class Talk:
    """The conversation with everything that is known besides.

    `exchange`: since the user's last words, which are without what is not to be done.
    """

    messages: Sequence[dict[str, Any]]
    exchange: Exchange
    tools: list[Tool]
    sources: Sources
    task: Task = field(default_factory=lambda: Task([]))

    @property
    def known(self) -> Known:
        """What was made, changed and cancelled."""
        return self.sources.known


def decide(messages: Sequence[dict[str, Any]], system: str, given: Sequence[dict[str, Any]]) -> Decision:
    """The next message (Converse messages, the last one the user's; `given` as in `toolConfig.tools`)."""
    decision = about_functions(messages, system, given)
    if decision is not None:
        return decision
    tools = tools_of(given)
    return _answered(tools, recall.known(system, messages, tools), text_of(messages[-1]))


def about_functions(
    messages: Sequence[dict[str, Any]],
    system: str,
    given: Sequence[dict[str, Any]],
    told: Sequence[Told] = (),
) -> Decision | None:
    """The same, or None where the user wants none of the functions and none has just answered.

    `told` is what is known of the user, from memory or from what they said, the most telling first.
    """
    tools = tools_of(given)
    exchange = last_exchange(messages)
    names = {tool.name for tool in tools}
    results = [call.result for call in calls_in(messages) if call.name in names]
    talk = Talk(
        messages,
        replace(exchange, text=refusals.left_of(exchange.text)),
        tools,
        Sources(recall.known(system, messages, tools), results, told),
        _task(messages[: exchange.start + 1]),
    )
    answered = [call for call in exchange.just_answered if call.name in names]
    if answered:
        return _after(talk, answered)
    if talk.task.is_open and _GIVEN_UP.match(exchange.text):
        return Decision(answering.LEFT, rationale="The user gave it up.")
    if talk.task.asked_for and {utterances.act(each) for each in utterances.sentences(exchange.text)} == {
        "thanks"
    }:
        return Decision(answering.COURTESY, rationale="The user is polite, and gives no value.")
    decision = _proposal_answered(talk, exchange.text)
    if decision is None and refusals.refuses(exchange.text) and not _wants_besides(talk):
        return Decision(answering.LEFT, rationale="The user does not want it done.")
    return decision or _next_step(talk)


def _wants_besides(talk: Talk) -> bool:
    """Whether a message that refuses something also asks for something, or answers what was asked."""
    text = talk.exchange.text
    if intents.is_order(intents.order_in(text)):
        return True
    begun = _begun(talk) if talk.task.is_open else None
    return begun is not None and bool(slots.filled(begun, [Answer(text)], {}).values)


def _after(talk: Talk, answered: list[Call]) -> Decision:
    """What comes after functions have answered: their report, or the call that they were a step to."""
    report = answering.report([call.result for call in answered])
    told = Decision(report, rationale="The functions have answered: tell the user.")
    aim = _aim(talk)
    called = {call.name for call in talk.exchange.calls}
    if aim is not None and aim[0].name in called:
        reasons = evidence.because(_used(aim, talk, answered[-1]))
        return replace(told, text=f"{report}\n\n{reasons}".strip())
    failed = any(call.failed for call in answered)
    step = _next_step(talk) if aim is not None and not failed else None
    if step is None or any(use["name"] in called for use in step.tool_uses):
        return told
    if step.asks and not any(rows.rows_in(each) for call in answered for each in rows.documents(call.result)):
        return told  # there is nothing to choose from
    if step.tool_uses:
        return step
    return replace(step, text=f"{report} {step.text}")


def _used(aim: tuple[Tool, list[Answer]], talk: Talk, call: Call) -> list[Taken]:
    """What is told of the user and went into a call that succeeded."""
    if call.failed or call.name != aim[0].name:
        return []
    earlier = talk.sources.results[: -len(talk.exchange.just_answered)]
    taken = fill(aim[0], aim[1], replace(talk.sources, results=earlier)).taken
    return [
        each for name, each in taken.items() if str(call.input.get(name, "")).lower() == each.value.lower()
    ]


def _task(messages: Sequence[dict[str, Any]]) -> Task:
    """Walk back over the rules' own questions to where the task began; what was refused is no part of it."""
    said: list[Answer] = []
    proposed: tuple[str, dict[str, str]] | None = None
    text = text_of(messages[-1])
    for message in reversed(messages[:-1]):
        told = text_of(message)
        if not told and not text and any(block.keys() & _STEPS for block in message["content"]):
            continue  # towards the question that was asked then
        if message["role"] == "user":
            text = told or text
            continue
        question, proposal = wording.asked_for(told), wording.proposed(told)
        if question is None and proposal is None:
            break
        if not said:
            proposed = proposal
        said.insert(0, Answer(refusals.left_of(text), question))
        text = ""
    if text:
        said.insert(0, Answer(refusals.left_of(text)))
    return Task(said, proposed, len(said) > 1 or proposed is not None)


def _proposal_answered(talk: Talk, text: str) -> Decision | None:
    """The answer to a proposal, where the last message was one and this is a plain yes or no."""
    if talk.task.proposed is None:
        return None
    function, values = talk.task.proposed
    tool = next((each for each in talk.tools if each.function == function), None)
    if tool is None:
        return None
    changed = slots.filled(tool, [Answer(talk.exchange.text)], values)
    refuses = refusals.refuses(text)
    if _YES.match(text) and not refuses and not changed.refused:
        confirmed = Filling(tool, {**values, **changed.values})
        return _call(talk, confirmed, "The user confirmed what I recalled.")
    orders = refuses and intents.is_order(intents.order_in(talk.exchange.text))
    if (refuses or _NO.match(text)) and not changed.values and not orders:
        return Decision(_DECLINED.format(function=function), rationale="The user declined.", asks=True)
    return None


def _aim(talk: Talk) -> tuple[Tool, list[Answer]] | None:
    """The function that is wanted, and what was said for it."""
    text = talk.exchange.text
    tool = _wanted(talk, text)
    begun = _begun(talk)
    if begun is None or not talk.task.is_open:
        return (tool, talk.task.said) if tool is not None else None
    if _leaves(talk, begun, tool):
        return (tool, [Answer(text)]) if tool is not None else None
    return (tool if tool is not None and talk.task.asked_for is None else begun), talk.task.said


def _begun(talk: Talk) -> Tool | None:
    """The function that the task began with."""
    return next((each for answer in talk.task.said if (each := _wanted(talk, answer.text))), None)


def _leaves(talk: Talk, begun: Tool, tool: Tool | None) -> bool:
    """Whether the user's last words are about something else than what was begun, and `tool` is wanted now.

    A question or a request that does not hold the value that was asked for is no answer. Who says again what
    is to be deleted begins anew, so that what was said before names nothing any more.
    """
    text, asked_for = talk.exchange.text, talk.task.asked_for
    if asked_for is None:
        return tool is not None and tool.name != begun.name
    orders = intents.is_order(text)
    if not orders or asked_for in slots.filled(begun, [Answer(text)], {}).values:
        return False
    if tool is None:
        return not intents.order_in(text)
    return tool.name != begun.name or tool.kind == "delete"


def _wanted(talk: Talk, text: str) -> Tool | None:
    return intents.wanted(text, talk.tools, _fills) or _pointed_at(talk, text)


def _pointed_at(talk: Talk, text: str) -> Tool | None:
    """The function that does what is wanted with one of the things that were found: “book the second one”."""
    kind = intents.kind_of(intents.order_in(text))
    for tool in talk.tools:
        name = which(tool)
        found = rows.with_value(talk.sources.results, name) if name is not None else []
        wished = kind is None and tool.kind == "create" and intents.wishes(text)
        if name is None or not found or tool.kind == "read" or (tool.kind != kind and not wished):
            continue
        if rows.meant(found, name, text) or (len(found) == 1 and rows.points(text)):
            return tool
    return None


def _fills(tool: Tool, text: str, *, required: bool) -> int:
    """See intents.Fills; of all values only those count that have a list or are a place."""
    found = slots.filled(tool, [Answer(text)], {}).values
    counted = (each.required if required else bool(each.choices) or each.is_place for each in tool.parameters)
    return sum(counts and each.name in found for counts, each in zip(counted, tool.parameters, strict=True))


def _next_step(talk: Talk) -> Decision | None:
    aim = _aim(talk)
    return _towards_call(talk, *aim) if aim is not None else None


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
    filling = fill(tool, said, talk.sources)
    if filling.refused:
        return _refused(filling.refused[0])
    missing = filling.missing
    if missing:
        search = _search(talk, tool, said) if which(tool) in missing else None
        return search or _asked(filling, missing)
    if filling.thing is not None and filling.thing.session is not None and filling.recalled:
        return _proposed(talk, tool, filling.values, filling.thing)
    return _call(talk, filling, f"The user wants {tool.function}, and all values are known.")


def _refused(refused: Refused) -> Decision:
    name, allowed = refused.parameter.name, " or ".join(refused.parameter.choices)
    told = f"{name} “{refused.value}” is not possible{f', it is one of {allowed}' if allowed else ''}."
    question = wording.question(name, refused.parameter.description)
    return Decision(f"{told} {question}", rationale=f"This {name} is not allowed.", asks=True)


def _asked(filling: Filling, missing: list[Parameter]) -> Decision:
    question = wording.question(missing[0].name, missing[0].description)
    lead = f"To call {filling.tool.function} I need more. " if len(missing) > 1 else ""
    why = f"{missing[0].name} is missing."
    return Decision(f"{lead}{question}", rationale=why, asks=True, filling=filling)


def _search(talk: Talk, tool: Tool, said: list[Answer]) -> Decision | None:
    """The call of a function that finds what `tool` is to be called with; a question for what that needs."""
    readers = [other for other in talk.tools if other.kind == "read"]
    if {reader.name for reader in readers} & {call.name for call in talk.exchange.calls}:
        return None  # one search is enough: what it found is to choose from
    fillings = [fill(other, said, talk.sources) for other in readers if other.nouns & tool.subjects]
    ready = [
        each
        for each in fillings
        if not each.missing and (each.said or tool.kind != "create") and _repeated(talk, each) is None
    ]
    if ready:
        best = max(ready, key=lambda each: (len(each.tool.nouns & tool.subjects), len(each.said)))
        return _call(talk, best, f"{best.tool.function} may find what {tool.function} needs.")
    begun = [each for each in fillings if each.missing and each.said and tool.kind == "create"]
    if not begun:
        return None
    best = max(begun, key=lambda each: len(each.said))
    return _asked(best, best.missing)


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


def _call(talk: Talk, filling: Filling, why: str) -> Decision:
    """The call, with an id that is unique in the conversation and the same whenever it is repeated.

    What was called last, with the same values, is not called again: its result is told again.
    """
    tool, values = filling.tool, filling.values
    given = _typed(tool, values)
    if (last := _repeated(talk, filling)) is not None:
        again = f"I have just done that: {answering.report([last.result])}"
        return Decision(again, rationale="The same call has just been made.")
    digest = hashlib.sha256(f"{len(talk.messages)}/{tool.name}/{sorted(values.items())}".encode()).hexdigest()
    use = {"toolUseId": f"tooluse_{digest[:22]}", "name": tool.name, "input": given}
    return Decision(tool_uses=(use,), rationale=why, filling=filling)


def _repeated(talk: Talk, filling: Filling) -> Call | None:
    """The last call of a function, where it was this one and succeeded."""
    names = {tool.name for tool in talk.tools}
    last = next(reversed([call for call in calls_in(talk.messages) if call.name in names]), None)
    this = (filling.tool.name, _typed(filling.tool, filling.values))
    return last if last is not None and not last.failed and (last.name, last.input) == this else None


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
