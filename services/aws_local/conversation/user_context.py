"""What an agent's framework has put before the user's words: the AgentCore SDK's session manager for Strands
retrieves by itself, and gives the model the records' texts, one below the other, as
`<user_context>…</user_context>` in a block of the user's message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from services.aws_local.conversation import recollection, utterances

_CONTEXT = re.compile(r"\s*<user_context>(?P<known>.*?)</user_context>\s*", re.S)


def split(messages: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """The messages with nothing but what was said, and what the user's last words were given from memory.

    What tools returned since comes as messages of the user too, without words.
    """
    spoken = (message for message in reversed(messages) if message["role"] == "user" and _has_words(message))
    last = next(spoken, messages[-1])
    known = "\n".join(found["known"] for block in last["content"] for found in _found(block))
    return [_said(message) for message in messages], known


def _has_words(message: dict[str, Any]) -> bool:
    return any("text" in block for block in message["content"])


def _said(message: dict[str, Any]) -> dict[str, Any]:
    if message["role"] != "user":
        return message
    blocks = [
        {"text": _CONTEXT.sub("", block["text"])} if "text" in block else block
        for block in message["content"]
    ]
    return message | {"content": [block for block in blocks if block.get("text") != ""]}


def _found(block: dict[str, Any]) -> list[re.Match[str]]:
    return list(_CONTEXT.finditer(block.get("text", "")))


def answer(known: str, message: dict[str, Any]) -> str | None:
    """The answer that what is known gives to the questions of a message; None when it gives none."""
    said = utterances.sentences("\n".join(block["text"] for block in message["content"] if "text" in block))
    asked = [sentence for sentence in said if utterances.act(sentence) == "question"]
    if not asked or not known.strip():
        return None
    question = " ".join(asked)
    broad = any(map(utterances.is_broad, asked))
    heard = recollection.answering_statements(known.strip().splitlines(), question, broad=broad)
    if not heard:
        return None
    return f"I remember: {'; '.join(recollection.quoted(line, question) for line in heard)}."
