"""Converse and ConverseStream of Amazon Bedrock Runtime, answered by rules instead of a language model.

Enough for an agent that is built on Bedrock to talk to this endpoint without AWS. Any model id is accepted;
`additionalModelResponseFields` of each answer says what answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from services.aws_local.call import Call
from services.aws_local.conversation import assistant, rule_model, user_context
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
    said, known = user_context.split(messages)
    return assistant.reply(said, system, tools, known)


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
