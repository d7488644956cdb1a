"""A conversation's calls, and its last exchange: what the user said last and what was called since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.aws_local.conversation.actions import slots


@dataclass(frozen=True)
class Call:
    """A tool call that was answered. `at` is the place of the answering message in the conversation."""

    name: str
    input: Mapping[str, Any]
    result: Mapping[str, Any]
    at: int

    @property
    def failed(self) -> bool:
        """Whether the result is an error."""
        return self.result.get("status") == "error"


@dataclass(frozen=True)
class Exchange:
    """What the user said last, at place `start` of the conversation, and the calls made for it."""

    start: int
    text: str
    calls: tuple[Call, ...]
    just_answered: tuple[Call, ...]
    """Those of `calls` whose results are the last message."""


def text_of(message: Mapping[str, Any]) -> str:
    """What a message says, as far as the rules read it."""
    return "\n".join(block["text"] for block in message["content"] if "text" in block)[: slots.LONGEST]


def calls_in(messages: Sequence[Mapping[str, Any]]) -> Iterator[Call]:
    """The calls that were answered, oldest first; input that is no object counts as none."""
    uses: dict[str, Mapping[str, Any]] = {}
    for at, message in enumerate(messages):
        for block in message["content"]:
            if "toolUse" in block:
                uses[block["toolUse"]["toolUseId"]] = block["toolUse"]
            elif "toolResult" in block:
                use = uses.get(block["toolResult"]["toolUseId"], {})
                given = use.get("input")
                given = given if isinstance(given, dict) else {}
                yield Call(str(use.get("name", "")), given, block["toolResult"], at)


def last_exchange(messages: Sequence[Mapping[str, Any]]) -> Exchange:
    """The last message of the user with words in it, and what followed."""
    last = len(messages) - 1
    start = next((at for at in range(last, -1, -1) if _is_spoken(messages[at])), last)
    calls = tuple(call for call in calls_in(messages) if call.at > start)
    return Exchange(start, text_of(messages[start]), calls, tuple(call for call in calls if call.at == last))


def _is_spoken(message: Mapping[str, Any]) -> bool:
    """Whether a message is the user's own: results of tools come as messages of the user too."""
    results = any("toolResult" in block for block in message["content"])
    return message["role"] == "user" and (bool(text_of(message)) or not results)
