"""Converse and ConverseStream of Amazon Bedrock Runtime, answered by rules instead of a language model.

Enough for an agent that is built on Bedrock to talk to this endpoint without AWS. Any model id is accepted;
`additionalModelResponseFields` of each answer says what answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from services.aws_local.call import Call
from services.aws_local.conversation import rule_model
from services.aws_local.conversation.actions import deciding
from services.aws_local.errors import ValidationException

SERVICE = "bedrock-runtime"

_METADATA = {"answeredBy": rule_model.MODEL_ID, "languageModel": False}


def converse(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """One whole answer."""
    reply = _reply(params)
    return {
        "output": {"message": {"role": "assistant", "content": reply.content()}},
        "stopReason": reply.stop_reason,
        "usage": _usage(params, reply),
        "metrics": {"latencyMs": 0},
        "additionalModelResponseFields": _METADATA,
    }


def converse_stream(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The same answer as events."""
    reply = _reply(params)
    return {"stream": _events(reply, _usage(params, reply))}


def _reply(params: dict[str, Any]) -> rule_model.Reply:
    messages = params.get("messages", [])
    if not messages or messages[-1]["role"] != "user":
        raise ValidationException("A conversation must end with a user message.")
    system = " ".join(block["text"] for block in params.get("system", []) if "text" in block)
    tool_config = params.get("toolConfig", {})
    if not tool_config.get("toolChoice", {"auto": {}}).keys() <= {"auto"}:
        raise ValidationException("The rule model cannot be forced to call a tool: use toolChoice auto.")
    tools = tool_config.get("tools", [])
    return _about_functions(messages, system, tools) or rule_model.reply(messages, system, _names(tools))


def _names(tools: list[dict[str, Any]]) -> frozenset[str]:
    return frozenset(tool["toolSpec"]["name"] for tool in tools if "toolSpec" in tool)


def _about_functions(
    messages: list[dict[str, Any]], system: str, tools: list[dict[str, Any]]
) -> rule_model.Reply | None:
    """The answer where the user wants a tool that is not the memory's, or one of these has just answered."""
    others = [tool for tool in tools if rule_model.MEMORY_TOOL not in _names([tool])]
    called = {
        block["toolUse"]["toolUseId"]: block["toolUse"]["name"]
        for message in messages
        for block in message["content"]
        if "toolUse" in block
    }
    results = [block["toolResult"] for block in messages[-1]["content"] if "toolResult" in block]
    is_memorys = any(called.get(each["toolUseId"]) == rule_model.MEMORY_TOOL for each in results)
    if not _names(others) or is_memorys:
        return None
    decision = deciding.about_functions(messages, system, others)
    return rule_model.Reply(decision.text, decision.tool_uses) if decision else None


def _events(reply: rule_model.Reply, usage: dict[str, int]) -> Iterator[dict[str, Any]]:
    yield {"messageStart": {"role": "assistant"}}
    for index, block in enumerate(reply.content()):
        yield from _block_events(index, block)
    stop = {"stopReason": reply.stop_reason, "additionalModelResponseFields": _METADATA}
    yield {"messageStop": stop}
    yield {"metadata": {"usage": usage, "metrics": {"latencyMs": 0}}}


def _block_events(index: int, block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One content block. Text goes word by word, as models send it; a tool's input in one piece."""
    deltas: list[dict[str, Any]]
    if "toolUse" in block:
        use = block["toolUse"]
        start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
        yield {"contentBlockStart": {"start": start, "contentBlockIndex": index}}
        deltas = [{"toolUse": {"input": rule_model.tool_input_json(use)}}]
    else:
        deltas = [{"text": word} for word in re.findall(r"\S+\s*", block["text"])]
    for delta in deltas:
        yield {"contentBlockDelta": {"delta": delta, "contentBlockIndex": index}}
    yield {"contentBlockStop": {"contentBlockIndex": index}}


def _usage(params: dict[str, Any], reply: rule_model.Reply) -> dict[str, int]:
    """Words counted as tokens, so that clients that add them up see a conversation grow."""
    read = sum(len(str(message["content"]).split()) for message in params.get("messages", []))
    written = len(str(reply.content()).split())
    return {"inputTokens": read, "outputTokens": written, "totalTokens": read + written}
