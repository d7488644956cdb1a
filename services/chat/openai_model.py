"""A model behind OpenAI's chat completions, as servers really speak them.

Strands' own model takes what OpenAI sends. Others differ where tools are called, and each difference would
break the answer or drop the call: arguments as an object instead of a text, or as a text in a text; no id,
or no name; `finish_reason` "stop" after a call. Arguments that are no object are given to the tool under the
name `arguments`, so that its refusal says to the model and to the reader what was sent.

Imports openai and httpx, which take a second: import this only where such a server is used.
"""

import json
import uuid
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from strands.models.openai import OpenAIModel
from strands.types.content import ContentBlockStartToolUse
from strands.types.streaming import StreamEvent

from services.chat.model_faults import AnswerBrokenOff

UNNAMED = "unnamed_tool"
# What OpenAIModel puts where a stream ended and the server had not said why; servers say "stop".
_UNTOLD = "end_turn"


class TolerantOpenAIModel(OpenAIModel):
    """OpenAIModel with tool calls as Strands expects them, and with no half answer taken for a whole one."""

    def format_request(self, *args: Any, **options: Any) -> dict[str, Any]:
        """See OpenAIModel. Where there are no tools none are sent: OpenAI refuses an empty list of them."""
        request: dict[str, Any] = super().format_request(*args, **options)
        return {name: value for name, value in request.items() if name != "tools" or value}

    def format_chunk(self, event: dict[str, Any], **options: Any) -> StreamEvent:
        """See OpenAIModel. Raises AnswerBrokenOff for a stream that just ends: the server is gone."""
        if event["chunk_type"] == "message_stop" and event["data"] == _UNTOLD:
            raise AnswerBrokenOff("The stream ended without a finish_reason.")
        return super().format_chunk(event, **options)

    async def stream(self, *args: Any, **options: Any) -> AsyncGenerator[StreamEvent, None]:
        """See Model.stream."""
        arguments: list[Any] | None = None
        called = False
        async for event in super().stream(*args, **options):
            if "toolUse" in event.get("contentBlockStart", {}).get("start", {}):
                arguments, called = [], True
                yield _named(event)
            elif arguments is not None and "contentBlockDelta" in event:
                arguments.append(event["contentBlockDelta"]["delta"]["toolUse"]["input"])
            elif arguments is not None and "contentBlockStop" in event:
                yield {"contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(_object(arguments))}}}}
                arguments = None
                yield event
            elif called and event.get("messageStop", {}).get("stopReason") == "end_turn":
                yield {"messageStop": {"stopReason": "tool_use"}}
            else:
                yield event


def _named(event: StreamEvent) -> StreamEvent:
    """The start of a call with a name, and an id to answer it by."""
    given: Mapping[str, Any] = event["contentBlockStart"]["start"]["toolUse"] or {}
    use: ContentBlockStartToolUse = {
        "name": given.get("name") or UNNAMED,
        "toolUseId": given.get("toolUseId") or f"call-{uuid.uuid4().hex}",
    }
    return {"contentBlockStart": {"start": {"toolUse": use}}}


def _object(pieces: list[Any]) -> dict[str, Any]:
    """The arguments that a call's pieces make."""
    if len(whole := [piece for piece in pieces if isinstance(piece, dict)]) == 1:
        return whole[0]
    text = "".join(piece if isinstance(piece, str) else json.dumps(piece) for piece in pieces)
    if not text.strip():
        return {}
    found: Any = text
    for _ in range(2):  # a text, or a text in a text
        try:
            found = json.loads(found)
        except ValueError:
            break
        if isinstance(found, dict):
            return found
        if not isinstance(found, str):
            break
    return {"arguments": text}
