"""A language model as the brain: Bedrock Converse, or a server with OpenAI's chat completions.

The model is the one behind the extractors' `--model-url` or `--model-bedrock`. When it fails the conversation
fails, with the reason in the stream: rules never step in for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from services.aws_local import bounded_json
from services.aws_local.agents.brain import Prompt, Reply
from services.aws_local.errors import (
    AccessDeniedException,
    DependencyFailedException,
    ServiceError,
    ThrottlingException,
)
from services.aws_local.extractors.contracts import without_thoughts
from services.aws_local.extractors.interface import ExtractionFailed
from services.aws_local.extractors.model_server import (
    LONGEST_ANSWER,
    MOST_TOKENS,
    ChatCompletions,
    Converse,
    ModelServer,
    Turn,
)

OWN_MODEL = "foundationModel"

_SUMMARISE = """\
Summarise the conversation between a user and an assistant below, for the assistant to remember. Answer in \
exactly this form, without anything around it, and leave out topics that have nothing to say:
<summary>
  <topic name='user goals'>all details that the user provided</topic>
  <topic name='assistant actions'>the actions that were called, with all their parameters</topic>
  <topic name='action results'>what came of them, with all ids</topic>
</summary>"""


class ModelBrain:
    """See Brain. `model` is the model's id, or OWN_MODEL for each agent's own."""

    def __init__(self, server: ModelServer, model: str) -> None:
        self._server = server
        self._model = model

    @property
    def name(self) -> str:
        """Which model, where."""
        which = "each agent's foundation model" if self._model == OWN_MODEL else self._model
        return f"{which} at {self._server.place}"

    def model_id(self, own: str) -> str:
        """The model that is asked."""
        return own if self._model == OWN_MODEL else self._model

    def reply(self, prompt: Prompt) -> Reply:
        """The model's message."""
        model_id = self.model_id(prompt.model_id)
        try:
            if isinstance(self._server, Converse):
                return _from_converse(self._server.converse(**_to_converse(model_id, prompt)))
            if isinstance(self._server, ChatCompletions):
                return _from_chat(self._server.post(_to_chat(model_id, prompt)))
        except ExtractionFailed as failure:
            raise self._failed(model_id, failure) from None
        raise TypeError(f"{type(self._server).__name__} cannot call tools")

    def summary(self, messages: Sequence[dict[str, Any]], model_id: str) -> str:
        """What the model makes of the conversation; DependencyFailedException when it has no such form."""
        asked = self.model_id(model_id)
        told = f"<conversation>\n{json.dumps(messages, ensure_ascii=False)}\n</conversation>"
        try:
            text = without_thoughts(self._server.answer(asked, _SUMMARISE, [Turn("user", told)]))
        except ExtractionFailed as failure:
            raise self._failed(asked, failure) from None
        start, end = text.find("<summary>"), text.rfind("</summary>")
        if start < 0 or end < start:
            raise DependencyFailedException(f"The model {asked} wrote no <summary>.")
        return text[start : end + len("</summary>")]

    def _failed(self, model_id: str, failure: ExtractionFailed) -> ServiceError:
        reason = failure.code.rpartition("CUSTOM_MODEL_BEDROCK_")[2]
        kinds = {"THROTTLING": ThrottlingException, "ACCESS_DENIED": AccessDeniedException}
        kind: type[ServiceError] = kinds.get(reason, DependencyFailedException)
        return kind(f"The model {model_id} at {self._server.place} failed: {failure}")


# --- Converse ---------------------------------------------------------------------------------------


def _to_converse(model_id: str, prompt: Prompt) -> dict[str, Any]:
    system = {"system": [{"text": prompt.system}]} if prompt.system else {}
    tools = {"toolConfig": {"tools": list(prompt.tools)}} if prompt.tools else {}
    return {"modelId": model_id, "messages": list(prompt.messages), **system, **tools}


def _from_converse(answer: dict[str, Any]) -> Reply:
    content = answer.get("output", {}).get("message", {}).get("content", [])
    text = "".join(block["text"] for block in content if "text" in block)
    uses = tuple(block["toolUse"] for block in content if "toolUse" in block)
    usage = answer.get("usage", {})
    return _reply(text, uses, usage.get("inputTokens", 0), usage.get("outputTokens", 0))


def _reply(text: str, uses: tuple[dict[str, Any], ...], read: int, written: int) -> Reply:
    """The reply; a text beside calls is why they are made."""
    said = without_thoughts(text)
    if not said.strip() and not uses:  # an empty message would spoil every later request of the session
        raise DependencyFailedException("The model answered nothing.")
    rationale = said if uses else ""
    return Reply(said, uses, rationale, {"inputTokens": read, "outputTokens": written})


# --- chat completions -------------------------------------------------------------------------------


def _to_chat(model_id: str, prompt: Prompt) -> dict[str, Any]:
    messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
    for message in prompt.messages:
        messages += _chat_messages(message)
    tools = [
        {
            "type": "function",
            "function": {
                "name": tool["toolSpec"]["name"],
                "description": tool["toolSpec"].get("description", ""),
                "parameters": tool["toolSpec"]["inputSchema"]["json"],
            },
        }
        for tool in prompt.tools
    ]
    return {
        "model": model_id,
        "messages": messages,
        "temperature": 0,
        "max_tokens": MOST_TOKENS,
        **({"tools": tools} if tools else {}),
    }


def _chat_messages(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A message of Converse as those of chat completions: each result of a tool is one of its own."""
    text = "\n".join(block["text"] for block in message["content"] if "text" in block)
    uses = [block["toolUse"] for block in message["content"] if "toolUse" in block]
    for block in message["content"]:
        if "toolResult" in block:
            result = block["toolResult"]
            told = "\n".join(each["text"] for each in result["content"] if "text" in each)
            yield {"role": "tool", "tool_call_id": result["toolUseId"], "content": told}
    if uses:
        calls = [
            {
                "id": use["toolUseId"],
                "type": "function",
                "function": {"name": use["name"], "arguments": json.dumps(use["input"])},
            }
            for use in uses
        ]
        yield {"role": "assistant", "content": text or None, "tool_calls": calls}
    elif text:
        yield {"role": message["role"], "content": text}


def _from_chat(content: bytes) -> Reply:
    try:
        if len(content) > LONGEST_ANSWER:
            raise ValueError("too long")
        document = bounded_json.read(content)
        message = document["choices"][0]["message"]
        uses = tuple(map(_use, message.get("tool_calls") or ()))
        usage = document.get("usage") or {}
        text = str(message.get("content") or "")
    except (ValueError, LookupError, TypeError, AttributeError):
        raise DependencyFailedException("The model's answer is no chat completion.") from None
    return _reply(text, uses, usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0))


def _use(call: dict[str, Any]) -> dict[str, Any]:
    arguments = bounded_json.read(call["function"]["arguments"] or "{}")
    if not isinstance(arguments, dict):
        raise ValueError("arguments are no object")
    return {"toolUseId": str(call["id"]), "name": str(call["function"]["name"]), "input": arguments}
