"""The rules as an agent's model: a memory to look into, functions to call, or both for one answer.

What a function may be given from memory is looked up before it is called or asked for: a vegetarian is not
asked twice how they eat. What the user says now always counts more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.aws_local.conversation import rule_model, user_context, utterances
from services.aws_local.conversation.actions import deciding, evidence, intents
from services.aws_local.conversation.actions.deciding import Decision
from services.aws_local.conversation.actions.exchange import Call, Exchange, calls_in, last_exchange
from services.aws_local.conversation.actions.filling import Filling
from services.aws_local.conversation.actions.tools import words
from services.aws_local.conversation.rule_model import MEMORY_TOOL, Reply


def reply(
    messages: Sequence[dict[str, Any]], system: str, given: Sequence[dict[str, Any]], known: str = ""
) -> Reply:
    """The answer to a conversation.

    `messages` as Converse has them, the last one the user's; `given` as `toolConfig.tools`; `known` what was
    put before the user's last words from memory (`user_context`).
    """
    names = frozenset(tool["toolSpec"]["name"] for tool in given if "toolSpec" in tool)
    functions = [tool for tool in given if "toolSpec" in tool and tool["toolSpec"]["name"] != MEMORY_TOOL]
    exchange = last_exchange(messages)
    decision = _decision(messages, system, functions, exchange, known) if functions else None
    if decision is None:
        answer = rule_model.reply(messages, system, names)
        remembered = None if answer.tool_uses else user_context.answer(known, messages[-1])
        return Reply(remembered) if remembered else answer
    if MEMORY_TOOL in names and not exchange.calls:
        first = _memory_first(messages, system, exchange, decision)
        if first.tool_uses:
            return first
    return _with_memory(messages, exchange, decision)


def _decision(
    messages: Sequence[dict[str, Any]],
    system: str,
    functions: Sequence[dict[str, Any]],
    exchange: Exchange,
    known: str,
) -> Decision | None:
    """What the functions are good for now, with all that is known of the user."""
    looked_up = [call.result for call in calls_in(messages) if call.name == MEMORY_TOOL and not call.failed]
    told = [
        *evidence.from_conversation(messages[: exchange.start + 1]),
        *evidence.from_context(known),
        *evidence.from_memory(looked_up),
    ]
    return deciding.about_functions(messages, system, functions, told)


def _memory_first(
    messages: Sequence[dict[str, Any]], system: str, exchange: Exchange, decision: Decision
) -> Reply:
    """The calls of the memory tool that come before: what is worth keeping, and what may be known."""
    rest = [
        each for each in utterances.sentences(exchange.text) if not intents.is_order(intents.order_in(each))
    ]
    wanted = rule_model.memory_calls(rest, records=rule_model.STORED_AUTOMATICALLY not in system)
    if decision.filling is not None and decision.filling.open:
        wanted.append({"action": "retrieve", "query": _query(decision.filling)})
    asked = [call.input for call in calls_in(messages) if call.name == MEMORY_TOOL and not call.failed]
    new = [call for call in wanted if call not in asked]
    return Reply(tool_uses=tuple(rule_model.memory_use(messages, at, call) for at, call in enumerate(new)))


def _query(filling: Filling) -> str:
    """What to look up for a function: the names of the values that memory may know, and what it is about."""
    names = ", ".join(" ".join(words(parameter.name)) for parameter in filling.open)
    about = " ".join(words(filling.tool.function))
    return f"preferences of the user: {names} ({about})"[: rule_model.MAX_QUERY]


def _with_memory(messages: Sequence[dict[str, Any]], exchange: Exchange, decision: Decision) -> Reply:
    """The decision; what the memory tool failed to do for it is said before."""
    failures: list[Call] = [call for call in exchange.calls if call.name == MEMORY_TOOL and call.failed]
    if failures and not decision.tool_uses:
        words_before = " ".join(rule_model.passage(call.input, call.result, []) for call in failures)
        decision = replace(decision, text=f"{words_before} {decision.text}")
    return Reply(decision.text, decision.tool_uses)
