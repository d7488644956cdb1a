"""The summary of a conversation by rules: what was said and done, repeated and not rephrased.

The shape is that of the service's default MEMORY_SUMMARIZATION prompt: `<summary>` with a `<topic>` each for
the user's goals, the assistant's actions and their results; topics that are empty are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from services.aws_local.conversation import utterances
from services.aws_local.conversation.actions import wording

_SMALL_TALK = frozenset({"greeting", "thanks", "assent"})
_LONGEST_RESULT = 2_000


def summary(messages: Sequence[dict[str, Any]]) -> str:
    """The summary of a conversation in Converse messages."""
    topics = {
        "user goals": list(_goals(messages)),
        "assistant actions": [wording.called(use) for use in _tool_uses(messages)],
        "action results": list(_results(messages)),
    }
    told = [
        f"  <topic name='{name}'>{escape(' '.join(lines), quote=False)}</topic>"
        for name, lines in topics.items()
        if lines
    ]
    return "\n".join(["<summary>", *told, "</summary>"])


def _goals(messages: Sequence[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        if message["role"] == "user":
            text = "\n".join(block["text"] for block in message["content"] if "text" in block)
            for sentence in utterances.sentences(text):
                if utterances.act(sentence) not in _SMALL_TALK:
                    yield f"The user said: “{sentence}”"


def _tool_uses(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [block["toolUse"] for each in messages for block in each["content"] if "toolUse" in block]


def _results(messages: Sequence[dict[str, Any]]) -> Iterator[str]:
    names = {use["toolUseId"]: wording.function_of(use["name"]) for use in _tool_uses(messages)}
    for message in messages:
        for block in message["content"]:
            if "toolResult" in block:
                result = block["toolResult"]
                text = " ".join(each["text"] for each in result["content"] if "text" in each)
                failed = " failed" if result.get("status") == "error" else ""
                name = names.get(result["toolUseId"], "an action")
                yield f"{name}{failed}: {wording.plain(text)[:_LONGEST_RESULT]}"
