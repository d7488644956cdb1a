"""Events -> messages that the extractors can read.

Agent frameworks store their own JSON inside the conversational text. Strands' session manager writes
{"message": {"role": …, "content": [{"text": …} | {"toolUse": …} | {"toolResult": …}]}, …}; its text blocks
are what was said, its tool blocks belong to the tool and never to the user.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.aws_local import bounded_json

USER, ASSISTANT, TOOL = "USER", "ASSISTANT", "TOOL"


@dataclass(frozen=True)
class Message:
    """One thing said; ``role`` is AWS's (USER, ASSISTANT, TOOL, OTHER), ``index`` place in the payload."""

    role: str
    text: str
    event_id: str
    index: int
    timestamp: datetime


def conversational_messages(event: dict[str, Any]) -> list[Message]:
    """The messages of an AWS event, in order; blobs and json payloads are not conversation and give none."""
    said = _timestamp(event["eventTimestamp"])
    return [
        Message(role, text, event["eventId"], index, said)
        for index, payload in enumerate(event.get("payload", []))
        for role, text in _spoken(payload.get("conversational"))
        if text.strip()
    ]


def _timestamp(value: datetime | float) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)


def _spoken(conversational: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Role and text of each part of one conversational payload."""
    if conversational is None:
        return
    role = conversational.get("role", "OTHER")
    text = conversational.get("content", {}).get("text", "")
    wrapped = _wrapped_message(text)
    if wrapped is None:
        yield role, text
        return
    for block in wrapped["content"]:
        if isinstance(block, dict):
            yield from _block(role, block)


def _wrapped_message(text: str) -> dict[str, Any] | None:
    """The message inside Strands' JSON, or None when the text is plain (or is JSON of another kind)."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        document = bounded_json.read(text)
    except ValueError:
        return None
    message = document.get("message", document) if isinstance(document, dict) else None
    if isinstance(message, dict) and "role" in message and isinstance(message.get("content"), list):
        return message
    return None


def _block(role: str, block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(block.get("text"), str):
        yield role, block["text"]
    tool_use, tool_result = block.get("toolUse"), block.get("toolResult")
    if isinstance(tool_use, dict):
        yield TOOL, f"{tool_use.get('name', 'tool')}({json.dumps(tool_use.get('input', {}))})"
    if isinstance(tool_result, dict):
        yield from ((TOOL, text) for text in _result_texts(tool_result))


def _result_texts(tool_result: dict[str, Any]) -> Iterator[str]:
    content = tool_result.get("content")
    for block in content if isinstance(content, list) else []:
        if isinstance(block, dict) and isinstance(block.get("text"), str):
            yield block["text"]
